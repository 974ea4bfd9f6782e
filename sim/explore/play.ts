// Plays a schedule on the virtual arm: its acts at their moments, then healing, calm and comparison, with every property watching.

import type { Tier } from '../../node/types/tier.ts';
import type { CheckResult } from '../check/property.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { planOfWish } from '../cluster/plan.ts';
import { play } from '../cluster/runner.ts';
import { createVirtualCluster, VIRTUAL_START_MS } from '../cluster/virtual.ts';
import { scenarioOf } from '../script/play.ts';
import type { Script } from '../script/script.ts';
import type { Lane } from './lane.ts';
import { type Schedule, scriptOf } from './schedule.ts';

/** What came of a schedule. */
export type Outcome = {
  /** What was broken, `story` where the run broke off, in the order of their numbers; empty for a run without a violation. */
  readonly violations: readonly { readonly property: string; readonly evidence: string }[];
  readonly checks: readonly CheckResult[];
  readonly traceHash: string;
  /** Virtual time that passed. */
  readonly simulatedMs: number;
  readonly blocks: number;
  readonly transactions: number;
  readonly reorgs: number;
};

/** Plays it to its end. The same schedule in the same lane gives the same trace. */
export function playSchedule(schedule: Schedule, lane: Lane, tier: Tier): Promise<Outcome> {
  return playScript(scriptOf(schedule, tier), lane);
}

/** The same of a scenario that is data. */
export async function playScript(script: Script, lane: Lane): Promise<Outcome> {
  const seed = script.seed ?? DEFAULT_PLAN.seed;
  const cluster = createVirtualCluster(planOfWish(script.network, seed), lane.parts);
  const result = await play(scenarioOf(script), cluster, lane.properties, () => {});
  await cluster.close();
  return {
    violations: result.checks.flatMap(({ id, passed, evidence }) => (passed ? [] : [{ property: id, evidence }])),
    checks: result.checks,
    traceHash: cluster.world.traceHash(),
    simulatedMs: cluster.nowMs() - VIRTUAL_START_MS,
    blocks: result.blocks,
    transactions: result.transactions,
    reorgs: result.reorgs.length,
  };
}
