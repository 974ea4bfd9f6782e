// The nodes of a Merkle Patricia trie (Yellow Paper, appendix D) as they are encoded, read in place: nothing is decoded that is not asked for.

import { createHashSpeller, hexToBytes } from '../lib/bytes.ts';
import { DecodeError } from '../lib/rlp.ts';
import { contentStart, itemEnd, stringStart } from '../lib/rlp-place.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { type PathKind, readHexPrefix } from './hex-prefix.ts';
import type { Path } from './nibbles.ts';

/** Gives a node's encoding by its hash, which stands at a position of the bytes. The caller's reader asserts that it is there. */
export type NodeReader = (bytes: Uint8Array, at: number) => Uint8Array;

/** A node inside bytes: its list begins at a position, for short nodes stand inside their parent. */
export type NodeAt = { readonly bytes: Uint8Array; readonly at: number };

/** Nodes whose encoding is shorter than this stand inside their parent. */
export const HASHED_FROM_BYTES = 32;
/** A hash as it stands in its parent: behind its prefix. */
export const REFERENCE_BYTES = 33;
export const HASH_PREFIX = 0xa0;
/** No bytes, for no child and no value. */
export const EMPTY_ITEM = 0x80;

export const BRANCH_WIDTH = 16;
/** Sixteen children and a value. */
export const BRANCH_ITEMS = 17;
/** Positions that `readItems` writes: of each item, and the end of the last. */
export const POSITIONS = BRANCH_ITEMS + 1;

/**
 * Writes where the node's items begin to `positions` from `base` on, then where the last one ends; returns how many there are, 17 of a
 * branch or 2 of a leaf or extension. Throws DecodeError on anything else.
 */
export function readItems({ bytes, at }: NodeAt, positions: Int32Array, base: number): number {
  const end = nodeEnd(bytes, at);
  let next = contentStart(bytes, at);
  let count = 0;
  while (next < end) {
    if (count === BRANCH_ITEMS) throw new DecodeError('trie node of more than 17 items');
    positions[base + count++] = next;
    next = itemEnd(bytes, next, end);
  }
  positions[base + count] = end;
  if (count !== 2 && count !== BRANCH_ITEMS) throw new DecodeError(`trie node of ${count} items`);
  return count;
}

/** Where a node ends. Throws DecodeError where it is no list, or a whole encoding goes on behind it. */
export function nodeEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0xc0) throw new DecodeError('trie node: expected a list');
  const end = itemEnd(bytes, at, bytes.length);
  if (at === 0 && end !== bytes.length) throw new DecodeError(`${bytes.length - end} bytes behind the trie node`);
  return end;
}

/** The node of a root; null for the empty trie. */
export function openRoot(read: NodeReader, root: Hash): NodeAt | null {
  return root === EMPTY_TRIE_ROOT ? null : { bytes: read(hexToBytes(root), 0), at: 0 };
}

/** The node that a child's item refers to; null for no child. Throws DecodeError for what is neither a hash, a list nor no bytes. */
export function openChild(read: NodeReader, bytes: Uint8Array, at: number): NodeAt | null {
  const first = bytes[at];
  if (first === EMPTY_ITEM) return null;
  if (first === HASH_PREFIX) return { bytes: read(bytes, at + 1), at: 0 };
  return { bytes, at: nodeInside(bytes, at) };
}

/** The position, where a node that stands inside its parent begins. Throws DecodeError for what is no node. */
export function nodeInside(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined || first < 0xc0) throw new DecodeError('child reference that is neither a hash nor a node');
  return at;
}

/** The byte string of an item. Throws DecodeError for a list. */
export function stringOf(bytes: Uint8Array, at: number, end: number, what: string): Uint8Array {
  return bytes.subarray(stringStart(bytes, at, what), end);
}

/** The path of a leaf or extension. Throws DecodeError. */
export function readPath(bytes: Uint8Array, at: number, end: number): Path & { readonly kind: PathKind } {
  return readHexPrefix(bytes, stringStart(bytes, at, 'path'), end);
}

/** The hash that stands at a position. */
export const hashAt: (bytes: Uint8Array, at: number) => Hash = createHashSpeller('0x');
