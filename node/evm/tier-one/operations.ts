// Which dense opcodes the interpreter of tier 1 has, and which form each byte of code takes when it is decoded. Stack effects and prices
// come from the fork's table, so that no price is written twice.

import { assert, present } from '../../lib/assert.ts';
import type { OpcodeTable } from '../opcode.ts';
import {
  CALL_KINDS,
  CONTROL,
  END_KINDS,
  FRAME_WORDS,
  OPCODE_ENTRY_BYTES,
  OPCODE_RISKS,
  OPCODE_TABLE,
  PAIRED_MAX,
  PAIRS,
  TRANSACTION,
  TRANSACTION_WORDS,
  WORD_BYTES,
} from './layout.ts';

/** Positions on the stack that DUP and SWAP reach. */
export const REACHES: readonly number[] = Array.from({ length: 16 }, (_, i) => i + 1);

/**
 * What the module does itself, in the order of its jump table. `host` asks the driver, which runs the reference's own handler. `constant-…`
 * takes its first operand from a PUSH of up to four bytes before it, and has become one instruction with it.
 */
const SINGLE: readonly string[] = [
  'block',
  'fall',
  'host',
  'push4',
  'push8',
  'push32',
  'constant-JUMP',
  'constant-JUMPI',
  'constant-ADD',
  'constant-AND',
  'constant-EQ',
  'constant-SHL',
  'constant-SHR',
  'constant-SAR',
  'constant-MLOAD',
  'constant-MSTORE',
  'constant',
  'frame-constant',
  'control',
  'call',
  'end',
  'ADD',
  'MUL',
  'SUB',
  'DIV',
  'SDIV',
  'MOD',
  'SMOD',
  'ADDMOD',
  'MULMOD',
  'EXP',
  'SIGNEXTEND',
  'LT',
  'GT',
  'SLT',
  'SGT',
  'EQ',
  'ISZERO',
  'AND',
  'OR',
  'XOR',
  'NOT',
  'BYTE',
  'SHL',
  'SHR',
  'SAR',
  'CLZ',
  'KECCAK256',
  'CALLDATALOAD',
  'CALLDATACOPY',
  'CODECOPY',
  'POP',
  'MLOAD',
  'MSTORE',
  'MSTORE8',
  'MCOPY',
  'JUMP',
  'JUMPI',
  'GAS',
  'SLOAD',
  'SSTORE',
  'TLOAD',
  'TSTORE',
  'RETURNDATACOPY',
  'EXTCODESIZE',
  'SELFBALANCE',
  'LOG0',
  'LOG1',
  'LOG2',
  'LOG3',
  'LOG4',
  ...REACHES.map((n) => `DUP${n}`),
  ...REACHES.map((n) => `SWAP${n}`),
];

/**
 * Two instructions that solc often puts behind each other, as one: the first of them becomes it, and the second stays where it is. The first
 * goes on to the next instruction in every case, and is no long constant.
 */
export const PAIRED: readonly (readonly [string, string])[] = [
  ['POP', 'POP'],
  ['POP', 'JUMP'],
  ['SWAP1', 'POP'],
  ['SWAP2', 'POP'],
  ['SWAP3', 'POP'],
  ['ISZERO', 'constant-JUMPI'],
  ['LT', 'constant-JUMPI'],
  ['GT', 'constant-JUMPI'],
  ['EQ', 'constant-JUMPI'],
  ['constant-EQ', 'constant-JUMPI'],
  ['LT', 'ISZERO'],
  ['GT', 'ISZERO'],
  ['DUP2', 'LT'],
  ['DUP2', 'MSTORE'],
  ['DUP3', 'ADD'],
  ['DUP2', 'ADD'],
  ['DUP3', 'AND'],
  ['DUP4', 'AND'],
  ['DUP1', 'DUP3'],
  ['SWAP3', 'SWAP2'],
  ['SWAP1', 'DUP2'],
  ['ADD', 'SWAP1'],
  ['MLOAD', 'DUP2'],
  ['MSTORE', 'push4'],
  ['push4', 'push4'],
  ['push4', 'DUP2'],
  ['push4', 'DUP4'],
  ['push4', 'SWAP1'],
  ['DUP4', 'push4'],
  ['DUP2', 'push4'],
];

/** A bit mask as solc writes it: 1, 1, a distance, SHL, SUB. */
export const MASK = 'mask';

/** All of them. A single one's number fits into PAIRED_MAX. */
export const DENSE: readonly string[] = [...SINGLE, MASK, ...PAIRED.map(([first, second]) => pairName(first, second))];
assert(SINGLE.length <= PAIRED_MAX && DENSE.length <= 256, 'numbers of dense opcodes');

