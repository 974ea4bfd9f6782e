// secp256k1 signing and recovery behind one interface. Noble is the reference; a driver may put a faster backend behind it at start.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, type Hex, padLeft } from './bytes.ts';
import { keccak256 } from './hashing.ts';
import type { Signature } from './signature.ts';
import { createSignatureMemo, REMEMBERED_SIGNATURES_MAX, type SignatureMemo } from './signature-memo.ts';

export type { Signature };

/** Raw operations over bytes: digest 32, private key 32, signature r ‖ s 64, public key 65 (uncompressed, with its 0x04). */
export type SignatureBackend = {
  readonly sign: (
    digest: Uint8Array,
    privateKey: Uint8Array,
  ) => { readonly compact: Uint8Array; readonly yParity: number };
  /** Null where no public key is recovered. */
  readonly recover: (digest: Uint8Array, compact: Uint8Array, yParity: number) => Uint8Array | null;
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array;
};

/** The reference implementation: deterministic (RFC 6979), low s. */
export const signatureReference: SignatureBackend = {
  sign(digest, privateKey) {
    const bytes = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered', lowS: true });
    return { compact: bytes.slice(1), yParity: bytes[0] ?? 0 };
  },
  recover(digest, compact, yParity) {
    try {
      const signature = secp256k1.Signature.fromBytes(compact, 'compact').addRecoveryBit(yParity);
      return signature.recoverPublicKey(digest).toBytes(false);
    } catch {
      return null; // noble throws on points that do not exist; here that is an answer, not a failure
    }
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false),
};

let backend: SignatureBackend = signatureReference;
let memo: SignatureMemo | null = null;

/** Replaces the implementation for this thread. Drivers only, once, before the first block. What another one said is remembered no more. */
export function useSignatures(signatures: SignatureBackend): void {
  backend = signatures;
  if (memo !== null) memo = createSignatureMemo(REMEMBERED_SIGNATURES_MAX);
}

const addresses = new WeakMap<Uint8Array, Hex>();

/**
 * From now on this thread remembers whose key made which signature, its own ones from the moment of signing. For drivers that run many
 * nodes in one thread; asking again changes nothing.
 */
export function rememberSignatures(): void {
  memo ??= createSignatureMemo(REMEMBERED_SIGNATURES_MAX);
}

/** Forgets all of it and remembers no more. */
export function forgetSignatures(): void {
  memo = null;
}

/** The order of the group (SEC 2, 2.4.1). */
export const SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The largest s that EIP-2 admits. */
export const SECP256K1_HALF_N = SECP256K1_N >> 1n;

export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Signature {
  const { compact, yParity } = backend.sign(digest, privateKey);
  const signature = { r: bytesToBigint(compact.subarray(0, 32)), s: bytesToBigint(compact.subarray(32)), yParity };
  memo?.note(digest, signature, addressOfKnownKey(privateKey));
  return signature;
}

/** The address whose key made the signature, or null. High s is accepted: EIP-2's rule belongs to the callers that have it. */
export function recoverAddress(digest: Uint8Array, signature: Signature): Hex | null {
  const { r, s, yParity } = signature;
  if (r <= 0n || r >= SECP256K1_N || s <= 0n || s >= SECP256K1_N || (yParity !== 0 && yParity !== 1)) return null;
  if (memo === null) return recover(digest, signature);
  let address = memo.find(digest, signature);
  if (address === undefined) {
    address = recover(digest, signature);
    memo.note(digest, signature, address);
  }
  return address;
}

function recover(digest: Uint8Array, { r, s, yParity }: Signature): Hex | null {
  const compact = concatBytes(padLeft(bigintToBytes(r), 32), padLeft(bigintToBytes(s), 32));
  const publicKey = backend.recover(digest, compact, yParity);
  return publicKey === null ? null : publicKeyToAddress(publicKey);
}

/** The address of a private key: the low 20 bytes of the public key's hash (Yellow Paper, appendix F). */
export function addressOfKey(privateKey: Uint8Array): Hex {
  return publicKeyToAddress(backend.publicKey(privateKey));
}

/** Once per key object: the holders of keys keep them. */
function addressOfKnownKey(privateKey: Uint8Array): Hex {
  let address = addresses.get(privateKey);
  if (address === undefined) {
    address = addressOfKey(privateKey);
    addresses.set(privateKey, address);
  }
  return address;
}

function publicKeyToAddress(publicKey: Uint8Array): Hex {
  return bytesToHex(keccak256(publicKey.subarray(1)).subarray(12));
}
