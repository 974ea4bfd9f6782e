// The root of a list: transactions, receipts and withdrawals of a block (Yellow Paper 4.3.2, EIP-2718, EIP-4895).

import { AssertionError } from '../lib/assert.ts';
import { numberToBytes } from '../lib/bytes.ts';
import { encodeRlp } from '../lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { hashAt, type NodeReader } from './node.ts';
import { writeTrie } from './update.ts';
import { createNodeWriter } from './write.ts';

/** The root of the trie that holds each value, of at least one byte, at the RLP of its index. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  const changes = values.map((value, index) => ({ key: encodeRlp(numberToBytes(index)), value }));
  return writeTrie(NOTHING_STORED, EMPTY_TRIE_ROOT, changes, createNodeWriter(null));
}

const NOTHING_STORED: NodeReader = (bytes, at) => {
  throw new AssertionError(`node ${hashAt(bytes, at)} of a trie that began empty`);
};
