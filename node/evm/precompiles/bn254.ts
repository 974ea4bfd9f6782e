// The curve alt_bn128 (0x06 addition, 0x07 multiplication, 0x08 pairing): EIP-196, EIP-197, repriced by EIP-1108 (Istanbul).
// Prices and lengths; the arithmetic stands behind the backend.

import { wordToBytes } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import { operations } from './backend.ts';
import { flat, type Precompile, readPadded } from './precompile.ts';

/** Addition at EIP-196's price. */
export const bn254AddByzantium: Precompile = { gas: flat(500), run: add };
/** Addition at EIP-1108's price. */
export const bn254AddIstanbul: Precompile = { gas: flat(150), run: add };
/** Multiplication at EIP-196's price. */
export const bn254MulByzantium: Precompile = { gas: flat(40_000), run: multiply };
/** Multiplication at EIP-1108's price. */
export const bn254MulIstanbul: Precompile = { gas: flat(6000), run: multiply };
/** The pairing check at EIP-197's price. */
export const bn254PairingByzantium: Precompile = { gas: (input) => 100_000 + 80_000 * pairs(input), run: pairingCheck };
/** The pairing check at EIP-1108's price. */
export const bn254PairingIstanbul: Precompile = { gas: (input) => 45_000 + 34_000 * pairs(input), run: pairingCheck };

const PAIR_BYTES = 192;

function pairs(input: Uint8Array): number {
  return divide(input.length, PAIR_BYTES);
}

function add(input: Uint8Array): Uint8Array | null {
  return operations().bn254Add(readPadded(input, 0, 128));
}

function multiply(input: Uint8Array): Uint8Array | null {
  return operations().bn254Mul(readPadded(input, 0, 96));
}

function pairingCheck(input: Uint8Array): Uint8Array | null {
  const isOne = input.length % PAIR_BYTES === 0 ? operations().bn254PairingCheck(input) : null;
  return isOne === null ? null : wordToBytes(isOne ? 1n : 0n);
}
