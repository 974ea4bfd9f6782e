// The interface of consensus engines: whose turn, is the seal right, when may I seal, which tip wins, what is final.
// An engine is pure: snapshots are values, derived from headers alone. Execution, storage and the network are not its affair.

import type { Random } from '../lib/random.ts';
import type { Signature } from '../lib/signatures.ts';
import type { Header } from '../types/header.ts';
import type { Rejection } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';

/** Signs a digest of 32 bytes with one key, deterministically. The key stays with the driver. */
export type Sign = (digest: Uint8Array) => Signature;

/** What an engine knows about a block beside its header. Opaque outside of the engine, but for what tools show. */
export type Snapshot = {
  readonly number: number;
  readonly hash: Hash;
  /** Ascending: the index in this list is the signer's turn. */
  readonly signers: readonly Address[];
  /** Who sealed the last blocks that bar a signer from sealing: [number, signer], ascending by number. */
  readonly recents: readonly (readonly [number, Address])[];
  /** Votes that still count, in the order in which they were cast. */
  readonly votes: readonly Vote[];
};

export type Vote = {
  readonly signer: Address;
  readonly candidate: Address;
  readonly authorize: boolean;
  readonly number: number;
};

/** A tip as fork choice compares it. `snapshot` is the one that validates `header`: its parent's. */
export type Tip = {
  readonly header: Header;
  readonly hash: Hash;
  readonly totalDifficulty: bigint;
  readonly parentSnapshot: Snapshot;
};

/** When and how this signer may seal a child of a block. */
export type SealingPlan =
  | {
      readonly kind: 'seal';
      /** The header's timestamp is at least this, in seconds; where this is past, the time of sealing is taken. */
      readonly timestamp: number;
      readonly inTurn: boolean;
      readonly difficulty: bigint;
      /**
       * How much later to seal, milliseconds, counted from the timestamp or, where that is past, from when the parent became the head:
       * 0 in turn, drawn from the node's generator out of turn. The same however often it is asked for.
       */
      readonly delayMs: number;
    }
  | {
      readonly kind: 'wait';
      readonly reason: 'not-a-signer' | 'recently-signed';
      /** The number of the first block that the signer may seal again; null where that is not known. */
      readonly until: number | null;
    };

/** What a sealer wants changed among the signers. */
export type Proposal = { readonly candidate: Address; readonly authorize: boolean };

/**
 * The interface of all engines.
 *
 * One that votes before it seals (QBFT) keeps it for what headers alone decide: `verifyHeader` counts the commit seals, `apply` follows the
 * validators, `hasFinality` is true, `compareTips` prefers the chain that holds the last final block, and `plan` only says who proposes,
 * from when on. What it adds is a machine beside it, driven by the core as the core is by its driver: state per height and round;
 * `receive(nowMs, message)` and `wake(nowMs)`, which return messages to sign and publish, the deadline of the round, and the block once it
 * has its commit seals. What it has prepared is persisted before its messages leave. Clique needs none of this.
 */
export type Engine = {
  readonly name: 'clique' | 'none';
  /** How far a timestamp may lie ahead of the clock, seconds; null where it does not matter. Who has a clock refuses (`header-future`). */
  readonly maxAheadSeconds: number | null;
  /** The snapshot after the genesis block, or why its header is none. */
  readonly genesisSnapshot: (genesis: Header) => Snapshot | Rejection;
  /**
   * Judges what can be judged from headers alone: the engine's fields, difficulty, seal, signer, recents, vote, checkpoint.
   * The chain's own rules (number, gas, base fee, …) are chain/validate-header's.
   */
  readonly verifyHeader: (header: Header, parent: Header, parentSnapshot: Snapshot) => Rejection | null;
  /** The snapshot after a verified header. */
  readonly apply: (parentSnapshot: Snapshot, header: Header) => Snapshot;
  /** Who sealed a verified header; the zero address for genesis. */
  readonly sealer: (header: Header) => Address;
  /** Whether its sealer was in turn. */
  readonly isInTurn: (header: Header) => boolean;
  /** What COINBASE, the fees and PREVRANDAO take from a header or a header in the making. */
  readonly executionFields: (header: Header) => { readonly coinbase: Address; readonly prevRandao: Hash };
  readonly plan: (parent: Header, parentSnapshot: Snapshot, signer: Address, random: Random) => SealingPlan;
  /** The engine's fields of a child to be sealed: difficulty, miner, nonce, mixHash, timestamp, and extraData with a seal of zeros. */
  readonly prepare: (
    parent: Header,
    parentSnapshot: Snapshot,
    signer: Address,
    timestamp: number,
    proposals: readonly Proposal[],
  ) => Pick<Header, 'extraData' | 'difficulty' | 'miner' | 'nonce' | 'mixHash' | 'timestamp'>;
  /** Puts the seal into a header that is complete but for it. The size stays as it is. */
  readonly seal: (header: Header, sign: Sign) => Header;
  /** Fork choice: negative where `a` wins, positive where `b` does, zero only for one and the same block. A total order. */
  readonly compareTips: (a: Tip, b: Tip) => number;
  /** How many distinct signers must be up for the chain to grow (Clique: L). */
  readonly signersNeeded: (snapshot: Snapshot) => number;
  /** The block that counts as safe among the last canonical headers (newest first), by their sealers; null if none yet. */
  readonly safe: (newestFirst: readonly Header[], snapshot: Snapshot) => Header | null;
  /** Whether blocks become final. Clique: never. */
  readonly hasFinality: boolean;
};
