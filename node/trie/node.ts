// The nodes of a Merkle Patricia trie (Yellow Paper, appendix D) in memory. A child is either still as it was encoded, or a node
// that an update has made and that is not yet hashed.

import { bytesToHex, EMPTY_BYTES } from '../lib/bytes.ts';
import { asBytes, asList, DecodeError, decodeRlp, type RlpItem } from '../lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { decodeHexPrefix } from './hex-prefix.ts';
import type { Nibbles } from './nibbles.ts';

/** Gives a node's encoding by its hash. The caller's reader asserts that it is there. */
export type NodeReader = (hash: Hash) => Uint8Array;

export type Leaf = { readonly kind: 'leaf'; readonly path: Nibbles; readonly value: Uint8Array };
export type Extension = { readonly kind: 'extension'; readonly path: Nibbles; readonly child: Child };
export type Branch = {
  readonly kind: 'branch';
  /** Sixteen. */
  readonly children: readonly Child[];
  /** What is stored where the path ends here; no bytes for nothing. */
  readonly value: Uint8Array;
};
export type TrieNode = Leaf | Extension | Branch;

/**
 * A child as its parent holds it. Encoded: a hash of 32 bytes, a list (the node itself, where that is shorter than a hash), or no
 * bytes for no child.
 */
export type Child = RlpItem | TrieNode;

/** Nodes whose encoding is shorter than this stand inside their parent. */
export const HASHED_FROM_BYTES = 32;

export const NO_CHILD: RlpItem = EMPTY_BYTES;
export const BRANCH_WIDTH = 16;

/** Whether an update has made this child. */
export function isNode(child: Child): child is TrieNode {
  return 'kind' in child;
}

export function isNoChild(child: Child): boolean {
  return child instanceof Uint8Array && child.length === 0;
}

/** The node behind a child, or null for no child. Throws DecodeError on a malformed node. */
export function openChild(read: NodeReader, child: Child): TrieNode | null {
  if (isNode(child)) return child;
  if (!(child instanceof Uint8Array)) return nodeFromItem(child);
  if (child.length === 0) return null;
  return nodeFromItem(decodeRlp(read(bytesToHex(child))));
}

/** The node of a root, or null for the empty trie. Throws DecodeError on a malformed node. */
export function openRoot(read: NodeReader, root: Hash): TrieNode | null {
  return root === EMPTY_TRIE_ROOT ? null : nodeFromItem(decodeRlp(read(root)));
}

function nodeFromItem(item: RlpItem): TrieNode {
  const list = asList(item, 'trie node');
  if (list.length === BRANCH_WIDTH + 1) {
    const children = list.slice(0, BRANCH_WIDTH);
    for (const child of children) checkChild(child);
    return { kind: 'branch', children, value: asBytes(list[BRANCH_WIDTH], 'branch value') };
  }
  if (list.length !== 2) throw new DecodeError(`trie node of ${list.length} items`);
  const { path, kind } = decodeHexPrefix(asBytes(list[0], 'path'));
  if (kind === 'leaf') return { kind, path, value: asBytes(list[1], 'leaf value') };
  const child = list[1] ?? NO_CHILD;
  checkChild(child);
  if (isNoChild(child) || path.length === 0) throw new DecodeError('extension without a path or a child');
  return { kind, path, child };
}

function checkChild(child: RlpItem): void {
  if (child instanceof Uint8Array && child.length !== 0 && child.length !== HASHED_FROM_BYTES)
    throw new DecodeError(`child reference of ${child.length} bytes`);
}
