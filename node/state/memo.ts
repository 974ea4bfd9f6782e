// A bounded memo of a pure function. It changes what a call costs, never what it returns.

/** Remembers what was computed for a key. */
export type Memo<K, V> = {
  readonly get: (key: K) => V | undefined;
  readonly set: (key: K, value: V) => void;
};

/**
 * Creates a memo of at most that many entries, in two generations: when the young one has half of them it becomes the old one, and what was
 * in the old one and was not asked for meanwhile is forgotten.
 */
export function createMemo<K, V>(entriesMax: number): Memo<K, V> {
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  const set = (key: K, value: V): void => {
    young.set(key, value);
    if (2 * young.size < entriesMax) return;
    old = young;
    young = new Map();
  };
  return {
    get(key) {
      const known = young.get(key);
      if (known !== undefined) return known;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
  };
}
