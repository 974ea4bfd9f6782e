// Plans: who may seal when, and that the chain which follows them is accepted.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waitBoundsMs } from '../../../node/consensus/clique/plan.ts';
import { createRandom } from '../../../node/lib/random.ts';
import { type Account, type Chain, chainOf, config, extend, grow, type Link, sealChild, verify } from './kit.ts';

/** The moment at which a signer's plan seals, milliseconds, or null. */
function sealsAtMs(chain: Chain, tip: Link, signer: Account, seed: string): number | null {
  const plan = chain.engine.plan(tip.header, tip.snapshot, signer.address, createRandom(seed));
  return plan.kind === 'seal' ? plan.timestamp * 1_000 + plan.delayMs : null;
}

describe('a plan', () => {
  it('lets the signer in turn seal exactly a period behind the parent', () => {
    const { engine, genesis, signers } = chainOf(5, { period: 7 });
    expect(engine.plan(genesis.header, genesis.snapshot, signers[1]!.address, createRandom('a'))).toEqual({
      kind: 'seal',
      timestamp: Number(genesis.header.timestamp) + 7,
      inTurn: true,
      difficulty: 2n,
      delayMs: 0,
    });
  });

  it('lets another signer wait between 100 ms and half a second at a period of 1 s', () => {
    const { engine, genesis, signers } = chainOf(5);
    for (let seed = 0; seed < 50; seed++) {
      const plan = engine.plan(genesis.header, genesis.snapshot, signers[2]!.address, createRandom(`${seed}`));
      if (plan.kind !== 'seal') throw new Error(plan.kind);
      expect(plan).toMatchObject({ inTurn: false, difficulty: 1n, timestamp: Number(genesis.header.timestamp) + 1 });
      expect(plan.delayMs).toBeGreaterThanOrEqual(100);
      expect(plan.delayMs).toBeLessThanOrEqual(500);
    }
  });

  it('scales the wait with the period and the signers, up to N × 500 ms', () => {
    expect(waitBoundsMs(config({ period: 1 }), 5)).toEqual({ shortest: 100, longest: 500 });
    expect(waitBoundsMs(config({ period: 3 }), 5)).toEqual({ shortest: 300, longest: 1_500 });
    expect(waitBoundsMs(config({ period: 5 }), 5)).toEqual({ shortest: 500, longest: 2_500 });
    expect(waitBoundsMs(config({ period: 15 }), 5)).toEqual({ shortest: 500, longest: 2_500 });
  });

  it('is the same however often it is asked for and whatever else was drawn', () => {
    const { engine, genesis, signers } = chainOf(5);
    const random = createRandom('seed');
    const ask = () => engine.plan(genesis.header, genesis.snapshot, signers[3]!.address, random);
    const first = ask();
    random.below(1_000);
    expect(ask()).toEqual(first);
    expect(ask()).toEqual(first);
  });

  it('differs by seed, by block and by signer', () => {
    const chain = chainOf(9);
    const tips = grow(chain, [1, 2]);
    const waits = (tip: Link, signer: number, seed: string) =>
      sealsAtMs(chain, tip, chain.signers[signer]!, seed)! - Number(tip.header.timestamp) * 1_000;
    const all = [
      waits(tips[0]!, 5, 'a'),
      waits(tips[0]!, 5, 'b'),
      waits(tips[0]!, 6, 'a'),
      waits(tips[1]!, 5, 'a'),
      waits(tips[2]!, 5, 'a'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('tells a stranger and whoever sealed recently to wait', () => {
    const chain = chainOf(5);
    const tip = grow(chain, [1, 2]).at(-1)!;
    const random = createRandom('a');
    const plan = (address: `0x${string}`) => chain.engine.plan(tip.header, tip.snapshot, address, random);
    expect(plan(`0x${'11'.repeat(20)}`)).toEqual({ kind: 'wait', reason: 'not-a-signer', until: null });
    expect(plan(chain.signers[1]!.address)).toEqual({ kind: 'wait', reason: 'recently-signed', until: 4 });
    expect(plan(chain.signers[2]!.address)).toEqual({ kind: 'wait', reason: 'recently-signed', until: 5 });
    expect(plan(chain.signers[3]!.address).kind).toBe('seal');
  });

  it('says wait exactly where a block would be refused for sealing too soon', () => {
    const chain = chainOf(5);
    let tip = chain.genesis;
    const random = createRandom('walk');
    for (let step = 0; step < 40; step++) {
      const may = chain.signers.filter((signer) => {
        const planned = sealsAtMs(chain, tip, signer, 'a') !== null;
        expect(verify(chain.engine, tip, sealChild(chain.engine, tip, signer)) === null).toBe(planned);
        return planned;
      });
      tip = extend(chain.engine, tip, sealChild(chain.engine, tip, random.pick(may)));
    }
  });
});

describe('a chain of 200 blocks by honest plans', () => {
  it.each([1, 4, 5, 9])('of %i signers is accepted, every planned block of it', (count) => {
    const chain = chainOf(count);
    let tip = chain.genesis;
    for (let number = 1; number <= 200; number++) {
      const planned = chain.signers
        .map((signer) => ({ signer, at: sealsAtMs(chain, tip, signer, signer.address) }))
        .filter(({ at }) => at !== null)
        .sort((a, b) => a.at! - b.at!);
      const header = sealChild(chain.engine, tip, planned[0]!.signer);
      expect(chain.engine.isInTurn(header)).toBe(true);
      const rival = planned[number % planned.length]!;
      if (rival !== planned[0])
        expect(verify(chain.engine, tip, sealChild(chain.engine, tip, rival.signer))).toBeNull();
      tip = extend(chain.engine, tip, header);
    }
    expect(tip.header.timestamp).toBe(Number(chain.genesis.header.timestamp) + 200);
  });

  it('keeps its pace of one block a second with L of 5 signers up', () => {
    const chain = chainOf(5);
    const up = chain.signers.slice(0, 3);
    let tip = chain.genesis;
    let clockMs = Number(tip.header.timestamp) * 1_000;
    for (let number = 1; number <= 200; number++) {
      const [next] = up
        .map((signer) => ({ signer, at: sealsAtMs(chain, tip, signer, signer.address) }))
        .filter(({ at }) => at !== null)
        .sort((a, b) => a.at! - b.at!);
      clockMs = next!.at!;
      tip = extend(chain.engine, tip, sealChild(chain.engine, tip, next!.signer));
    }
    expect(clockMs - Number(chain.genesis.header.timestamp) * 1_000).toBeLessThanOrEqual(200_500);
  });

  it('halts with fewer than L signers, after at most one block of each', () => {
    const chain = chainOf(5);
    const up = chain.signers.slice(0, 2);
    let tip = chain.genesis;
    for (let tries = 0; tries < 10; tries++) {
      const next = up.find((signer) => sealsAtMs(chain, tip, signer, 'a') !== null);
      if (next === undefined) break;
      tip = extend(chain.engine, tip, sealChild(chain.engine, tip, next));
    }
    expect(tip.header.number).toBe(2);
  });
});

describe('the recents rule', () => {
  it('leaves no signer twice in any L consecutive blocks, and bars nobody else', () => {
    const walk = fc.tuple(
      fc.integer({ min: 1, max: 7 }),
      fc.option(fc.integer({ min: 1, max: 7 })),
      fc.array(fc.nat(6), { maxLength: 25 }),
    );
    fc.assert(
      fc.property(walk, ([count, signerLimit, tries]) => {
        const chain = chainOf(count, { signerLimit });
        const limit = Math.min(signerLimit ?? Math.floor(count / 2) + 1, count);
        const sealers: number[] = [];
        let tip = chain.genesis;
        for (const wanted of tries) {
          const signer = wanted % count;
          const header = sealChild(chain.engine, tip, chain.signers[signer]!);
          const window = limit === 1 ? [] : sealers.slice(-(limit - 1));
          expect(verify(chain.engine, tip, header)).toBe(window.includes(signer) ? 'seal-recently-signed' : null);
          if (window.includes(signer)) continue;
          tip = extend(chain.engine, tip, header);
          sealers.push(signer);
        }
        for (let start = 0; start + limit <= sealers.length; start++)
          expect(new Set(sealers.slice(start, start + limit)).size).toBe(limit);
      }),
      { numRuns: 25 },
    );
  });
});
