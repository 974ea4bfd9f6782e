// State as three questions in and a diff out. Where the answers come from (a trie, a test's object, a journal) is the asker's affair.

import type { Address, Hash } from '../types/transaction.ts';

/** An account as the state trie holds it. */
export type Account = {
  readonly nonce: bigint;
  /** In wei. */
  readonly balance: bigint;
  readonly codeHash: Hash;
  readonly storageRoot: Hash;
};

/** A state that is read. It never changes under its reader. */
export type StateView = {
  /** Null where there is no such account. */
  readonly account: (address: Address) => Account | null;
  /** The code of a hash that an account of this state names; no bytes for the hash of no bytes. */
  readonly code: (codeHash: Hash) => Uint8Array;
  /** Zero where nothing was stored. */
  readonly storage: (address: Address, slot: bigint) => bigint;
};

/** What became of one account. */
export type AccountDiff = {
  /** Null: the account is gone. */
  readonly account: { readonly nonce: bigint; readonly balance: bigint; readonly codeHash: Hash } | null;
  /** The code, where it is new. */
  readonly code: Uint8Array | null;
  /** The storage from before is dropped before `storage` is applied (creation over a stale address, selfdestruct). */
  readonly storageCleared: boolean;
  /** The root of the storage that `storage` is applied to: the empty trie's where the account is new or its storage was dropped. */
  readonly storageRoot: Hash;
  /** Changed slots with their new values; zero deletes. */
  readonly storage: ReadonlyMap<bigint, bigint>;
};

/** Everything that changed, by address. */
export type StateDiff = ReadonlyMap<Address, AccountDiff>;
