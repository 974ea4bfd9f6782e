// The chain: blocks under the rules. It judges, executes and keeps blocks of every branch, and knows which branch wins. It has no clock
// and no network: when to seal and whom to ask for what is missing are the core's affair.

import type { Engine, Proposal, SealingPlan, Sign, Snapshot } from '../consensus/engine.ts';
import type { Machine } from '../evm/machine.ts';
import type { Random } from '../lib/random.ts';
import type { Overlay, Write } from '../lib/store.ts';
import type { Wide } from '../lib/wide.ts';
import type { StateView } from '../state/view.ts';
import type { Block } from '../types/block.ts';
import type { ChainConfig } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import type { Receipt } from '../types/receipt.ts';
import type { Rejection } from '../types/rejection.ts';
import type { Address, Hash, Transaction } from '../types/transaction.ts';
import type { ExecutionEnv } from './block-execution.ts';
import type { BlockResult } from './block-result.ts';
import type { Genesis } from './genesis.ts';

/** A block that was imported: its parent was too, its results are our own. */
export type ChainEntry = {
  readonly hash: Hash;
  readonly header: Header;
  readonly totalDifficulty: bigint;
  readonly sealer: Address;
  readonly inTurn: boolean;
};

/** How the canonical chain moved: `undone` from the old head downwards, `redone` upwards to the new head. */
export type HeadChange = {
  readonly undone: readonly ChainEntry[];
  readonly redone: readonly ChainEntry[];
  /** Transactions of undone blocks that the redone ones do not have, in the order in which they stood. */
  readonly returned: readonly Transaction[];
};

/** How an import ended. A refused block that could be executed carries our own result. */
export type ImportOutcome =
  | {
      readonly kind: 'imported';
      readonly entry: ChainEntry;
      readonly result: BlockResult;
      readonly headChange: HeadChange | null;
    }
  | { readonly kind: 'known'; readonly entry: ChainEntry }
  | {
      readonly kind: 'refused';
      readonly rejection: Rejection;
      /** With the writes that would have kept our own state; null where nothing was executed to its end. */
      readonly executed: { readonly result: BlockResult; readonly writes: readonly Write[] } | null;
    };

export type ChainOptions = {
  readonly genesis: Genesis;
  readonly engine: Engine;
  readonly machine: Machine;
  /** Reads and writes; the caller takes the writes out of it after each step. */
  readonly overlay: Overlay;
  /** The gas limit that our own blocks move towards. */
  readonly gasLimitTarget: Wide;
  /** What the engine's plan draws its waits from. */
  readonly random: Random;
};

export type Chain = {
  readonly config: ChainConfig;
  readonly engine: Engine;
  readonly genesisHash: Hash;
  readonly head: () => ChainEntry;
  readonly headSnapshot: () => Snapshot;
  readonly entry: (hash: Hash) => ChainEntry | null;
  readonly block: (hash: Hash) => Block | null;
  readonly snapshotAt: (hash: Hash) => Snapshot | null;
  readonly canonicalHash: (number: number) => Hash | null;
  readonly receipts: (hash: Hash) => readonly Receipt[] | null;
  readonly location: (txHash: Hash) => { readonly blockHash: Hash; readonly index: number } | null;
  readonly state: (root: Hash) => StateView;
  /** What a child of a known block is executed in. */
  readonly execution: (parentHash: Hash) => ExecutionEnv;
  /** The blocks of all branches among the last `TREE_DEPTH` heights, ascending by number, then by hash. */
  readonly tree: () => readonly ChainEntry[];
  /** Whether the hash is that of a block that was refused, or of a descendant of one. Bounded memory. */
  readonly isBad: (hash: Hash) => boolean;

  /**
   * Judges a header without executing anything, cheap checks first, in the order of its doc comment. `header-unknown-parent`
   * where the parent was not imported; `header-future` beyond one period ahead of nowMs; `header-too-old` deeper than the fork bound.
   */
  readonly judgeHeader: (header: Header, nowMs: number) => Rejection | null;
  /** Judges header and body (the body too where the header only depends on what we know and when), executes, compares every result with the header, writes, moves the head where fork choice says so. */
  readonly importBlock: (block: Block, nowMs: number) => ImportOutcome;
  /** When and how this signer may seal on the head (engine.plan with the head's snapshot). */
  readonly plan: (signer: Address) => SealingPlan;
  /**
   * Builds and seals a child of the head from candidate transactions, in the order given, leaving out those that do not fit or do
   * not apply (they are returned with their reason). The result is imported by importBlock like anybody's.
   */
  readonly build: (request: {
    readonly signer: Address;
    readonly sign: Sign;
    readonly timestamp: number;
    readonly proposals: readonly Proposal[];
    readonly candidates: readonly Transaction[];
  }) => {
    readonly block: Block;
    readonly leftOut: readonly { readonly tx: Transaction; readonly rejection: Rejection }[];
  };
};
