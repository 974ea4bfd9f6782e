// A node's disk in the simulator: what was persisted survives a crash, in whole batches, unless it is told to fail. Reading is synchronous,
// as the core's contract has it.

import type { Random } from '../../node/lib/random.ts';
import type { StoreReader, Write } from '../../node/lib/store.ts';
import type { DiskFault } from './machine-order.ts';

export type VirtualDisk = StoreReader & {
  /** Applies one atomic batch, durable at once; false where the write fails and nothing was written. */
  readonly apply: (writes: readonly Write[]) => boolean;
  /** Takes the last batch back: it had not become durable. */
  readonly lose: () => void;
  /** Makes it fail. What waits for the node's end happens at `crash`. */
  readonly fail: (fault: DiskFault, random: Random) => void;
  /** The node has ended: a tail that was to be lost is. */
  readonly crash: () => void;
  readonly wipe: () => void;
  readonly size: () => number;
  /** Whether it holds anything but what was written. */
  readonly isDamaged: () => boolean;
};

/** Creates an empty disk. */
export function createDisk(): VirtualDisk {
  const values = new Map<string, Uint8Array>();
  /** What the last batch overwrote. */
  let undo: Write[] = [];
  let failing: 'once' | 'always' | null = null;
  let tail: 'lost-tail' | 'torn-tail' | null = null;
  let damaged = false;

  const write = ({ key, value }: Write): void => {
    if (value === null) values.delete(key);
    else values.set(key, value);
  };
  const takeBack = (writes: readonly Write[]): void => {
    for (const old of writes) write(old);
    undo = [];
  };

  return {
    get: (key) => values.get(key),
    apply(writes) {
      if (failing !== null) {
        if (failing === 'once') failing = null;
        return false;
      }
      undo = writes.map(({ key }) => ({ key, value: values.get(key) ?? null }));
      for (const one of writes) write(one);
      return true;
    },
    lose: () => takeBack(undo),
    fail(fault, random) {
      switch (fault) {
        case 'write-error':
          failing = 'once';
          return;
        case 'full':
          failing = 'always';
          return;
        case 'lost-tail':
        case 'torn-tail':
          tail = fault;
          return;
        case 'bit-flip': {
          const filled = [...values].filter(([, value]) => value.length > 0);
          if (filled.length === 0) return;
          const [key, value] = random.pick(filled);
          const flipped = Uint8Array.from(value);
          const at = random.below(flipped.length);
          flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
          values.set(key, flipped);
          damaged = true;
          return;
        }
        case 'well':
          failing = null;
          tail = null;
      }
    },
    crash() {
      if (tail === null || undo.length === 0) return;
      takeBack(tail === 'lost-tail' ? undo : undo.filter((_, index) => index % 2 === 0));
      tail = null;
      damaged = true;
    },
    wipe() {
      values.clear();
      undo = [];
      tail = null;
      damaged = false;
    },
    size: () => values.size,
    isDamaged: () => damaged,
  };
}
