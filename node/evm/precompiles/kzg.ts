// KZG point evaluation (0x0a): EIP-4844. Verifies p(z) = y for a blob's commitment; knows nothing of blobs themselves.

import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToBigint, concatBytes, equalBytes, hexToBytes, wordToBytes } from '../../lib/bytes.ts';
import { flat, orNull, type Precompile } from './precompile.ts';

const VERSIONED_HASH_VERSION_KZG = 0x01;
const FIELD_ELEMENTS_PER_BLOB = 4096n;
/** The order of the scalar field (EIP-4844). */
const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
/** The order of the base field. */
const FIELD_MODULUS = bls12_381.fields.Fp.ORDER;

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

/** Whether the proof holds; null where an input is malformed (consensus-specs, verify_kzg_proof). */
export function verifyKzgProof(evaluation: {
  readonly commitment: Uint8Array;
  readonly z: Uint8Array;
  readonly y: Uint8Array;
  readonly proof: Uint8Array;
}): boolean | null {
  const z = decodeScalar(evaluation.z);
  const y = decodeScalar(evaluation.y);
  const commitment = decodePoint(evaluation.commitment);
  const proof = decodePoint(evaluation.proof);
  if (z === null || y === null || commitment === null || proof === null) return null;

  // e(C − y·G1, −G2) · e(π, (τ − z)·G2) = 1, with z moved to the side where a multiplication is cheap.
  const left = commitment.subtract(mulAddUnsafe(G1, [G1.BASE, proof.negate()], [y, z]));
  const pairs = [
    { g1: left, g2: NEGATED_GENERATOR },
    { g1: proof, g2: tau() },
  ].filter(({ g1 }) => !g1.is0());
  const { Fp12 } = bls12_381.fields;
  return Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE);
}

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const NEGATED_GENERATOR = G2.BASE.negate();
const OUTPUT = concatBytes(wordToBytes(FIELD_ELEMENTS_PER_BLOB), wordToBytes(BLS_MODULUS));

/**
 * [τ]G2, compressed: the second of the monomial G2 points of the public KZG ceremony, from
 * ethereum/c-kzg-4844 src/trusted_setup.txt at b7e4098813e02c866d8def4e88524be8a6bedc7f.
 */
const TAU_G2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';

let decodedTau: typeof G2.BASE | null = null;

/** Decoded at first use: its subgroup check costs more than a start should. */
function tau(): typeof G2.BASE {
  decodedTau ??= G2.fromBytes(hexToBytes(TAU_G2));
  return decodedTau;
}

function decodeScalar(bytes: Uint8Array): bigint | null {
  if (bytes.length !== 32) return null;
  const scalar = bytesToBigint(bytes);
  return scalar < BLS_MODULUS ? scalar : null;
}

/** A compressed point of the subgroup G1. noble reduces x by the modulus: what is not reduced is refused here. */
function decodePoint(bytes: Uint8Array): typeof G1.BASE | null {
  if (bytes.length !== 48) return null;
  const x = bytesToBigint(bytes) & ((1n << 381n) - 1n);
  return x < FIELD_MODULUS ? orNull(() => G1.fromBytes(bytes)) : null;
}
