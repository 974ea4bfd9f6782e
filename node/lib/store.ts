// What the pure rooms know of a database: synchronous reads, and writes as data.

import { assert } from './assert.ts';
import { compareText } from './bytes.ts';

/** A synchronous key-value reader. Keys are short ASCII texts, `room/identifier`. A read sees the writes of every earlier step. */
export type StoreReader = {
  readonly get: (key: string) => Uint8Array | undefined;
};

/** One write of an atomic batch; null deletes. */
export type Write = { readonly key: string; readonly value: Uint8Array | null };

/** Writes that lie over a store until they are handed out as one batch. */
export type Overlay = StoreReader & {
  readonly put: (key: string, value: Uint8Array | null) => void;
  /** What was written since the last call, last write per key, ordered by key. The overlay keeps answering from it until `settle`. */
  readonly take: () => readonly Write[];
  /** Forgets everything written so far: the store below has it now. */
  readonly settle: () => void;
};

const NOTHING: readonly Write[] = [];

/** Creates an overlay over a store. */
export function createOverlay(store: StoreReader): Overlay {
  const written = new Map<string, Uint8Array | null>();
  const fresh = new Map<string, Uint8Array | null>();
  return {
    get(key) {
      const value = written.get(key);
      return value === undefined ? store.get(key) : (value ?? undefined);
    },
    put(key, value) {
      written.set(key, value);
      fresh.set(key, value);
    },
    take() {
      if (fresh.size === 0) return NOTHING; // most steps write nothing
      const writes: Write[] = [];
      for (const [key, value] of fresh) writes.push({ key, value });
      fresh.clear();
      return writes.sort((a, b) => compareText(a.key, b.key));
    },
    settle() {
      assert(fresh.size === 0, `${fresh.size} writes were never taken`);
      written.clear();
    },
  };
}
