import { afterEach, describe, expect, it } from 'vitest';
import { JobError, type JobLimits, type Jobs, startJobs } from '../../../sim/cli/explore-jobs.ts';
import { defaultRange } from '../../../sim/explore/range.ts';

let jobs: Jobs | null = null;
afterEach(async () => {
  await jobs?.close();
  jobs = null;
});

const start = (count: number, limits?: JobLimits): Jobs => {
  jobs = startJobs(count, { lane: 'model', range: defaultRange(), tier: 1 }, limits);
  return jobs;
};

describe('jobs', { timeout: 120_000 }, () => {
  it('answer each piece of work, more of them than there are threads', async () => {
    const { run } = start(2);
    const replies = await Promise.all([3, 4, 5].map((seed) => run({ kind: 'seed', seed }, 'seed')));
    expect(replies.map(({ report }) => report.seed)).toEqual([3, 4, 5]);
    for (const { cpuMs } of replies) expect(cpuMs).toBeGreaterThan(0);
  });

  it('tell of a thread that throws, and go on with another one', async () => {
    const { run } = start(1);
    const broken = run({ kind: 'play', script: null as never }, 'play');
    await expect(broken).rejects.toThrow(JobError);
    await expect(broken).rejects.toThrow(/^it threw: /);
    expect((await run({ kind: 'seed', seed: 3 }, 'seed')).report.seed).toBe(3);
  });

  it('tell of a thread that comes to no end', async () => {
    const { run } = start(1, { cpuMsMax: { seed: 20, play: 20, shrink: 20 }, lookEveryMs: 10 });
    await expect(run({ kind: 'seed', seed: 3 }, 'seed')).rejects.toThrow(
      new JobError('it did not end within 0.02 s of processor time'),
    );
  });
});
