// What lives for one transaction only: warmth (EIP-2929), transient storage (EIP-1153), original values (EIP-2200), logs, the refund
// counter, and which contracts were created or destroyed (EIP-6780). A new scope begins with nothing.

import { assert } from '../lib/assert.ts';
import type { Log } from '../types/receipt.ts';
import type { Address } from '../types/transaction.ts';
import type { SlotKey } from './slot-key.ts';
import { addUndoably, setUndoably, type UndoLog } from './undo.ts';

/** One transaction's own memory. Every write pushes its undo, but for `rememberOriginal`. */
export type Scope = {
  readonly created: Set<Address>;
  readonly selfdestructed: Set<Address>;
  readonly warmAddresses: Set<Address>;
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
  readonly logs: readonly Log[];
};

/** Creates the scope of a transaction. */
export function createScope(undo: UndoLog): Scope {
  const warmSlots = new Map<Address, Set<SlotKey>>();
  const transient = new Map<Address, Map<SlotKey, bigint>>();
  const originals = new Map<Address, Map<SlotKey, bigint>>();
  const logs: Log[] = [];
  let refund = 0;

  return {
    created: new Set(),
    selfdestructed: new Set(),
    warmAddresses: new Set(),
    isWarmSlot: (address, key) => warmSlots.get(address)?.has(key) === true,
    warmSlot: (address, key) =>
      addUndoably(
        undo,
        inner(warmSlots, address, () => new Set()),
        key,
      ),
    transient: (address, key) => transient.get(address)?.get(key) ?? 0n,
    setTransient: (address, key, value) =>
      setUndoably(
        undo,
        inner(transient, address, () => new Map()),
        key,
        value,
      ),
    original: (address, key) => originals.get(address)?.get(key),
    rememberOriginal(address, key, value) {
      const values = inner(originals, address, () => new Map<SlotKey, bigint>());
      if (!values.has(key)) values.set(key, value);
    },
    changeRefund(gas) {
      const previous = refund;
      refund += gas;
      assert(refund >= 0, `refund of ${refund} gas`);
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
    logs,
  };
}

function inner<T>(outer: Map<Address, T>, address: Address, create: () => T): T {
  let found = outer.get(address);
  if (found === undefined) {
    found = create();
    outer.set(address, found);
  }
  return found;
}
