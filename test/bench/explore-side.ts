// One lane of exploration, measured in a process of its own, since a lane's signatures are a whole thread's: node explore-side.ts LANE.
// Prints one JSON object: simulated seconds per second of processor time, seed by seed, and what was simulated.

import { createFastSignatures, installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { play } from '../../sim/cluster/runner.ts';
import { createVirtualCluster } from '../../sim/cluster/virtual.ts';
import { LANES, type Lane, openLane } from '../../sim/explore/lane.ts';

/** What one side prints. */
export type LaneMeasured = {
  /** Simulated seconds per second of this process's processor time: whatever V8's own threads do is counted. */
  readonly perCpu: readonly number[];
  /** The same by the time of the main thread alone. */
  readonly perThread: readonly number[];
  readonly simulatedSeconds: number;
  readonly blocks: number;
  readonly transfers: number;
  readonly properties: number;
};

/** 2,000 seeds of three minutes are the 100 simulated hours that ten minutes of exploration are to bring. */
const SEED_MS = 180_000;
const CALM_MS = 10_000;
const WARM_UP_SEEDS = 3;
const SEEDS = 8;
/** Two transfers a second. */
const LOAD_EVERY_MS = 500;

const name = LANES.find((each) => each === process.argv[2]);
assert(name !== undefined, `a lane of ${LANES.join(', ')}`);
await installBackends();
const lane = openLane(name, await createFastSignatures());

const measured = [];
for (let seed = 0; seed < WARM_UP_SEEDS + SEEDS; seed++) measured.push(await simulate(lane, seed));
const counted = measured.slice(WARM_UP_SEEDS);
const said: LaneMeasured = {
  perCpu: counted.map(({ perCpu }) => perCpu),
  perThread: counted.map(({ perThread }) => perThread),
  simulatedSeconds: counted.reduce((sum, { simulatedMs }) => sum + simulatedMs / 1_000, 0),
  blocks: counted.reduce((sum, { blocks }) => sum + blocks, 0),
  transfers: counted.reduce((sum, { transfers }) => sum + transfers, 0),
  properties: lane.properties.length,
};
process.stdout.write(`${JSON.stringify(said)}\n`);

/** One seed from nothing to its verdict: making the network, three minutes without faults, and every checker to its end. */
async function simulate({ parts, properties }: Lane, seed: number) {
  const [cpu, thread] = [process.cpuUsage(), process.threadCpuUsage()];
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, authorities: 5, followers: 0, seed: `bench/${seed}` }, parts);
  const beganMs = cluster.nowMs();
  const result = await play(
    {
      name: 'bench',
      title: 'five nodes under a light load',
      network: {},
      load: { everyMs: LOAD_EVERY_MS },
      play: async () => void (await cluster.until(() => false, SEED_MS - CALM_MS)),
    },
    cluster,
    properties,
    () => {},
  );
  const simulatedMs = cluster.nowMs() - beganMs;
  await cluster.close();
  assert(
    result.passed,
    `seed ${seed}: ${result.failure ?? JSON.stringify(result.checks.filter(({ passed }) => !passed))}`,
  );
  return {
    perCpu: (simulatedMs * 1_000) / total(process.cpuUsage(cpu)),
    perThread: (simulatedMs * 1_000) / total(process.threadCpuUsage(thread)),
    simulatedMs,
    blocks: result.blocks,
    transfers: result.transactions,
  };
}

function total({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
