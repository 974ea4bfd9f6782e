// A bounded memo of a pure function. It changes what a call costs, never what it returns.

/** Gives what was computed for the key, or computes it now. */
export type Memo<K, V> = (key: K, compute: () => V) => V;

/** Creates a memo that starts anew when it holds that many entries. */
export function createMemo<K, V>(entriesMax: number): Memo<K, V> {
  const entries = new Map<K, V>();
  return (key, compute) => {
    const known = entries.get(key);
    if (known !== undefined) return known;
    const value = compute();
    if (entries.size >= entriesMax) entries.clear();
    entries.set(key, value);
    return value;
  };
}