export function pairName(first: string, second: string): string {
  return `${first} ${second}`;
}

/** How the decoder treats a byte of code. */
export const FORM = {
  /** The operand is the block's gas up to and including the instruction. */
  plain: 0,
  /** The operand is the table's. */
  operand: 1,
  push: 2,
  /** Nothing follows but the next JUMPDEST. */
  ends: 3,
  /** A new block follows: what comes back from the outside changes the gas. */
  splits: 4,
  destination: 5,
  position: 6,
  codeSize: 7,
  /** As `splits` and `ends`, but that the operand is the table's. */
  calls: 8,
  leaves: 9,
} as const;

/** Opcodes behind which nothing follows but a JUMPDEST, besides those of END_KINDS. */
export const ENDS: ReadonlySet<string> = new Set(['JUMP', 'SELFDESTRUCT']);
const SPLITS = new Set(['JUMPI', 'CREATE', 'CREATE2']);
const CONTROL_WORDS = new Map<string, number>([
  ['CALLDATASIZE', CONTROL.inputSize],
  ['RETURNDATASIZE', CONTROL.returnDataSize],
  ['MSIZE', CONTROL.msize],
]);

const DENSE_INDEX: ReadonlyMap<string, number> = new Map(DENSE.map((name, i) => [name, i]));

/** The number of a dense opcode. */
export function denseIndex(name: string): number {
  return present(DENSE_INDEX.get(name), `a dense opcode ${name}`);
}

/** Whether the opcode becomes one instruction with a constant of up to four bytes before it. */
export function joinsConstant(name: string): boolean {
  return DENSE_INDEX.has(`constant-${name}`);
}

/** What halts for nothing but its price and the stack, where its price is constant. Jumps and ends of frames end a block. */
const HARMLESS: ReadonlySet<string> = new Set(
  SINGLE.filter((name) => !['host', 'call', 'end', 'TSTORE', 'RETURNDATACOPY'].includes(name)),
);

/** Writes the decoder's table for a fork's opcodes to the module's memory. */
export function writeOpcodeTable(view: DataView, table: OpcodeTable): void {
  for (const { code, name, takes, gives, gas, dynamicGas } of table) {
    view.setUint8(OPCODE_RISKS + code, dynamicGas === null && HARMLESS.has(entryOf(name).dense) ? 0 : 1);
    const { dense, form, operand } = entryOf(name);
    const joined = joinsConstant(name) ? denseIndex(`constant-${name}`) : 0;
    const at = OPCODE_TABLE + code * OPCODE_ENTRY_BYTES;
    view.setUint16(at, denseIndex(dense), true);
    view.setUint8(at + 2, takes);
    view.setUint8(at + 3, gives);
    view.setUint32(at + 4, gas, true);
    view.setUint16(at + 8, form, true);
    view.setUint16(at + 10, joined, true);
    view.setUint32(at + 12, operand, true);
  }
}

/** Writes which instructions become one. */
export function writePairs(view: DataView): void {
  for (const [first, second] of PAIRED)
    view.setUint8(PAIRS + denseIndex(first) * PAIRED_MAX + denseIndex(second), denseIndex(pairName(first, second)));
}

type Entry = { readonly dense: string; readonly form: number; readonly operand: number };

function entryOf(name: string): Entry {
  const plain = (dense: string, form: number = FORM.plain): Entry => ({ dense, form, operand: 0 });
  if (name.startsWith('PUSH')) return plain('push4', FORM.push);
  if (name === 'JUMPDEST') return plain('block', FORM.destination);
  if (name === 'PC') return plain('push4', FORM.position);
  if (name === 'CODESIZE') return plain('push4', FORM.codeSize);
  const transaction = (TRANSACTION_WORDS as readonly string[]).indexOf(name);
  if (transaction >= 0)
    return { dense: 'constant', form: FORM.operand, operand: TRANSACTION + transaction * WORD_BYTES };
  const frame = (FRAME_WORDS as readonly string[]).indexOf(name);
  if (frame >= 0) return { dense: 'frame-constant', form: FORM.operand, operand: frame * WORD_BYTES };
  const control = CONTROL_WORDS.get(name);
  if (control !== undefined) return { dense: 'control', form: FORM.operand, operand: control };
  const call = (CALL_KINDS as readonly string[]).indexOf(name);
  if (call >= 0) return { dense: 'call', form: FORM.calls, operand: call };
  const end = (END_KINDS as readonly string[]).indexOf(name);
  if (end >= 0) return { dense: 'end', form: FORM.leaves, operand: end };
  const dense = DENSE_INDEX.has(name) ? name : 'host';
  return plain(dense, ENDS.has(name) ? FORM.ends : SPLITS.has(name) ? FORM.splits : FORM.plain);
}
