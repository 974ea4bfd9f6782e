// Integer arithmetic over numbers. The one file of the pure rooms that may divide: everything here takes and returns safe integers.

import { assert } from './assert.ts';

/** Integer quotient, rounded down. Both sides non-negative, the divisor positive. */
export function divide(dividend: number, divisor: number): number {
  // The text is fixed: building one would cost more than the division.
  assert(
    Number.isSafeInteger(dividend) && dividend >= 0 && Number.isSafeInteger(divisor) && divisor > 0,
    'division of non-negative safe integers by a positive one',
  );
  return Math.floor(dividend / divisor);
}

/** Integer quotient, rounded up. */
export function divideUp(dividend: number, divisor: number): number {
  return divide(dividend + divisor - 1, divisor);
}

/** value × numerator / denominator, rounded down, exact for intermediate results beyond 2^53. */
export function scale(value: number, numerator: number, denominator: number): number {
  return Number((BigInt(value) * BigInt(numerator)) / BigInt(denominator));
}

/** The value as a number, or null if it is beyond 2^53 - 1. */
export function toSafeNumber(value: bigint): number | null {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

/** Integer quotient of bigints, truncated towards zero; the divisor is not zero. Here so that no other pure file divides at all. */
export function divideBigint(dividend: bigint, divisor: bigint): bigint {
  return dividend / divisor;
}
