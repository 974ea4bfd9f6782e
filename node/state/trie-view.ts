// The state at a root, read from its tries.

import type { StoreReader } from '../lib/store.ts';
import { getFromTrie } from '../trie/get.ts';
import type { NodeReader } from '../trie/node.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { decodeAccount, decodeSlotValue } from './account-codec.ts';
import { createMemo } from './memo.ts';
import { accountTrieKey, createNodeReader, readCode, slotTrieKey } from './store-keys.ts';
import type { Account, StateView } from './view.ts';

/** Accounts with storage: each slot is reached through its account. */
const CONTRACTS_MAX = 1_000;

/** Creates the view of a state whose nodes are in the store: `t/` and a node's hash, `c/` and a code's. Asserts that they are there. */
export function createStateView(store: StoreReader, root: Hash): StateView {
  const read = createNodeReader(store);
  const contracts = createMemo<Address, Account>(CONTRACTS_MAX);
  const account = (address: Address): Account | null => {
    const known = contracts.get(address);
    if (known !== undefined) return known;
    const found = readAccount(read, root, address);
    if (found !== null && found.storageRoot !== EMPTY_TRIE_ROOT) contracts.set(address, found);
    return found;
  };
  return {
    account,
    code: (codeHash) => readCode(store, codeHash),
    storage(address, slot) {
      const storageRoot = account(address)?.storageRoot ?? EMPTY_TRIE_ROOT;
      if (storageRoot === EMPTY_TRIE_ROOT) return 0n;
      const value = getFromTrie(read, storageRoot, slotTrieKey(slot));
      return value === null ? 0n : decodeSlotValue(value);
    },
  };
}

/** One account from the state trie of a root, or null. */
export function readAccount(read: NodeReader, root: Hash, address: Address): Account | null {
  const bytes = getFromTrie(read, root, accountTrieKey(address));
  return bytes === null ? null : decodeAccount(bytes);
}
