// Signatures that cost a hash instead of a curve, for the model lane: who signed is named in s, and a hash in r binds it to the digest. Anybody could forge them; nobody does, since the byzantine nodes sign with keys of their own.

import { bytesToHex, concatBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import type { SignatureBackend } from '../../node/lib/signatures.ts';

/** Clears the two highest bits: what is left is below half of the group's order, as EIP-2 wants s to be. */
const LOW_MASK = 0x3f;
const COORDINATE_BYTES = 32;
/** Each run has keys of its own, a hundred at most: those that are forgotten belong to runs that ended long ago. */
const KEYS_MAX = 10_000;

/**
 * A backend with the real one's keys and addresses. `sign` gives a hash over the digest and the signer's public key as r, and the x of that
 * key as s. `recover` knows the keys that this very backend has seen, which are all that can have signed.
 */
export function createCheapSeals(real: SignatureBackend, keysMax = KEYS_MAX): SignatureBackend {
  const publicKeys = new Map<string, Uint8Array>();
  const byName = new Map<string, Uint8Array>();

  const publicKey = (privateKey: Uint8Array): Uint8Array => {
    const name = bytesToHex(privateKey);
    const key = publicKeys.get(name) ?? real.publicKey(privateKey);
    publicKeys.delete(name); // what was used last stands last
    publicKeys.set(name, key);
    byName.set(bytesToHex(nameOf(key)), key);
    for (const [oldest, its] of publicKeys) {
      if (publicKeys.size <= keysMax) break;
      publicKeys.delete(oldest);
      byName.delete(bytesToHex(nameOf(its)));
    }
    return key;
  };

  return {
    publicKey,
    sign(digest, privateKey) {
      const signer = nameOf(publicKey(privateKey));
      return { compact: concatBytes(bind(digest, signer), signer), yParity: 0 };
    },
    recover(digest, compact, yParity) {
      const signer = compact.subarray(COORDINATE_BYTES);
      const key = byName.get(bytesToHex(signer));
      if (key === undefined || yParity !== 0) return null;
      return bind(digest, signer).every((byte, at) => byte === compact[at]) ? key : null;
    },
  };
}

/** What is left of the key's x within the bounds of s. */
function nameOf(publicKey: Uint8Array): Uint8Array {
  return lowered(publicKey.subarray(1, 1 + COORDINATE_BYTES));
}

function bind(digest: Uint8Array, signer: Uint8Array): Uint8Array {
  return lowered(keccak256(concatBytes(digest, signer)));
}

function lowered(bytes: Uint8Array): Uint8Array {
  const low = Uint8Array.from(bytes);
  low[0] = (low[0] ?? 0) & LOW_MASK;
  return low;
}
