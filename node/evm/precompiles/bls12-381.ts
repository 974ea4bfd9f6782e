// The curve BLS12-381 (0x0b to 0x11): EIP-2537. Prices and lengths; the arithmetic stands behind the backend.

import { wordToBytes } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import { operations } from './backend.ts';
import { discountG1, discountG2 } from './bls12-381-discounts.ts';
import { flat, type Precompile } from './precompile.ts';

const FIELD_BYTES = 64;
const G1_BYTES = 2 * FIELD_BYTES;
const G2_BYTES = 4 * FIELD_BYTES;
const SCALAR_BYTES = 32;
const G1_TERM_BYTES = G1_BYTES + SCALAR_BYTES;
const G2_TERM_BYTES = G2_BYTES + SCALAR_BYTES;
const PAIR_BYTES = G1_BYTES + G2_BYTES;
const G1_MULTIPLICATION_GAS = 12_000;
const G2_MULTIPLICATION_GAS = 22_500;

/** BLS12_G1ADD. */
export const g1Add: Precompile = {
  gas: flat(375),
  run: (input) => (input.length === 2 * G1_BYTES ? operations().g1Add(input) : null),
};

/** BLS12_G2ADD. */
export const g2Add: Precompile = {
  gas: flat(600),
  run: (input) => (input.length === 2 * G2_BYTES ? operations().g2Add(input) : null),
};

/** BLS12_G1MSM: a sum of points times scalars. */
export const g1Msm: Precompile = {
  gas(input) {
    const terms = divide(input.length, G1_TERM_BYTES);
    return divide(terms * G1_MULTIPLICATION_GAS * discountG1(terms), 1000);
  },
  run: (input) => (isListOf(G1_TERM_BYTES, input) ? operations().g1Msm(input) : null),
};

/** BLS12_G2MSM: a sum of points times scalars. */
export const g2Msm: Precompile = {
  gas(input) {
    const terms = divide(input.length, G2_TERM_BYTES);
    return divide(terms * G2_MULTIPLICATION_GAS * discountG2(terms), 1000);
  },
  run: (input) => (isListOf(G2_TERM_BYTES, input) ? operations().g2Msm(input) : null),
};

/** BLS12_PAIRING_CHECK: the word 1 where the product of the pairings is one, 0 otherwise. */
export const pairingCheck: Precompile = {
  gas: (input) => 37_700 + 32_600 * divide(input.length, PAIR_BYTES),
  run(input) {
    const isOne = isListOf(PAIR_BYTES, input) ? operations().pairingCheck(input) : null;
    return isOne === null ? null : wordToBytes(isOne ? 1n : 0n);
  },
};

/** BLS12_MAP_FP_TO_G1 (RFC 9380's simplified SWU map, then the cofactor cleared). */
export const mapFpToG1: Precompile = {
  gas: flat(5500),
  run: (input) => (input.length === FIELD_BYTES ? operations().mapFpToG1(input) : null),
};

/** BLS12_MAP_FP2_TO_G2. */
export const mapFp2ToG2: Precompile = {
  gas: flat(23_800),
  run: (input) => (input.length === 2 * FIELD_BYTES ? operations().mapFp2ToG2(input) : null),
};

/** Whether the input has one or more parts of that size and nothing else. */
function isListOf(partBytes: number, input: Uint8Array): boolean {
  return input.length > 0 && input.length % partBytes === 0;
}
