// `lockstep run`: plays a scenario of scenarios/ on one of the three arms and reports every check.

import { existsSync, readdirSync } from 'node:fs';
import { access, constants, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { installBackends } from '../../node/host/backends.ts';
import { moduleEnding } from '../../node/lib/sibling.ts';
import { PROPERTIES } from '../check/properties.ts';
import type { Arm, Cluster, NetworkPlan } from '../cluster/cluster.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { cannotBranch, playAll } from '../cluster/endings.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { planOfWish, planProblems } from '../cluster/plan.ts';
import { createProcessCluster } from '../cluster/process-network.ts';
import { recoveryLine } from '../cluster/recovery.ts';
import { connectCluster, controlClient, type NetworkStatus } from '../cluster/remote.ts';
import type { RunResult } from '../cluster/runner.ts';
import type { Scenario } from '../cluster/scenario.ts';
import { playTwice } from '../cluster/twice.ts';
import { createVirtualCluster } from '../cluster/virtual.ts';
import { scenarioOf } from '../script/play.ts';
import { EXIT } from './exit.ts';
import { COMPOSE_CONTROL } from './find-network.ts';
import { type Interruption, interruption } from './interruption.ts';
import { isRecord } from './json-shape.ts';
import { junitReport } from './junit.ts';
import { loadScript } from './load-script.ts';
import { COMMAND, createOutput, shellWord } from './output.ts';
import { overloadLine } from './overload.ts';
import { readTierFlag } from './words.ts';

export type RunFlags = {
  readonly on: string;
  readonly seed?: string;
  readonly control?: string;
  readonly tier?: string;
  readonly record?: string;
  readonly twice?: boolean;
  readonly json?: boolean;
  readonly junit?: string;
};

/** Of real time, for one run: every wait of a scenario ends long before. */
const RUN_MS_MAX = 30 * 60_000;
const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));
/** Of the project's own scenarios: JavaScript where it is installed. */
const ENDING = moduleEnding(import.meta.url);

