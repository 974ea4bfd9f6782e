// What the leaves of the state trie and of storage tries hold (Yellow Paper 4.1).

import { bigintToBytes, bytesToBigint, bytesToHex, equalBytes, hexToBytes } from '../lib/bytes.ts';
import { asBigint, asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '../lib/rlp.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import type { Account } from './view.ts';

export function encodeAccount(account: Account): Uint8Array {
  return encodeRlp([
    bigintToBytes(account.nonce),
    bigintToBytes(account.balance),
    bytesOfHash(account.storageRoot),
    bytesOfHash(account.codeHash),
  ]);
}

/** Throws DecodeError. */
export function decodeAccount(bytes: Uint8Array): Account {
  const [nonce, balance, storageRoot, codeHash] = asList(decodeRlp(bytes), 'account', 4);
  return {
    nonce: asBigint(nonce, 'nonce', 64),
    balance: asBigint(balance, 'balance', 256),
    storageRoot: asKnownHash(storageRoot, 'storageRoot', EMPTY_TRIE),
    codeHash: asKnownHash(codeHash, 'codeHash', NO_CODE),
  };
}

/** What most accounts have is not spelt again for each. */
const EMPTY_TRIE = { hash: EMPTY_TRIE_ROOT, bytes: hexToBytes(EMPTY_TRIE_ROOT) };
const NO_CODE = { hash: EMPTY_CODE_HASH, bytes: hexToBytes(EMPTY_CODE_HASH) };

function asKnownHash(item: RlpItem | undefined, what: string, usual: typeof NO_CODE): Hash {
  const bytes = asBytes(item, what, 32);
  return equalBytes(bytes, usual.bytes) ? usual.hash : bytesToHex(bytes);
}

function bytesOfHash(hash: Hash): Uint8Array {
  return hash === EMPTY_TRIE_ROOT ? EMPTY_TRIE.bytes : hash === EMPTY_CODE_HASH ? NO_CODE.bytes : hexToBytes(hash);
}

export function encodeSlotValue(value: bigint): Uint8Array {
  return encodeRlp(bigintToBytes(value));
}

/** Throws DecodeError. */
export function decodeSlotValue(bytes: Uint8Array): bigint {
  return bytesToBigint(asBytes(decodeRlp(bytes), 'slot value'));
}
