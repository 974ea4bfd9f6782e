// The journal's backbone: what undoes each change, in order, and truncated in place when a checkpoint is returned to.

import { assert } from '../lib/assert.ts';

/** An append-only list of undo steps. A checkpoint is a position in it. */
export type UndoLog = {
  readonly push: (undo: () => void) => void;
  readonly checkpoint: () => number;
  /** Undoes what was pushed since the checkpoint, last first. */
  readonly revertTo: (checkpoint: number) => void;
  /** Makes everything so far final. */
  readonly forget: () => void;
};

/** Creates an empty list. */
export function createUndoLog(): UndoLog {
  const steps: (() => void)[] = [];
  return {
    push: (undo) => {
      steps.push(undo);
    },
    checkpoint: () => steps.length,
    revertTo(checkpoint) {
      assert(
        checkpoint >= 0 && checkpoint <= steps.length,
        () => `checkpoint ${checkpoint} of ${steps.length} undo steps`,
      );
      while (steps.length > checkpoint) steps.pop()?.();
    },
    forget() {
      steps.length = 0;
    },
  };
}

/** Sets a map's entry and pushes what brings the earlier one back, its absence included. */
export function setUndoably<K, V>(undo: UndoLog, map: Map<K, V>, key: K, value: V): void {
  const had = map.has(key);
  const previous = map.get(key);
  map.set(key, value);
  undo.push(() => {
    if (had)
      map.set(key, previous as V); // `had` says that the previous value is a V
    else map.delete(key);
  });
}

/** Adds to a set, with its undo, and returns whether the value was new to it. */
export function addUndoably<T>(undo: UndoLog, set: Set<T>, value: T): boolean {
  if (set.has(value)) return false;
  set.add(value);
  undo.push(() => {
    set.delete(value);
  });
  return true;
}
