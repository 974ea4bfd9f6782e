// The newest fork's state tests in every ordinary run, on tier 1 a sample of them; the other packs by `npm run conformance`, and here where
// CI is set.

import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { EVERYTHING, runStatePack, STATE_PACKS, type StatePack, statePackFile } from './state-suite.ts';
import { hasVectors } from './vectors.ts';

const PACK_TIMEOUT_MS = 240_000;
/** Of so many cases, one runs on tier 1: the whole packs take minutes. */
const SAMPLE_OF = process.env['CI'] === undefined ? 8 : 1;
const packs: readonly StatePack[] = process.env['CI'] === undefined ? ['osaka'] : STATE_PACKS;

describe('official state tests', () => {
  for (const pack of packs) {
    it.skipIf(!hasVectors(statePackFile(pack)))(
      `agree on every root, log and refusal of the pack ${pack}`,
      { timeout: PACK_TIMEOUT_MS },
      async () => {
        const failed: string[] = [];
        let passed = 0;
        for await (const { id, verdict, wrong } of runStatePack(createInterpreter(), pack, EVERYTHING)) {
          if (verdict === 'passed') passed++;
          if (verdict === 'failed') failed.push(`${id}: ${wrong}`);
        }
        expect(failed).toEqual([]);
        expect(passed).toBeGreaterThan(2000);
      },
    );

    it.skipIf(!hasVectors(statePackFile(pack)))(
      `agree on tier 1 with the pack ${pack}`,
      { timeout: PACK_TIMEOUT_MS },
      async () => {
        const machine = createTierOne();
        const selection = { ...EVERYTHING, shard: { index: 0, of: SAMPLE_OF } };
        const failed: string[] = [];
        for await (const { id, verdict, wrong } of runStatePack(machine, pack, selection))
          if (verdict === 'failed') failed.push(`${id}: ${wrong}`);
        expect(failed).toEqual([]);
        if (pack !== 'older') expect(machine.counts().module).toBeGreaterThan(machine.counts().reference);
      },
    );
  }
});
