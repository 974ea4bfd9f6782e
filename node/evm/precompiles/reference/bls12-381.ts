// The reference of BLS12-381 by noble's bigints: EIP-2537's operations over its encodings. Additions check the curve only; multiplications and
// pairings the subgroup too.

import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bigintToBytes, bytesToBigint, concatBytes, padLeft } from '../../../lib/bytes.ts';
import type { PrecompileBackend } from '../operations.ts';
import { orNull } from '../precompile.ts';

type Operations = Pick<
  PrecompileBackend,
  'g1Add' | 'g1Msm' | 'g2Add' | 'g2Msm' | 'pairingCheck' | 'mapFpToG1' | 'mapFp2ToG2'
>;

/** The operations by noble. */
export const nobleBls12381: Operations = {
  g1Add(input) {
    const a = decodeG1(input.subarray(0, G1_BYTES));
    const b = decodeG1(input.subarray(G1_BYTES));
    return a === null || b === null ? null : encodeG1(a.add(b));
  },
  g2Add(input) {
    const a = decodeG2(input.subarray(0, G2_BYTES));
    const b = decodeG2(input.subarray(G2_BYTES));
    return a === null || b === null ? null : encodeG2(a.add(b));
  },
  g1Msm(input) {
    const points: G1Point[] = [];
    const scalars: bigint[] = [];
    for (let at = 0; at < input.length; at += G1_TERM_BYTES) {
      const point = decodeG1(input.subarray(at, at + G1_BYTES));
      if (point === null || !point.isTorsionFree()) return null;
      points.push(point);
      scalars.push(decodeScalar(input.subarray(at + G1_BYTES, at + G1_TERM_BYTES)));
    }
    return encodeG1(mulAddUnsafe(G1, points, scalars)); // all terms share their doublings
  },
  g2Msm(input) {
    const points: G2Point[] = [];
    const scalars: bigint[] = [];
    for (let at = 0; at < input.length; at += G2_TERM_BYTES) {
      const point = decodeG2(input.subarray(at, at + G2_BYTES));
      if (point === null || !point.isTorsionFree()) return null;
      points.push(point);
      scalars.push(decodeScalar(input.subarray(at + G2_BYTES, at + G2_TERM_BYTES)));
    }
    return encodeG2(mulAddUnsafe(G2, points, scalars));
  },
  pairingCheck(input) {
    const points: { g1: G1Point; g2: G2Point }[] = [];
    for (let at = 0; at < input.length; at += PAIR_BYTES) {
      const g1 = decodeG1(input.subarray(at, at + G1_BYTES));
      const g2 = decodeG2(input.subarray(at + G1_BYTES, at + PAIR_BYTES));
      if (g1 === null || g2 === null || !isInSubgroup(g1) || !isInSubgroup(g2)) return null;
      if (!g1.is0() && !g2.is0()) points.push({ g1, g2 }); // a pair with infinity is a factor of one
    }
    return Fp12.eql(bls12_381.pairingBatch(points), Fp12.ONE);
  },
  mapFpToG1(input) {
    const element = decodeFp(input);
    return element === null ? null : encodeG1(mapToG1(element));
  },
  mapFp2ToG2(input) {
    const element = decodeFp2(input);
    return element === null ? null : encodeG2(mapToG2([element.c0, element.c1]));
  },
};

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
const { Fp, Fp2, Fp12 } = bls12_381.fields;
type G1Point = typeof G1.BASE;
type G2Point = typeof G2.BASE;
type Fp2Element = typeof Fp2.ONE;

const FIELD_BYTES = 64;
const G1_BYTES = 2 * FIELD_BYTES;
const G2_BYTES = 4 * FIELD_BYTES;
const SCALAR_BYTES = 32;
const G1_TERM_BYTES = G1_BYTES + SCALAR_BYTES;
const G2_TERM_BYTES = G2_BYTES + SCALAR_BYTES;
const PAIR_BYTES = G1_BYTES + G2_BYTES;

// noble declares its inner map here (affine, a list in both groups); the methods take these arguments and clear the cofactor.
const mapToG1 = bls12_381.G1.mapToCurve as unknown as (element: bigint) => G1Point;
const mapToG2 = bls12_381.G2.mapToCurve as unknown as (element: bigint[]) => G2Point;

/** The whole check of noble, which remembers its result for the pairing that follows. */
function isInSubgroup(point: G1Point | G2Point): boolean {
  return (
    orNull(() => {
      point.assertValidity();
      return true;
    }) === true
  );
}

/** A field element in 64 bytes, below the modulus, so that its top 16 bytes are zero. */
function decodeFp(bytes: Uint8Array): bigint | null {
  const value = bytesToBigint(bytes);
  return value < Fp.ORDER ? value : null;
}

function decodeFp2(bytes: Uint8Array): Fp2Element | null {
  const c0 = decodeFp(bytes.subarray(0, FIELD_BYTES));
  const c1 = decodeFp(bytes.subarray(FIELD_BYTES, 2 * FIELD_BYTES));
  return c0 === null || c1 === null ? null : Fp2.fromBigTuple([c0, c1]);
}

const G1_B = 4n;
const G2_B = Fp2.fromBigTuple([4n, 4n]);

/** A point of the curve, perhaps outside of the subgroup. All zeros are infinity. */
function decodeG1(bytes: Uint8Array): G1Point | null {
  const x = decodeFp(bytes.subarray(0, FIELD_BYTES));
  const y = decodeFp(bytes.subarray(FIELD_BYTES, G1_BYTES));
  if (x === null || y === null) return null;
  if (x === 0n && y === 0n) return G1.ZERO;
  const right = Fp.add(Fp.mul(Fp.sqr(x), x), G1_B);
  return Fp.eql(Fp.sqr(y), right) ? G1.fromAffine({ x, y }) : null;
}

function decodeG2(bytes: Uint8Array): G2Point | null {
  const x = decodeFp2(bytes.subarray(0, 2 * FIELD_BYTES));
  const y = decodeFp2(bytes.subarray(2 * FIELD_BYTES, G2_BYTES));
  if (x === null || y === null) return null;
  if (Fp2.is0(x) && Fp2.is0(y)) return G2.ZERO;
  const right = Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2_B);
  return Fp2.eql(Fp2.sqr(y), right) ? G2.fromAffine({ x, y }) : null;
}

/** Any 32 bytes; points of the subgroup repeat after its order. */
function decodeScalar(bytes: Uint8Array): bigint {
  return bytesToBigint(bytes) % G1.Fn.ORDER;
}

function encodeG1(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(encodeFp(x), encodeFp(y));
}

function encodeG2(point: G2Point): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(encodeFp(x.c0), encodeFp(x.c1), encodeFp(y.c0), encodeFp(y.c1));
}

function encodeFp(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), FIELD_BYTES);
}
