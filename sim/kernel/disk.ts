// A node's disk in the simulator: what was persisted survives a crash, in whole batches. Reading is synchronous, as the core's contract has it.

import type { StoreReader, Write } from '../../node/lib/store.ts';

export type VirtualDisk = StoreReader & {
  /** Applies one atomic batch, durable at once. */
  readonly apply: (writes: readonly Write[]) => void;
  readonly wipe: () => void;
  readonly size: () => number;
};

/** Creates an empty disk. */
export function createDisk(): VirtualDisk {
  const values = new Map<string, Uint8Array>();
  return {
    get: (key) => values.get(key),
    apply(writes) {
      for (const { key, value } of writes) {
        if (value === null) values.delete(key);
        else values.set(key, value);
      }
    },
    wipe: () => values.clear(),
    size: () => values.size,
  };
}
