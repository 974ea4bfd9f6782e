// Keccak-256 behind one function. Noble is the reference; a driver may put a faster backend of the same results behind it at start.

import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, type Hex } from './bytes.ts';

export type Keccak = (bytes: Uint8Array) => Uint8Array;

/** A place where bytes are written and then hashed without being copied: what many small hashes cost is mostly copies. */
export type HashPad = {
  /** HASH_PAD_BYTES, which keccak256 leaves alone; whoever writes here is done with them before anybody else writes. */
  readonly bytes: Uint8Array;
  /** Writes the Keccak-256 of `length` of the pad's bytes, from a position on, to a position of the target. */
  readonly hash: (from: number, length: number, target: Uint8Array, at: number) => void;
};

/** Thirty of the largest nodes of a state's trie. */
export const HASH_PAD_BYTES = 16_384;

/** The reference implementation, always there to be compared with. */
export const keccakReference: Keccak = (bytes) => keccak_256(bytes);

let backend: Keccak = keccakReference;
let pad: HashPad = createPad(keccakReference);

/** Replaces the implementation for this thread. Drivers only, once, before the first block; tests prove it equal to the reference. */
export function useKeccak(keccak: Keccak, keccakPad: HashPad = createPad(keccak)): void {
  backend = keccak;
  pad = keccakPad;
}

/** Keccak-256 (the original padding, not SHA3's): 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return backend(bytes);
}

/** Keccak-256 as a hex string. */
export function keccakHex(bytes: Uint8Array): Hex {
  return bytesToHex(backend(bytes));
}

/** The pad of this thread. */
export function hashPad(): HashPad {
  return pad;
}

function createPad(keccak: Keccak): HashPad {
  const bytes = new Uint8Array(HASH_PAD_BYTES);
  return { bytes, hash: (from, length, target, at) => target.set(keccak(bytes.subarray(from, from + length)), at) };
}
