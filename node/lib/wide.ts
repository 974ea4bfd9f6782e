// Integers of 64 bits, as gas limits and times may be in headers and transactions: a number wherever a number is exact, a bigint beyond
// 2^53 - 1. Every value has exactly one of the two forms, so ===, < and > compare any two of them. What real chains have is a number.

import { assert } from './assert.ts';
import { bigintToBytes } from './bytes.ts';
import { toSafeNumber } from './integer.ts';

/** A non-negative integer: a number up to 2^53 - 1, a bigint above. */
export type Wide = number | bigint;

/** 2^63 - 1: the largest gas limit of a block or a transaction that any client executes (go-ethereum's params.MaxGasLimit). */
export const GAS_LIMIT_MAX = 0x7fff_ffff_ffff_ffffn;

/** The integer in its one form. Asserts that it is not negative. */
export function toWide(value: bigint): Wide {
  assert(value >= 0n, () => `negative integer: ${value}`);
  return toSafeNumber(value) ?? value;
}

export function addWide(a: Wide, b: Wide): Wide {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b;
  return toWide(BigInt(a) + BigInt(b));
}

/** a - b, which must not be negative. */
export function subtractWide(a: Wide, b: Wide): Wide {
  if (typeof a === 'number' && typeof b === 'number' && a >= b) return a - b;
  return toWide(BigInt(a) - BigInt(b));
}

/** The value as a number. Asserts that it is one: for values that the caller knows to be bounded. */
export function narrow(value: Wide): number {
  assert(typeof value === 'number', () => `beyond 2^53 - 1: ${value}`);
  return value;
}

/** RLP's form of an integer. */
export function wideToBytes(value: Wide): Uint8Array {
  return bigintToBytes(BigInt(value));
}
