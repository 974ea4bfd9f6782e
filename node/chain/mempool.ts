// Transactions that wait for a block: one queue of nonces per sender, ordered across senders by what they pay. Bounded everywhere.

import type { StateView } from '../state/view.ts';
import type { ForkActivation } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import type { Rejection } from '../types/rejection.ts';
import type { Address, Hash, Transaction } from '../types/transaction.ts';

/** A transaction in the pool. */
export type Pooled = { readonly tx: Transaction; readonly hash: Hash; readonly sender: Address };

/** The head as the pool judges by it. */
export type PoolHead = {
  readonly header: Header;
  readonly state: StateView;
  readonly fork: ForkActivation;
  /** The base fee of the next block, in wei. */
  readonly baseFee: bigint;
};

export type Mempool = {
  readonly size: () => number;
  readonly has: (hash: Hash) => boolean;
  readonly get: (hash: Hash) => Pooled | null;
  /** Checks without executing, then keeps. Replacement of a nonce needs at least 10 % more of both fees. `replaced` is what left for it. */
  readonly add: (tx: Transaction) =>
    | {
        readonly kind: 'added';
        readonly pooled: Pooled;
        readonly replaced: Pooled | null;
        readonly evicted: readonly Pooled[];
      }
    | Rejection;
  /** Takes over a new head: drops what is mined or no longer valid. Undone transactions are added back by the caller before. */
  readonly reset: (head: PoolHead) => readonly { readonly pooled: Pooled; readonly reason: 'mined' | Rejection }[];
  /** Executable transactions in the order in which a block takes them: nonces per sender in order, else by tip at the base fee, then by hash. */
  readonly pending: (baseFee: bigint) => readonly Pooled[];
  /** Those whose nonce leaves a gap, or whose fee does not cover the base fee. */
  readonly queued: (baseFee: bigint) => readonly Pooled[];
  readonly nextNonce: (sender: Address) => bigint;
  /** All hashes, in the order of arrival. */
  readonly hashes: () => readonly Hash[];
};
