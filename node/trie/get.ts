// Reading one value from a Merkle Patricia trie.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import { DecodeError } from '../lib/rlp.ts';
import type { Hash } from '../types/transaction.ts';
import { commonLength, nibbleAt } from './nibbles.ts';
import {
  BRANCH_WIDTH,
  contentStart,
  EMPTY_ITEM,
  itemEnd,
  type NodeAt,
  type NodeReader,
  nodeEnd,
  openChild,
  openRoot,
  readPath,
  stringOf,
} from './node.ts';

/**
 * The value at a key (already hashed, where the trie is a secure one), or null. Throws DecodeError on a node that is malformed as far as it
 * is read: of a branch, up to the child on the way.
 */
export function getFromTrie(read: NodeReader, root: Hash, key: Uint8Array): Uint8Array | null {
  const end = 2 * key.length;
  let node: NodeAt | null = openRoot(read, root);
  let depth = 0;
  while (node !== null) {
    const { bytes, at }: NodeAt = node;
    const listEnd = nodeEnd(bytes, at);
    const first = contentStart(bytes, at);
    const second = itemEnd(bytes, first, listEnd);
    const third = itemEnd(bytes, second, listEnd);
    if (third < listEnd) {
      const item = skipItems(bytes, first, listEnd, depth === end ? BRANCH_WIDTH : nibbleAt(key, depth));
      if (depth === end) return noneIfEmpty(stringOf(bytes, item, itemEnd(bytes, item, listEnd), 'branch value'));
      node = openChild(read, bytes, item);
      depth += 1;
      continue;
    }
    const path = readPath(bytes, first, second);
    const length = path.to - path.from;
    const isOnPath = commonLength(key, depth, end, path) === length;
    depth += length;
    if (path.kind === 'leaf') {
      const value = stringOf(bytes, second, third, 'leaf value');
      return isOnPath && depth === end ? value : null;
    }
    if (length === 0 || bytes[second] === EMPTY_ITEM) throw new DecodeError('extension without a path or a child');
    const child: NodeAt | null = openChild(isOnPath ? read : NOT_READ, bytes, second);
    node = isOnPath ? child : null;
  }
  return null;
}

function skipItems(bytes: Uint8Array, from: number, listEnd: number, count: number): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at >= listEnd) throw new DecodeError(`trie node of ${i} items`);
    at = itemEnd(bytes, at, listEnd);
  }
  if (at >= listEnd) throw new DecodeError(`trie node of ${count} items`);
  return at;
}

/** Where the key leaves the path, the child is looked at, but not fetched. */
const NOT_READ: NodeReader = () => EMPTY_BYTES;

function noneIfEmpty(value: Uint8Array): Uint8Array | null {
  return value.length === 0 ? null : value;
}
