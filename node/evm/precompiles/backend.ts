// The costly operations of precompiled contracts, one function each, behind one object: noble is the reference, and a driver may put a
// faster backend with the same results in its place at start, as for hashing.

import type { PrecompileBackend } from './operations.ts';
import { plainBlake2b } from './reference/blake2b.ts';
import { nobleBls12381 } from './reference/bls12-381.ts';
import { nobleBn254 } from './reference/bn254.ts';
import { nobleKzg } from './reference/kzg.ts';
import { nobleP256 } from './reference/p256.ts';

/** The reference implementation, always there to be compared with. */
export const precompileReference: PrecompileBackend = {
  ...nobleBn254,
  ...nobleBls12381,
  ...nobleKzg,
  ...nobleP256,
  ...plainBlake2b,
};

let backend: PrecompileBackend = precompileReference;

/** Replaces the implementation for this thread. Drivers only, once, before the first block; tests prove it equal to the reference. */
export function usePrecompiles(replacement: PrecompileBackend): void {
  backend = replacement;
}

/** What is in place. */
export function operations(): PrecompileBackend {
  return backend;
}
