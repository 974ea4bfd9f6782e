// What a signature is, for those who make, recover and remember them.

/** A recoverable ECDSA signature over secp256k1. yParity is 0 or 1. */
export type Signature = { readonly r: bigint; readonly s: bigint; readonly yParity: number };
