// The cases of slow.json, where CI is set, in a file of their own: with the backends that nodes have, on the tier that nodes run.

import { beforeAll, describe, expect, it } from 'vitest';
import { createMachine } from '../../node/evm/create-machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { DEFAULT_TIER } from '../../node/types/tier.ts';
import { EVERYTHING } from './case.ts';
import { runStatePack, STATE_PACKS, statePackFile } from './state-suite.ts';
import { hasVectors } from './vectors.ts';

const LANE_TIMEOUT_MS = 600_000;
const isLeftOut = process.env['CI'] === undefined || STATE_PACKS.some((pack) => !hasVectors(statePackFile(pack)));

describe.skipIf(isLeftOut)('official state tests that are slow', () => {
  beforeAll(installBackends);

  it('pass all the same', { timeout: LANE_TIMEOUT_MS }, async () => {
    const machine = createMachine({ tier: DEFAULT_TIER });
    const found: string[] = [];
    for (const pack of STATE_PACKS)
      for await (const { id, verdict, detail } of runStatePack(machine, pack, { ...EVERYTHING, lane: 'slow' }))
        found.push(`${verdict}${detail === null ? '' : ` ${id}: ${detail}`}`);
    expect(new Set(found)).toEqual(new Set(['passed']));
  });
});
