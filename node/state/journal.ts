// The state while a block executes: values over a StateView, and an append-only journal that is truncated in place on a revert.

import type { Log } from '../types/receipt.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { StateDiff, StateView } from './view.ts';

/**
 * The mutable state of one block's execution. A checkpoint is a position in the journal; reverting to it undoes what came after,
 * in time proportional to what is undone. Everything that EIP-1153, 2929, 6780 and 3529 scope to a transaction is reset by
 * `beginTransaction`.
 */
export type Journal = {
  /** Whether the account exists in the trie's sense. */
  readonly exists: (address: Address) => boolean;
  /** EIP-161: no nonce, no balance, no code (or no account). */
  readonly isEmpty: (address: Address) => boolean;
  readonly balance: (address: Address) => bigint;
  readonly nonce: (address: Address) => bigint;
  readonly codeHash: (address: Address) => Hash;
  readonly code: (address: Address) => Uint8Array;
  /** Whether the account has any storage (EIP-7610's part of the collision check). */
  readonly hasStorage: (address: Address) => boolean;
  readonly storage: (address: Address, slot: bigint) => bigint;
  /** The slot's value at the beginning of the transaction (EIP-2200, EIP-1283). */
  readonly originalStorage: (address: Address, slot: bigint) => bigint;
  readonly transientStorage: (address: Address, slot: bigint) => bigint;

  readonly setBalance: (address: Address, balance: bigint) => void;
  readonly addBalance: (address: Address, amount: bigint) => void;
  /** Asserts that the balance suffices. */
  readonly subtractBalance: (address: Address, amount: bigint) => void;
  readonly setNonce: (address: Address, nonce: bigint) => void;
  readonly setCode: (address: Address, code: Uint8Array) => void;
  readonly setStorage: (address: Address, slot: bigint, value: bigint) => void;
  readonly setTransientStorage: (address: Address, slot: bigint, value: bigint) => void;
  /** Marks the account touched, so that an empty one is deleted at the transaction's end (EIP-161). */
  readonly touch: (address: Address) => void;
  /** Begins a contract's account: storage empty, nonce as given, balance kept; remembers that this transaction created it. */
  readonly createContract: (address: Address, nonce: bigint) => void;
  /** Whether this transaction created the contract (EIP-6780). */
  readonly isCreated: (address: Address) => boolean;
  /** Marks the account to be deleted at the transaction's end. */
  readonly selfdestruct: (address: Address) => void;
  readonly isSelfdestructed: (address: Address) => boolean;

  /** EIP-2929. Both return whether it was cold, and make it warm. Reverted with the checkpoint. */
  readonly warmAddress: (address: Address) => boolean;
  readonly warmSlot: (address: Address, slot: bigint) => boolean;
  readonly isWarmAddress: (address: Address) => boolean;
  readonly isWarmSlot: (address: Address, slot: bigint) => boolean;

  readonly addRefund: (gas: number) => void;
  readonly subtractRefund: (gas: number) => void;
  readonly refund: () => number;
  readonly addLog: (log: Log) => void;
  readonly logs: () => readonly Log[];

  readonly checkpoint: () => number;
  readonly revertTo: (checkpoint: number) => void;

  /** Resets what is scoped to a transaction: warmth, transient storage, original values, logs, refund, created, selfdestructed. */
  readonly beginTransaction: () => void;
  /**
   * Deletes what selfdestructed and, since Spurious Dragon, what was touched and is empty. After it, no revert goes back behind.
   */
  readonly endTransaction: (rules: { readonly deleteEmpty: boolean }) => void;
  /** What changed since the journal was made. */
  readonly diff: () => StateDiff;
};

/** Creates a journal over a state. */
export declare function createJournal(view: StateView): Journal;
