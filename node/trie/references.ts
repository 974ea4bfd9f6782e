// What stands for nodes in their parents while those are still to be written: a stack of bytes, since a parent is written right after its
// children, which are then forgotten. An array for each would cost as much as its hash.

import { HASH_PREFIX, REFERENCE_BYTES } from './node.ts';

/** References one behind the other, known by where they begin. `top` is where the next one goes. */
export type References = { bytes: Uint8Array; top: number };

/** Enough for the open branches of a state's trie. */
const BYTES_AT_FIRST = 4_096;

export function createReferences(): References {
  return { bytes: new Uint8Array(BYTES_AT_FIRST), top: 0 };
}

/** Makes room for one reference and returns where it begins. Whoever writes it moves the top behind it. */
export function reserve(references: References): number {
  const { bytes, top } = references;
  if (top + REFERENCE_BYTES > bytes.length) {
    references.bytes = new Uint8Array(2 * bytes.length);
    references.bytes.set(bytes);
  }
  return top;
}

/** Puts the reference of an old node on the stack. */
export function pushReference(references: References, reference: Uint8Array): number {
  const at = reserve(references);
  references.bytes.set(reference, at);
  references.top = at + reference.length;
  return at;
}

/** In bytes: a hash has a prefix of its own, and a node that is shorter is a short list. */
export function referenceLength({ bytes }: References, at: number): number {
  const first = bytes[at] ?? 0;
  return first === HASH_PREFIX ? REFERENCE_BYTES : 1 + first - 0xc0;
}

/** A reference in bytes of its own, for what outlives the stack. */
export function copyReference(references: References, at: number): Uint8Array {
  return references.bytes.slice(at, at + referenceLength(references, at));
}
