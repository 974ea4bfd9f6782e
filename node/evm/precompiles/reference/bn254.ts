// The reference of alt_bn128 by noble's bigints: EIP-196's and EIP-197's operations over their encodings.

import { bn254 } from '@noble/curves/bn254.js';
import { bytesToBigint, concatBytes, wordToBytes } from '../../../lib/bytes.ts';
import type { PrecompileBackend } from '../operations.ts';
import { orNull } from '../precompile.ts';

/** The operations by noble. */
export const nobleBn254: Pick<PrecompileBackend, 'bn254Add' | 'bn254Mul' | 'bn254PairingCheck'> = {
  bn254Add(input) {
    const a = decodeG1(input.subarray(0, 64));
    const b = decodeG1(input.subarray(64));
    return a === null || b === null ? null : encodeG1(a.add(b));
  },
  bn254Mul(input) {
    const point = decodeG1(input.subarray(0, 64));
    return point === null ? null : encodeG1(point.multiplyUnsafe(bytesToBigint(input.subarray(64)) % G1.Fn.ORDER));
  },
  bn254PairingCheck(input) {
    const points: { g1: G1Point; g2: G2Point }[] = [];
    for (let at = 0; at < input.length; at += PAIR_BYTES) {
      const g1 = decodeG1(input.subarray(at, at + 64));
      const g2 = decodeG2(input.subarray(at + 64, at + PAIR_BYTES));
      if (g1 === null || g2 === null) return null;
      if (!g1.is0() && !g2.is0()) points.push({ g1, g2 }); // a pair with infinity is a factor of one
    }
    const { Fp12 } = bn254.fields;
    return Fp12.eql(bn254.pairingBatch(points), Fp12.ONE);
  },
};

const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type G1Point = typeof G1.BASE;
type G2Point = typeof G2.BASE;

const PAIR_BYTES = 192;

function decodeG1(bytes: Uint8Array): G1Point | null {
  const x = bytesToBigint(bytes.subarray(0, 32));
  const y = bytesToBigint(bytes.subarray(32, 64));
  return orNull(() => {
    const point = G1.fromAffine({ x, y }); // throws on coordinates beyond the field
    point.assertValidity();
    return point;
  });
}

/** The imaginary part stands before the real one (EIP-197). Checks the subgroup. */
function decodeG2(bytes: Uint8Array): G2Point | null {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((at) => bytesToBigint(bytes.subarray(at, at + 32)));
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return null;
  return orNull(() => {
    const point = G2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
    point.assertValidity();
    return point;
  });
}

function encodeG1(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine();
  return concatBytes(wordToBytes(x), wordToBytes(y));
}