/** Plays the scenario; the exit status says how it ended. */
export async function runScenario(name: string, flags: RunFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const arm = readArm(flags.on);
  const { scenario, seed } = await loadScenario(name);
  const wanted = planOf(scenario, flags.seed ?? seed ?? DEFAULT_PLAN.seed);
  const plan = flags.tier === undefined ? wanted : { ...wanted, tier: readTierFlag(flags.tier) };
  output.progress(`${scenario.name} on ${arm}, seed ${plan.seed}: ${scenario.title}`);

  if (flags.record !== undefined && arm !== 'processes') {
    throw new NetworkError(
      'usage',
      `--record ${flags.record}: real processes are recorded, so with --on processes; a run of the simulator repeats from its seed`,
    );
  }
  if (scenario.endings !== undefined && arm !== 'virtual') throw cannotBranch(scenario.name, arm);
  if (flags.twice === true && arm !== 'virtual')
    throw new NetworkError('usage', `--twice: real time does not repeat, so with --on virtual, not with --on ${arm}`);
  if (flags.junit !== undefined) await expectFolderOf(flags.junit);

  await installBackends();
  const beganMs = performance.now();
  // The virtual arm has nothing to clear away, and never comes to hear a signal: there it keeps its ordinary meaning.
  const stopped = arm === 'virtual' ? null : interruption();
  let result: RunResult;
  try {
    const say = (text: string): void => output.progress(`  ${text}`);
    if (flags.twice === true) {
      const playing = playTwice(scenario, async () => createVirtualCluster(plan), PROPERTIES, say);
      result = await Promise.race([playing, broken(stopped)]);
    } else {
      const cluster = await openCluster(arm, plan, {
        control: flags.control ?? COMPOSE_CONTROL,
        recording: flags.record ?? null,
        signal: stopped?.signal,
      });
      try {
        result = await Promise.race([playAll(scenario, cluster, PROPERTIES, say), broken(stopped)]);
      } finally {
        await cluster.close();
      }
    }
  } catch (error) {
    if (stopped?.isOver() !== true) throw error;
    output.result(
      { kind: 'summary', scenario: scenario.name, arm, seed: plan.seed, passed: false, stopped: 'interrupted' },
      null,
    );
    return EXIT.interrupted;
  } finally {
    stopped?.dispose();
  }
  const seconds = (performance.now() - beganMs) / 1_000;

  for (const check of result.checks) {
    const mark = check.passed ? styleText('green', '✓') : styleText('red', '✗');
    output.result({ kind: 'check', ...check }, `${mark} ${check.id.padEnd(9)} ${check.evidence}`);
  }
  const repeat = repeatLine(name, arm, plan.seed, flags);
  const { passed, checks, blocks, reorgs, traceHash, transactions, recovery } = result;
  output.result({ kind: 'recovery', ...recovery }, `  recovery  ${recoveryLine(recovery)}`);
  output.result(
    {
      kind: 'summary',
      scenario: scenario.name,
      arm,
      seed: plan.seed,
      passed,
      checks,
      blocks,
      reorgs: reorgs.map(({ node, depth }) => ({ node, depth })),
      transactions,
      recovery,
      traceHash,
      seconds: Number(seconds.toFixed(3)),
    },
    [
      `${scenario.name}: ${passed ? styleText('green', 'passed') : styleText('red', 'FAILED')} on ${arm} in ${seconds.toFixed(1)} s:`,
      `${blocks} blocks, ${transactions} transfers, ${reorgs.length} reorganisations (deepest ${Math.max(0, ...reorgs.map((r) => r.depth))})`,
      traceHash === null ? '' : `, trace ${traceHash.slice(0, 18)}`,
    ]
      .join(' ')
      .replace(' ,', ','),
  );
  if (result.failure !== null) output.progress(`lockstep: ${fileOf(name)}: ${result.failure}`);
  const overload = passed || arm === 'virtual' ? null : overloadLine();
  if (overload !== null) output.progress(overload);
  if (!passed) output.progress(`repeat it with: ${repeat}`);
  if (flags.junit !== undefined)
    await writeReport(
      flags.junit,
      junitReport({ scenario: scenario.name, arm, seed: plan.seed, repeat }, result, seconds),
    );
  if (passed) return EXIT.fine;
  if (result.hasDivergence) return EXIT.divergence;
  return result.isLate ? EXIT.deadline : EXIT.scenarioFailed;
}

/** The line that plays it again: as it was asked for, on the seed that it had. */
function repeatLine(name: string, arm: Arm, seed: string, { tier, control, twice }: RunFlags): string {
  const words = ['run', name, '--on', arm, '--seed', seed];
  if (tier !== undefined) words.push('--tier', tier);
  if (control !== undefined) words.push('--control', control);
  if (twice === true) words.push('--twice');
  return `${COMMAND} ${words.map(shellWord).join(' ')}`;
}

/** Rejects where a run will not come to its end by itself. */
function broken(stopped: Interruption | null): Promise<never> {
  return new Promise((_, reject) => {
    const late = (what: string): void => reject(new NetworkError('deadline', `the scenario ${what}`));
    void stopped?.promise.then(() => reject(new NetworkError('deadline', 'interrupted')));
    // Nothing is left that could wake it: without this, Node would end here and say nothing.
    process.once('beforeExit', () => late('waits for what never comes'));
    setTimeout(() => late(`did not end within ${RUN_MS_MAX / 60_000} minutes`), RUN_MS_MAX).unref();
  });
}

/** The names of the scenarios that there are. */
export function scenarioNames(): readonly string[] {
  return readdirSync(SCENARIOS)
    .filter((file) => file.endsWith(ENDING) && !file.endsWith('.d.ts'))
    .map((file) => basename(file, ENDING))
    .sort();
}

const IS_MODULE = /\.[mc]?[jt]s$/;
const IS_YAML = /\.ya?ml$/;

function fileOf(name: string): string {
  return IS_MODULE.test(name) || IS_YAML.test(name) ? resolve(name) : `${SCENARIOS}${name}${ENDING}`;
}

