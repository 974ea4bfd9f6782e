// A binary heap of events in virtual time. Equal times keep the order in which they were put in, so that nothing depends on chance.

import { assert } from '../../node/lib/assert.ts';
import { divide } from '../../node/lib/integer.ts';

export type EventHeap<T> = {
  readonly size: () => number;
  readonly push: (atMs: number, event: T) => void;
  /** When the earliest event is due; null where there is none. */
  readonly nextAtMs: () => number | null;
  /** Takes the earliest event. Asserts that there is one. */
  readonly pop: () => { readonly atMs: number; readonly event: T };
};

type Entry<T> = { readonly atMs: number; readonly sequence: number; readonly event: T };

/** Creates an empty heap. */
export function createHeap<T>(): EventHeap<T> {
  const entries: Entry<T>[] = [];
  let sequence = 0;

  const at = (index: number): Entry<T> => {
    const entry = entries[index];
    assert(entry !== undefined, `heap index ${index} of ${entries.length}`);
    return entry;
  };
  const isBefore = (a: Entry<T>, b: Entry<T>): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

  const rise = (from: number): void => {
    const entry = at(from);
    let hole = from;
    while (hole > 0) {
      const parent = divide(hole - 1, 2);
      if (!isBefore(entry, at(parent))) break;
      entries[hole] = at(parent);
      hole = parent;
    }
    entries[hole] = entry;
  };
  const sink = (): void => {
    const entry = at(0);
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(at(child + 1), at(child))) child += 1;
      if (!isBefore(at(child), entry)) break;
      entries[hole] = at(child);
      hole = child;
    }
    entries[hole] = entry;
  };

  return {
    size: () => entries.length,
    push(atMs, event) {
      sequence += 1;
      entries.push({ atMs, sequence, event });
      rise(entries.length - 1);
    },
    nextAtMs: () => entries[0]?.atMs ?? null,
    pop() {
      const top = at(0);
      const last = entries.pop();
      if (entries.length > 0 && last !== undefined) {
        entries[0] = last;
        sink();
      }
      return { atMs: top.atMs, event: top.event };
    },
  };
}
