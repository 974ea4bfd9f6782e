// How a network over wide areas behaves as it grows from 4 to 10,000 nodes: how long blocks travel, how many end outside of the chain, and
// how far the nodes agree. scale-chart.ts draws it.

import { createMachine } from '../../node/evm/create-machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { rememberSignatures } from '../../node/lib/signatures.ts';
import { DEFAULT_TIER } from '../../node/types/tier.ts';
import { ABOUT_SCALE } from '../../sim/scale/about.ts';
import type { ScaleFigures, Spell } from '../../sim/scale/figures.ts';
import { createScaleNetwork } from '../../sim/scale/network.ts';
import { TICKS_PER_MS } from '../../sim/scale/regions.ts';
import { type Report, rounded } from './report.ts';

const SIZES = [4, 10, 30, 100, 300, 1_000, 3_000, 10_000] as const;
/** Seconds between blocks. */
const PERIODS = [1, 5] as const;
const AUTHORITIES = 5;
/** Where five authorities stand decides much, so each size is drawn so many times. */
const SEEDS = 10;
const BLOCKS = 60;

/** Measures every size at every period; means over the seeds. */
export async function measureScale(report: Report): Promise<void> {
  await installBackends();
  rememberSignatures();
  for (const period of PERIODS) {
    for (const nodes of SIZES)
      report.row({ name: `${nodes} nodes, period ${period} s`, nodes, period, ...measure(nodes, period) });
  }
  report.row({ name: 'about', ...ABOUT_SCALE });
  report.finish();
}

function measure(nodes: number, period: number): Readonly<Record<string, number>> {
  const machines = [createMachine({ tier: DEFAULT_TIER })];
  const runs = Array.from({ length: SEEDS }, (_, seed) => {
    const network = createScaleNetwork({
      seed: `scale/${seed}`,
      nodes,
      authorities: Math.min(nodes, AUTHORITIES),
      period,
      transfers: 2,
      attesters: 0,
      machines,
      machineOf: () => 0,
      hopeless: 'dropped',
    });
    network.run(BLOCKS * period * 1_000 - 100); // the last block has the rest of its period to arrive
    return network.figures();
  });
  const mean = (of: (figures: ScaleFigures) => number, digits = 3): number =>
    rounded(runs.reduce((sum, figures) => sum + of(figures), 0) / runs.length, digits);
  return {
    halfMs: mean(({ toHalf }) => msOf(toHalf)),
    mostMs: mean(({ toMost }) => msOf(toMost)),
    stalePercent: mean(({ stale, blocks }) => (100 * stale) / blocks),
    agreedPercent: mean(({ agreedTime }) => agreedTime / 10),
    commonestPercent: mean(({ agreement }) => agreement.mean / 10),
    oneHeadAtTheEndPercent: mean(({ agreement }) => agreement.now / 10),
    blocks: mean(({ blocks }) => blocks, 4),
    seeds: runs.length,
  };
}

function msOf({ median }: Spell): number {
  return (median ?? 0) / TICKS_PER_MS;
}
