// Keccak-256 behind one function. Noble is the reference; a driver may put a faster backend of the same results behind it at start.

import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, type Hex } from './bytes.ts';

export type Keccak = (bytes: Uint8Array) => Uint8Array;

/** The reference implementation, always there to be compared with. */
export const keccakReference: Keccak = (bytes) => keccak_256(bytes);

let backend: Keccak = keccakReference;

/** Replaces the implementation for this thread. Drivers only, once, before the first block; tests prove it equal to the reference. */
export function useKeccak(keccak: Keccak): void {
  backend = keccak;
}

/** Keccak-256 (the original padding, not SHA3's): 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return backend(bytes);
}

/** Keccak-256 as a hex string. */
export function keccakHex(bytes: Uint8Array): Hex {
  return bytesToHex(backend(bytes));
}
