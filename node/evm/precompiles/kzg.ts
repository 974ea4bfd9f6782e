// KZG point evaluation (0x0a): EIP-4844. Verifies p(z) = y for a blob's commitment; knows nothing of blobs themselves.

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, wordToBytes } from '../../lib/bytes.ts';
import { operations } from './backend.ts';
import type { KzgEvaluation } from './operations.ts';
import { flat, type Precompile } from './precompile.ts';

const VERSIONED_HASH_VERSION_KZG = 0x01;
const FIELD_ELEMENTS_PER_BLOB = 4096n;
/** The order of the scalar field (EIP-4844). */
const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** Input: versioned hash, z, y (32 bytes each), commitment, proof (48 each). Output: the two constants that EIP-4844 names. */
export const pointEvaluation: Precompile = {
  gas: flat(50_000),
  run(input) {
    if (input.length !== 192) return null;
    const commitment = input.subarray(96, 144);
    const hash = sha256(commitment);
    hash[0] = VERSIONED_HASH_VERSION_KZG;
    if (!equalBytes(hash, input.subarray(0, 32))) return null;
    const evaluation = {
      commitment,
      z: input.subarray(32, 64),
      y: input.subarray(64, 96),
      proof: input.subarray(144, 192),
    };
    return verifyKzgProof(evaluation) === true ? OUTPUT.slice() : null;
  },
};

/** Whether the proof holds; null where an input is malformed, or has another size (consensus-specs, verify_kzg_proof). */
export function verifyKzgProof(evaluation: KzgEvaluation): boolean | null {
  const { commitment, z, y, proof } = evaluation;
  const hasSizes = z.length === 32 && y.length === 32 && commitment.length === 48 && proof.length === 48;
  return hasSizes ? operations().verifyKzgProof(evaluation) : null;
}

const OUTPUT = concatBytes(wordToBytes(FIELD_ELEMENTS_PER_BLOB), wordToBytes(BLS_MODULUS));
