// What lives for one transaction only: warmth (EIP-2929), transient storage (EIP-1153), original values (EIP-2200), logs, the refund
// counter, and which contracts were created or destroyed (EIP-6780). A transaction begins with nothing.

import { assert } from '../lib/assert.ts';
import type { Log } from '../types/receipt.ts';
import type { Address } from '../types/transaction.ts';
import type { SlotKey } from './slot-key.ts';
import { addUndoably, setUndoably, type UndoLog } from './undo.ts';

/** One transaction's own memory. Every write pushes its undo, but for `rememberOriginal`. */
export type Scope = {
  readonly created: Set<Address>;
  readonly selfdestructed: Set<Address>;
  readonly isWarmAddress: (address: Address) => boolean;
  /** Makes it warm; whether it was cold. */
  readonly warmAddress: (address: Address) => boolean;
  readonly isWarmSlot: (address: Address, key: SlotKey) => boolean;
  readonly warmSlot: (address: Address, key: SlotKey) => boolean;
  readonly transient: (address: Address, key: SlotKey) => bigint;
  readonly setTransient: (address: Address, key: SlotKey, value: bigint) => void;
  /** The value before the slot's first write, or undefined where it was not written. */
  readonly original: (address: Address, key: SlotKey) => bigint | undefined;
  /** Keeps the first value that it is told. It stays true when the write is undone. */
  readonly rememberOriginal: (address: Address, key: SlotKey, value: bigint) => void;
  readonly changeRefund: (gas: number) => void;
  readonly refund: () => number;
  readonly addLog: (log: Log) => void;
  /** A list of its own at each call: later logs leave it alone. */
  readonly logs: () => readonly Log[];
  /** Begins the next transaction, to which some addresses are warm whatever is undone. */
  readonly begin: (alwaysWarm: ReadonlySet<Address>) => void;
};

/** Creates the scope of a journal's transactions: one for all, since most leave nearly all of it empty. */
export function createScope(undo: UndoLog): Scope {
  const created = new Set<Address>();
  const selfdestructed = new Set<Address>();
  const warmAddresses = new Set<Address>();
  const warmSlots = new Map<Address, Set<SlotKey>>();
  const transient = new Map<Address, Map<SlotKey, bigint>>();
  const originals = new Map<Address, Map<SlotKey, bigint>>();
  let always: ReadonlySet<Address> = NOTHING_WARM;
  const logs: Log[] = [];
  let refund = 0;

  return {
    created,
    selfdestructed,
    isWarmAddress: (address) => warmAddresses.has(address) || always.has(address),
    warmAddress: (address) => !always.has(address) && addUndoably(undo, warmAddresses, address),
    isWarmSlot: (address, key) => warmSlots.get(address)?.has(key) === true,
    warmSlot: (address, key) => addUndoably(undo, inner(warmSlots, address, newSet), key),
    transient: (address, key) => transient.get(address)?.get(key) ?? 0n,
    setTransient: (address, key, value) => setUndoably(undo, inner(transient, address, newMap), key, value),
    original: (address, key) => originals.get(address)?.get(key),
    rememberOriginal(address, key, value) {
      const values = inner(originals, address, newMap);
      if (!values.has(key)) values.set(key, value);
    },
    changeRefund(gas) {
      const previous = refund;
      refund += gas;
      assert(refund >= 0, () => `refund of ${refund} gas`);
      undo.push(() => {
        refund = previous;
      });
    },
    refund: () => refund,
    addLog(log) {
      logs.push(log);
      undo.push(() => {
        logs.pop();
      });
    },
    logs: () => [...logs],
    begin(alwaysWarm) {
      for (const part of [created, selfdestructed, warmAddresses, warmSlots, transient, originals])
        if (part.size > 0) part.clear();
      logs.length = 0;
      always = alwaysWarm;
      refund = 0;
    },
  };
}

/** For transactions from before EIP-2929, and for system calls. */
export const NOTHING_WARM: ReadonlySet<Address> = new Set();

function newSet(): Set<SlotKey> {
  return new Set();
}

function newMap(): Map<SlotKey, bigint> {
  return new Map();
}

function inner<T>(outer: Map<Address, T>, address: Address, create: () => T): T {
  let found = outer.get(address);
  if (found === undefined) {
    found = create();
    outer.set(address, found);
  }
  return found;
}
