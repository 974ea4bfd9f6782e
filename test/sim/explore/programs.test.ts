import { describe, expect, it } from 'vitest';
import { createFastSignatures, installBackends } from '../../../node/host/backends.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { openLane } from '../../../sim/explore/lane.ts';
import { playSchedule } from '../../../sim/explore/play.ts';
import type { Schedule } from '../../../sim/explore/schedule.ts';
import { machineFaults } from '../../../sim/faults/machines.ts';

await installBackends();
const lane = openLane('full', await createFastSignatures());

const scheduleWith = (faults: Readonly<Record<string, string>>, load: Schedule['load']): Schedule => ({
  seed: 'programs',
  network: { authorities: 3, followers: 1, period: 1, signerLimit: null, epoch: null, faults, late: [] },
  load,
  timeline: [],
  endMs: 8_000,
});
const namingOf = async (schedule: Schedule): Promise<{ readonly evidence?: string; readonly broken: unknown }> => {
  const { checks, violations } = await playSchedule(schedule, lane, DEFAULT_PLAN.tier);
  const evidence = checks.find(({ id }) => id === 'P20')?.evidence;
  return { ...(evidence !== undefined && { evidence }), broken: violations };
};

describe('the programs of a load', () => {
  it.each(machineFaults().map(({ name }) => name))('make %s wrong, and its node is named', async (fault) => {
    const { evidence, broken } = await namingOf(scheduleWith({ f1: fault }, { everyMs: 700, of: 'programs' }));
    expect(evidence).toMatch(/^f1 was wrong first at block \d+, named by /);
    expect(broken).toEqual([]);
  });
  it('are what makes it wrong: under transfers nobody notices', async () => {
    const { evidence } = await namingOf(scheduleWith({ f1: 'sdiv-rounds-down' }, { everyMs: 700 }));
    expect(evidence).toBe('f1 never computed anything wrong');
  });
  it('accuse nobody where every machine is correct', async () => {
    const { evidence, broken } = await namingOf(scheduleWith({}, { everyMs: 700, of: 'programs' }));
    expect(evidence).toBe('every machine is correct, and none was accused');
    expect(broken).toEqual([]);
  });
});
