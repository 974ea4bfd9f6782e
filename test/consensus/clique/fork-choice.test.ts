// EIP-3436's order on tips.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTips } from '../../../node/consensus/clique/fork-choice.ts';
import type { Tip } from '../../../node/consensus/engine.ts';
import { accounts, chainOf, genesisHeader, hashOf } from './kit.ts';

const SIGNERS = accounts(8).map((account) => account.address);
const TEMPLATE = genesisHeader(SIGNERS);

type Shape = {
  readonly total: number;
  readonly number: number;
  readonly signer: number;
  readonly n: number;
  readonly id: number;
};

/** A tip of this shape. The hash is a function of all of it, as a real one is. */
function tip(shape: Shape): Tip {
  const signers = SIGNERS.slice(0, shape.n);
  return {
    header: { ...TEMPLATE, number: shape.number, miner: signers[shape.signer % shape.n]! },
    hash: hashOf(JSON.stringify(shape)),
    totalDifficulty: BigInt(shape.total),
    parentSnapshot: { number: shape.number - 1, hash: hashOf('parent'), signers, recents: [], votes: [] },
  };
}

/** From few values, so that ties are the rule. */
const anyTip = fc
  .record({
    total: fc.integer({ min: 10, max: 11 }),
    number: fc.integer({ min: 5, max: 6 }),
    signer: fc.nat(7),
    n: fc.integer({ min: 3, max: 4 }),
    id: fc.nat(3),
  })
  .map(tip);

const base: Shape = { total: 10, number: 8, signer: 0, n: 5, id: 0 };

describe('the order on tips', () => {
  it('prefers the higher total difficulty, whatever else', () => {
    expect(compareTips(tip({ ...base, total: 11, number: 9 }), tip(base))).toBeLessThan(0);
    expect(compareTips(tip(base), tip({ ...base, total: 11, number: 9 }))).toBeGreaterThan(0);
  });

  it('compares total difficulties beyond what a number holds', () => {
    const huge = { ...tip(base), totalDifficulty: 2n ** 60n };
    expect(compareTips({ ...huge, totalDifficulty: 2n ** 60n + 1n }, huge)).toBeLessThan(0);
  });

  it('prefers the shorter chain of the same total difficulty', () => {
    expect(compareTips(tip({ ...base, number: 7 }), tip(base))).toBeLessThan(0);
  });

  it('prefers the sealer who was in turn least recently', () => {
    // Block 8 of 5 signers is 3's turn: 4 was in turn four blocks ago, 0 three, 2 one, 3 now.
    const order = [4, 0, 1, 2, 3].map((signer) => tip({ ...base, signer }));
    for (const [index, winner] of order.entries())
      for (const loser of order.slice(index + 1)) expect(compareTips(winner, loser)).toBeLessThan(0);
  });

  it("takes index and N from the snapshot that validates the tip's own header", () => {
    // (8 − 2) mod 5 = 1 and (8 − 2) mod 4 = 2.
    expect(compareTips(tip({ ...base, signer: 2, n: 4 }), tip({ ...base, signer: 2, n: 5 }))).toBeLessThan(0);
  });

  it('prefers the lower hash at last', () => {
    const low = { ...tip(base), hash: `0x00${'ff'.repeat(31)}` as const };
    const high = { ...tip(base), hash: `0x01${'00'.repeat(31)}` as const };
    expect(compareTips(low, high)).toBeLessThan(0);
    expect(compareTips(high, low)).toBeGreaterThan(0);
  });

  it('compares a genesis with itself', () => {
    const { genesis } = chainOf(3);
    const only: Tip = {
      header: genesisHeader(genesis.snapshot.signers),
      hash: genesis.snapshot.hash,
      totalDifficulty: 1n,
      parentSnapshot: genesis.snapshot,
    };
    expect(compareTips(only, only)).toBe(0);
  });

  it('is antisymmetric, and zero for equal hashes only', () => {
    fc.assert(
      fc.property(anyTip, anyTip, (a, b) => {
        expect(Math.sign(compareTips(a, b)) + Math.sign(compareTips(b, a))).toBe(0);
        expect(compareTips(a, b) === 0).toBe(a.hash === b.hash);
      }),
      { numRuns: 500 },
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(anyTip, anyTip, anyTip, (a, b, c) => {
        if (compareTips(a, b) <= 0 && compareTips(b, c) <= 0) expect(compareTips(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
