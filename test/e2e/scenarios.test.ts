// Every scenario on real processes, through the command that a person types. Each wants 20 to 60 seconds of real time in which the
// machine is mostly idle, so two are played at a time: all of them take some six minutes on two idle cores, and none more than five.

import { readdirSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { eventually, interrupt, lockstep, newFolder, processesOn, run, summary } from './lockstep.ts';

type Check = { readonly id: string; readonly passed: boolean; readonly evidence: string };

const PROPERTIES = ['P3', 'P5', 'P6', 'P7', 'P9', 'P10', 'P11', 'P14', 'P18', 'P20'];

describe.concurrent('a scenario on processes', () => {
  test.each([
    'partition-heal',
    'double-spend',
    'faulty-vm',
    'fork',
    'crash-restart',
    'late-joiner',
    'steady',
    'clone-attack',
    'one-way-cut',
    'flapping-link',
    'bridge',
    'all-crash',
    'clock-skew',
    'slow-machine',
    'spam',
    'wiped-node',
    'rolling-restart',
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

test('a run that is interrupted ends with 130 and leaves no process and no folder', { timeout: 300_000 }, async () => {
  const folder = newFolder();
  vi.stubEnv('TMPDIR', folder);
  const command = lockstep('run', 'steady', '--on', 'processes', '--json');
  vi.unstubAllEnvs();
  await eventually('its nodes', async () => (await processesOn(folder)).length === 6);
  const ended = await interrupt({ command });
  expect(ended.status).toBe(130);
  expect(summary(ended)).toMatchObject({ scenario: 'steady', passed: false, stopped: 'interrupted' });
  expect(await processesOn(folder)).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith('lockstep-'))).toEqual([]);
});
