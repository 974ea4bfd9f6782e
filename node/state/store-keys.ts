// Where state lies in the store: trie nodes and code, each under its hash, so that two states share what they have in common.

import { present } from '../lib/assert.ts';
import { createHashSpeller, EMPTY_BYTES, hexToBytes, wordToBytes } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import type { StoreReader } from '../lib/store.ts';
import type { NodeReader } from '../trie/node.ts';
import { EMPTY_CODE_HASH } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { createMemo, type Memo } from './memo.ts';
import { createNodeTable, type NodeTable } from './node-table.ts';

/** The key of the trie node whose hash stands at a position. */
export const trieNodeKeyAt: (bytes: Uint8Array, at: number) => string = createHashSpeller('t/');

export function codeKey(hash: Hash): string {
  return `c/${hash.slice(2)}`;
}

/** Those of a few large blocks; 40 to 80 MB where that many are known, with the pieces of memory that they lie in. */
const NODES_MAX = 131_072;
const tables = new WeakMap<StoreReader, NodeTable>();

/** The trie nodes that were read from a store or are about to be written to it. */
export function nodeTableOf(store: StoreReader): NodeTable {
  let table = tables.get(store);
  if (table === undefined) {
    table = createNodeTable(NODES_MAX);
    tables.set(store, table);
  }
  return table;
}

/** Reads trie nodes from the store, each once while it is remembered. Asserts that a node is there. */
export function createNodeReader(store: StoreReader): NodeReader {
  const table = nodeTableOf(store);
  return (bytes, at) => {
    const known = table.get(bytes, at);
    if (known !== undefined) return known;
    const key = trieNodeKeyAt(bytes, at);
    const node = present(store.get(key), () => `trie node ${key} in the store`);
    table.set(bytes, at, node);
    return node;
  };
}

/** Codes have up to 24 KB (EIP-170). */
const CODES_MAX = 1_000;
const codeMemos = new WeakMap<StoreReader, Memo<Hash, Uint8Array>>();

/**
 * Reads the code of a hash, the same object while it is remembered, whichever state asks: machines prepare code once an object. Asserts that
 * it is there.
 */
export function readCode(store: StoreReader, hash: Hash): Uint8Array {
  if (hash === EMPTY_CODE_HASH) return EMPTY_BYTES;
  let memo = codeMemos.get(store);
  if (memo === undefined) {
    memo = createMemo(CODES_MAX);
    codeMemos.set(store, memo);
  }
  const known = memo.get(hash);
  if (known !== undefined) return known;
  const code = present(store.get(codeKey(hash)), () => `code ${hash} in the store`);
  memo.set(hash, code);
  return code;
}

/** Those of a few large blocks, about 5 MB: an account is read and written, and its key is wanted for both. */
const KEYS_MAX = 32_768;
const accountKeys = createMemo<Address, Uint8Array>(KEYS_MAX);

/** An account's key in the state trie (Yellow Paper 4.1: keys are hashed). Whoever gets it leaves it as it is. */
export function accountTrieKey(address: Address): Uint8Array {
  const known = accountKeys.get(address);
  if (known !== undefined) return known;
  const key = keccak256(hexToBytes(address));
  accountKeys.set(address, key);
  return key;
}

/** A slot's key in an account's storage trie. */
export function slotTrieKey(slot: bigint): Uint8Array {
  return keccak256(wordToBytes(slot));
}
