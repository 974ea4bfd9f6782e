// Recovery of a signer's address (0x01): Yellow Paper, appendix E.

import { bytesToBigint, hexToBytes, padLeft } from '../../lib/bytes.ts';
import { recoverAddress } from '../../lib/signatures.ts';
import { flat, NO_OUTPUT, type Precompile, readPadded } from './precompile.ts';

/** Input: digest, v (27 or 28), r, s, 32 bytes each. Output: the address in 32 bytes, nothing where there is none. High s is accepted. */
export const ecrecover: Precompile = {
  gas: flat(3000),
  run(input) {
    const padded = readPadded(input, 0, 128);
    const v = bytesToBigint(padded.subarray(32, 64));
    if (v !== 27n && v !== 28n) return NO_OUTPUT;
    const r = bytesToBigint(padded.subarray(64, 96));
    const s = bytesToBigint(padded.subarray(96, 128));
    const address = recoverAddress(padded.subarray(0, 32), { r, s, yParity: Number(v - 27n) });
    return address === null ? NO_OUTPUT : padLeft(hexToBytes(address), 32);
  },
};
