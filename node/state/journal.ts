// The state while a block executes: values over a StateView, and an append-only journal that is truncated in place on a revert.

import { assert } from '../lib/assert.ts';
import type { Log } from '../types/receipt.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { createAccounts } from './journal-accounts.ts';
import { createScope, NOTHING_WARM } from './journal-scope.ts';
import { createSlotKeys } from './slot-key.ts';
import { addUndoably, createUndoLog } from './undo.ts';
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

  /**
   * Resets what is scoped to a transaction: warmth, transient storage, original values, logs, refund, created, selfdestructed. Some
   * addresses may be warm throughout, as precompiled contracts are.
   */
  readonly beginTransaction: (alwaysWarm?: ReadonlySet<Address>) => void;
  /**
   * Deletes what selfdestructed and, since Spurious Dragon, what was touched and is empty. After it, no revert goes back behind.
   */
  readonly endTransaction: (rules: { readonly deleteEmpty: boolean }) => void;
  /** What changed since the journal was made. */
  readonly diff: () => StateDiff;
};

/** The one account whose touch survives a revert: mainnet's clients agreed on that by accident at block 2,675,119 (EIP-161). */
const RIPEMD160: Address = `0x${'03'.padStart(40, '0')}`;

/** Creates a journal over a state. */
export function createJournal(view: StateView): Journal {
  const undo = createUndoLog();
  const keyOf = createSlotKeys();
  const accounts = createAccounts(view, undo, keyOf);
  const touched = new Set<Address>();
  const scope = createScope(undo);

  const markTouched = (address: Address): void => {
    if (address === RIPEMD160) touched.add(address);
    else addUndoably(undo, touched, address);
  };
  const setBalance = (address: Address, balance: bigint): void => {
    accounts.setBalance(address, balance);
    markTouched(address);
  };

  return {
    exists: accounts.exists,
    isEmpty: accounts.isEmpty,
    balance: (address) => accounts.fields(address).balance,
    nonce: (address) => accounts.fields(address).nonce,
    codeHash: (address) => accounts.fields(address).codeHash,
    code: accounts.code,
    hasStorage: accounts.hasStorage,
    storage: accounts.storage,
    originalStorage(address, slot) {
      if (scope.created.has(address)) return 0n; // what lay at the address before counts for nothing
      return scope.original(address, keyOf(slot)) ?? accounts.storage(address, slot);
    },
    transientStorage: (address, slot) => scope.transient(address, keyOf(slot)),

    setBalance,
    addBalance: (address, amount) => setBalance(address, accounts.fields(address).balance + amount),
    subtractBalance(address, amount) {
      const { balance } = accounts.fields(address);
      assert(amount <= balance, () => `balance ${balance} of ${address} does not cover ${amount}`);
      setBalance(address, balance - amount);
    },
    setNonce(address, nonce) {
      accounts.setNonce(address, nonce);
      markTouched(address);
    },
    setCode(address, code) {
      accounts.setCode(address, code);
      markTouched(address);
    },
    setStorage(address, slot, value) {
      if (!scope.created.has(address)) scope.rememberOriginal(address, keyOf(slot), accounts.storage(address, slot));
      accounts.setStorage(address, slot, value);
    },
    setTransientStorage: (address, slot, value) => scope.setTransient(address, keyOf(slot), value),
    touch(address) {
      accounts.create(address); // before Spurious Dragon it stays, as an empty account
      markTouched(address);
    },
    createContract(address, nonce) {
      accounts.begin(address, nonce);
      markTouched(address);
      addUndoably(undo, scope.created, address);
    },
    isCreated: (address) => scope.created.has(address),
    selfdestruct(address) {
      addUndoably(undo, scope.selfdestructed, address);
    },
    isSelfdestructed: (address) => scope.selfdestructed.has(address),

    warmAddress: (address) => scope.warmAddress(address),
    warmSlot: (address, slot) => scope.warmSlot(address, keyOf(slot)),
    isWarmAddress: (address) => scope.isWarmAddress(address),
    isWarmSlot: (address, slot) => scope.isWarmSlot(address, keyOf(slot)),

    addRefund: (gas) => scope.changeRefund(gas),
    subtractRefund: (gas) => scope.changeRefund(-gas),
    refund: () => scope.refund(),
    addLog: (log) => scope.addLog(log),
    logs: () => scope.logs(),

    checkpoint: undo.checkpoint,
    revertTo: undo.revertTo,

    beginTransaction: (alwaysWarm = NOTHING_WARM) => scope.begin(alwaysWarm),
    endTransaction({ deleteEmpty }) {
      for (const address of scope.selfdestructed) accounts.remove(address);
      if (deleteEmpty) for (const address of touched) if (accounts.isEmpty(address)) accounts.remove(address);
      touched.clear();
      undo.forget();
    },
    diff: accounts.diff,
  };
}
