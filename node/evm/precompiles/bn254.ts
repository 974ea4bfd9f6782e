// The curve alt_bn128 (0x06 addition, 0x07 multiplication, 0x08 pairing): EIP-196, EIP-197, repriced by EIP-1108 (Istanbul).

import { bn254 } from '@noble/curves/bn254.js';
import { bytesToBigint, concatBytes, wordToBytes } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import { flat, orNull, type Precompile, readPadded } from './precompile.ts';

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

const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type G1Point = typeof G1.BASE;
type G2Point = typeof G2.BASE;

const PAIR_BYTES = 192;

function pairs(input: Uint8Array): number {
  return divide(input.length, PAIR_BYTES);
}

function add(input: Uint8Array): Uint8Array | null {
  const a = decodeG1(readPadded(input, 0, 64));
  const b = decodeG1(readPadded(input, 64, 64));
  return a === null || b === null ? null : encodeG1(a.add(b));
}

function multiply(input: Uint8Array): Uint8Array | null {
  const point = decodeG1(readPadded(input, 0, 64));
  if (point === null) return null;
  return encodeG1(point.multiplyUnsafe(bytesToBigint(readPadded(input, 64, 32)) % G1.Fn.ORDER));
}

function pairingCheck(input: Uint8Array): Uint8Array | null {
  if (input.length % PAIR_BYTES !== 0) return null;
  const points: { g1: G1Point; g2: G2Point }[] = [];
  for (let at = 0; at < input.length; at += PAIR_BYTES) {
    const g1 = decodeG1(input.subarray(at, at + 64));
    const g2 = decodeG2(input.subarray(at + 64, at + PAIR_BYTES));
    if (g1 === null || g2 === null) return null;
    if (!g1.is0() && !g2.is0()) points.push({ g1, g2 }); // a pair with infinity is a factor of one
  }
  const { Fp12 } = bn254.fields;
  return wordToBytes(Fp12.eql(bn254.pairingBatch(points), Fp12.ONE) ? 1n : 0n);
}

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
