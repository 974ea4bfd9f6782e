// SHA-256 (0x02), RIPEMD-160 (0x03) and the identity function (0x04): Yellow Paper, appendix E.

import { ripemd160 as hashRipemd160 } from '@noble/hashes/legacy.js';
import { sha256 as hashSha256 } from '@noble/hashes/sha2.js';
import { padLeft } from '../../lib/bytes.ts';
import { divideUp } from '../../lib/integer.ts';
import type { Precompile } from './precompile.ts';

/** SHA-256 of the input: 60 gas and 12 a word. */
export const sha256: Precompile = {
  gas: (input) => 60 + 12 * words(input),
  run: (input) => hashSha256(input),
};

/** RIPEMD-160 of the input, padded on the left to 32 bytes: 600 gas and 120 a word. */
export const ripemd160: Precompile = {
  gas: (input) => 600 + 120 * words(input),
  run: (input) => padLeft(hashRipemd160(input), 32),
};

/** A copy of the input: 15 gas and 3 a word. */
export const identity: Precompile = {
  gas: (input) => 15 + 3 * words(input),
  run: (input) => input.slice(),
};

function words(input: Uint8Array): number {
  return divideUp(input.length, 32);
}
