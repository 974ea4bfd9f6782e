// Addresses: of created contracts, and as words.

import { bigintToBytes, bytesToHex, concatBytes, hexToBytes, wordToBytes } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import { encodeRlp } from '../lib/rlp.ts';
import type { Address } from '../types/transaction.ts';

/** The address of CREATE and of a creating transaction: the creator's nonce is the one before it is incremented (Yellow Paper, equation 88). */
export function createAddress(creator: Address, nonce: bigint): Address {
  return addressOfHash(keccak256(encodeRlp([hexToBytes(creator), bigintToBytes(nonce)])));
}

/** The address of CREATE2 (EIP-1014). */
export function create2Address(creator: Address, salt: bigint, initCode: Uint8Array): Address {
  const preimage = concatBytes(Uint8Array.of(0xff), hexToBytes(creator), wordToBytes(salt), keccak256(initCode));
  return addressOfHash(keccak256(preimage));
}

const WORDS_MAX = 1024;
const words = new Map<Address, bigint>();

/** The address as a word. Remembered for the last ones: most code runs at few addresses. */
export function addressToWord(address: Address): bigint {
  let word = words.get(address);
  if (word === undefined) {
    if (words.size === WORDS_MAX) words.clear();
    word = BigInt(address);
    words.set(address, word);
  }
  return word;
}

function addressOfHash(hash: Uint8Array): Address {
  return bytesToHex(hash.subarray(12));
}
