// Reading one value from a Merkle Patricia trie.

import { hexToBytes } from '../lib/bytes.ts';
import { DecodeError } from '../lib/rlp.ts';
import { contentStart, itemEnd } from '../lib/rlp-place.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { commonLength, nibbleAt } from './nibbles.ts';
import {
  BRANCH_WIDTH,
  EMPTY_ITEM,
  HASH_PREFIX,
  type NodeReader,
  nodeEnd,
  nodeInside,
  REFERENCE_BYTES,
  readPath,
  stringOf,
} from './node.ts';

/**
 * The value at a key (already hashed, where the trie is a secure one), or null. Throws DecodeError on a node that is malformed as far as it
 * is read: of a branch, up to the child on the way.
 */
export function getFromTrie(read: NodeReader, root: Hash, key: Uint8Array): Uint8Array | null {
  if (root === EMPTY_TRIE_ROOT) return null;
  const end = 2 * key.length;
  if (root !== lastRoot) {
    lastRootBytes = hexToBytes(root);
    lastRoot = root;
  }
  let bytes = read(lastRootBytes, 0);
  let at = 0; // where the node begins: inside its parent, where it is short
  for (let depth = 0; ; ) {
    const listEnd = nodeEnd(bytes, at);
    const first = contentStart(bytes, at);
    const second = itemEnd(bytes, first, listEnd);
    const third = itemEnd(bytes, second, listEnd);
    let child = second;
    if (third < listEnd) {
      child = skipItems(bytes, first, listEnd, depth === end ? BRANCH_WIDTH : nibbleAt(key, depth));
      if (depth === end) return noneIfEmpty(stringOf(bytes, child, itemEnd(bytes, child, listEnd), 'branch value'));
      depth += 1;
    } else {
      const path = readPath(bytes, first, second);
      const length = path.to - path.from;
      const isOnPath = commonLength(key, depth, end, path) === length;
      depth += length;
      if (path.kind === 'leaf') {
        const value = stringOf(bytes, second, third, 'leaf value');
        return isOnPath && depth === end ? value : null;
      }
      if (length === 0 || bytes[second] === EMPTY_ITEM) throw new DecodeError('extension without a path or a child');
      if (!isOnPath) {
        if (bytes[second] !== HASH_PREFIX) nodeInside(bytes, second); // looked at, but not followed
        return null;
      }
    }
    const kind = bytes[child];
    if (kind === EMPTY_ITEM) return null;
    if (kind === HASH_PREFIX) {
      bytes = read(bytes, child + 1);
      at = 0;
    } else at = nodeInside(bytes, child);
  }
}

/** The last root is remembered: one state is asked for many keys. */
let lastRoot: Hash = EMPTY_TRIE_ROOT;
let lastRootBytes = hexToBytes(EMPTY_TRIE_ROOT);

/** Where the item behind so many others begins. */
function skipItems(bytes: Uint8Array, from: number, listEnd: number, count: number): number {
  let at = from;
  for (let i = 0; ; i++) {
    if (at >= listEnd) throw new DecodeError(`trie node of ${i} items`);
    if (i === count) return at;
    const first = bytes[at];
    if (first === EMPTY_ITEM) at += 1;
    else if (first === HASH_PREFIX) at += REFERENCE_BYTES;
    else at = itemEnd(bytes, at, listEnd);
  }
}

function noneIfEmpty(value: Uint8Array): Uint8Array | null {
  return value.length === 0 ? null : value;
}
