// What an opcode is: how it changes the stack, what it costs, what it does. A table says which opcodes a fork has.

import type { Frame } from './frame.ts';

/**
 * An opcode. The interpreter checks the stack against `takes` and `gives`, charges `gas` and then `dynamicGas`, moves the program
 * counter behind the opcode's byte and runs the operation, which pops its operands and pushes its result.
 */
export type Opcode = {
  readonly code: number;
  readonly name: string;
  /** How many words must be on the stack; how many are there in their place afterwards. */
  readonly takes: number;
  readonly gives: number;
  /** The part of the price that is always the same. */
  readonly gas: number;
  /** The rest of the price. It reads the operands, changes nothing but warmth and `gasForCallee`, and sees the gas without the constant part. */
  readonly dynamicGas: DynamicGas | null;
  readonly run: Operation;
};

export type DynamicGas = (frame: Frame) => number;
export type Operation = (frame: Frame) => void;

/** 256 opcodes by their byte. */
export type OpcodeTable = readonly Opcode[];

/** What an opcode asks of the stack and costs. */
type Needs = {
  readonly takes: number;
  readonly gives: number;
  readonly gas: number;
  readonly dynamicGas?: DynamicGas;
};

/** Defines an opcode. */
export function define(code: number, name: string, needs: Needs, run: Operation): Opcode {
  const { takes, gives, gas, dynamicGas = null } = needs;
  return { code, name, takes, gives, gas, dynamicGas, run };
}

/** The table with some opcodes added or replaced. */
export function withOpcodes(table: OpcodeTable, opcodes: readonly Opcode[]): OpcodeTable {
  const changed = [...table];
  for (const opcode of opcodes) changed[opcode.code] = opcode;
  return changed;
}

/**
 * The table with one opcode altered, and the same where it has none of that name. A machine that charges one gas too much for SSTORE:
 * `alterOpcode(table, 'SSTORE', (opcode) => ({ gas: opcode.gas + 1 }))`.
 */
export function alterOpcode(
  table: OpcodeTable,
  name: string,
  alter: (opcode: Opcode) => Partial<Omit<Opcode, 'code'>>,
): OpcodeTable {
  return table.map((opcode) => (opcode.name === name ? { ...opcode, ...alter(opcode) } : opcode));
}
