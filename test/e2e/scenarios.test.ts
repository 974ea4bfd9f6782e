// Every scenario on real processes, through the command that a person types. Each wants some twenty seconds of real time in which the
// machine is mostly idle, so two are played at a time.

import { describe, expect, test } from 'vitest';
import { run, summary } from './lockstep.ts';

type Check = { readonly id: string; readonly passed: boolean; readonly evidence: string };

const PROPERTIES = ['P3', 'P5', 'P6', 'P7', 'P9', 'P10', 'P11', 'P14', 'P18', 'P20'];

describe.concurrent('a scenario on processes', () => {
  test.each([
    'partition-heal',
    'faulty-vm',
    'fork',
    'crash-restart',
    'late-joiner',
    'steady',
  ])('%s passes with every check', { timeout: 300_000 }, async (name) => {
    const ended = await run('run', name, '--on', 'processes', '--json');
    const result = summary(ended);
    const checks = result['checks'] as readonly Check[];
    const failed = checks.filter((check) => !check.passed).map((check) => `${check.id}: ${check.evidence}`);
    expect(failed, ended.stderr).toEqual([]);
    expect(checks.map((check) => check.id)).toEqual(expect.arrayContaining(PROPERTIES));
    expect(result['passed']).toBe(true);
    expect(ended.status).toBe(0);
  });
});
