// A bug that is planted around every core must be found, made small, written down, and fail alike from the file.

import { afterAll, describe, expect, it } from 'vitest';
import type { NodeCore } from '../../../node/core/contract.ts';
import { createFastSignatures, installBackends } from '../../../node/host/backends.ts';
import { useSignatures } from '../../../node/lib/signatures.ts';
import { DEFAULT_PLAN, nodeNames } from '../../../sim/cluster/description.ts';
import { drawSchedule } from '../../../sim/explore/draw.ts';
import { openLane } from '../../../sim/explore/lane.ts';
import { playSchedule, playScript } from '../../../sim/explore/play.ts';
import { defaultRange } from '../../../sim/explore/range.ts';
import { type Schedule, scriptOf } from '../../../sim/explore/schedule.ts';
import { shrink } from '../../../sim/explore/shrink.ts';
import { readScript } from '../../../sim/script/read.ts';
import { writeScript } from '../../../sim/script/write.ts';

await installBackends();
const real = await createFastSignatures();
afterAll(() => useSignatures(real));

const { tier } = DEFAULT_PLAN;
const SEEDS_MAX = 60;

/** Its node forgets to say what a reorganisation undid. */
function forgetful(core: NodeCore): NodeCore {
  return {
    ...core,
    step: (nowMs, input) =>
      core
        .step(nowMs, input)
        .map((effect) =>
          effect.kind === 'event' && effect.event.kind === 'head'
            ? { ...effect, event: { ...effect.event, undone: [] } }
            : effect,
        ),
  };
}

describe('a planted bug', () => {
  const correct = openLane('model', real);
  const planted = { ...correct, parts: { ...correct.parts, wrap: forgetful } };
  const broken = async (schedule: Schedule): Promise<readonly string[]> =>
    (await playSchedule(schedule, planted, tier)).violations.map(({ property }) => property);

  it('is found, made small, and fails alike from the file that is written', async () => {
    let found: Schedule | null = null;
    for (let seed = 0; seed < SEEDS_MAX && found === null; seed++) {
      const { schedule } = drawSchedule(seed, defaultRange());
      if ((await broken(schedule)).includes('P10')) found = schedule;
    }
    expect(found, `P10 is broken within ${SEEDS_MAX} seeds`).not.toBeNull();
    const large = found as unknown as Schedule;
    const { schedule: small, tries } = await shrink(large, 'P10', broken, { triesMax: 60 });
    expect(tries).toBeLessThanOrEqual(60);
    expect(small.timeline.length).toBeLessThanOrEqual(large.timeline.length);
    expect(small.endMs).toBeLessThanOrEqual(large.endMs);
    expect(JSON.stringify(small).length).toBeLessThan(JSON.stringify(large).length);
    expect(nodeNames(small.network).length).toBeLessThanOrEqual(nodeNames(large.network).length);

    const script = readScript(writeScript(scriptOf(small, tier)), 'failure.yaml');
    const [direct, fromFile] = [await playSchedule(small, planted, tier), await playScript(script, planted)];
    expect(fromFile.violations.map(({ property }) => property)).toContain('P10');
    expect(fromFile).toEqual(direct);
    expect((await playScript(script, correct)).violations).toEqual([]);
  }, 240_000);

  const schedule: Schedule = {
    seed: 'made-up',
    network: {
      authorities: 5,
      followers: 2,
      period: 2,
      signerLimit: 5,
      epoch: 9,
      faults: { n5: 'clone-of-n1' },
      late: ['n4'],
    },
    load: { everyMs: 500 },
    timeline: Array.from({ length: 11 }, (_, i) => ({ atMs: i * 1_000, kind: 'process', node: 'n1', order: 'kill' })),
    endMs: 20_000,
  };

  it('is what shrinks: another property that breaks on the way does not count', async () => {
    const judge = async (candidate: Schedule): Promise<readonly string[]> =>
      candidate.timeline.length >= 3 ? ['P10'] : ['P5'];
    const { schedule: small } = await shrink(schedule, 'P10', judge, { triesMax: 1_000 });
    expect(small).toMatchObject({
      network: { authorities: 1, followers: 0, period: 1, signerLimit: null, epoch: null, faults: {}, late: [] },
      load: null,
    });
    expect(small.timeline).toHaveLength(3);
    expect(small.endMs).toBeLessThan(1_000);
  });

  it('stops shrinking where the tries are used up', async () => {
    let asked = 0;
    const judge = async (): Promise<readonly string[]> => {
      asked += 1;
      return ['P10'];
    };
    expect((await shrink(schedule, 'P10', judge, { triesMax: 3 })).tries).toBe(3);
    expect(asked).toBe(3);
  });
});
