// The reference of EIP-4844's proofs by noble's bigints: verify_kzg_proof of the consensus specifications.

import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint, hexToBytes } from '../../../lib/bytes.ts';
import type { KzgEvaluation, PrecompileBackend } from '../operations.ts';
import { orNull } from '../precompile.ts';

/** The operation by noble. */
export const nobleKzg: Pick<PrecompileBackend, 'verifyKzgProof'> = { verifyKzgProof };

function verifyKzgProof(evaluation: KzgEvaluation): boolean | null {
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
/** The order of the scalar field (EIP-4844). */
const BLS_MODULUS = G1.Fn.ORDER;
/** The order of the base field. */
const FIELD_MODULUS = bls12_381.fields.Fp.ORDER;
const NEGATED_GENERATOR = G2.BASE.negate();

/**
 * [τ]G2, compressed: the second of the monomial G2 points of the public KZG ceremony, from
 * ethereum/c-kzg-4844 src/trusted_setup.txt at b7e4098813e02c866d8def4e88524be8a6bedc7f.
 */
export const TAU_G2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';

let decodedTau: typeof G2.BASE | null = null;

/** Decoded at first use: its subgroup check costs more than a start should. */
function tau(): typeof G2.BASE {
  decodedTau ??= G2.fromBytes(hexToBytes(TAU_G2));
  return decodedTau;
}

function decodeScalar(bytes: Uint8Array): bigint | null {
  const scalar = bytesToBigint(bytes);
  return scalar < BLS_MODULUS ? scalar : null;
}

/** A compressed point of the subgroup G1. noble reduces x by the modulus: what is not reduced is refused here. */
function decodePoint(bytes: Uint8Array): typeof G1.BASE | null {
  const x = bytesToBigint(bytes) & ((1n << 381n) - 1n);
  return x < FIELD_MODULUS ? orNull(() => G1.fromBytes(bytes)) : null;
}