/** A scenario, and the seed that its file names. */
type Loaded = { readonly scenario: Scenario; readonly seed: string | null };

async function loadScenario(name: string): Promise<Loaded> {
  const file = fileOf(name);
  if (!existsSync(file)) {
    throw new NetworkError('nothing-matched', `no scenario '${name}': there are ${scenarioNames().join(', ')}`);
  }
  if (IS_YAML.test(name)) {
    const script = await loadScript(name);
    return { scenario: scenarioOf(script), seed: script.seed };
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw new NetworkError('usage', `${file}: ${messageOf(error)}`);
  }
  const scenario = module.default;
  if (!isScenario(scenario)) {
    throw new NetworkError('usage', `${file}: its default export is no scenario`);
  }
  return { scenario, seed: null };
}

/** Made by scenario(), or as good as. */
function isScenario(value: unknown): value is Scenario {
  if (!isRecord(value) || !isRecord(value['network'])) return false;
  return typeof value['play'] === 'function' && typeof value['name'] === 'string';
}

/** The plan of a scenario, which may be anybody's: what is wrong with it is said in one line. */
function planOf({ name, network }: Scenario, seed: string): NetworkPlan {
  if (seed === '') throw new NetworkError('usage', "--seed '': expected a text");
  const [problem] = planProblems(network);
  if (problem !== undefined) {
    throw new NetworkError('usage', `scenario ${name}: network.${problem.path.join('.')}: ${problem.why}`);
  }
  return planOfWish(network, seed);
}

async function openCluster(
  arm: Arm,
  plan: NetworkPlan,
  {
    control,
    recording,
    signal,
  }: {
    readonly control: string;
    readonly recording: string | null;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Cluster> {
  switch (arm) {
    case 'virtual':
      return createVirtualCluster(plan);
    case 'processes':
      return createProcessCluster(plan, { recording, signal });
    case 'compose':
      expectNetworkOf(plan, await controlClient(control).status());
      return connectCluster(control, null);
  }
}

/** Compose has one network: a scenario that wants another is told what that one would have to be. */
function expectNetworkOf(plan: NetworkPlan, { facts, faults }: NetworkStatus): void {
  const refuse = (wanted: string, there: string, instead: string): never => {
    throw new NetworkError('unsupported', `this scenario wants ${wanted}; compose runs ${there}: ${instead}`);
  };
  const followers = facts.nodes.length - facts.authorities.length;
  const isSpecial = plan.late.length > 0 || plan.signerLimit !== null || plan.tier !== DEFAULT_PLAN.tier;
  if (isSpecial || plan.authorities !== facts.authorities.length || plan.followers !== followers)
    refuse(
      `a network of its own (${plan.authorities} authorities, ${plan.followers} followers${isSpecial ? ', with late nodes, another signer limit or another tier' : ''})`,
      `${facts.authorities.length} and ${followers}`,
      'use --on processes',
    );
  const words = (planted: Iterable<readonly [string, string]>): string =>
    [...planted].map(([node, fault]) => `${node}=${fault}`).join(',');
  const [wanted, there] = [words(plan.faults), words(Object.entries(faults))];
  if (wanted !== there)
    refuse(
      wanted === '' ? 'no planted fault' : `the faults ${wanted}`,
      there === '' ? 'none' : there,
      `start it with LOCKSTEP_FAULTS='${wanted}', or use --on processes`,
    );
}

function readArm(text: string): Arm {
  if (text === 'virtual' || text === 'processes' || text === 'compose') return text;
  throw new NetworkError('usage', `--on '${text}': expected virtual, processes or compose`);
}

/** Said before the play, not after it. */
async function expectFolderOf(file: string): Promise<void> {
  try {
    await access(dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    throw new NetworkError('usage', `--junit ${file}: ${messageOf(error)}`);
  }
}

async function writeReport(file: string, report: string): Promise<void> {
  try {
    await writeFile(file, report);
  } catch (error) {
    throw new NetworkError('usage', `--junit ${file}: ${messageOf(error)}`);
  }
}
