// Several endings of one past: the story is played once, up to the moment of the split, and each ending on a branch of its own, watched by
// every property from the very first event on.

import type { CheckResult, Property } from '../check/property.ts';
import type { Arm, Cluster } from './cluster.ts';
import { NetworkError } from './errors.ts';
import { play, type RunResult } from './runner.ts';
import type { Scenario } from './scenario.ts';

/** Plays a scenario with all its endings, or as it is where it has none. Throws NetworkError where the arm cannot branch. */
export async function playAll(
  scenario: Scenario,
  cluster: Cluster,
  properties: readonly Property[],
  say: (text: string) => void,
): Promise<RunResult> {
  const { endings, ...story } = scenario;
  if (endings === undefined) return play(story, cluster, properties, say);
  const { branch } = cluster;
  if (branch === undefined) throw cannotBranch(scenario.name, cluster.arm);
  const results: { readonly name: string; readonly result: RunResult; readonly splitHash: string | null }[] = [];
  const beginning = await play({ ...story, after: 'nothing' }, cluster, [], say);
  if (beginning.failure !== null) return beginning;
  for (const [name, ending] of Object.entries(endings)) {
    const own = branch();
    let splitHash: string | null = null;
    const told: Scenario = {
      ...story,
      name: `${scenario.name}, ${name}`,
      async play(stage) {
        await own.until(() => true, 0); // the past happens here, and whoever watches has seen it
        splitHash = own.traceHash();
        await ending(stage);
      },
    };
    say(`the ending '${name}':`);
    const result = await play(told, own, properties, say);
    results.push({ name, result, splitHash });
    await own.close();
  }
  return joined(beginning, results);
}

/** Only what is simulated has the same past twice. */
export function cannotBranch(name: string, arm: Arm): NetworkError {
  return new NetworkError(
    'unsupported',
    `${name} tries several endings of one past; run it with --on virtual, not on ${arm}`,
  );
}

function joined(
  beginning: RunResult,
  results: readonly { readonly name: string; readonly result: RunResult; readonly splitHash: string | null }[],
): RunResult {
  const all = results.map(({ result }) => result);
  const splits = new Set([beginning.traceHash, ...results.map(({ splitHash }) => splitHash)]);
  const ends = new Set(all.map(({ traceHash }) => traceHash));
  const branches: CheckResult = {
    id: 'branches',
    passed: splits.size === 1 && ends.size === results.length,
    evidence: `one past, trace ${[...splits].map(shortHash).join(', ')}; ${results
      .map(({ name, result }) => `${name} ends with ${shortHash(result.traceHash)}`)
      .join(', ')}`,
  };
  const failed = results.find(({ result }) => result.failure !== null);
  const checks = [
    ...beginning.checks,
    branches,
    ...results.flatMap(({ name, result }) => result.checks.map((check) => ({ ...check, id: `${name}/${check.id}` }))),
  ];
  return {
    ...(all.at(-1) ?? beginning),
    passed: checks.every(({ passed }) => passed),
    checks,
    blocks: Math.max(...all.map(({ blocks }) => blocks)),
    reorgs: all.flatMap(({ reorgs }) => reorgs),
    transactions: beginning.transactions + all.reduce((sum, { transactions }) => sum + transactions, 0),
    failure: failed === undefined ? null : `${failed.name}: ${failed.result.failure}`,
    hasDivergence: all.some(({ hasDivergence }) => hasDivergence),
    isLate: all.some(({ isLate }) => isLate) && checks.every(({ id, passed }) => passed || id.endsWith('story')),
  };
}

function shortHash(hash: string | null): string {
  return hash?.slice(0, 10) ?? 'none';
}
