// Plays a schedule on the virtual arm: its acts at their moments, then healing, calm and comparison, with every property watching.

import type { CheckResult } from '../check/property.ts';
import type { NetworkPlan } from '../cluster/cluster.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { play } from '../cluster/runner.ts';
import { createVirtualCluster, VIRTUAL_START_MS, type VirtualCluster } from '../cluster/virtual.ts';
import type { NodeName } from '../kernel/links.ts';
import { FROZEN_MS_MAX, SKEW_PERIODS_MAX } from './fault-kinds.ts';
import type { Lane } from './lane.ts';
import type { Act, Schedule } from './schedule.ts';

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

/** How a schedule is played, beside the lane. */
export type PlayOptions = Pick<NetworkPlan, 'tier'>;

/** Plays it to its end. The same schedule in the same lane gives the same trace. */
export async function playSchedule(
  { seed, network, load, timeline, endMs }: Schedule,
  lane: Pick<Lane, 'parts' | 'properties'>,
  { tier }: PlayOptions = { tier: DEFAULT_PLAN.tier },
): Promise<Outcome> {
  const faults = new Map(Object.entries(network.faults));
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, ...network, faults, seed, tier }, lane.parts);
  const player = createPlayer(cluster);
  const result = await play(
    {
      name: seed,
      title: 'faults drawn from a seed',
      network: {},
      load,
      async play() {
        for (const { atMs, ...act } of timeline) {
          await player.passUntil(atMs);
          await player.perform(act);
        }
        await player.passUntil(endMs);
        await player.mend();
      },
    },
    cluster,
    lane.properties,
    () => {},
  );
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

type Player = {
  readonly passUntil: (atMs: number) => Promise<void>;
  readonly perform: (act: Act) => Promise<void>;
  /** Ends what a healed network would not get over by itself. */
  readonly mend: () => Promise<void>;
};

function createPlayer(cluster: VirtualCluster): Player {
  /** When each paused node has to go on at the latest. */
  const frozen = new Map<NodeName, number>();

  const resume = async (node: NodeName): Promise<void> => {
    frozen.delete(node);
    if (cluster.isRunning(node) && cluster.world.isPaused(node)) await cluster.process(node, 'resume');
  };

  const pass = async (untilMs: number): Promise<void> => {
    if (untilMs > cluster.nowMs()) await cluster.until(() => false, untilMs - cluster.nowMs());
  };

  const passUntil = async (atMs: number): Promise<void> => {
    const untilMs = VIRTUAL_START_MS + atMs;
    for (;;) {
      const [next] = [...frozen].sort((a, b) => a[1] - b[1]);
      if (next === undefined || next[1] >= untilMs) break;
      await pass(next[1]);
      await resume(next[0]);
    }
    await pass(untilMs);
  };

  return {
    passUntil,
    async perform(act) {
      switch (act.kind) {
        case 'network':
          return cluster.network(act.order);
        case 'machine':
          return cluster.machine(act.order);
        case 'process': {
          const { node, order } = act;
          const isRunning = cluster.isRunning(node);
          if (order === 'start' ? isRunning : !isRunning && order !== 'wipe') return; // it is so already
          if (order === 'resume') return resume(node);
          if (order === 'pause') {
            if (cluster.world.isPaused(node)) return;
            frozen.set(node, cluster.nowMs() + FROZEN_MS_MAX);
          } else frozen.delete(node);
          return cluster.process(node, order);
        }
      }
    },
    async mend() {
      for (const node of frozen.keys()) await resume(node);
      // A clock that was ahead stands still until the others have come so far.
      await cluster.machine({ kind: 'repair' });
      // A store that is not what its node wrote may end the node again and again, or give it states of its own: somebody empties it.
      for (const node of cluster.facts.nodes)
        if (cluster.world.disk(node).isDamaged()) await cluster.process(node, 'wipe');
      for (const node of cluster.facts.nodes) if (!cluster.isRunning(node)) await cluster.process(node, 'start');
      await pass(cluster.nowMs() + SKEW_PERIODS_MAX * cluster.facts.periodMs);
    },
  };
}
