// A trie with its nodes in a map, for tests.

import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { hashAt, type NodeReader } from '../../node/trie/node.ts';
import type { TrieChange } from '../../node/trie/sort.ts';
import { type TrieUpdate, updateTrie } from '../../node/trie/update.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Hash } from '../../node/types/transaction.ts';

export type MemoryTrie = {
  readonly read: NodeReader;
  readonly root: () => Hash;
  readonly update: (updates: Iterable<readonly [Hex, Uint8Array | null]>) => TrieUpdate;
};

export function createMemoryTrie(): MemoryTrie {
  const nodes = new Map<Hash, Uint8Array>();
  let root = EMPTY_TRIE_ROOT;
  const read: NodeReader = (bytes, at) => {
    const hash = hashAt(bytes, at);
    const node = nodes.get(hash);
    if (node === undefined) throw new Error(`no node ${hash}`);
    return node;
  };
  return {
    read,
    root: () => root,
    update(updates) {
      const result = updateTrie(read, root, changesOf(updates));
      for (const [hash, node] of result.nodes) nodes.set(hash, node);
      root = result.root;
      return result;
    },
  };
}

/** Changes from keys as hex; of two to one key the last one counts. */
export function changesOf(updates: Iterable<readonly [Hex, Uint8Array | null]>): TrieChange[] {
  return [...new Map(updates)].map(([key, value]) => ({ key: hexToBytes(key), value }));
}
