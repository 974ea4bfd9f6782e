// What the leaves of the state trie and of storage tries hold (Yellow Paper 4.1).

import { bigintToBytes, bytesToBigint, hexToBytes } from '../lib/bytes.ts';
import { asBigint, asBytes, asHex, asList, decodeRlp, encodeRlp } from '../lib/rlp.ts';
import type { Account } from './view.ts';

export function encodeAccount(account: Account): Uint8Array {
  return encodeRlp([
    bigintToBytes(account.nonce),
    bigintToBytes(account.balance),
    hexToBytes(account.storageRoot),
    hexToBytes(account.codeHash),
  ]);
}

/** Throws DecodeError. */
export function decodeAccount(bytes: Uint8Array): Account {
  const [nonce, balance, storageRoot, codeHash] = asList(decodeRlp(bytes), 'account', 4);
  return {
    nonce: asBigint(nonce, 'nonce', 64),
    balance: asBigint(balance, 'balance', 256),
    storageRoot: asHex(storageRoot, 'storageRoot', 32),
    codeHash: asHex(codeHash, 'codeHash', 32),
  };
}

export function encodeSlotValue(value: bigint): Uint8Array {
  return encodeRlp(bigintToBytes(value));
}

/** Throws DecodeError. */
export function decodeSlotValue(bytes: Uint8Array): bigint {
  return bytesToBigint(asBytes(decodeRlp(bytes), 'slot value'));
}
