// Turns what changed into the next state: a new root, and the trie nodes and code that the store needs to know for it.

import { assert } from '../lib/assert.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import type { NodeReader } from '../trie/node.ts';
import type { TrieChange } from '../trie/sort.ts';
import { writeTrie } from '../trie/update.ts';
import { createNodeWriter, type NodeKeeper, type NodeWriter } from '../trie/write.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { ACCOUNT_BYTES_MAX, encodeSlotValue, writeAccount } from './account-codec.ts';
import type { NodeTable } from './node-table.ts';
import { accountTrieKey, codeKey, createNodeReader, nodeTableOf, slotTrieKey, trieNodeKeyAt } from './store-keys.ts';
import type { Account, AccountDiff, StateDiff } from './view.ts';

/** A state after a diff. */
export type Committed = {
  readonly root: Hash;
  /** Trie nodes and code; a node that many tries share may stand in it twice. */
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
  const writes: Write[] = [];
  const writer = createNodeWriter(keepIn(writes, nodeTableOf(store)));
  const codes = new Map<Hash, Uint8Array>();
  const accounts = new Map<Address, Account | null>();
  const changes: TrieChange[] = [];
  const values = new Uint8Array(diff.size * ACCOUNT_BYTES_MAX); // one for all: an array for each would cost as much as its hash
  let used = 0;
  for (const [address, changed] of diff) {
    const account = accountAfter(changed, updateStorage(read, changed, writer));
    accounts.set(address, account);
    if (account !== null && changed.code !== null) codes.set(account.codeHash, changed.code);
    const end = account === null ? used : writeAccount(values, used, account);
    changes.push({ key: accountTrieKey(address), value: account && values.subarray(used, end) });
    used = end;
  }
  const newRoot = writeTrie(read, root, changes, writer);
  writer.flush();

  for (const [hash, code] of codes) writes.push({ key: codeKey(hash), value: code });
  return { root: newRoot, writes, accounts };
}

/** Writes and remembers nodes, each once: contracts with the same storage have the same nodes. */
function keepIn(writes: Write[], table: NodeTable): NodeKeeper {
  const own = new Set<ArrayBufferLike>(); // what is remembered from before may be of a block that was refused, and not be in the store
  return (hash, at, node) => {
    const before = table.set(hash, at, node);
    const isWritten = before !== undefined && own.has(before.buffer);
    own.add(node.buffer);
    if (!isWritten) writes.push({ key: trieNodeKeyAt(hash, at), value: node });
  };
}

function accountAfter({ account }: AccountDiff, storageRoot: Hash): Account | null {
  if (account === null) return null;
  const { nonce, balance, codeHash } = account;
  return { nonce, balance, codeHash, storageRoot };
}

function updateStorage(read: NodeReader, { storageRoot, storage }: AccountDiff, writer: NodeWriter): Hash {
  if (storage.size === 0) return storageRoot;
  const changes: TrieChange[] = [];
  for (const [slot, value] of storage) {
    assert(value >= 0n && value >> 256n === 0n, () => `slot value ${value}`);
    changes.push({ key: slotTrieKey(slot), value: value === 0n ? null : encodeSlotValue(value) });
  }
  return writeTrie(read, storageRoot, changes, writer);
}
