// Merkle proofs: the nodes from a root to a key's value or to where it would be (EIP-1186).

import { keccakHex } from '../lib/hashing.ts';
import { DecodeError } from '../lib/rlp.ts';
import type { Hash } from '../types/transaction.ts';
import { getFromTrie } from './get.ts';
import { hashAt, type NodeReader } from './node.ts';

/** The encoded nodes on a key's path, root first; none for the empty trie. Nodes inside their parent are not repeated. */
export function proveInTrie(read: NodeReader, root: Hash, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = [];
  const recordingRead: NodeReader = (bytes, at) => {
    const node = read(bytes, at);
    proof.push(node);
    return node;
  };
  getFromTrie(recordingRead, root, key);
  return proof;
}

/**
 * What a proof from anyone shows about a key: its value, null for its absence, or 'invalid' where a node is malformed, missing,
 * superfluous or not the one that its parent names.
 */
export function verifyProof(root: Hash, key: Uint8Array, proof: readonly Uint8Array[]): Uint8Array | null | 'invalid' {
  let used = 0;
  const readProof: NodeReader = (bytes, at) => {
    const node = proof[used++];
    if (node === undefined || keccakHex(node) !== hashAt(bytes, at)) throw new DecodeError('the proof lacks a node');
    return node;
  };
  try {
    const value = getFromTrie(readProof, root, key);
    return used === proof.length ? value : 'invalid';
  } catch (error) {
    if (error instanceof DecodeError) return 'invalid';
    throw error;
  }
}
