import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAN, nodeNames } from '../../../sim/cluster/description.ts';
import { drawSchedule } from '../../../sim/explore/draw.ts';
import { defaultRange, faultKinds } from '../../../sim/explore/range.ts';
import { FROZEN_MS_MAX, scriptOf } from '../../../sim/explore/schedule.ts';
import { readScript } from '../../../sim/script/read.ts';
import { writeScript } from '../../../sim/script/write.ts';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);
const drawn = SEEDS.map((seed) => drawSchedule(seed, defaultRange()));

describe('a seed', () => {
  it('draws the same schedule again', () => {
    for (const seed of SEEDS.slice(0, 20)) expect(drawSchedule(seed, defaultRange())).toEqual(drawn[seed]);
  });
  it('draws a network within the range, and acts of its nodes only, in their order', () => {
    for (const { schedule } of drawn) {
      const nodes = nodeNames(schedule.network);
      expect(nodes.length).toBeGreaterThanOrEqual(3);
      expect(nodes.length).toBeLessThanOrEqual(9);
      const times = schedule.timeline.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(0, ...times)).toBeLessThanOrEqual(schedule.endMs);
      for (const act of schedule.timeline) if (act.kind === 'process') expect(nodes).toContain(act.node);
    }
  });
  it('is a scenario that can be written down and read again', () => {
    for (const { schedule } of drawn) {
      const script = scriptOf(schedule, DEFAULT_PLAN.tier);
      expect(readScript(writeScript(script), 'drawn.yaml')).toEqual(script);
    }
  });
  it('has weights of its own', () => {
    expect(new Set(drawn.map(({ weights }) => JSON.stringify(weights))).size).toBeGreaterThan(SEEDS.length - 5);
  });
});

describe('some hundred seeds', () => {
  it('draw every kind of timed fault, late nodes and planted faults of every kind', () => {
    const weighed = new Set(drawn.flatMap(({ weights }) => Object.keys(weights)));
    const timed = faultKinds().filter((kind) => !['late', 'clone', 'byzantine', 'machine'].includes(kind));
    expect([...weighed]).toEqual(expect.arrayContaining(timed));
    expect(drawn.some(({ schedule }) => schedule.network.late.length > 0)).toBe(true);
    const planted = drawn.flatMap(({ schedule }) => Object.values(schedule.network.faults));
    expect(planted.some((fault) => fault.startsWith('clone-of-'))).toBe(true);
    expect(planted.some((fault) => fault.startsWith('invalid-'))).toBe(true);
    expect(planted.length).toBeLessThan(SEEDS.length / 2);
  });
});

describe('a narrower range', () => {
  const range = { nodes: { least: 5, most: 5 }, faults: ['partition', 'kill'] };
  it('draws no other number of nodes and no other fault', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const { schedule, weights } = drawSchedule(seed, range);
      expect(nodeNames(schedule.network)).toHaveLength(5);
      expect(schedule.network).toMatchObject({ late: [], faults: {} });
      const others = Object.keys(weights).filter(
        (kind) => ![...range.faults, 'heal', 'start', 'repair'].includes(kind),
      );
      expect(others).toEqual([]);
    }
  });
  it.each([2, 9])('of %i nodes alone can draw every kind of fault', (count) => {
    for (const fault of faultKinds()) {
      for (const seed of SEEDS.slice(0, 20)) {
        const { schedule } = drawSchedule(seed, { nodes: { least: count, most: count }, faults: [fault] });
        expect(nodeNames(schedule.network)).toHaveLength(count);
      }
    }
  });
  it('draws nothing but latencies where there are no faults', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const { schedule, weights } = drawSchedule(seed, { ...range, faults: [] });
      expect(weights).toEqual({});
      expect(schedule.timeline.every(({ kind, atMs }) => kind === 'network' && atMs === 0)).toBe(true);
    }
  });
});

describe('the ending of a schedule', () => {
  const schedule = {
    seed: 'x',
    network: { authorities: 3, followers: 0, period: 1, signerLimit: null, epoch: null, faults: {}, late: [] },
    load: null,
    endMs: 30_000,
  } as const;
  const actsOf = (timeline: Parameters<typeof scriptOf>[0]['timeline']) =>
    scriptOf({ ...schedule, timeline }, 1).timeline.flatMap(({ when, do: acts }) => acts.map((act) => ({ when, act })));

  it('resumes a node that nobody resumed in time, and no other', () => {
    const pause = { atMs: 1_000, kind: 'process', node: 'n1', order: 'pause' } as const;
    const resume = { kind: 'process', node: 'n1', order: 'resume' };
    const inTime = { ...pause, atMs: 1_000 + FROZEN_MS_MAX, order: 'resume' } as const;
    expect(actsOf([pause])).toContainEqual({ when: { kind: 'time', ms: inTime.atMs }, act: resume });
    expect(actsOf([pause, inTime])).toHaveLength(3); // pause, resume, repair
  });
  it('empties a store that was damaged, unless it was emptied since', () => {
    const damage = {
      atMs: 1,
      kind: 'machine',
      order: { kind: 'disk', node: 'n2', fault: 'bit-flip' },
    } as const;
    const wipe = { atMs: 2, kind: 'process', node: 'n2', order: 'wipe' } as const;
    const wipes = (timeline: Parameters<typeof actsOf>[0]): number =>
      actsOf(timeline).filter(({ act }) => act.kind === 'process' && act.order === 'wipe').length;
    expect(wipes([damage])).toBe(1);
    expect(wipes([damage, wipe])).toBe(1);
    expect(wipes([wipe])).toBe(1);
  });
});
