// Delegation designators: an account whose code is 0xef0100 ‖ address runs the code of that address (EIP-7702).

import { bytesToHex, concatBytes, hexToBytes } from '../lib/bytes.ts';
import type { Address } from '../types/transaction.ts';

const PREFIX = Uint8Array.of(0xef, 0x01, 0x00);
const DESIGNATOR_BYTES = 23;

/** The address that the code delegates to, or null where it is not a designator. */
export function delegationOf(code: Uint8Array): Address | null {
  const isDesignator = code.length === DESIGNATOR_BYTES && PREFIX.every((byte, i) => code[i] === byte);
  return isDesignator ? bytesToHex(code.subarray(PREFIX.length)) : null;
}

/** The code that delegates to the address. */
export function designatorOf(address: Address): Uint8Array {
  return concatBytes(PREFIX, hexToBytes(address));
}
