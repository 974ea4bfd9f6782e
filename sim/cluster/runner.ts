// Plays one scenario on one cluster: the story, then calm, drain and comparison, with every property watching from the first event to
// the last. What it returns is the whole truth about the run.

import type { CheckResult, Property, Violation, Watcher } from '../check/property.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Cluster } from './cluster.ts';
import { messageOf } from './errors.ts';
import { startLoad } from './load.ts';
import { type RecoveryFigures, watchRecovery } from './recovery.ts';
import { type Scenario, ScenarioFailure } from './scenario.ts';
import { type OpenStage, openStage } from './stage.ts';
import { watchUsage } from './usage.ts';

export type RunResult = {
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
  /** The height that was compared at the end. */
  readonly blocks: number;
  readonly reorgs: readonly { readonly node: NodeName; readonly depth: number; readonly atMs: number }[];
  readonly transactions: number;
  readonly recovery: RecoveryFigures;
  readonly traceHash: string | null;
  /** Of a story that broke off; null where it was told to its end. */
  readonly failure: string | null;
  readonly hasDivergence: boolean;
  /** A wait's deadline passed, and nothing else is wrong. */
  readonly isLate: boolean;
};

/** After the last fault: so many periods, and not less than this, until all is one again (P5's window). */
const CALM_PERIODS = 5;
const CALM_MS_MIN = 10_000;
/** Nodes exchange heads every 2 s. */
const NEXT_STEP_MS_MAX = 2_000;

/** A story, and what follows it: calm and a comparison, or nothing, where the run is to go on elsewhere. */
export type Story = Omit<Scenario, 'endings'> & { readonly after?: 'nothing' };

/** Plays the story. Throws only what is neither the scenario's nor the network's failure. */
export async function play(
  scenario: Story,
  cluster: Cluster,
  properties: readonly Property[],
  say: (text: string) => void,
): Promise<RunResult> {
  const watchers = properties.map((property) => ({ property, watcher: property.watch(cluster.facts) }));
  const violations: Violation[] = [];
  const reorgs: { node: NodeName; depth: number; atMs: number }[] = [];
  const recovery = watchRecovery(cluster.facts);
  const stopWatching = cluster.observe((observation) => {
    recovery.observe(observation);
    for (const { watcher } of watchers) violations.push(...watcher.observe(observation));
    if (observation.kind !== 'event' || observation.event.kind !== 'head') return;
    const depth = observation.event.undone.length;
    if (depth > 0) reorgs.push({ node: observation.node, depth, atMs: observation.atMs });
  });
  const stage = openStage(cluster, say);
  const load = scenario.load === null ? null : startLoad(cluster, scenario.load);

  const stopAsking = watchUsage(cluster);

  let failure: string | null = null;
  let isLate = false;
  let blocks = 0;
  try {
    await scenario.play(stage);
    load?.stop();
    if (scenario.after !== 'nothing') blocks = await calm(cluster, stage);
  } catch (error) {
    isLate = error instanceof ScenarioFailure && error.why === 'deadline';
    failure = error instanceof ScenarioFailure ? error.message : `the scenario threw: ${inOneLine(messageOf(error))}`;
  } finally {
    load?.stop();
    stopAsking();
  }
  if (scenario.after !== 'nothing') cluster.note({ kind: 'end', atMs: cluster.nowMs() });
  stopWatching();
  stage.close();

  const checks = [
    ...stage.checks(),
    ...watchers.map(({ property, watcher }) => conclude(property, watcher, violations)),
  ];
  if (failure !== null) checks.unshift({ id: 'story', passed: false, evidence: failure });
  return {
    passed: checks.every((check) => check.passed),
    checks,
    blocks,
    reorgs,
    transactions: load?.sent() ?? 0,
    recovery: recovery.figures(),
    traceHash: cluster.traceHash(),
    failure,
    hasDivergence: checks.some((check) => check.id === 'P11' && !check.passed),
    isLate: isLate && checks.every((check) => check.passed || check.id === 'story'),
  };
}

/** Heals, brings everybody back, waits for one head, and compares at a pinned block. Returns its height. */
async function calm(cluster: Cluster, stage: OpenStage): Promise<number> {
  const { facts } = cluster;
  await cluster.network({ kind: 'heal' });
  await cluster.machine({ kind: 'repair' });
  for (const node of facts.nodes) {
    if (cluster.isPaused(node)) await cluster.process(node, 'resume');
    if (!cluster.isRunning(node)) await cluster.process(node, 'start');
  }
  await thawed(cluster, stage);
  const calmAtMs = cluster.nowMs();
  cluster.note({ kind: 'calm', atMs: calmAtMs });
  const windowMs = Math.max(CALM_PERIODS * facts.periodMs, CALM_MS_MIN);
  // The window passes whole: growth is measured over it as well as agreement.
  await cluster.until(() => cluster.nowMs() >= calmAtMs + windowMs, windowMs);
  cluster.note({ kind: 'drained', atMs: cluster.nowMs() });
  const correct = facts.nodes.filter((node) => !facts.faulty.includes(node));
  const block = await stage.agreement(correct);
  stage.expect(
    'agreement',
    true,
    `${correct.length} nodes have block ${block.number} ${block.hash} with root ${block.stateRoot}`,
  );
  return block.number;
}

/** Who freezes thaws by itself, and is waited for. It begins at the node's next step, which the exchange of heads brings soon. */
async function thawed(cluster: Cluster, stage: OpenStage): Promise<void> {
  const ends = stage
    .seen()
    .map((o) => (o.kind === 'machine' && o.order.kind === 'freeze' ? o.atMs + NEXT_STEP_MS_MAX + o.order.ms : 0));
  const overMs = Math.max(0, ...ends);
  await cluster.until(() => cluster.nowMs() >= overMs, Math.max(0, overMs - cluster.nowMs()));
}

function conclude({ id, statement }: Property, watcher: Watcher, violations: readonly Violation[]): CheckResult {
  const { violations: late, evidence } = watcher.finish();
  const own = [...violations.filter((violation) => violation.id === id), ...late];
  const [first] = own;
  if (first === undefined) return { id, passed: true, evidence };
  const more = own.length === 1 ? '' : ` (and ${own.length - 1} more)`;
  return { id, passed: false, evidence: `${first.evidence}${more}; expected: ${statement}` };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
