// A transaction with every gas limit from its intrinsic cost to enough; where that is too many, with those around which something changes, as
// the reference machine's steps tell.

import { floorGas, intrinsicGas } from '../../node/chain/intrinsic-gas.ts';
import type { FrameEvent, Step } from '../../node/evm/machine.ts';
import type { Random } from '../../node/lib/random.ts';
import type { FuzzCase } from './case.ts';
import { type CaseReport, checkCase, type Machines, worldBefore } from './check-case.ts';
import { startCase, viewOf } from './tiers.ts';

/** Up to so much gas, every value is tried. */
const EVERY_VALUE_MAX = 1_500;
/** Of larger sweeps, so many values. */
const VALUES_MAX = 250;
/** So many of a sweep's values are shown to the other implementation, which is slow. */
const PEER_SAMPLE = 4;

/** What a sweep found: a case of one transaction with the gas limit that failed, or null; and how many transactions it took. */
export type SweepReport = {
  readonly failing: FuzzCase | null;
  readonly report: CaseReport | null;
  readonly transactions: number;
};

/** Sweeps one transaction of a case. */
export async function sweepGas(
  machines: Machines,
  of: FuzzCase,
  transaction: number,
  random: Random,
): Promise<SweepReport> {
  const tx = of.transactions[transaction];
  if (tx === undefined) return { failing: null, report: null, transactions: 0 };
  const world = worldBefore(machines, of, transaction);
  const single: FuzzCase = { ...of, world, transactions: [tx] };
  const limits = gasLimits(machines, single, random);
  const sample = new Set(Array.from({ length: PEER_SAMPLE }, () => random.pick(limits)));
  for (const [i, gasLimit] of limits.entries()) {
    const candidate = { ...single, transactions: [{ ...tx, gasLimit }] };
    const peer = sample.has(gasLimit) ? machines.peer : null;
    const report = await checkCase({ ...machines, peer }, candidate);
    if (report.mismatch !== null) return { failing: candidate, report, transactions: i + 1 };
  }
  return { failing: null, report: null, transactions: limits.length };
}

/** The gas limits to try, ascending. */
function gasLimits({ tiers }: Machines, of: FuzzCase, random: Random): readonly number[] {
  const [tx] = of.transactions;
  const machine = tiers[0]?.machine;
  if (tx === undefined || machine === undefined) return [0];
  const { to, data, accessList, authorizationList } = tx;
  const cost = { to, data, accessList, authorizations: authorizationList.length };
  const least = Math.max(intrinsicGas(of.fork, cost), floorGas(of.fork, data));

  const edges = new Set<number>();
  const thresholds = createThresholds((gas) => {
    edges.add(gas - 1);
    edges.add(gas);
  });
  startCase(machine, of, viewOf(of.world)).apply(tx, thresholds);
  let most = 2;
  for (const edge of edges) most = Math.max(most, edge + 2);
  if (most <= EVERY_VALUE_MAX) return Array.from({ length: most + 1 }, (_, gas) => least + gas);
  const chosen = random.shuffle([...edges]).slice(0, VALUES_MAX);
  return [...chosen, most].map((gas) => least + gas).sort((a, b) => a - b);
}

/**
 * Reports, for every step, with how much gas the message could just pay for it. In an inner frame that is what the frame itself needs, made
 * larger for the 64th part that each caller keeps (EIP-150): right where all gas was passed on, a guess where an amount was.
 */
function createThresholds(report: (gas: number) => void) {
  const frames: { readonly gas: number; readonly before: number }[] = [];
  let spent = 0; // by the frame that runs, until its step
  return {
    frame(event: FrameEvent): void {
      if (event.kind === 'exit') spent = frames.pop()?.before ?? 0;
      else frames.push({ gas: Number(event.gas), before: spent });
    },
    step({ gasLeft, gasCost }: Step): void {
      const own = frames.at(-1);
      if (own === undefined) return;
      spent = own.gas - Number(gasLeft);
      let needed = spent + Number(gasCost);
      for (let i = frames.length - 1; i > 0; i--) needed = Math.ceil((needed * 64) / 63) + (frames[i]?.before ?? 0);
      if (needed < 2 ** 40) report(needed);
    },
  };
}
