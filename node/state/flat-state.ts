// The head's state as flat maps from addresses and slots to values, beside the tries: what was read or written a moment ago costs no walk
// from the root. It is in memory only, filled by reads and by the diffs of blocks, and the same answers come without it.

import type { StoreReader } from '../lib/store.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { createSlotKeys, type SlotKey } from './slot-key.ts';
import { createStateView } from './trie-view.ts';
import type { Account, StateDiff, StateView } from './view.ts';

/** What a block did to the state. */
export type StateChange = {
  readonly diff: StateDiff;
  /** The diff's accounts as the state trie has them after it. */
  readonly accounts: ReadonlyMap<Address, Account | null>;
};

/** The head's values, and views of any state that use them where the state is the head's. */
export type FlatState = {
  /** The state at a root, whichever state is the head's while it is read. */
  readonly view: (root: Hash) => StateView;
  /** Follows the head to another state: what the undone blocks changed is forgotten, what the redone ones changed is known. */
  readonly move: (to: Hash, changes: HeadMove) => void;
  /** How many values are known. */
  readonly size: () => number;
};

/** Undone and redone blocks' changes, each in the order of the head's way; null where one is not remembered, and then nothing is known. */
export type HeadMove = {
  readonly undone: readonly (StateChange | null)[];
  readonly redone: readonly (StateChange | null)[];
};

/** Accounts and slots, about 20 MB. When there are more, all are forgotten. */
const VALUES_MAX = 65_536;

/** Creates the flat state of a head, about which nothing is known yet. */
export function createFlatState(store: StoreReader, head: Hash, valuesMax: number = VALUES_MAX): FlatState {
  const accounts = new Map<Address, Account | null>();
  const storages = new Map<Address, Map<SlotKey, bigint>>();
  const keyOf = createSlotKeys();
  let root = head;
  let slotCount = 0;

  const forgetAll = (): void => {
    accounts.clear();
    storages.clear();
    slotCount = 0;
  };
  const setAccount = (address: Address, account: Account | null): void => {
    if (accounts.size + slotCount >= valuesMax) forgetAll();
    accounts.set(address, account);
  };
  const setSlot = (address: Address, slot: bigint, value: bigint): void => {
    if (accounts.size + slotCount >= valuesMax) forgetAll();
    let slots = storages.get(address);
    if (slots === undefined) {
      slots = new Map();
      storages.set(address, slots);
    }
    slotCount -= slots.size;
    slots.set(keyOf(slot), value);
    slotCount += slots.size;
  };
  const forgetSlots = (address: Address): void => {
    slotCount -= storages.get(address)?.size ?? 0;
    storages.delete(address);
  };

  const undo = ({ diff }: StateChange): void => {
    for (const [address, { storageCleared, storage }] of diff) {
      accounts.delete(address);
      const slots = storages.get(address);
      if (storageCleared) forgetSlots(address);
      else if (slots !== undefined) for (const slot of storage.keys()) if (slots.delete(keyOf(slot))) slotCount--;
    }
  };
  const redo = (change: StateChange): void => {
    for (const [address, { storageCleared, storage }] of change.diff) {
      if (storageCleared) forgetSlots(address);
      setAccount(address, change.accounts.get(address) ?? null);
      for (const [slot, value] of storage) setSlot(address, slot, value);
    }
  };

  return {
    view(of) {
      const trie = createStateView(store, of);
      return {
        account(address) {
          if (of !== root) return trie.account(address);
          const known = accounts.get(address);
          if (known !== undefined) return known;
          const account = trie.account(address);
          setAccount(address, account);
          return account;
        },
        code: trie.code,
        storage(address, slot) {
          if (of !== root) return trie.storage(address, slot);
          const known = storages.get(address)?.get(keyOf(slot));
          if (known !== undefined) return known;
          const value = trie.storage(address, slot);
          setSlot(address, slot, value);
          return value;
        },
      };
    },
    move(to, { undone, redone }) {
      root = to;
      for (const change of undone) {
        if (change === null) forgetAll();
        else undo(change);
      }
      for (const change of redone) {
        if (change === null) forgetAll();
        else redo(change);
      }
    },
    size: () => accounts.size + slotCount,
  };
}
