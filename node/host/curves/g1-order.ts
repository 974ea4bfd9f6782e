// Whether a point of BLS12-381's curve over the base field lies in the subgroup: φ(P) = −[x²]P, where φ multiplies the abscissa by a cube root
// of one (Scott, "A note on group membership tests for G1, G2 and GT on BLS pairing-friendly curves", 2021). x has six bits that are set,
// which the library's own test makes no use of.

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bigintToBytes, padLeft } from '../../lib/bytes.ts';
import { type Mcl, SIZE } from './mcl.ts';
import { PARAMETER_BITS } from './tower.ts';

/** Makes the test for points at an address: normalised, on the curve, infinity among them. */
export function createG1OrderTest(mcl: Mcl): (point: number) => boolean {
  const { wasm, allocate } = mcl;
  const { mclBnG1_dbl, mclBnG1_add } = wasm;
  const { Fp, Fr } = bls12_381.fields;
  const [once, twice, root] = [allocate(SIZE.g1), allocate(SIZE.g1), allocate(SIZE.fp)];
  const buffer = allocate(SIZE.fp);
  mcl.bytes().set(padLeft(bigintToBytes(cubeRootOfOne()), SIZE.fp), buffer);
  wasm.mclBnFp_setBigEndianMod(root, buffer, SIZE.fp);

  const multiply = (to: number, point: number): void => {
    mcl.bytes().copyWithin(to, point, point + SIZE.g1);
    for (let bit = 62; bit >= 0; bit--) {
      mclBnG1_dbl(to, to);
      if (PARAMETER_BITS.includes(bit)) mclBnG1_add(to, to, point);
    }
  };
  return (point) => {
    multiply(once, point);
    multiply(twice, once);
    wasm.mclBnG1_neg(twice, twice);
    mcl.bytes().copyWithin(once, point, point + SIZE.g1);
    wasm.mclBnFp_mul(once, once, root);
    return wasm.mclBnG1_isEqual(once, twice) === 1;
  };

  /** Of the two, the one by which φ is the multiplication by −x² on the subgroup: asked of the generator. */
  function cubeRootOfOne(): bigint {
    const root = Fp.pow(2n, (Fp.ORDER - 1n) / 3n);
    const { BASE } = bls12_381.G1.Point;
    const { x } = BASE.multiply(Fr.ORDER - 0xd201000000010000n ** 2n).toAffine();
    return Fp.eql(Fp.mul(BASE.toAffine().x, root), x) ? root : Fp.sqr(root);
  }
}
