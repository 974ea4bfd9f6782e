// A product of two pairings on BLS12-381 whose points of G2 are known beforehand: the lines of their Miller loops are computed once, in affine
// coordinates, and divided by what the final exponentiation makes one of, so that a step costs one multiplication in Fp12.

import { present } from '../../lib/assert.ts';
import { type Mcl, SIZE } from './mcl.ts';
import { COEFFICIENT, createTower, FP2_BYTES, PARAMETER_BITS } from './tower.ts';

/** Which of the points of G2, and then of G1, a place belongs to. */
const SIDES = [0, 1] as const;
/** The slope's part of a line and the rest, of either side, and the products of one's with the other's. */
const LINE = { slope: 0, rest: 2, restRest: 4, restSlope: 5, slopeRest: 6, slopeSlope: 7, places: 8 } as const;

/**
 * Makes the function that writes f(p, q) · f(p', q') of Miller's loops to an address, up to factors that the final exponentiation takes away, and
 * to its conjugate: for points p and p' of G1, normalised and not infinity. q and q' are normalised points of G2, not infinity.
 */
export function createFixedPairing(mcl: Mcl, qs: readonly [number, number]) {
  const { wasm, allocate } = mcl;
  const { mclBnFp_mul, mclBnFp_inv, mclBnFp2_add, mclBnGT_mul, mclBnGT_sqr } = wasm;
  const { scale, copy } = createTower(mcl);
  const steps = computeLines(mcl, qs);
  const [w0, , w2, w3, w4, w5] = COEFFICIENT;
  const line = allocate(SIZE.gt);
  wasm.mclBnGT_setInt32(line, 0);
  const one = allocate(FP2_BYTES);
  wasm.mclBnFp_setInt32(one, 1);
  wasm.mclBnFp_setInt32(one + SIZE.fp, 0);
  const part = allocate(FP2_BYTES);
  const scalar = (): number => allocate(SIZE.fp);
  /** Of each p: 1 / y and x / y; and their products of one with the other. */
  const [rest, slope] = [[scalar(), scalar()] as const, [scalar(), scalar()] as const];
  const [restRest, restSlope, slopeRest, slopeSlope] = [scalar(), scalar(), scalar(), scalar()];

  /** The product of the lines 1 + (r·w³ + s·w⁵) of both sides. */
  const multiplyLines = (at: number): void => {
    const place = (index: number): number => at + index * FP2_BYTES;
    scale(line + w0, place(LINE.restRest), restRest);
    mclBnFp2_add(line + w0, line + w0, one);
    scale(line + w2, place(LINE.restSlope), restSlope);
    scale(part, place(LINE.slopeRest), slopeRest);
    mclBnFp2_add(line + w2, line + w2, part);
    scale(line + w4, place(LINE.slopeSlope), slopeSlope);
    scale(line + w3, place(LINE.rest), rest[0]);
    scale(part, place(LINE.rest + 1), rest[1]);
    mclBnFp2_add(line + w3, line + w3, part);
    scale(line + w5, place(LINE.slope), slope[0]);
    scale(part, place(LINE.slope + 1), slope[1]);
    mclBnFp2_add(line + w5, line + w5, part);
  };

  return (f: number, ps: readonly [number, number]): void => {
    for (const side of SIDES) {
      mclBnFp_inv(rest[side], ps[side] + SIZE.fp);
      mclBnFp_mul(slope[side], ps[side], rest[side]);
    }
    mclBnFp_mul(restRest, rest[0], rest[1]);
    mclBnFp_mul(restSlope, rest[0], slope[1]);
    mclBnFp_mul(slopeRest, slope[0], rest[1]);
    mclBnFp_mul(slopeSlope, slope[0], slope[1]);
    for (const [i, { kind, at }] of steps.entries()) {
      multiplyLines(at);
      if (i === 0) {
        copy(f, line, SIZE.gt);
        continue;
      }
      if (kind === 'double') mclBnGT_sqr(f, f);
      mclBnGT_mul(f, f, line);
    }
  };
}

type Step = { readonly kind: 'double' | 'add'; readonly at: number };

/** The lines of all steps, from the parameter's highest bit down, as the places of LINE. */
function computeLines(mcl: Mcl, qs: readonly [number, number]): readonly Step[] {
  const { wasm, allocate } = mcl;
  const { mclBnFp2_add: add, mclBnFp2_sub: sub, mclBnFp2_mul: mul, mclBnFp2_sqr: sqr, mclBnFp2_inv: inv } = wasm;
  const { copy, timesXi } = createTower(mcl);
  const coefficient = (): number => allocate(FP2_BYTES);
  const [lambda, a, b, inverseOfXi] = [coefficient(), coefficient(), coefficient(), coefficient()];
  const ts = SIDES.map(() => allocate(2 * FP2_BYTES));
  for (const side of SIDES) copy(present(ts[side], 'a point'), qs[side], 2 * FP2_BYTES);
  wasm.mclBnFp_setInt32(inverseOfXi, 1);
  wasm.mclBnFp_setInt32(inverseOfXi + SIZE.fp, 1);
  inv(inverseOfXi, inverseOfXi);
  const steps: Step[] = [];

  const step = (kind: Step['kind']): void => {
    const at = allocate(LINE.places * FP2_BYTES);
    const place = (index: number): number => at + index * FP2_BYTES;
    for (const side of SIDES) {
      const [x, y] = [present(ts[side], 'a point'), present(ts[side], 'a point') + FP2_BYTES];
      const [qx, qy] = kind === 'double' ? [x, y] : [qs[side], qs[side] + FP2_BYTES];
      if (kind === 'double') {
        sqr(a, x);
        add(lambda, a, a);
        add(lambda, lambda, a);
        add(b, y, y);
      } else {
        sub(lambda, y, qy);
        sub(b, x, qx);
      }
      inv(b, b);
      mul(lambda, lambda, b);
      mul(a, lambda, x);
      sub(a, a, y);
      mul(place(LINE.rest + side), a, inverseOfXi);
      wasm.mclBnFp2_neg(a, lambda);
      mul(place(LINE.slope + side), a, inverseOfXi);
      sqr(a, lambda);
      sub(a, a, x);
      sub(a, a, qx); // the sum's abscissa
      sub(b, x, a);
      mul(b, b, lambda);
      sub(y, b, y);
      copy(x, a, FP2_BYTES);
    }
    const product = (to: number, first: number, second: number): void => {
      mul(a, place(first), place(second + 1));
      timesXi(place(to), a); // w⁶ = ξ
    };
    product(LINE.restRest, LINE.rest, LINE.rest);
    product(LINE.restSlope, LINE.rest, LINE.slope);
    product(LINE.slopeRest, LINE.slope, LINE.rest);
    product(LINE.slopeSlope, LINE.slope, LINE.slope);
    steps.push({ kind, at });
  };
  for (let bit = 62; bit >= 0; bit--) {
    step('double');
    if (PARAMETER_BITS.includes(bit)) step('add');
  }
  return steps;
}
