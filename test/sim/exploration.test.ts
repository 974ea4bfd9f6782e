import { describe, expect, it } from 'vitest';
import { installBackends } from '../../node/host/backends.ts';
import { explore } from './explore.ts';

await installBackends(); // noble takes five times as long

const SEEDS = Array.from({ length: 20 }, (_, i) => `explore-${i}`);

describe('faults drawn from a seed', () => {
  it.each(SEEDS)('break no property: %s', async (seed) => {
    const { result, schedule } = await explore(seed, { faults: 8 });
    const failed = result.checks.flatMap(({ id, passed, evidence }) => (passed ? [] : [`${id}: ${evidence}`]));
    expect({ schedule, failed }).toEqual({ schedule, failed: [] });
  });
});
