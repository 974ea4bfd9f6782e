// Verification of secp256r1 signatures (0x100): EIP-7951. The arithmetic stands behind the backend.

import { wordToBytes } from '../../lib/bytes.ts';
import { operations } from './backend.ts';
import { flat, NO_OUTPUT, type Precompile } from './precompile.ts';

/** Input: digest, r, s, x, y, 32 bytes each. Output: the word 1 where the signature holds, nothing otherwise; it never fails. */
export const p256Verify: Precompile = {
  gas: flat(6900),
  run: (input) => (input.length === 160 && operations().p256Verify(input) ? wordToBytes(1n) : NO_OUTPUT),
};
