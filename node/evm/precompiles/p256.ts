// Verification of secp256r1 signatures (0x100): EIP-7951.

import { p256 } from '@noble/curves/nist.js';
import { concatBytes, wordToBytes } from '../../lib/bytes.ts';
import { flat, NO_OUTPUT, orNull, type Precompile } from './precompile.ts';

/** Input: digest, r, s, x, y, 32 bytes each. Output: the word 1 where the signature holds, nothing otherwise; it never fails. */
export const p256Verify: Precompile = {
  gas: flat(6900),
  run(input) {
    if (input.length !== 160) return NO_OUTPUT;
    const publicKey = concatBytes(Uint8Array.of(0x04), input.subarray(96, 160));
    const isRight = orNull(() =>
      p256.verify(input.subarray(32, 96), input.subarray(0, 32), publicKey, {
        prehash: false,
        lowS: false,
        format: 'compact',
      }),
    );
    return isRight === true ? wordToBytes(1n) : NO_OUTPUT;
  },
};
