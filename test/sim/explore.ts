// A small generator of faults: a schedule of cuts, kills, pauses, bad links, clocks and disks, drawn from a seed and played on the virtual
// arm.

import { createRandom, type Random } from '../../node/lib/random.ts';
import { PROPERTIES } from '../../sim/check/properties.ts';
import type { NetworkPlan } from '../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN, nodeNames } from '../../sim/cluster/description.ts';
import { play, type RunResult } from '../../sim/cluster/runner.ts';
import { createVirtualCluster, type VirtualCluster } from '../../sim/cluster/virtual.ts';
import { plantedFaults } from '../../sim/faults/planted.ts';
import type { NodeName } from '../../sim/kernel/links.ts';

/** How long the network is left alone after a fault, milliseconds. */
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 7_000;
/** A pause beyond this breaks connections in a real network, which the virtual one does not show. */
const FROZEN_MS_MAX = 10_000;

/** A fault is drawn from this list: what stands in it more often happens more often. A wipe is rare, it takes a signer out for long. */
const KINDS = [
  ...(['partition', 'partition', 'partition', 'partition', 'partition', 'partition'] as const),
  ...(['heal', 'heal', 'heal', 'heal', 'kill', 'kill', 'kill', 'kill', 'start', 'start'] as const),
  ...(['pause', 'pause', 'link', 'link', 'link', 'wipe'] as const),
  ...(['clock', 'clock', 'sync', 'slow', 'write-error', 'full', 'repair', 'repair'] as const),
];
/** F19: a clock is wrong by at most so many periods. */
const SKEW_PERIODS_MAX = 5;

export type Exploration = { readonly result: RunResult; readonly schedule: readonly string[] };

/** Plays a schedule of that many faults. Everything is drawn from the seed. */
export async function explore(seed: string, options: { readonly faults: number }): Promise<Exploration> {
  const random = createRandom(`${seed}/explore`);
  const authorities = random.between(3, 6);
  const followers = random.between(0, 1);
  // In every third network one of the nodes is faulty from the beginning.
  const names = nodeNames({ authorities, followers });
  const faults = new Map(random.chance(1, 3) ? [[random.pick(names), drawFault(random)] as const] : []);
  const plan: NetworkPlan = { ...DEFAULT_PLAN, authorities, followers, faults, seed };
  const cluster = createVirtualCluster(plan);
  const schedule: string[] = [`${authorities} authorities, ${followers} followers, ${JSON.stringify([...faults])}`];
  const fault = createFaults(cluster, random);
  const result = await play(
    {
      name: `explore-${seed}`,
      title: 'faults drawn from a seed',
      network: {},
      load: { everyMs: random.between(200, 2_000) },
      async play(stage) {
        await stage.height(random.between(1, 3));
        for (let i = 0; i < options.faults; i++) {
          schedule.push(`${cluster.nowMs() % 1_000_000}: ${await fault()}`);
          await cluster.until(() => false, random.between(PAUSE_MS_MIN, PAUSE_MS_MAX));
        }
        await fault.end();
      },
    },
    cluster,
    PROPERTIES,
    () => {},
  );
  return { result, schedule };
}

/** The many kinds of invalid blocks together are as likely as a clone or as all the others. */
function drawFault(random: Random): string {
  const all = plantedFaults().map(({ name }) => name);
  const invalid = all.filter((name) => name.startsWith('invalid-'));
  const others = all.filter((name) => !invalid.includes(name));
  return random.pick(random.pick([invalid, others, others, ['clone-of-n1']]));
}

type Faults = { (): Promise<string>; readonly end: () => Promise<void> };

function createFaults(cluster: VirtualCluster, random: Random): Faults {
  const { nodes } = cluster.facts;
  const paused = new Map<NodeName, number>();

  const resume = async (node: NodeName): Promise<string> => {
    paused.delete(node);
    await cluster.process(node, 'resume');
    return `resume ${node}`;
  };

  const fault = async (): Promise<string> => {
    for (const node of paused.keys()) if (!cluster.isRunning(node)) paused.delete(node);
    for (const [node, sinceMs] of paused) {
      if (cluster.nowMs() - sinceMs > FROZEN_MS_MAX) return resume(node);
    }
    const running = nodes.filter((node) => cluster.isRunning(node) && !paused.has(node));
    const down = nodes.filter((node) => !cluster.isRunning(node));
    const [from, to] = random.shuffle(nodes) as [NodeName, NodeName];
    switch (random.pick(KINDS)) {
      case 'wipe': {
        const node = random.pick(nodes);
        paused.delete(node);
        await cluster.process(node, 'wipe');
        return `wipe ${node}`;
      }
      case 'partition': {
        const order = random.shuffle(nodes);
        const at = random.between(1, order.length - 1);
        const groups = [order.slice(0, at), order.slice(at)];
        await cluster.network({ kind: 'partition', groups });
        return `partition ${groups.map((group) => group.join(',')).join(' / ')}`;
      }
      case 'heal':
        await cluster.network({ kind: 'heal' });
        return 'heal';
      case 'kill': {
        if (running.length === 0) return 'nothing';
        const node = random.pick(running);
        await cluster.process(node, 'kill');
        return `kill ${node}`;
      }
      case 'start': {
        if (down.length === 0) return 'nothing';
        const node = random.pick(down);
        await cluster.process(node, 'start');
        return `start ${node}`;
      }
      case 'pause': {
        if (paused.size > 0) return resume([...paused.keys()][0] as NodeName);
        if (running.length === 0) return 'nothing';
        const node = random.pick(running);
        paused.set(node, cluster.nowMs());
        await cluster.process(node, 'pause');
        return `pause ${node}`;
      }
      case 'link': {
        const shape = random.pick([
          { state: 'stalled' },
          { state: 'cut' },
          { delayMs: 800, jitterMs: 700 },
          { bitsPerSecond: 20_000 },
          { lossPercent: 30 },
          { duplicatePercent: 30 },
          { reorderPercent: 30 },
          { lossPercent: 10, duplicatePercent: 10, reorderPercent: 10, jitterMs: 200 },
        ] as const);
        await cluster.network({ kind: 'link', from, to, direction: random.pick(['one-way', 'both'] as const), shape });
        return `link ${from} ${to} ${JSON.stringify(shape)}`;
      }
      case 'clock': {
        const skewMs = SKEW_PERIODS_MAX * cluster.facts.periodMs;
        const offsetMs = random.between(0, 2 * skewMs) - skewMs;
        await cluster.machine({ kind: 'clock', node: from, offsetMs });
        return `clock ${from} ${offsetMs}`;
      }
      case 'sync':
        await cluster.machine({ kind: 'sync', node: from, delayMs: random.between(1, 800) });
        return `sync ${from}`;
      case 'slow':
        await cluster.machine({ kind: 'slow', node: from, msPerBlock: random.between(1, 800) });
        return `slow ${from}`;
      case 'write-error':
        await cluster.machine({ kind: 'disk', node: from, fault: 'write-error' });
        return `write error ${from}`;
      case 'full':
        await cluster.machine({ kind: 'disk', node: from, fault: 'full' });
        return `disk full ${from}`;
      case 'repair':
        await cluster.machine({ kind: 'repair' });
        return 'repair';
    }
  };
  return Object.assign(fault, {
    async end() {
      for (const node of paused.keys()) if (cluster.isRunning(node)) await resume(node);
      // A clock that was ahead stands still until the others have come so far.
      await cluster.machine({ kind: 'repair' });
      await cluster.until(() => false, SKEW_PERIODS_MAX * cluster.facts.periodMs);
    },
  });
}
