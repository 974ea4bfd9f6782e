// What was signed or recovered in this thread, remembered: a thread that runs many nodes recovers each signature once, and not at all where
// one of its own nodes made it. A memo of a pure function: it changes what a signature costs, never who made it.

import { assert } from './assert.ts';
import { equalBytes, type Hex } from './bytes.ts';
import type { Signature } from './signature.ts';

export type SignatureMemo = {
  /** The address that was noted for exactly this digest and signature; undefined where none is remembered. */
  readonly find: (digest: Uint8Array, signature: Signature) => Hex | null | undefined;
  /** Notes whose key made the signature; null where no key did. */
  readonly note: (digest: Uint8Array, signature: Signature, address: Hex | null) => void;
  readonly size: () => number;
};

/** One entry is about 300 bytes. Nodes of one simulation judge a signature within seconds of each other, and checkers at its end. */
export const REMEMBERED_SIGNATURES_MAX = 32_768;

type Entry = {
  readonly digest: Uint8Array;
  readonly s: bigint;
  readonly yParity: number;
  readonly address: Hex | null;
};

/** Creates an empty memo of at most that many signatures; the oldest give way. */
export function createSignatureMemo(signaturesMax: number): SignatureMemo {
  assert(signaturesMax > 0, 'a memo that remembers nothing');
  // By r, which is another one for every digest and key. Of two signatures with one r, the later one stays.
  const entries = new Map<bigint, Entry>();
  return {
    find(digest, { r, s, yParity }) {
      const entry = entries.get(r);
      if (entry === undefined || entry.s !== s || entry.yParity !== yParity) return undefined;
      return equalBytes(entry.digest, digest) ? entry.address : undefined;
    },
    note(digest, { r, s, yParity }, address) {
      entries.set(r, { digest: Uint8Array.from(digest), s, yParity, address });
      if (entries.size <= signaturesMax) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
    size: () => entries.size,
  };
}
