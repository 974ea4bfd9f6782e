// Turns what changed into the next state: a new root, and the trie nodes and code that the store needs to know for it.

import { assert } from '../lib/assert.ts';
import { bytesToHex, compareText, type Hex } from '../lib/bytes.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import type { NodeReader } from '../trie/node.ts';
import { type TrieUpdate, updateTrie } from '../trie/update.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { encodeAccount, encodeSlotValue } from './account-codec.ts';
import { accountTrieKey, codeKey, createNodeReader, slotTrieKey, trieNodeKey } from './store-keys.ts';
import { readAccount } from './trie-view.ts';
import type { AccountDiff, StateDiff } from './view.ts';

/**
 * Applies a diff to the state at a root. Every trie that changes is written once. The writes are ordered by key and never delete:
 * older states stay readable.
 */
export function commitState(
  store: StoreReader,
  root: Hash,
  diff: StateDiff,
): { readonly root: Hash; readonly writes: readonly Write[] } {
  const read = createNodeReader(store);
  const written = new Map<string, Uint8Array>();
  const keep = (update: TrieUpdate): Hash => {
    for (const [hash, node] of update.nodes) written.set(trieNodeKey(hash), node);
    return update.root;
  };

  const accounts = new Map<Hex, Uint8Array | null>();
  for (const [address, changed] of diff) {
    const { account, code } = changed;
    const key = bytesToHex(accountTrieKey(address));
    if (account === null) {
      accounts.set(key, null);
      continue;
    }
    if (code !== null) written.set(codeKey(account.codeHash), code);
    const storageRoot = keep(updateStorage(read, root, address, changed));
    accounts.set(key, encodeAccount({ ...account, storageRoot }));
  }
  const newRoot = keep(updateTrie(read, root, accounts));
  const writes = [...written].map(([key, value]) => ({ key, value }));
  return { root: newRoot, writes: writes.sort((a, b) => compareText(a.key, b.key)) };
}

function updateStorage(read: NodeReader, root: Hash, address: Address, changed: AccountDiff): TrieUpdate {
  const before = changed.storageCleared ? null : readAccount(read, root, address);
  const slots = new Map<Hex, Uint8Array | null>();
  for (const [slot, value] of changed.storage) {
    assert(value >= 0n && value >> 256n === 0n, `slot value ${value}`);
    slots.set(bytesToHex(slotTrieKey(slot)), value === 0n ? null : encodeSlotValue(value));
  }
  return updateTrie(read, before?.storageRoot ?? EMPTY_TRIE_ROOT, slots);
}
