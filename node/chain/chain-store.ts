// Where the chain lies in the store: keys, values, and reading them back. What is written here was validated; what does not decode is a
// damaged store, which is not this file's affair to mend, so decoding asserts.

import { assert } from '../lib/assert.ts';
import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, hexToBytes, numberToBytes } from '../lib/bytes.ts';
import { asBytes, asList, decodeRlp, encodeRlp } from '../lib/rlp.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import { type Block, blockFromItem, blockHash, blockToItem } from '../types/block.ts';
import { decodeHeader, encodeHeader, type Header } from '../types/header.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../types/receipt.ts';
import { isRejection } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import { createBoundedMap } from './bounded-map.ts';

/** Where a transaction stands. */
export type Location = { readonly blockHash: Hash; readonly index: number };

/** Everything that is kept of an imported block, on whatever branch. */
export type KeptBlock = {
  readonly block: Block;
  readonly receipts: readonly Receipt[];
  readonly totalDifficulty: bigint;
};

const HEAD_KEY = 'chain/head';
const GENESIS_KEY = 'chain/genesis';
const headerKey = (hash: Hash): string => `h/${hash.slice(2)}`;
const bodyKey = (hash: Hash): string => `b/${hash.slice(2)}`;
const receiptsKey = (hash: Hash): string => `r/${hash.slice(2)}`;
const difficultyKey = (hash: Hash): string => `d/${hash.slice(2)}`;
const locationKey = (txHash: Hash): string => `l/${txHash.slice(2)}`;
const canonicalKey = (number: number): string => `n/${number}`;
const siblingsKey = (number: number): string => `i/${number}`;

/** The writes of a block, but for those that make it canonical. */
export function blockWrites({ block, receipts, totalDifficulty }: KeptBlock): readonly Write[] {
  const hash = blockHash(block);
  return [
    { key: headerKey(hash), value: encodeHeader(block.header) },
    { key: bodyKey(hash), value: encodeRlp(blockToItem(block).slice(1)) },
    { key: receiptsKey(hash), value: encodeRlp(receipts.map(encodeReceipt)) },
    { key: difficultyKey(hash), value: bigintToBytes(totalDifficulty) },
  ];
}

/** Says which block is canonical at a height; null: none is. */
export function canonicalWrite(number: number, hash: Hash | null): Write {
  return { key: canonicalKey(number), value: hash === null ? null : hexToBytes(hash) };
}

/** Says where in the canonical chain a transaction stands; null: nowhere. */
export function locationWrite(txHash: Hash, location: Location | null): Write {
  const value = location === null ? null : concatBytes(hexToBytes(location.blockHash), numberToBytes(location.index));
  return { key: locationKey(txHash), value };
}

export function headWrite(hash: Hash): Write {
  return { key: HEAD_KEY, value: hexToBytes(hash) };
}

/** Marks the store as this chain's. */
export function genesisWrite(hash: Hash): Write {
  return { key: GENESIS_KEY, value: hexToBytes(hash) };
}

/** Says which blocks of a height were imported, whatever their branch, in the order of their import. */
export function siblingsWrite(number: number, hashes: readonly Hash[]): Write {
  return { key: siblingsKey(number), value: concatBytes(...hashes.map(hexToBytes)) };
}

/** What the chain has in its store. Null where it is not there. */
export type ChainStore = {
  readonly header: (hash: Hash) => Header | null;
  readonly block: (hash: Hash) => Block | null;
  /** A block whose writes were just made: it need not be decoded to be read. */
  readonly adopt: (hash: Hash, block: Block) => void;
  readonly receipts: (hash: Hash) => readonly Receipt[] | null;
  readonly totalDifficulty: (hash: Hash) => bigint | null;
  readonly canonicalHash: (number: number) => Hash | null;
  readonly siblings: (number: number) => readonly Hash[];
  readonly location: (txHash: Hash) => Location | null;
  readonly head: () => Hash | null;
  readonly genesis: () => Hash | null;
};

/** Headers are small and walked again and again; blocks are not. */
const HEADERS_MAX = 4096;
const BLOCKS_MAX = 64;

/** Reads through the store; decoded headers and blocks are the same objects for a while, so that their hashes are not computed again. */
export function createChainStore(store: StoreReader): ChainStore {
  const headers = createBoundedMap<Hash, Header>(HEADERS_MAX);
  const blocks = createBoundedMap<Hash, Block>(BLOCKS_MAX);

  const header = (hash: Hash): Header | null => {
    const known = headers.get(hash);
    if (known !== undefined) return known;
    const bytes = store.get(headerKey(hash));
    if (bytes === undefined) return null;
    const decoded = decodeHeader(bytes);
    assert(!isRejection(decoded), `stored header ${hash}`);
    headers.set(hash, decoded);
    return decoded;
  };
  const block = (hash: Hash): Block | null => {
    const known = blocks.get(hash);
    if (known !== undefined) return known;
    const head = header(hash);
    const body = store.get(bodyKey(hash));
    if (head === null || body === undefined) return null;
    const decoded = decodeBody(head, body);
    blocks.set(hash, decoded);
    return decoded;
  };
  const hashAt = (key: string): Hash | null => {
    const bytes = store.get(key);
    return bytes === undefined ? null : bytesToHex(bytes);
  };

  return {
    header,
    block,
    adopt(hash, kept) {
      headers.set(hash, kept.header);
      blocks.set(hash, kept);
    },
    receipts(hash) {
      const bytes = store.get(receiptsKey(hash));
      if (bytes === undefined) return null;
      return asList(decodeRlp(bytes), 'stored receipts').map((item) => decodeReceipt(asBytes(item, 'stored receipt')));
    },
    totalDifficulty(hash) {
      const bytes = store.get(difficultyKey(hash));
      return bytes === undefined ? null : bytesToBigint(bytes);
    },
    canonicalHash: (number) => hashAt(canonicalKey(number)),
    siblings: (number) => splitHashes(store.get(siblingsKey(number))),
    location(txHash) {
      const bytes = store.get(locationKey(txHash));
      if (bytes === undefined) return null;
      return { blockHash: bytesToHex(bytes.subarray(0, 32)), index: Number(bytesToBigint(bytes.subarray(32))) };
    },
    head: () => hashAt(HEAD_KEY),
    genesis: () => hashAt(GENESIS_KEY),
  };
}

function decodeBody(header: Header, bytes: Uint8Array): Block {
  // The header's own items are not decoded again: its object, and so its hash, stays.
  const { transactions, ommers, withdrawals } = blockFromItem([
    asList(decodeRlp(encodeHeader(header)), 'header'),
    ...asList(decodeRlp(bytes), 'stored body'),
  ]);
  return { header, transactions, ommers, ...(withdrawals !== undefined && { withdrawals }) };
}

function splitHashes(bytes: Uint8Array | undefined): readonly Hash[] {
  const hashes: Hash[] = [];
  for (let at = 0; at < (bytes?.length ?? 0); at += 32)
    hashes.push(bytesToHex((bytes as Uint8Array).subarray(at, at + 32)));
  return hashes;
}
