// Products of pairings: pairs are gathered so that they share the squarings of their Miller loops, in a bounded memory.

import { type Mcl, SIZE } from './mcl.ts';

/** One product at a time. */
export type Pairing = {
  readonly begin: () => void;
  /** Takes copies of the points. A pair with infinity is a factor of one. */
  readonly add: (g1: number, g2: number) => void;
  /** Whether the product of what was added is one; no pairs at all are. */
  readonly isOne: () => boolean;
};

/** Pairs that are gathered before their Miller loops run. */
const GATHERED = 32;

/** A curve may have a faster way to say whether the final exponentiation makes one of an element, which may be lost. */
export function createPairing({ wasm, allocate, bytes }: Mcl, isOneAtLast?: (f: number) => boolean): Pairing {
  const points = allocate(GATHERED * SIZE.g1);
  const twists = allocate(GATHERED * SIZE.g2);
  const product = allocate(SIZE.gt);
  const factor = allocate(SIZE.gt);
  let gathered = 0;

  const multiply = (): void => {
    if (gathered === 0) return;
    wasm.mclBn_millerLoopVec(factor, points, twists, gathered);
    wasm.mclBnGT_mul(product, product, factor);
    gathered = 0;
  };
  return {
    begin() {
      wasm.mclBnGT_setInt32(product, 1);
      gathered = 0;
    },
    add(g1, g2) {
      if (wasm.mclBnG1_isZero(g1) === 1 || wasm.mclBnG2_isZero(g2) === 1) return;
      const memory = bytes();
      memory.copyWithin(points + gathered * SIZE.g1, g1, g1 + SIZE.g1);
      memory.copyWithin(twists + gathered * SIZE.g2, g2, g2 + SIZE.g2);
      gathered++;
      if (gathered === GATHERED) multiply();
    },
    isOne() {
      multiply();
      if (isOneAtLast !== undefined) return isOneAtLast(product);
      wasm.mclBn_finalExp(product, product);
      return wasm.mclBnGT_isOne(product) === 1;
    },
  };
}
