// Turns what changed into the next state: a new root, and the trie nodes and code that the store needs to know for it.

import { assert } from '../lib/assert.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import type { NodeReader } from '../trie/node.ts';
import type { TrieChange } from '../trie/sort.ts';
import { writeTrie } from '../trie/update.ts';
import { createNodeWriter, type NodeWriter } from '../trie/write.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { encodeAccount, encodeSlotValue } from './account-codec.ts';
import { accountTrieKey, codeKey, createNodeReader, nodeTableOf, slotTrieKey, trieNodeKeyAt } from './store-keys.ts';
import type { Account, AccountDiff, StateDiff } from './view.ts';

/** A state after a diff. */
export type Committed = {
  readonly root: Hash;
  /** Trie nodes and code, each once. */
  readonly writes: readonly Write[];
  /** The changed accounts as the state trie has them now. */
  readonly accounts: ReadonlyMap<Address, Account | null>;
};

/**
 * Applies a diff to the state at a root. Every trie that changes is written once. The order of the writes follows from the diff's; they
 * never delete: older states stay readable.
 */
export function commitState(store: StoreReader, root: Hash, diff: StateDiff): Committed {
  const read = createNodeReader(store);
  const writer = createNodeWriter({ name: trieNodeKeyAt, tell: nodeTableOf(store).set });
  const codes = new Map<Hash, Uint8Array>();
  const accounts = new Map<Address, Account | null>();
  const changes: TrieChange[] = [];
  for (const [address, changed] of diff) {
    const account = changed.account && { ...changed.account, storageRoot: updateStorage(read, changed, writer) };
    accounts.set(address, account);
    if (account !== null && changed.code !== null) codes.set(account.codeHash, changed.code);
    changes.push({ key: accountTrieKey(address), value: account && encodeAccount(account) });
  }
  const newRoot = writeTrie(read, root, changes, writer);

  const writes: Write[] = [];
  for (const [hash, code] of codes) writes.push({ key: codeKey(hash), value: code });
  for (const [key, value] of writer.nodes) writes.push({ key, value });
  return { root: newRoot, writes, accounts };
}

function updateStorage(read: NodeReader, { storageRoot, storage }: AccountDiff, writer: NodeWriter<string>): Hash {
  if (storage.size === 0) return storageRoot;
  const changes: TrieChange[] = [];
  for (const [slot, value] of storage) {
    assert(value >= 0n && value >> 256n === 0n, `slot value ${value}`);
    changes.push({ key: slotTrieKey(slot), value: value === 0n ? null : encodeSlotValue(value) });
  }
  return writeTrie(read, storageRoot, changes, writer);
}
