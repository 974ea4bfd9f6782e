// Transactions that a kill must not lose, in the store as long as they are pooled: what this node's own operator submitted, which nobody
// else may have yet, and what a reorganisation gave back. What came by gossip is with those who sent it.

import { assert } from '../lib/assert.ts';
import { bytesToBigint, numberToBytes } from '../lib/bytes.ts';
import type { Overlay } from '../lib/store.ts';
import { isRejection } from '../types/rejection.ts';
import {
  decodeTransaction,
  encodeTransaction,
  type Hash,
  type Transaction,
  transactionHash,
} from '../types/transaction.ts';

export type KeptTransactions = {
  /** Writes it down; one that is there already stays as it is. */
  readonly keep: (tx: Transaction) => void;
  /** It left the pool: its fate was told. Nothing happens where it was not kept. */
  readonly forget: (hash: Hash) => void;
  /** What an earlier life kept, ascending by nonce, so that no queue begins with a gap. */
  readonly recovered: () => readonly Transaction[];
};

/** How many slots were ever used: the store cannot be listed. */
const SLOTS_KEY = 'pool/slots';
const slotKey = (slot: number): string => `pool/${slot}`;

/** Reads what the store holds. The pool's own bounds are the bounds of this. */
export function createKeptTransactions(overlay: Overlay): KeptTransactions {
  const slotOf = new Map<Hash, number>();
  const free: number[] = [];
  const recovered: Transaction[] = [];
  let slots = Number(bytesToBigint(overlay.get(SLOTS_KEY) ?? new Uint8Array(0)));
  for (let slot = 0; slot < slots; slot++) {
    const bytes = overlay.get(slotKey(slot));
    if (bytes === undefined) {
      free.push(slot);
      continue;
    }
    const tx = decodeTransaction(bytes);
    assert(!isRejection(tx), `stored transaction in slot ${slot}`);
    slotOf.set(transactionHash(tx), slot);
    recovered.push(tx);
  }

  function takeSlot(): number {
    const slot = free.pop();
    if (slot !== undefined) return slot;
    slots += 1;
    overlay.put(SLOTS_KEY, numberToBytes(slots));
    return slots - 1;
  }

  return {
    keep(tx) {
      const hash = transactionHash(tx);
      if (slotOf.has(hash)) return;
      const slot = takeSlot();
      slotOf.set(hash, slot);
      overlay.put(slotKey(slot), encodeTransaction(tx));
    },
    forget(hash) {
      const slot = slotOf.get(hash);
      if (slot === undefined) return;
      slotOf.delete(hash);
      free.push(slot);
      overlay.put(slotKey(slot), null);
    },
    recovered: () => recovered.sort((a, b) => (a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0)),
  };
}
