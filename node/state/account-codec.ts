// What the leaves of the state trie and of storage tries hold (Yellow Paper 4.1).

import { bigintToBytes, bytesToBigint, bytesToHex, hexToBytes, writeBigint } from '../lib/bytes.ts';
import { asBytes, DecodeError, decodeRlp, encodeRlp } from '../lib/rlp.ts';
import { contentStart, integerAt, itemEnd, stringStart } from '../lib/rlp-place.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import type { Account } from './view.ts';

const HASH_BYTES = 32;
/** A list's prefix of two bytes, a nonce of 64 bits, a balance of 256, two hashes. */
export const ACCOUNT_BYTES_MAX = 2 + 9 + 33 + 33 + 33;

export function encodeAccount(account: Account): Uint8Array {
  const bytes = new Uint8Array(ACCOUNT_BYTES_MAX);
  return bytes.slice(0, writeAccount(bytes, 0, account));
}

/** Writes the encoding and returns where it ends. */
export function writeAccount(target: Uint8Array, at: number, account: Account): number {
  let end = writeInteger(target, at + 2, account.nonce);
  end = writeInteger(target, end, account.balance);
  end = writeHash(target, end, bytesOfHash(account.storageRoot));
  end = writeHash(target, end, bytesOfHash(account.codeHash));
  target[at] = 0xf8; // two hashes are more than 55 bytes, and nothing makes it more than 255
  target[at + 1] = end - at - 2;
  return end;
}

/** Throws DecodeError. */
export function decodeAccount(bytes: Uint8Array): Account {
  const nonceAt = contentStart(bytes, 0);
  const listEnd = itemEnd(bytes, 0, bytes.length);
  if ((bytes[0] ?? 0) < 0xc0 || listEnd !== bytes.length) throw new DecodeError('account: expected a list');
  const balanceAt = itemEnd(bytes, nonceAt, listEnd);
  const storageRootAt = itemEnd(bytes, balanceAt, listEnd);
  const codeHashAt = itemEnd(bytes, storageRootAt, listEnd);
  if (itemEnd(bytes, codeHashAt, listEnd) !== listEnd) throw new DecodeError('account: expected 4 items');
  return {
    nonce: integerAt(bytes, nonceAt, balanceAt, 'nonce', 8),
    balance: integerAt(bytes, balanceAt, storageRootAt, 'balance', 32),
    storageRoot: knownHashAt(bytes, storageRootAt, codeHashAt, 'storageRoot', EMPTY_TRIE),
    codeHash: knownHashAt(bytes, codeHashAt, listEnd, 'codeHash', NO_CODE),
  };
}

/** What most accounts have is not spelt again for each. */
const EMPTY_TRIE = { hash: EMPTY_TRIE_ROOT, bytes: hexToBytes(EMPTY_TRIE_ROOT) };
const NO_CODE = { hash: EMPTY_CODE_HASH, bytes: hexToBytes(EMPTY_CODE_HASH) };

function knownHashAt(bytes: Uint8Array, at: number, end: number, what: string, usual: typeof NO_CODE): Hash {
  const start = stringStart(bytes, at, what);
  if (end - start !== HASH_BYTES) throw new DecodeError(`${what}: expected ${HASH_BYTES} bytes, got ${end - start}`);
  for (let i = 0; i < HASH_BYTES; i++)
    if (bytes[start + i] !== usual.bytes[i]) return bytesToHex(bytes.subarray(start, end));
  return usual.hash;
}

function bytesOfHash(hash: Hash): Uint8Array {
  return hash === EMPTY_TRIE_ROOT ? EMPTY_TRIE.bytes : hash === EMPTY_CODE_HASH ? NO_CODE.bytes : hexToBytes(hash);
}

function writeInteger(target: Uint8Array, at: number, value: bigint): number {
  const end = writeBigint(target, at + 1, value);
  const isByteItself = end === at + 2 && (target[at + 1] ?? 0) < 0x80;
  target[at] = isByteItself ? (target[at + 1] ?? 0) : 0x80 + end - at - 1;
  return isByteItself ? at + 1 : end;
}

function writeHash(target: Uint8Array, at: number, hash: Uint8Array): number {
  target[at] = 0x80 + HASH_BYTES;
  for (let i = 0; i < HASH_BYTES; i++) target[at + 1 + i] = hash[i] ?? 0;
  return at + 1 + HASH_BYTES;
}

export function encodeSlotValue(value: bigint): Uint8Array {
  return encodeRlp(bigintToBytes(value));
}

/** Throws DecodeError. */
export function decodeSlotValue(bytes: Uint8Array): bigint {
  return bytesToBigint(asBytes(decodeRlp(bytes), 'slot value'));
}
