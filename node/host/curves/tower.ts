// The field extensions of BLS12-381 over addresses in an instance of mcl: Fp2 = Fp[i], and Fp12 as Fp2[w] with w⁶ = ξ = 1 + i. mcl stores
// the coefficients of Fp12 in the order w⁰ w² w⁴ w¹ w³ w⁵.

import { type Mcl, SIZE } from './mcl.ts';

export const FP2_BYTES = 2 * SIZE.fp;

/** The bits that are set in the absolute value of the curve's parameter x, which is negative. */
export const PARAMETER_BITS: readonly number[] = [16, 48, 57, 60, 62, 63];

/** Where the coefficient of a power of w lies in an element of Fp12. */
export const COEFFICIENT: readonly [number, number, number, number, number, number] = [
  ...([0, 3 * FP2_BYTES, FP2_BYTES] as const),
  ...([4 * FP2_BYTES, 2 * FP2_BYTES, 5 * FP2_BYTES] as const),
];

/** What mcl does not export of Fp2; a result may stand in the place of an argument where nothing else is said. */
export type Tower = {
  /** a · ξ, in another place than a. */
  readonly timesXi: (to: number, a: number) => void;
  /** 3a + 2b. */
  readonly threeAndTwo: (to: number, a: number, b: number) => void;
  /** 3a − 2b. */
  readonly threeLessTwo: (to: number, a: number, b: number) => void;
  /** a · k of the base field. */
  readonly scale: (to: number, a: number, k: number) => void;
  readonly copy: (to: number, from: number, size: number) => void;
};

export function createTower({ wasm, allocate, bytes }: Mcl): Tower {
  const { mclBnFp_add, mclBnFp_sub, mclBnFp_mul, mclBnFp2_add, mclBnFp2_sub } = wasm;
  const sum = allocate(FP2_BYTES);
  return {
    timesXi(to, a) {
      mclBnFp_sub(to, a, a + SIZE.fp);
      mclBnFp_add(to + SIZE.fp, a, a + SIZE.fp);
    },
    threeAndTwo(to, a, b) {
      mclBnFp2_add(sum, a, b);
      mclBnFp2_add(sum, sum, sum);
      mclBnFp2_add(to, sum, a);
    },
    threeLessTwo(to, a, b) {
      mclBnFp2_sub(sum, a, b);
      mclBnFp2_add(sum, sum, sum);
      mclBnFp2_add(to, sum, a);
    },
    scale(to, a, k) {
      mclBnFp_mul(to, a, k);
      mclBnFp_mul(to + SIZE.fp, a + SIZE.fp, k);
    },
    copy(to, from, size) {
      bytes().copyWithin(to, from, from + size);
    },
  };
}
