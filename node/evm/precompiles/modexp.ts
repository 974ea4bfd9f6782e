// Modular exponentiation (0x05): EIP-198, repriced by EIP-2565 (Berlin) and EIP-7883 (Osaka), bounded by EIP-7823 (Osaka).
// Lengths are words of the caller's choosing: they stay bigints until the price or a bound has shown that they are small.

import { bigintToBytes, bytesToBigint, EMPTY_BYTES, padLeft } from '../../lib/bytes.ts';
import { divideBigint, toSafeNumber } from '../../lib/integer.ts';
import { type Precompile, readPadded } from './precompile.ts';

/** Byzantium's price (EIP-198). */
export const modexpByzantium: Precompile = {
  gas: (input) => capped(divideBigint(complexityEip198(input) * atLeast(1n, iterations(input, 8n)), 20n)),
  run: power,
};

/** Berlin's price (EIP-2565). */
export const modexpBerlin: Precompile = {
  gas: (input) => capped(atLeast(200n, divideBigint(squaredWords(input) * atLeast(1n, iterations(input, 8n)), 3n))),
  run: power,
};

/** The longest operand since Osaka, in bytes (EIP-7823). */
const OPERAND_BYTES_MAX = 1024n;

/** Osaka's price and bounds (EIP-7883, EIP-7823). */
export const modexpOsaka: Precompile = {
  gas: (input) => capped(atLeast(500n, complexityEip7883(input) * atLeast(1n, iterations(input, 16n)))),
  run(input) {
    const { base, exponent, modulus } = lengths(input);
    if (base > OPERAND_BYTES_MAX || exponent > OPERAND_BYTES_MAX || modulus > OPERAND_BYTES_MAX) return null;
    return power(input);
  },
};

const HEADER_BYTES = 96;

type Lengths = { readonly base: bigint; readonly exponent: bigint; readonly modulus: bigint };

function lengths(input: Uint8Array): Lengths {
  const header = readPadded(input, 0, HEADER_BYTES);
  return {
    base: bytesToBigint(header.subarray(0, 32)),
    exponent: bytesToBigint(header.subarray(32, 64)),
    modulus: bytesToBigint(header.subarray(64, 96)),
  };
}

function longest(input: Uint8Array): bigint {
  const { base, modulus } = lengths(input);
  return atLeast(base, modulus);
}

function complexityEip198(input: Uint8Array): bigint {
  const x = longest(input);
  if (x <= 64n) return x * x;
  if (x <= 1024n) return divideBigint(x * x, 4n) + 96n * x - 3072n;
  return divideBigint(x * x, 16n) + 480n * x - 199_680n;
}

function squaredWords(input: Uint8Array): bigint {
  const words = divideBigint(longest(input) + 7n, 8n);
  return words * words;
}

function complexityEip7883(input: Uint8Array): bigint {
  return longest(input) <= 32n ? 16n : 2n * squaredWords(input);
}

/** The bits of the exponent's first 32 bytes, less one, and so many for each byte behind them. */
function iterations(input: Uint8Array, perByte: bigint): bigint {
  const { base, exponent } = lengths(input);
  const headLength = exponent < 32n ? Number(exponent) : 32;
  const offset = toSafeNumber(base);
  const head = offset === null ? 0n : bytesToBigint(readPadded(input, HEADER_BYTES + offset, headLength));
  const bits = head === 0n ? 0n : BigInt(head.toString(2).length - 1);
  return exponent <= 32n ? bits : perByte * (exponent - 32n) + bits;
}

function power(input: Uint8Array): Uint8Array | null {
  const { base, exponent, modulus } = lengths(input);
  // Without a modulus the price does not bound the exponent's length, and the answer is empty whatever it is.
  if (modulus === 0n) return EMPTY_BYTES;
  const baseLength = toSafeNumber(base);
  const exponentLength = toSafeNumber(exponent);
  const modulusLength = toSafeNumber(modulus);
  if (baseLength === null || exponentLength === null || modulusLength === null) return null; // no gas pays for this
  const exponentAt = HEADER_BYTES + baseLength;
  const m = operand(input, exponentAt + exponentLength, modulusLength);
  if (m === 0n) return new Uint8Array(modulusLength);
  const result = modularPower(operand(input, HEADER_BYTES, baseLength), operand(input, exponentAt, exponentLength), m);
  return padLeft(bigintToBytes(result), modulusLength);
}

/** An operand as an integer. Zero bytes behind the input's end are shifted in, not allocated one by one. */
function operand(input: Uint8Array, offset: number, length: number): bigint {
  if (offset >= input.length) return 0n;
  const present = input.subarray(offset, offset + length);
  return bytesToBigint(present) << BigInt(8 * (length - present.length));
}

/** Exponent digits of four bits, most significant first: a quarter of the multiplications of the binary method. */
function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 1n) return 0n;
  const reduced = base % modulus;
  if (exponent === 0n) return 1n;
  if (reduced < 2n) return reduced;
  const powers: bigint[] = [1n, reduced];
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    if (result !== 1n) for (let i = 0; i < 4; i++) result = (result * result) % modulus;
    const index = Number.parseInt(digit, 16);
    if (index === 0) continue;
    for (let next = powers.length; next <= index; next++) powers.push(((powers[next - 1] ?? 1n) * reduced) % modulus);
    result = (result * (powers[index] ?? 1n)) % modulus;
  }
  return result;
}

function atLeast(minimum: bigint, value: bigint): bigint {
  return value < minimum ? minimum : value;
}

function capped(gas: bigint): number {
  return toSafeNumber(gas) ?? Number.MAX_SAFE_INTEGER;
}
