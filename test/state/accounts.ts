// What the state tests share: a few addresses, plain accounts, and stores made of writes.

import { EMPTY_BYTES } from '../../node/lib/bytes.ts';
import type { StoreReader, Write } from '../../node/lib/store.ts';
import { type AllocAccount, createStateFromAlloc } from '../../node/state/alloc.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import type { StateView } from '../../node/state/view.ts';
import type { Address, Hash } from '../../node/types/transaction.ts';

export const ALICE: Address = `0x${'a1'.repeat(20)}`;
export const BOB: Address = `0x${'b0'.repeat(20)}`;
export const CAROL: Address = `0x${'ca'.repeat(20)}`;

export type Alloc = Map<Address, AllocAccount>;

export function plainAccount(fields: Partial<AllocAccount>): AllocAccount {
  return { nonce: 0n, balance: 0n, code: EMPTY_BYTES, storage: new Map(), ...fields };
}

export type MemoryStore = StoreReader & { readonly apply: (writes: readonly Write[]) => void };

export function createMemoryStore(): MemoryStore {
  const values = new Map<string, Uint8Array>();
  return {
    get: (key) => values.get(key),
    apply(writes) {
      for (const { key, value } of writes) {
        if (value === null) values.delete(key);
        else values.set(key, value);
      }
    },
  };
}

/** A store that holds the state of the accounts, with its root and its view. */
export function stateOf(alloc: Alloc): { store: MemoryStore; root: Hash; view: StateView } {
  const store = createMemoryStore();
  const { root, writes } = createStateFromAlloc(alloc);
  store.apply(writes);
  return { store, root, view: createStateView(store, root) };
}
