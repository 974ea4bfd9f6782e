// The driver's side of warm slots: it fills entries, and brings what was written to the journal whenever a frame is left, so that the journal
// is as the reference would have it at every checkpoint. Where the journal goes back, all entries are forgotten.

import type { Journal } from '../../state/journal.ts';
import type { Address } from '../../types/transaction.ts';
import { CONTROL, SLOT, SLOTS, SLOTS_BITS, WRITTEN } from './layout.ts';
import { getControl, type LinearMemory, readLimbs, setControl, writeLimbs } from './linear-memory.ts';

export type SlotCache = {
  /** Makes SLOAD and SSTORE work on the storage of an account. */
  readonly select: (address: Address) => void;
  /** Puts a slot, which is warm now, where the module looks for it. Zero: nowhere. */
  readonly remember: (entry: number, journal: Journal, address: Address, slot: bigint) => void;
  /** Brings the writes and refunds of the frame that ran to the journal. */
  readonly flush: (journal: Journal, address: Address) => void;
  /** Brings the refunds alone. */
  readonly flushRefund: (journal: Journal) => void;
  /** Drops writes that the journal has not seen: their frame has ended in vain. */
  readonly drop: () => void;
  /** Forgets all entries. */
  readonly forget: () => void;
};

const TAG_MAX = 2 ** 31;

export function createSlotCache(linear: LinearMemory): SlotCache {
  const tags = new Map<Address, number>();
  let lastTag = 0;

  const flushRefund = (journal: Journal): void => {
    const refund = getControl(linear, CONTROL.refund) | 0;
    if (refund === 0) return;
    setControl(linear, CONTROL.refund, 0);
    if (refund > 0) journal.addRefund(refund);
    else journal.subtractRefund(-refund);
  };
  /** Takes the written entries off the list, one by one. */
  const takeWritten = (take: (entry: number) => void): void => {
    const count = getControl(linear, CONTROL.written);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const entry = linear.ints[(WRITTEN >>> 2) + i] ?? 0;
      linear.ints[(entry + SLOT.isWritten) >>> 2] = 0;
      take(entry);
    }
    setControl(linear, CONTROL.written, 0);
  };
  const write = (journal: Journal, address: Address, entry: number): void =>
    journal.setStorage(address, readLimbs(linear, entry + SLOT.slot), readLimbs(linear, entry + SLOT.value));
  const forget = (): void => {
    tags.clear();
    if (lastTag < TAG_MAX) return;
    linear.bytes.fill(0, SLOTS, SLOTS + (SLOT.bytes << SLOTS_BITS));
    lastTag = 0;
  };

  return {
    select(address) {
      let tag = tags.get(address);
      if (tag === undefined) {
        tag = ++lastTag;
        tags.set(address, tag);
      }
      setControl(linear, CONTROL.slotTag, tag);
    },
    remember(entry, journal, address, slot) {
      if (entry === 0) return;
      if (linear.ints[(entry + SLOT.isWritten) >>> 2] !== 0) takeWritten((other) => write(journal, address, other));
      linear.ints[(entry + SLOT.tag) >>> 2] = tags.get(address) ?? 0;
      writeLimbs(linear, entry + SLOT.slot, slot);
      writeLimbs(linear, entry + SLOT.value, journal.storage(address, slot));
      writeLimbs(linear, entry + SLOT.original, journal.originalStorage(address, slot));
    },
    flush(journal, address) {
      takeWritten((entry) => write(journal, address, entry));
      flushRefund(journal);
    },
    flushRefund,
    drop() {
      takeWritten(() => {});
      setControl(linear, CONTROL.refund, 0);
    },
    forget,
  };
}
