// The reference of secp256r1 by noble's bigints: EIP-7951's verification over its encoding.

import { p256 } from '@noble/curves/nist.js';
import { concatBytes } from '../../../lib/bytes.ts';
import type { PrecompileBackend } from '../operations.ts';
import { orNull } from '../precompile.ts';

/** The operation by noble. */
export const nobleP256: Pick<PrecompileBackend, 'p256Verify'> = {
  p256Verify(input) {
    const publicKey = concatBytes(Uint8Array.of(0x04), input.subarray(96, 160));
    const isRight = orNull(() =>
      p256.verify(input.subarray(32, 96), input.subarray(0, 32), publicKey, {
        prehash: false,
        lowS: false,
        format: 'compact',
      }),
    );
    return isRight === true;
  },
};
