// The addresses of created contracts.

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

function addressOfHash(hash: Uint8Array): Address {
  return bytesToHex(hash.subarray(12));
}
