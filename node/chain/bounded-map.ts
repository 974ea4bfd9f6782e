// A map that forgets: what was used longest ago goes first. For memos and for what peers may make us remember.

export type BoundedMap<K, V> = {
  readonly get: (key: K) => V | undefined;
  readonly set: (key: K, value: V) => void;
  /** What was used longest ago first; this uses nothing. */
  readonly values: () => Iterable<V>;
  readonly size: () => number;
};

/** Creates a map of at most that many entries. Reading an entry makes it the youngest. */
export function createBoundedMap<K, V>(entriesMax: number): BoundedMap<K, V> {
  const entries = new Map<K, V>(); // in the order of use
  const renew = (key: K, value: V): void => {
    entries.delete(key);
    entries.set(key, value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) renew(key, value);
      return value;
    },
    set(key, value) {
      renew(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= entriesMax) break;
        entries.delete(oldest);
      }
    },
    values: () => entries.values(),
    size: () => entries.size,
  };
}
