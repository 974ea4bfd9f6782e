// How fast the simulator explores: five nodes in both lanes with every checker on, and a thousand nodes whose blocks are real and whose
// network is modelled. Processor time, so that what is said is of one core.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createMachine } from '../../node/evm/create-machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { rememberSignatures } from '../../node/lib/signatures.ts';
import { DEFAULT_TIER } from '../../node/types/tier.ts';
import type { LaneName } from '../../sim/explore/lane.ts';
import { ABOUT_SCALE } from '../../sim/scale/about.ts';
import { createScaleNetwork } from '../../sim/scale/network.ts';
import type { LaneMeasured } from './explore-side.ts';
import { median, type Report, rounded } from './report.ts';

/** Simulated seconds per second of one core, and blocks per second of one core: what is to be reached. */
const GOALS = { full: 100, model: 300, large: 300, attested: 75 } as const;
/** SimBlock's blocks a second for 1,000 nodes on the same kind of machine: without transactions, signatures and execution. */
const SIMBLOCK = 76;

const LARGE = { nodes: 1_000, authorities: 5, period: 1, transfers: 2 } as const;
const WARM_UP_MS = 60_000;
const ROUNDS = 3;

/** Which memos were on stands beside the figures: without it they would mean little. */
const MEMOS = {
  full: 'signatures, decoded messages, encodings; not execution: each node executes each block',
  model: 'signatures (which cost a hash), decoded messages, encodings; the machine executes no code',
} as const;

/** Measures the lanes, then the large network without and with attestations. */
export async function measureExploration(report: Report): Promise<void> {
  const full = await measureLane(report, 'full');
  const model = await measureLane(report, 'model');
  await installBackends();
  rememberSignatures();
  const large = measureLarge(report, { attesters: 0, seconds: 200 });
  const attested = measureLarge(report, { attesters: 32, seconds: 60 });
  report.finish({
    full_realTime: full,
    model_realTime: model,
    full_overGoal: rounded(full / GOALS.full),
    model_overGoal: rounded(model / GOALS.model),
    large_overGoal: rounded(large / GOALS.large),
    attested_overGoal: rounded(attested / GOALS.attested),
    large_simblock: rounded(large / SIMBLOCK),
  });
}

async function measureLane(report: Report, lane: LaneName): Promise<number> {
  const side = fileURLToPath(new URL('explore-side.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [side, lane]);
  const said = JSON.parse(stdout) as LaneMeasured; // our own side's words
  const perCpu = rounded(median(said.perCpu));
  report.row({
    name: `5 nodes, ${lane} lane`,
    simulatedHoursPerHourAndCore: perCpu,
    best: rounded(Math.max(...said.perCpu)),
    byMainThread: rounded(median(said.perThread)),
    goal: GOALS[lane],
    simulatedSeconds: rounded(said.simulatedSeconds, 6),
    blocks: said.blocks,
    transfers: said.transfers,
    checkers: said.properties,
    memos: MEMOS[lane],
  });
  return perCpu;
}

function measureLarge(
  report: Report,
  { attesters, seconds }: { readonly attesters: number; readonly seconds: number },
): number {
  const machines = [createMachine({ tier: DEFAULT_TIER })];
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const options = { ...LARGE, attesters, machines, machineOf: () => 0, hopeless: 'dropped' } as const;
    const network = createScaleNetwork({ ...options, seed: `bench/${round}` });
    network.run(WARM_UP_MS);
    const before = network.figures().blocks;
    const began = process.cpuUsage();
    network.run(seconds * 1_000);
    const { user, system } = process.cpuUsage(began);
    const figures = network.figures();
    assert(figures.attestations.differing === 0, 'equal machines compute the same');
    return { figures, perSecond: ((figures.blocks - before) * 1e6) / (user + system) };
  });
  const perSecond = median(rounds.map((each) => each.perSecond));
  const { figures } = rounds.find((each) => each.perSecond === perSecond) ?? { figures: null };
  report.row({
    name: `${LARGE.nodes} nodes, ${attesters === 0 ? 'no attestations' : `${attesters} attesters`}`,
    blocksPerSecond: rounded(perSecond),
    goal: attesters === 0 ? GOALS.large : GOALS.attested,
    blocks: figures?.blocks ?? 0,
    offersPerBlock: rounded((figures?.spread.offered ?? 0) / (figures?.blocks ?? 1), 4),
    attestationsHeard: figures?.attestations.heard ?? 0,
    ...ABOUT_SCALE,
  });
  return perSecond;
}
