// The mixed-case form of addresses that go-ethereum puts into its messages (EIP-55). Addresses in results stay in lower case.

import { utf8ToBytes } from '../lib/bytes.ts';
import { keccakHex } from '../lib/hashing.ts';
import type { Address } from '../types/transaction.ts';

/** The address with a capital letter wherever the hash of its digits has a nibble of 8 or more. */
export function toChecksumAddress(address: Address): string {
  const digits = address.slice(2);
  const hash = keccakHex(utf8ToBytes(digits)).slice(2);
  const mixed = [...digits].map((digit, i) => ((hash[i] ?? '0') >= '8' ? digit.toUpperCase() : digit));
  return `0x${mixed.join('')}`;
}
