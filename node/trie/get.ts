// Reading one value from a Merkle Patricia trie.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import { DecodeError } from '../lib/rlp.ts';
import type { Hash } from '../types/transaction.ts';

import { commonLength, nibbleAt } from './nibbles.ts';
import {
  BRANCH_ITEMS,
  BRANCH_WIDTH,
  EMPTY_ITEM,
  type NodeAt,
  type NodeReader,
  openChild,
  openRoot,
  POSITIONS,
  readItems,
  readPath,
  stringOf,
} from './node.ts';

/** The value at a key (already hashed, where the trie is a secure one), or null. Throws DecodeError on a malformed node. */
export function getFromTrie(read: NodeReader, root: Hash, key: Uint8Array): Uint8Array | null {
  const end = 2 * key.length;
  let node: NodeAt | null = openRoot(read, root);
  let depth = 0;
  while (node !== null) {
    const { bytes }: NodeAt = node;
    if (readItems(node, positions, 0) === BRANCH_ITEMS) {
      if (depth === end)
        return noneIfEmpty(stringOf(bytes, position(BRANCH_WIDTH), position(BRANCH_ITEMS), 'branch value'));
      node = openChild(read, bytes, position(nibbleAt(key, depth)));
      depth += 1;
      continue;
    }
    const path = readPath(bytes, position(0), position(1));
    const length = path.to - path.from;
    const isOnPath = commonLength(key, depth, end, path) === length;
    depth += length;
    if (path.kind === 'leaf') {
      const value = stringOf(bytes, position(1), position(2), 'leaf value');
      return isOnPath && depth === end ? value : null;
    }
    if (length === 0 || bytes[position(1)] === EMPTY_ITEM) throw new DecodeError('extension without a path or a child');
    const child: NodeAt | null = openChild(isOnPath ? read : NOT_READ, bytes, position(1));
    node = isOnPath ? child : null;
  }
  return null;
}

/** Of the node that is read now. */
const positions = new Int32Array(POSITIONS);

function position(item: number): number {
  return positions[item] ?? 0;
}

/** Where the key leaves the path, the child is looked at, but not fetched. */
const NOT_READ: NodeReader = () => EMPTY_BYTES;

function noneIfEmpty(value: Uint8Array): Uint8Array | null {
  return value.length === 0 ? null : value;
}
