import { afterAll, describe, expect, it } from 'vitest';
import { createFastSignatures, installBackends } from '../../node/host/backends.ts';
import { useSignatures } from '../../node/lib/signatures.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { exploreSeed } from '../../sim/explore/explore-seed.ts';
import { type LaneName, openLane } from '../../sim/explore/lane.ts';
import { playSchedule } from '../../sim/explore/play.ts';
import { defaultRange } from '../../sim/explore/range.ts';
import { KEPT_RUNS } from './kept-seeds.ts';

await installBackends(); // noble takes five times as long
const real = await createFastSignatures();
afterAll(() => useSignatures(real));

const open = (name: LaneName): ReturnType<typeof openLane> => {
  useSignatures(real);
  return openLane(name, real);
};

describe('a run that once broke a property breaks none any more', () => {
  it.each(KEPT_RUNS)('$why', async ({ lane, schedule }) => {
    const { violations } = await playSchedule(schedule, open(lane), DEFAULT_PLAN.tier);
    expect(violations).toEqual([]);
  });
});

describe.each(['model', 'full'] as const)('in the %s lane', (name) => {
  it.each([0, 1])('seed %i breaks nothing, and gives the same trace twice', async (seed) => {
    const lane = open(name);
    const first = await exploreSeed(seed, defaultRange(), lane, DEFAULT_PLAN.tier);
    expect(first.outcome.violations).toEqual([]);
    expect(await exploreSeed(seed, defaultRange(), lane, DEFAULT_PLAN.tier)).toEqual(first);
  });
});
