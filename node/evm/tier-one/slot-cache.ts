// The driver's side of slots in linear memory: it fills entries, and forgets those whose warmth is undone. What is written to them the module
// records itself; effects.ts brings it to the journal.

import type { Journal } from '../../state/journal.ts';
import type { Address } from '../../types/transaction.ts';
import { SLOT, TRANSIENT } from './layout.ts';
import { type LinearMemory, writeLimbs } from './linear-memory.ts';

export type SlotCache = {
  /** Puts a slot, which is warm now and as the journal has it, where the module looks for it. Zero: nowhere. */
  readonly remember: (entry: number, tag: number, journal: Journal, address: Address, slot: bigint) => void;
  /** The same for a transient slot. */
  readonly rememberTransient: (entry: number, tag: number, journal: Journal, address: Address, slot: bigint) => void;
  /** A position in the order in which entries were filled. */
  readonly mark: () => number;
  /** Forgets the entries that were filled since a position; zero forgets all. */
  readonly forgetSince: (mark: number) => void;
};

export function createSlotCache(linear: LinearMemory): SlotCache {
  const filled: number[] = [];

  const fill = (entry: number, tag: number, slot: bigint, value: bigint, original: bigint): void => {
    if (entry === 0) return;
    linear.ints[(entry + SLOT.tag) >>> 2] = tag;
    linear.ints[(entry + SLOT.last) >>> 2] = 0;
    writeLimbs(linear, entry + SLOT.slot, slot);
    writeLimbs(linear, entry + SLOT.value, value);
    writeLimbs(linear, entry + SLOT.original, original);
    filled.push(entry);
  };
  return {
    remember: (entry, tag, journal, address, slot) =>
      fill(entry, tag, slot, journal.storage(address, slot), journal.originalStorage(address, slot)),
    rememberTransient: (entry, tag, journal, address, slot) =>
      fill(entry, tag + TRANSIENT, slot, journal.transientStorage(address, slot), 0n),
    mark: () => filled.length,
    forgetSince(mark) {
      while (filled.length > mark) linear.ints[((filled.pop() ?? 0) + SLOT.tag) >>> 2] = 0;
    },
  };
}
