// WebAssembly behind the pure rooms' hashing, signatures and curves: five to ten times noble's speed, the same results (tests compare them).

import { instantiateSecp256k1 } from '@bitauth/libauth/build/lib/crypto/secp256k1.js';
import type { Secp256k1 } from '@bitauth/libauth/build/lib/crypto/secp256k1-types.js';
import { usePrecompiles } from '../evm/precompiles/backend.ts';
import { assert } from '../lib/assert.ts';
import { bytesToBigint } from '../lib/bytes.ts';
import { useKeccak } from '../lib/hashing.ts';
import { SECP256K1_N, type SignatureBackend, signatureReference, useSignatures } from '../lib/signatures.ts';
import { createFastPrecompiles } from './curves/backend.ts';
import { messageOf } from './host-error.ts';
import { createFastKeccak } from './keccak.ts';

/** Puts the fast backends to work in this thread. Once, before the first block. Where the engine has no WebAssembly, the references stay. */
export async function installBackends(): Promise<void> {
  if (typeof WebAssembly === 'undefined') return;
  const [keccak, signatures] = await Promise.all([createFastKeccak(), createFastSignatures()]);
  useKeccak(keccak.hash, keccak.pad);
  useSignatures(signatures);
  usePrecompiles(createFastPrecompiles(warn));
}

/** A part that is given up makes a node slower, not wrong. */
function warn(error: unknown): void {
  process.emitWarning(`precompiled contracts are slow from now on: ${messageOf(error)}`);
}

/** secp256k1 by the Bitcoin project's library: deterministic (RFC 6979), low s. */
export async function createFastSignatures(): Promise<SignatureBackend> {
  return signaturesOver(await instantiateSecp256k1());
}

// libauth returns a message instead of a result where the bytes are no key, no signature or no point.
function signaturesOver(secp256k1: Secp256k1): SignatureBackend {
  return {
    sign(digest, privateKey) {
      // The C library feeds the digest to RFC 6979 as it is, the RFC reduces it modulo the order first: below the order that is the same.
      if (bytesToBigint(digest) >= SECP256K1_N) return signatureReference.sign(digest, privateKey);
      const signed = secp256k1.signMessageHashRecoverableCompact(privateKey, digest);
      assert(typeof signed !== 'string', 'signing with an invalid key');
      return { compact: signed.signature, yParity: signed.recoveryId };
    },
    recover(digest, compact, yParity) {
      if (yParity !== 0 && yParity !== 1) return null;
      const key = secp256k1.recoverPublicKeyUncompressed(compact, yParity, digest);
      return typeof key === 'string' ? null : key;
    },
    publicKey(privateKey) {
      const key = secp256k1.derivePublicKeyUncompressed(privateKey);
      assert(typeof key !== 'string', 'the public key of an invalid key');
      return key;
    },
  };
}
