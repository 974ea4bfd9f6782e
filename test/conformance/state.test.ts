// The newest fork's state tests in every ordinary run, on the faster tiers a sample of them; the other packs by `npm run conformance`, and
// here where CI is set. The cases of slow.json: slow.test.ts.

import { describe, expect, it } from 'vitest';
import { createMachine } from '../../node/evm/create-machine.ts';
import { EVERYTHING, type Selection } from './case.ts';
import { runStatePack, STATE_PACKS, type StatePack, statePackFile } from './state-suite.ts';
import { hasVectors } from './vectors.ts';

const PACK_TIMEOUT_MS = 240_000;
/** Of so many cases, one runs on the faster tiers: the whole packs take minutes, with everything compiled a quarter of an hour. */
const SAMPLE_OF = { 1: process.env['CI'] === undefined ? 8 : 1, 2: 8 } as const;
const packs: readonly StatePack[] = process.env['CI'] === undefined ? ['osaka'] : STATE_PACKS;

async function verdictsOf(tier: 0 | 1 | 2, pack: StatePack, selection: Selection) {
  const machine = createMachine({ tier, threshold: 0 });
  const wrong: string[] = [];
  let passed = 0;
  for await (const { id, verdict, detail } of runStatePack(machine, pack, { ...selection, lane: 'quick' }))
    if (verdict === 'passed') passed++;
    else wrong.push(`${id}: ${verdict}, ${detail}`);
  return { wrong, passed, counts: machine.counts() };
}

describe('official state tests', () => {
  for (const pack of packs) {
    const options = { timeout: PACK_TIMEOUT_MS };
    it.skipIf(!hasVectors(statePackFile(pack)))(`agree on all of the pack ${pack}`, options, async () => {
      const { wrong, passed } = await verdictsOf(0, pack, EVERYTHING);
      expect(wrong).toEqual([]);
      expect(passed).toBeGreaterThan(2000);
    });

    it.skipIf(!hasVectors(statePackFile(pack))).each([1, 2] as const)(
      `agree on tier %i with the pack ${pack}`,
      options,
      async (tier) => {
        const of = SAMPLE_OF[tier];
        const { wrong, counts } = await verdictsOf(tier, pack, { ...EVERYTHING, shard: { index: tier % of, of } });
        expect(wrong).toEqual([]);
        if (pack !== 'older') expect(counts[`tier${tier}`]).toBeGreaterThan(counts.tier0);
      },
    );
  }
});
