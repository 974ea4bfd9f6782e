// The root of a list: transactions, receipts and withdrawals of a block (Yellow Paper 4.3.2, EIP-2718, EIP-4895).

import { AssertionError } from '../lib/assert.ts';
import { bytesToHex, type Hex, numberToBytes } from '../lib/bytes.ts';
import { encodeRlp } from '../lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import type { NodeReader } from './node.ts';
import { updateTrie } from './update.ts';

/** The root of the trie that holds each value, of at least one byte, at the RLP of its index. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  const updates = new Map<Hex, Uint8Array>();
  for (const [index, value] of values.entries()) updates.set(bytesToHex(encodeRlp(numberToBytes(index))), value);
  return updateTrie(NOTHING_STORED, EMPTY_TRIE_ROOT, updates).root;
}

const NOTHING_STORED: NodeReader = (hash) => {
  throw new AssertionError(`node ${hash} of a trie that began empty`);
};
