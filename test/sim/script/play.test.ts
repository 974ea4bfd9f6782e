import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { installBackends } from '../../../node/host/backends.ts';
import { PROPERTIES } from '../../../sim/check/properties.ts';
import { planOfWish } from '../../../sim/cluster/plan.ts';
import { play, type RunResult } from '../../../sim/cluster/runner.ts';
import { createVirtualCluster } from '../../../sim/cluster/virtual.ts';
import { scenarioOf } from '../../../sim/script/play.ts';
import { readScript } from '../../../sim/script/read.ts';

await installBackends();

const TWIN = readFileSync(new URL('../../../scenarios/partition-heal.yaml', import.meta.url), 'utf8');

async function run(text: string, seed: string): Promise<RunResult> {
  const scenario = scenarioOf(readScript(text, 's.yaml'));
  const cluster = createVirtualCluster(planOfWish(scenario.network, seed));
  return play(scenario, cluster, PROPERTIES, () => {});
}

const failed = ({ checks }: RunResult): readonly string[] =>
  checks.flatMap(({ id, passed, evidence }) => (passed ? [] : [`${id}: ${evidence}`]));

const short = (...lines: string[]): string =>
  ['name: a', 'network: { authorities: 3, followers: 0 }', 'timeline:', ...lines.map((line) => `  ${line}`)].join('\n');

describe('a scenario that is data', () => {
  it.each(['one', 'two', 'three'])('tells the story of partition-heal, seed %s', async (seed) => {
    const result = await run(TWIN, seed);
    expect(failed(result)).toEqual([]);
    expect(result.checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['mined', 'nowhere', 'one-survives']));
  });

  it('waits for a time from its beginning, and from the step before', async () => {
    const result = await run(
      short('- when: { time: 3s }', '- when: { after: 2s }', '  do: [{ say: five }]', '- when: { time: 1s }'),
      'a',
    );
    expect(failed(result)).toEqual([]);
    // Five seconds before the ten of calm, at a block a second, and one more or less.
    expect(result.blocks).toBeGreaterThanOrEqual(13);
    expect(result.blocks).toBeLessThanOrEqual(16);
  });

  it('passes over what is so already', async () => {
    const result = await run(
      short('- when: { height: 2 }', '  do: [{ kill: n2 }, { kill: n2 }, { start: n2 }, { start: n2 }]'),
      'a',
    );
    expect(failed(result)).toEqual([]);
  });

  it('is what the documentation shows', async () => {
    const page = readFileSync(new URL('../../../docs/scenarios.md', import.meta.url), 'utf8');
    const [, example] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(failed(await run(example ?? '', 'a'))).toEqual([]);
  });

  it('creates a contract and calls it', async () => {
    // PUSH1 1, PUSH1 0, SSTORE at its creation; no code stays, so that a call of any address is a plain one.
    const text = short(
      '- do:',
      '    - call: { name: made, via: n1, input: 0x6001600055, gas: 100000 }',
      '    - call: { name: called, via: n2, from: 3, to: 0x00000000000000000000000000000000000000ff, input: 0x00, gas: 50000, value: 3wei }',
      '- when: { mined: called }',
    );
    const result = await run(`${text}\nexpect:\n  - mined: made\n  - mined: called\n`, 'a');
    expect(failed(result)).toEqual([]);
  });

  it('breaks machines and links in its own words', async () => {
    const text = short(
      '- when: { height: 2 }',
      '  do:',
      '    - clock: { node: n2, offset: 2s }',
      '    - slow: { node: n3, perBlock: 300ms }',
      '    - link: { from: n1, to: n2, delay: 100ms, loss: 10%, duplicate: 5% }',
      '    - stall: n3',
      '- when: { blocks: 2, on: [n1, n2] }',
      '  do: [heal, repair]',
      '- when: { agreement: all }',
    );
    expect(failed(await run(text, 'a'))).toEqual([]);
  });

  it('waits for an event behind the step before, not for one that was', async () => {
    const text = short(
      '- when: { height: 2 }',
      '  do: [{ stop: [n2, n3] }]',
      '- when: { event: halted, on: n1 }',
      '  do: [{ start: [n2, n3] }]',
      '- when: { event: resumed, on: n1 }',
      '- when: { event: halted, on: n1 }',
    );
    expect((await run(text, 'a')).failure).toMatch(/^waited 30 s for halted on n1/);
  });

  it.each([
    ['- never: sealed', /^never: sealed on some node$/],
    ['- { event: halted, on: [n1] }', /^event: halted on no node$/],
    ['- reorganised: 1', /^reorganised: deepest reorganisation: the network 0; expected 1 to 1$/],
    ['- nowhere: pay', /^nowhere: pay stands on n1, n2, n3$/],
    ['- one-survives: [pay, again]', /^one-survives: pay on n1, n2, n3; again on n1, n2, n3$/],
    ['- height: 90', /^height: n1 at \d, n2 at \d, n3 at \d; expected 90$/],
  ])('fails where it does not hold: %s', async (line, failure) => {
    const text = short(
      '- do: [{ transfer: { name: pay, via: n1 } }, { transfer: { name: again, via: n1 } }]',
      '- when: { mined: again }',
    );
    const result = await run(`${text}\nexpect:\n  ${line}\n`, 'a');
    expect(result.failure).toMatch(failure);
    expect(result.passed).toBe(false);
  });
});
