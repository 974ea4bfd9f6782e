import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockstep as begin } from '../../e2e/lockstep.ts';
import { lockstep } from './command.ts';

const folder = await mkdtemp(join(tmpdir(), 'lockstep-explore-'));
afterAll(() => rm(folder, { recursive: true }));

const at = (file: string): string => join(folder, file);
const linesOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('lockstep explore', { timeout: 120_000 }, () => {
  it.each([
    ['--seeds', '0', "--seeds '0': expected a whole number"],
    ['--from', '9007199254740990', "--from '9007199254740990': expected a whole number from 0 to 1000000000000000"],
    ['--nodes', '9..3', "--nodes '9..3': expected a number or a range"],
    ['--nodes', '1', "--nodes '1': expected a number or a range"],
    ['--faults', 'partition,gremlins', "--faults: no fault 'gremlins': there are partition,"],
    ['--lane', 'fast', "--lane 'fast': expected one of model, full"],
    ['--budget', 'soon', "--budget 'soon': expected a duration"],
    ['--out', '/no/such/folder', '--out /no/such/folder:'],
    ['--schedule', '/no/such/file.yaml', '/no/such/file.yaml:'],
    ['--state', '/no/such/folder/state.json', '--state /no/such/folder/state.json:'],
  ])('refuses %s %s in one line', async (flag, value, message) => {
    const { status, stderr } = await lockstep('explore', '--lane', 'model', '--seeds', '1', flag, value);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n').at(-1)).toContain(`lockstep: ${message}`);
  });

  it('adds up with earlier runs by a state file, and goes on behind their seeds', async () => {
    const words = ['explore', '--lane', 'model', '--seeds', '3', '--jobs', '2', '--json', '--state', at('state.json')];
    const first = await lockstep(...words);
    const second = await lockstep(...words);
    expect([first.status, second.status]).toEqual([0, 0]);
    const seeds = [first, second].flatMap(({ stdout }) => linesOf(stdout).filter(({ kind }) => kind === 'seed'));
    expect(seeds.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4, 5]);
    const summary = linesOf(second.stdout).at(-1);
    expect(summary).toMatchObject({
      kind: 'summary',
      seeds: 3,
      violations: 0,
      next: 6,
      total: { seeds: 6, violations: 0 },
    });
    expect(summary?.['realTimeFactor']).toBeGreaterThan(1);
    expect(JSON.parse(await readFile(at('state.json'), 'utf8'))).toMatchObject({ lane: 'model', next: 6, seeds: 6 });
  });

  it.each([
    ['that is no JSON', 'half a fi', 'this is no JSON'],
    ['of something else', '{"kind":"tree"}', 'this is no state of an exploration'],
  ])('refuses a state file %s, and leaves it as it is', async (_, text, message) => {
    await writeFile(at('other.json'), text);
    const { status, stderr } = await lockstep(
      'explore',
      '--lane',
      'model',
      '--seeds',
      '1',
      '--state',
      at('other.json'),
    );
    expect({ status, line: stderr.trim() }).toEqual({ status: 2, line: expect.stringContaining(message) });
    expect(await readFile(at('other.json'), 'utf8')).toBe(text);
  });

  it('refuses a state file of another lane and of another commit', async () => {
    await lockstep('explore', '--lane', 'model', '--seeds', '1', '--state', at('mine.json'));
    const otherLane = await lockstep('explore', '--lane', 'full', '--seeds', '1', '--state', at('mine.json'));
    expect(otherLane).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it is of another lane (model, this is full)'),
    });
    const state = JSON.parse(await readFile(at('mine.json'), 'utf8')) as object;
    await writeFile(at('mine.json'), JSON.stringify({ ...state, commit: 'another' }));
    const otherCommit = await lockstep('explore', '--lane', 'model', '--seeds', '1', '--state', at('mine.json'));
    expect(otherCommit).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it is of another commit (another,'),
    });
  });

  it('ends at an interruption with what it has done so far', async () => {
    const words = ['--lane', 'model', '--jobs', '1', '--json', '--state', at('interrupted.json')];
    const running = begin('explore', '--seeds', '100000', ...words);
    await running.line('a seed', ({ kind, seed }) => kind === 'seed' && seed === 1);
    running.signal('SIGINT');
    const { status, lines } = await running.ended;
    const summary = lines.at(-1);
    expect({ status, summary }).toMatchObject({ status: 130, summary: { kind: 'summary', stopped: 'interrupted' } });
    const { next } = JSON.parse(await readFile(at('interrupted.json'), 'utf8')) as { readonly next: number };
    expect(next).toBe(summary?.['seeds']);
    expect(next).toBeGreaterThanOrEqual(2);
  });

  it('plays a schedule that was written down, the same in each lane and again', async () => {
    await writeFile(
      at('schedule.yaml'),
      'name: written\nseed: s\nnetwork: { authorities: 3, followers: 0 }\ntimeline:\n  - when: { time: 3s }\n    do: [{ kill: n1 }]\n',
    );
    const words = ['explore', '--lane', 'model', '--json', '--schedule', at('schedule.yaml')];
    const [first, second] = [await lockstep(...words), await lockstep(...words)];
    expect(first.status).toBe(0);
    expect(linesOf(first.stdout)).toEqual(linesOf(second.stdout));
    expect(linesOf(first.stdout)[0]).toMatchObject({ kind: 'summary', passed: true, violations: [] });
  });
});
