// Arithmetic on 256-bit words held as bigints from 0 to 2^256 - 1 (Yellow Paper, appendix H.2). Pure, without gas.

import { divideBigint } from '../lib/integer.ts';

export const WORD_MAX = (1n << 256n) - 1n;

const MODULUS = 1n << 256n;
const WORD_MIN_SIGNED = 1n << 255n;

/** The value, which is not negative, modulo 2^256. */
export function wrap(value: bigint): bigint {
  return value <= WORD_MAX ? value : value & WORD_MAX;
}

/** The word of a number between -2^256 and 2^256, as two's complement writes it. */
export function toUnsigned(value: bigint): bigint {
  return value < 0n ? value + MODULUS : value;
}

/** The word read as a two's complement number. */
export function toSigned(word: bigint): bigint {
  return word < WORD_MIN_SIGNED ? word : word - MODULUS;
}

/** A word of one or zero, as comparisons return it. */
export function truth(condition: boolean): bigint {
  return condition ? 1n : 0n;
}

/** The quotient of unsigned words; zero where the divisor is zero. */
export function quotient(dividend: bigint, divisor: bigint): bigint {
  return divisor === 0n ? 0n : divideBigint(dividend, divisor);
}

/** The quotient of signed words, towards zero. -2^255 by -1 wraps to -2^255. */
export function signedQuotient(dividend: bigint, divisor: bigint): bigint {
  return divisor === 0n ? 0n : toUnsigned(divideBigint(toSigned(dividend), toSigned(divisor)));
}

export function remainder(dividend: bigint, divisor: bigint): bigint {
  return divisor === 0n ? 0n : dividend % divisor;
}

/** The remainder of signed words, with the sign of the dividend. */
export function signedRemainder(dividend: bigint, divisor: bigint): bigint {
  return divisor === 0n ? 0n : toUnsigned(toSigned(dividend) % toSigned(divisor));
}

/** base to the power of exponent modulo 2^256: from the exponent's highest digit of base 16 down, result = result^16 × base^digit. */
export function power(base: bigint, exponent: bigint): bigint {
  const powers = [1n];
  let result = 1n;
  for (const letter of exponent.toString(16)) {
    for (let i = 0; i < 4 && result !== 1n; i++) result = wrap(result * result);
    const digit = Number.parseInt(letter, 16);
    for (let i = powers.length; i <= digit; i++) powers.push(wrap((powers[i - 1] ?? 1n) * base));
    result = wrap(result * (powers[digit] ?? 1n));
  }
  return result;
}

/** Extends the sign of a number of `last` + 1 bytes over the whole word. */
export function extendSign(last: bigint, word: bigint): bigint {
  return last < 31n ? toUnsigned(BigInt.asIntN((Number(last) + 1) * 8, word)) : word;
}

/** The byte of a word, counted from the most significant one; zero beyond it. */
export function byteAt(index: bigint, word: bigint): bigint {
  return index < 32n ? (word >> ((31n - index) * 8n)) & 0xffn : 0n;
}

export function shiftLeft(word: bigint, by: bigint): bigint {
  return by < 256n ? wrap(word << by) : 0n;
}

export function shiftRight(word: bigint, by: bigint): bigint {
  return by < 256n ? word >> by : 0n;
}

/** A shift to the right that repeats the sign bit. */
export function shiftRightSigned(word: bigint, by: bigint): bigint {
  return toUnsigned(toSigned(word) >> (by < 256n ? by : 255n));
}

/** How many bits the word needs; zero needs none. */
export function bitLength(word: bigint): number {
  if (word === 0n) return 0;
  const digits = word.toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits.charAt(0), 16)) - 28);
}

/** How many bytes the word needs; zero needs none. */
export function byteLength(word: bigint): number {
  return (bitLength(word) + 7) >>> 3;
}
