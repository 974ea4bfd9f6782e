// A state made from plain accounts: a genesis, or the pre-state of a test.

import { keccakHex } from '../lib/hashing.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { commitState } from './commit.ts';
import type { AccountDiff } from './view.ts';

/** An account as a genesis file or a test's pre-state describes it. */
export type AllocAccount = {
  readonly nonce: bigint;
  /** In wei. */
  readonly balance: bigint;
  readonly code: Uint8Array;
  /** Slots of value zero are left out of the trie. */
  readonly storage: ReadonlyMap<bigint, bigint>;
};

/** The state of the accounts: its root, and the writes that put it into an empty store. An account with nothing in it exists too. */
export function createStateFromAlloc(alloc: ReadonlyMap<Address, AllocAccount>): {
  readonly root: Hash;
  readonly writes: readonly Write[];
} {
  const diff = new Map<Address, AccountDiff>();
  for (const [address, { nonce, balance, code, storage }] of alloc) {
    diff.set(address, {
      account: { nonce, balance, codeHash: keccakHex(code) },
      code: code.length === 0 ? null : code,
      storageCleared: false,
      storageRoot: EMPTY_TRIE_ROOT,
      storage,
    });
  }
  const empty: StoreReader = { get: () => undefined }; // one of its own, for the nodes of a store are remembered as long as it is there
  return commitState(empty, EMPTY_TRIE_ROOT, diff);
}
