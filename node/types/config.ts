// The chain's configuration: which fork's rules hold when, and the constants of proof of authority. Read from genesis.json, never changed.

import type { Wide } from '../lib/wide.ts';
import type { Address } from './transaction.ts';

/** Ethereum's forks that changed execution, in order. `none` of them is skipped: each is the previous one plus its changes. */
export const FORKS = [
  'Frontier',
  'Homestead',
  'TangerineWhistle',
  'SpuriousDragon',
  'Byzantium',
  'Constantinople',
  'Petersburg',
  'Istanbul',
  'MuirGlacier',
  'Berlin',
  'London',
  'ArrowGlacier',
  'GrayGlacier',
  'Paris',
  'Shanghai',
  'Cancun',
  'Prague',
  'Osaka',
] as const;

export type Fork = (typeof FORKS)[number];

const RANKS = Object.fromEntries(FORKS.map((fork, rank) => [fork, rank])) as Readonly<Record<Fork, number>>; // every fork is listed

/** Whether a fork includes the rules of another. */
export function includesFork(fork: Fork, other: Fork): boolean {
  return RANKS[fork] >= RANKS[other];
}

/** EIP-7840's blob parameters: counts of blobs per block and the update fraction of the blob base fee. */
export type BlobSchedule = { readonly target: number; readonly max: number; readonly baseFeeUpdateFraction: number };

/** One entry of the schedule: the fork from a block number or a timestamp (seconds) on, or the merge by total difficulty (EIP-3675). */
export type ForkActivation = {
  readonly fork: Fork;
  readonly block?: number;
  readonly time?: number;
  readonly terminalTotalDifficulty?: bigint;
  readonly blobs: BlobSchedule;
};

export type CliqueConfig = {
  /** Seconds between blocks. */
  readonly period: number;
  /** Blocks between checkpoints. */
  readonly epoch: number;
  /** L of the recents rule: a signer seals at most one of any L consecutive blocks; null for floor(N/2)+1. */
  readonly signerLimit: number | null;
};

/** EIP-779: on which side of the fork after the attack on The DAO a chain is, from which block on. */
export type DaoFork = { readonly block: number; readonly isSupported: boolean };

export type ChainConfig = {
  readonly chainId: bigint;
  /** Ascending; the first is active from genesis on. */
  readonly forks: readonly ForkActivation[];
  /** Null for chains that are only imported. */
  readonly clique: CliqueConfig | null;
  /** Absent on chains that never had this fork. */
  readonly daoFork?: DaoFork;
  /** Whose logs are EIP-6110's deposit requests; absent on chains without a beacon chain. */
  readonly depositContract?: Address;
};

/** The rules that hold for a block of this number and timestamp, where it does not stand before the merge. */
export function forkAt(config: ChainConfig, number: number, timestamp: Wide): ForkActivation {
  return forkOf(config, { number, timestamp, difficulty: 0n });
}

/**
 * The rules that hold for a block. Where the merge came by total difficulty, a block behind it is one without difficulty of its own; that
 * it may be one is for validateHeader to say.
 */
export function forkOf(
  config: ChainConfig,
  header: { readonly number: number; readonly timestamp: Wide; readonly difficulty: bigint },
): ForkActivation {
  let active = config.forks[0];
  for (const activation of config.forks) {
    const { block, time, terminalTotalDifficulty } = activation;
    const begun =
      (block === undefined || header.number >= block) &&
      (time === undefined || header.timestamp >= time) &&
      (terminalTotalDifficulty === undefined || header.difficulty === 0n);
    if (begun) active = activation;
  }
  if (active === undefined) throw new RangeError('a chain configuration without forks');
  return active;
}
