// `lockstep run`: plays a scenario of scenarios/ on one of the three arms and reports every check.

import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { installBackends } from '../../node/host/backends.ts';
import { PROPERTIES } from '../check/properties.ts';
import type { Arm, Cluster, NetworkPlan } from '../cluster/cluster.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { createProcessCluster } from '../cluster/process-network.ts';
import { connectCluster } from '../cluster/remote.ts';
import { play, type RunResult } from '../cluster/runner.ts';
import type { Scenario } from '../cluster/scenario.ts';
import { createVirtualCluster } from '../cluster/virtual.ts';
import { machineFaults } from '../faults/machines.ts';
import { EXIT } from './exit.ts';
import { COMPOSE_CONTROL } from './find-network.ts';
import { junitReport } from './junit.ts';
import { createOutput } from './output.ts';

export type RunFlags = {
  readonly on: string;
  readonly seed?: string;
  readonly control?: string;
  readonly json?: boolean;
  readonly junit?: string;
};

const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));

/** Plays the scenario; the exit status says how it ended. */
export async function runScenario(name: string, flags: RunFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const arm = readArm(flags.on);
  const scenario = await loadScenario(name);
  const plan = planOf(scenario, flags.seed ?? DEFAULT_PLAN.seed);
  output.progress(`${scenario.name} on ${arm}, seed ${plan.seed}: ${scenario.title}`);

  await installBackends();
  const beganMs = performance.now();
  const cluster = await openCluster(arm, plan, flags.control ?? COMPOSE_CONTROL);
  let result: RunResult;
  try {
    result = await play(scenario, cluster, PROPERTIES, (text) => output.progress(`  ${text}`));
  } finally {
    await cluster.close();
  }
  const seconds = (performance.now() - beganMs) / 1_000;

  for (const check of result.checks) {
    const mark = check.passed ? styleText('green', '✓') : styleText('red', '✗');
    output.result({ kind: 'check', ...check }, `${mark} ${check.id.padEnd(9)} ${check.evidence}`);
  }
  const repeat = `npm run lockstep -- run ${name} --on ${arm} --seed ${plan.seed}`;
  const { passed, checks, blocks, reorgs, traceHash, transactions } = result;
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
  if (!passed) output.progress(`repeat it with: ${repeat}`);
  if (flags.junit !== undefined) await writeReport(flags.junit, junitReport(scenario.name, arm, result, seconds));
  if (passed) return EXIT.fine;
  return result.hasDivergence ? EXIT.divergence : EXIT.scenarioFailed;
}

/** The names of the scenarios that there are. */
export function scenarioNames(): readonly string[] {
  return readdirSync(SCENARIOS)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

async function loadScenario(name: string): Promise<Scenario> {
  const isPath = name.endsWith('.ts');
  const file = isPath ? resolve(name) : `${SCENARIOS}${name}.ts`;
  if (!existsSync(file)) {
    throw new NetworkError('nothing-matched', `no scenario '${name}': there are ${scenarioNames().join(', ')}`);
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw new NetworkError('usage', `${file}: ${messageOf(error)}`);
  }
  const scenario = module.default;
  if (typeof scenario !== 'object' || scenario === null || !('play' in scenario) || !('network' in scenario)) {
    throw new NetworkError('usage', `${file}: its default export is no scenario`);
  }
  return scenario as Scenario; // made by scenario(), or as good as
}

function planOf({ name, network }: Scenario, seed: string): NetworkPlan {
  const { faults = {}, ...rest } = network;
  const known = machineFaults().map((fault) => fault.name);
  for (const [node, fault] of Object.entries(faults)) {
    if (!known.includes(fault)) {
      throw new NetworkError(
        'usage',
        `scenario ${name}: faults.${node}: no planted fault '${fault}' (there are ${known.join(', ')})`,
      );
    }
  }
  return { ...DEFAULT_PLAN, ...rest, faults: new Map(Object.entries(faults)), seed };
}

async function openCluster(arm: Arm, plan: NetworkPlan, control: string): Promise<Cluster> {
  switch (arm) {
    case 'virtual':
      return createVirtualCluster(plan);
    case 'processes':
      return createProcessCluster(plan);
    case 'compose': {
      const cluster = await connectCluster(control, null);
      const { authorities, nodes } = cluster.facts;
      const isOther = authorities.length !== plan.authorities || nodes.length !== plan.authorities + plan.followers;
      const isSpecial = plan.faults.size > 0 || plan.late.length > 0 || plan.signerLimit !== null;
      if (!isOther && !isSpecial) return cluster;
      await cluster.close();
      throw new NetworkError(
        'unsupported',
        `this scenario wants a network of its own (${plan.authorities} authorities, ${plan.followers} followers${isSpecial ? ', with planted faults, late nodes or another signer limit' : ''}); compose runs ${authorities.length} and ${nodes.length - authorities.length}: use --on processes`,
      );
    }
  }
}

function readArm(text: string): Arm {
  if (text === 'virtual' || text === 'processes' || text === 'compose') return text;
  throw new NetworkError('usage', `--on '${text}': expected virtual, processes or compose`);
}

async function writeReport(file: string, report: string): Promise<void> {
  try {
    await writeFile(file, report);
  } catch (error) {
    throw new NetworkError('usage', `--junit ${file}: ${messageOf(error)}`);
  }
}
