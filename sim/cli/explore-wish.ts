// The flags of `lockstep explore`, read.

import { availableParallelism } from 'node:os';
import type { Tier } from '../../node/types/tier.ts';
import { AUTHORITIES_MAX, DEFAULT_PLAN } from '../cluster/description.ts';
import { NetworkError } from '../cluster/errors.ts';
import { LANES, type LaneName } from '../explore/lane.ts';
import { defaultRange, faultKinds, type Range } from '../explore/range.ts';
import { COMMAND, shellWord } from './output.ts';
import { readDuration, readTierFlag, readWhole } from './words.ts';

export type ExploreFlags = {
  readonly seeds?: string;
  readonly from?: string;
  readonly budget?: string;
  readonly jobs?: string;
  readonly nodes?: string;
  readonly faults?: string;
  readonly lane: string;
  readonly tier?: string;
  readonly state?: string;
  readonly schedule?: string;
  readonly out: string;
  readonly shrink: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
};

/** Everything that was asked for. */
export type Wish = {
  readonly from: number;
  /** Infinity where only the budget ends it. */
  readonly seeds: number;
  /** Of real time, until when seeds are begun; Infinity for no limit. */
  readonly budgetMs: number;
  readonly jobs: number;
  readonly range: Range;
  readonly lane: LaneName;
  readonly tier: Tier;
  /** The flags that a repetition needs too. */
  readonly repeated: readonly string[];
};

const SEEDS_DEFAULT = 100;
/** Far below what a number tells apart from its neighbour, so that as many seeds again can be counted behind it. */
const SEED_MAX = 1e15;
const JOBS_MAX = 64;
const NODES_MIN = 2;

/** Reads the flags; NetworkError on the first that is wrong. */
export function readWish(flags: ExploreFlags): Wish {
  const seedsDefault = flags.budget === undefined ? SEEDS_DEFAULT : Number.POSITIVE_INFINITY;
  const given = (name: 'nodes' | 'faults' | 'tier'): readonly string[] => {
    const value = flags[name];
    return value === undefined ? [] : [`--${name}`, value];
  };
  return {
    from: flags.from === undefined ? 0 : readWhole(flags.from, '--from', 0, SEED_MAX),
    seeds: flags.seeds === undefined ? seedsDefault : readWhole(flags.seeds, '--seeds', 1, SEED_MAX),
    budgetMs: flags.budget === undefined ? Number.POSITIVE_INFINITY : readDuration(flags.budget, '--budget'),
    jobs:
      flags.jobs === undefined
        ? Math.min(availableParallelism(), JOBS_MAX)
        : readWhole(flags.jobs, '--jobs', 1, JOBS_MAX),
    range: { nodes: readNodes(flags.nodes), faults: readFaults(flags.faults) },
    lane: readLane(flags.lane),
    tier: flags.tier === undefined ? DEFAULT_PLAN.tier : readTierFlag(flags.tier),
    repeated: [...given('nodes'), ...given('faults'), ...given('tier')],
  };
}

/** The line that repeats a seed. */
export function repeatLine({ lane, repeated }: Wish, seed: number): string {
  const words = ['explore', '--lane', lane, '--from', String(seed), '--seeds', '1', ...repeated];
  return `${COMMAND} ${words.map(shellWord).join(' ')}`;
}

/** `5` or `3..9`. */
function readNodes(text: string | undefined): Range['nodes'] {
  if (text === undefined) return defaultRange().nodes;
  const [low = '', high = low] = text.split('..');
  const least = Number(low);
  const most = Number(high);
  const isRange = /^\d+(\.\.\d+)?$/.test(text) && least >= NODES_MIN && most <= AUTHORITIES_MAX && least <= most;
  if (!isRange)
    throw new NetworkError(
      'usage',
      `--nodes '${text}': expected a number or a range within ${NODES_MIN} to ${AUTHORITIES_MAX}, as in 5 or 3..9`,
    );
  return { least, most };
}

/** `partition,kill`, or `none`. */
function readFaults(text: string | undefined): readonly string[] {
  if (text === undefined) return defaultRange().faults;
  if (text === 'none') return [];
  const known = faultKinds();
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name))
      throw new NetworkError('usage', `--faults: no fault '${name}': there are ${known.join(', ')}; or none`);
  }
  return known.filter((name) => names.includes(name));
}

function readLane(text: string): LaneName {
  const lane = LANES.find((name) => name === text);
  if (lane === undefined) throw new NetworkError('usage', `--lane '${text}': expected one of ${LANES.join(', ')}`);
  return lane;
}
