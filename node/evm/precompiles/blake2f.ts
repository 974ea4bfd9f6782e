// BLAKE2b's compression function F with a chosen number of rounds (0x09): EIP-152. The arithmetic stands behind the backend.

import { operations } from './backend.ts';
import type { Precompile } from './precompile.ts';

const INPUT_BYTES = 213;

/** Input: rounds (4, big-endian), h (64), m (128), t (16), final flag (1); little-endian words. Output: the new h. */
export const blake2f: Precompile = {
  gas: (input) => (input.length === INPUT_BYTES ? new DataView(input.buffer, input.byteOffset).getUint32(0) : 0),
  run(input) {
    const flag = input[INPUT_BYTES - 1];
    if (input.length !== INPUT_BYTES || (flag !== 0 && flag !== 1)) return null;
    return operations().blake2bF(input);
  },
};
