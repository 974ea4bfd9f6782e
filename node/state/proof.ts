// Proofs of an account and of its slots at a root, as eth_getProof returns them (EIP-1186).

import type { StoreReader } from '../lib/store.ts';
import { proveInTrie } from '../trie/proof.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { accountTrieKey, createNodeReader, slotTrieKey } from './store-keys.ts';
import { createStateView } from './trie-view.ts';
import type { Account } from './view.ts';

export type SlotProof = { readonly slot: bigint; readonly value: bigint; readonly proof: readonly Uint8Array[] };

export type AccountProof = {
  /** Null where the proof shows that there is none. */
  readonly account: Account | null;
  readonly proof: readonly Uint8Array[];
  /** In the order in which the slots were asked for. */
  readonly slots: readonly SlotProof[];
};

/** Proves an account and some of its slots. */
export function proveAccount(store: StoreReader, root: Hash, address: Address, slots: readonly bigint[]): AccountProof {
  const read = createNodeReader(store);
  const view = createStateView(store, root);
  const account = view.account(address);
  const storageRoot = account?.storageRoot ?? EMPTY_TRIE_ROOT;
  return {
    account,
    proof: proveInTrie(read, root, accountTrieKey(address)),
    slots: slots.map((slot) => ({
      slot,
      value: view.storage(address, slot),
      proof: proveInTrie(read, storageRoot, slotTrieKey(slot)),
    })),
  };
}
