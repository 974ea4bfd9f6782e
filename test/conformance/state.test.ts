// The newest fork's state tests in every ordinary run, on the faster tiers a sample of them; the other packs by `npm run conformance`, and
// here where CI is set. The cases of slow.json: slow.test.ts.

import { describe, expect, it } from 'vitest';
import { createMachine } from '../../node/evm/create-machine.ts';
import { EVERYTHING, type Selection } from './case.ts';
import { runStatePack, STATE_PACKS, type StatePack, statePackFile } from './state-suite.ts';
import { hasVectors } from './vectors.ts';

const PACK_TIMEOUT_MS = 240_000;
/** Of so many cases, one runs on the faster tiers: the whole packs take minutes. */
const SAMPLE_OF = process.env['CI'] === undefined ? 8 : 1;
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

    it.skipIf(!hasVectors(statePackFile(pack)))(`agree on tier 1 with the pack ${pack}`, options, async () => {
      const { wrong, counts } = await verdictsOf(1, pack, { ...EVERYTHING, shard: { index: 0, of: SAMPLE_OF } });
      expect(wrong).toEqual([]);
      if (pack !== 'older') expect(counts.tier1).toBeGreaterThan(counts.tier0);
    });
  }
});
