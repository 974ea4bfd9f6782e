// Reading one value from a Merkle Patricia trie.

import type { Hash } from '../types/transaction.ts';
import { bytesToNibbles, commonLength } from './nibbles.ts';
import { type NodeReader, openChild, openRoot, type TrieNode } from './node.ts';

/** The value at a key (already hashed, where the trie is a secure one), or null. Throws DecodeError on a malformed node. */
export function getFromTrie(read: NodeReader, root: Hash, key: Uint8Array): Uint8Array | null {
  const path = bytesToNibbles(key);
  let node: TrieNode | null = openRoot(read, root);
  let depth = 0;
  while (node !== null) {
    if (node.kind === 'branch') {
      const nibble = path[depth];
      if (nibble === undefined) return node.value.length === 0 ? null : node.value;
      const child = node.children[nibble];
      node = child === undefined ? null : openChild(read, child);
      depth += 1;
      continue;
    }
    if (commonLength(path, depth, node.path, 0) < node.path.length) return null;
    depth += node.path.length;
    if (node.kind === 'leaf') return depth === path.length ? node.value : null;
    node = openChild(read, node.child);
  }
  return null;
}
