// Code as it runs: the bytes, where a jump may land, and the constants that PUSH has read, found out once per piece of code and only when asked for.

import { bytesToBigint } from '../lib/bytes.ts';

export type Code = {
  readonly bytes: Uint8Array;
  /** The bytes, and behind them the zeros that running over the end reads: STOP, and PUSH32's operand. */
  readonly padded: Uint8Array;
  /** One for each byte at which a jump may land. Null until the first jump. */
  destinations: Uint8Array | null;
  /** PUSH's operands by their position, in pages that are made when they are needed: a cold call should not pay for 24 KB of them. */
  readonly constants: (bigint | undefined)[][];
};

const JUMPDEST = 0x5b;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;
const PADDING = 33;
/** Positions in a page of constants, as a power of two. */
const PAGE_BITS = 6;

const analysed = new WeakMap<Uint8Array, Code>();

/** Prepares code, once per object: all states of a store return the same object for the same code. */
export function codeOf(bytes: Uint8Array): Code {
  let code = analysed.get(bytes);
  if (code === undefined) {
    code = prepareCode(bytes);
    analysed.set(bytes, code);
  }
  return code;
}

/** Prepares code that runs once, as a creation's does. */
export function prepareCode(bytes: Uint8Array): Code {
  const padded = new Uint8Array(bytes.length + PADDING);
  padded.set(bytes);
  return { bytes, padded, destinations: null, constants: [] };
}

/** Whether there is a JUMPDEST at that position that is not an operand of PUSH. */
export function isJumpDestination(code: Code, position: bigint): boolean {
  code.destinations ??= findDestinations(code.bytes);
  return code.destinations[Number(position)] === 1; // there is none behind the end, where nothing is found
}

/** The operand of PUSH at that position, of 1 to 32 bytes. */
export function constantAt(code: Code, position: number, size: number): bigint {
  let page = code.constants[position >>> PAGE_BITS];
  if (page === undefined) {
    page = new Array(1 << PAGE_BITS).fill(undefined);
    code.constants[position >>> PAGE_BITS] = page;
  }
  let constant = page[position & (2 ** PAGE_BITS - 1)];
  if (constant === undefined) {
    constant = bytesToBigint(code.padded.subarray(position, position + size));
    page[position & (2 ** PAGE_BITS - 1)] = constant;
  }
  return constant;
}

function findDestinations(bytes: Uint8Array): Uint8Array {
  const destinations = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const opcode = bytes[at] ?? 0;
    if (opcode === JUMPDEST) destinations[at] = 1;
    else if (opcode >= PUSH1 && opcode <= PUSH32) at += opcode - PUSH1 + 1;
  }
  return destinations;
}
