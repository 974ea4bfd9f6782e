// Double sealing, told from headers; and the heuristic behind `safe`.

import { describe, expect, it } from 'vitest';
import { findEquivocation } from '../../../node/consensus/clique/evidence.ts';
import { safeHeader } from '../../../node/consensus/clique/safe.ts';
import { headerHash } from '../../../node/types/header.ts';
import { chainOf, grow, hashOf, reseal, sealChild } from './kit.ts';

describe('two headers of one signer', () => {
  const chain = chainOf(4);
  const [genesis, first] = grow(chain, [1]);
  const signer = chain.signers[2]!;
  const one = sealChild(chain.engine, first!, signer);

  it('on one parent are proof', () => {
    const other = reseal(one, signer, { stateRoot: hashOf('other') });
    expect(findEquivocation(one, other)).toEqual({ strength: 'proof', signer: signer.address, number: 2 });
    expect(findEquivocation(other, one)).toEqual(findEquivocation(one, other));
  });

  it('of one number on different parents are a sign', () => {
    const rival = sealChild(chain.engine, genesis!, chain.signers[0]!);
    const elsewhere = reseal(one, signer, { parentHash: headerHash(rival) });
    expect(findEquivocation(one, elsewhere)).toEqual({ strength: 'sign', signer: signer.address, number: 2 });
  });

  it('say nothing if they are the same block, or of different numbers', () => {
    expect(findEquivocation(one, { ...one })).toBeNull();
    expect(findEquivocation(one, reseal(one, signer, { number: 3 }))).toBeNull();
  });

  it('say nothing if another one sealed either, whatever its miner says', () => {
    const forged = reseal(one, chain.signers[3]!, { stateRoot: hashOf('forged') });
    expect(forged.miner).toBe(one.miner);
    expect(findEquivocation(one, forged)).toBeNull();
  });

  it('say nothing if one has no valid seal', () => {
    expect(findEquivocation(one, { ...one, stateRoot: hashOf('torn'), extraData: new Uint8Array(97) })).toBeNull();
    expect(findEquivocation({ ...one, extraData: new Uint8Array(3) }, one)).toBeNull();
  });
});

describe('the safe block', () => {
  it.each([
    { count: 1, above: 1 },
    { count: 3, above: 3 },
    { count: 4, above: 3 },
    { count: 5, above: 4 },
    { count: 9, above: 7 },
  ])('of $count signers has the blocks of $above of them on top', ({ count, above }) => {
    const chain = chainOf(count);
    const order = Array.from({ length: 12 }, (_, index) => (index + 1) % count);
    const links = grow(chain, order);
    const newestFirst = links.map((link) => link.header).reverse();
    expect(safeHeader(newestFirst, links.at(-1)!.snapshot)?.number).toBe(12 - above);
    expect(safeHeader(newestFirst.slice(0, above), links.at(-1)!.snapshot)).toBeNull();
  });

  it('is none while only L of 5 signers seal', () => {
    const chain = chainOf(5);
    const links = grow(chain, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    const newestFirst = links.map((link) => link.header).reverse();
    expect(safeHeader(newestFirst, links.at(-1)!.snapshot)).toBeNull();
  });
});
