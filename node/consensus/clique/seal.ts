// The seal of a Clique header (EIP-225): a signature r ‖ s ‖ v over the header without it. Whether its signer may seal is verify.ts's affair.
// One form only is accepted (v is 0 or 1, s is low), so that nobody but the signer can turn a sealed block into another one.

import { assert } from '../../lib/assert.ts';
import { bytesToBigint, concatBytes, wordToBytes } from '../../lib/bytes.ts';
import { keccak256 } from '../../lib/hashing.ts';
import { recoverAddress, SECP256K1_HALF_N } from '../../lib/signatures.ts';
import { encodeHeader, type Header } from '../../types/header.ts';
import { mismatch, type Rejection, reject } from '../../types/rejection.ts';
import type { Address } from '../../types/transaction.ts';
import type { Sign } from '../engine.ts';
import { EXTRA_SEAL, sealOf, withoutSeal } from './extra-data.ts';

/** What a seal signs: the keccak of the header's RLP with extraData less its last 65 bytes. */
export function sealDigest(header: Header): Uint8Array {
  return keccak256(encodeHeader({ ...header, extraData: withoutSeal(header.extraData) }));
}

/** Replaces the last 65 bytes of extraData, zeros so far, by the seal. */
export function sealHeader(header: Header, sign: Sign): Header {
  const { r, s, yParity } = sign(sealDigest(header));
  assert(s <= SECP256K1_HALF_N, 'a seal of ours with high s');
  const seal = concatBytes(wordToBytes(r), wordToBytes(s), Uint8Array.of(yParity));
  return { ...header, extraData: concatBytes(withoutSeal(header.extraData), seal) };
}

const sealers = new WeakMap<Header, Address | Rejection>();

/** Who made the seal, or `seal-signature`. Recovers once per header object: it is the dearest thing that an engine does. */
export function recoverSealer(header: Header): Address | Rejection {
  let sealer = sealers.get(header);
  if (sealer === undefined) {
    sealer = recover(header);
    sealers.set(header, sealer);
  }
  return sealer;
}

function recover(header: Header): Address | Rejection {
  if (header.extraData.length < EXTRA_SEAL)
    return mismatch('seal-signature', 'size of extraData', `at least ${EXTRA_SEAL}`, header.extraData.length);
  const seal = sealOf(header.extraData);
  const yParity = seal[64] ?? 0;
  if (yParity > 1) return mismatch('seal-signature', 'v of the seal', '0 or 1', yParity);
  const r = bytesToBigint(seal.subarray(0, 32));
  const s = bytesToBigint(seal.subarray(32, 64));
  if (s > SECP256K1_HALF_N) return mismatch('seal-signature', 's of the seal', `at most ${SECP256K1_HALF_N}`, s);
  return recoverAddress(sealDigest(header), { r, s, yParity }) ?? reject('seal-signature', 'seal: no key made it');
}
