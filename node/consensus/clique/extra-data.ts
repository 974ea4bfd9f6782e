// The extraData of a Clique header (EIP-225): 32 bytes vanity ‖ at checkpoints N × 20 bytes of signers ‖ 65 bytes seal.
// Unlike in the EIP, where miner and nonce carry the vote, a vote stands in the vanity:
//   byte 0: 0x00 no vote, 0x01 add, 0x02 drop; bytes 1 to 20: the candidate; bytes 21 to 31: zero.
// Without a vote, bytes 1 to 31 are free text. The genesis vanity is free altogether.

import { assert } from '../../lib/assert.ts';
import { bytesToHex, concatBytes, hexToBytes } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import { mismatch, type Rejection, reject } from '../../types/rejection.ts';
import type { Address } from '../../types/transaction.ts';
import type { Proposal } from '../engine.ts';

/** EIP-225, EXTRA_VANITY: bytes before the signers. */
export const EXTRA_VANITY = 32;
/** EIP-225, EXTRA_SEAL: r ‖ s ‖ v. */
export const EXTRA_SEAL = 65;

const ADDRESS_SIZE = 20;
const MARKER_NONE = 0x00;
const MARKER_ADD = 0x01;
const MARKER_DROP = 0x02;
/** Where a vote's candidate ends. */
const VOTE_END = 1 + ADDRESS_SIZE;

/** Builds extraData with a seal of zeros: of a genesis block, or of a header to be sealed. Signers are empty but at checkpoints. */
export function encodeExtraData(proposal: Proposal | null, signers: readonly Address[]): Uint8Array {
  return concatBytes(encodeVanity(proposal), ...signers.map(hexToBytes), new Uint8Array(EXTRA_SEAL));
}

/** How long extraData is with a list of so many signers; 0 where there is none. */
export function extraDataSize(signerCount: number): number {
  return EXTRA_VANITY + signerCount * ADDRESS_SIZE + EXTRA_SEAL;
}

/** Reads the vote of a header that is not the genesis: null without one, `seal-vote` for what is neither. The size was checked before. */
export function decodeVote(extraData: Uint8Array): Proposal | null | Rejection {
  assert(extraData.length >= extraDataSize(0), `extraData of ${extraData.length} bytes`);
  const marker = extraData[0];
  if (marker === MARKER_NONE) return null;
  if (marker !== MARKER_ADD && marker !== MARKER_DROP)
    return reject('seal-vote', `vote: expected a vanity that starts with 0, 1 or 2, got ${marker}`);
  if (extraData.subarray(VOTE_END, EXTRA_VANITY).some((byte) => byte !== 0))
    return reject('seal-vote', 'vote: expected zeros behind the candidate');
  return { candidate: bytesToHex(extraData.subarray(1, VOTE_END)), authorize: marker === MARKER_ADD };
}

/**
 * Reads and judges a checkpoint's signers. Refused, in this order: `header-extra-data` for a size that holds no whole list;
 * `seal-signers` for no signer, for one named twice and for a list that does not ascend.
 */
export function decodeSigners(extraData: Uint8Array): readonly Address[] | Rejection {
  const size = extraData.length - extraDataSize(0);
  if (size < 0)
    return mismatch('header-extra-data', 'size of extraData', `at least ${extraDataSize(0)}`, extraData.length);
  if (size % ADDRESS_SIZE !== 0)
    return mismatch('header-extra-data', 'size of the signers in extraData', `a multiple of ${ADDRESS_SIZE}`, size);
  if (size === 0) return reject('seal-signers', 'signers: the list is empty');

  const signers: Address[] = [];
  for (let index = 0; index < divide(size, ADDRESS_SIZE); index++) {
    const start = EXTRA_VANITY + index * ADDRESS_SIZE;
    const signer = bytesToHex(extraData.subarray(start, start + ADDRESS_SIZE));
    const previous = signers.at(-1);
    if (signers.includes(signer)) return reject('seal-signers', `signers: ${signer} is named twice`);
    if (previous !== undefined && signer < previous)
      return reject('seal-signers', `signers: not ascending, ${signer} stands behind ${previous}`);
    signers.push(signer);
  }
  return signers;
}

/** The seal, the last 65 bytes; asserts that there are as many. */
export function sealOf(extraData: Uint8Array): Uint8Array {
  assert(extraData.length >= EXTRA_SEAL, `extraData of ${extraData.length} bytes`);
  return extraData.subarray(extraData.length - EXTRA_SEAL);
}

/** What the seal covers: extraData less the last 65 bytes. */
export function withoutSeal(extraData: Uint8Array): Uint8Array {
  assert(extraData.length >= EXTRA_SEAL, `extraData of ${extraData.length} bytes`);
  return extraData.subarray(0, extraData.length - EXTRA_SEAL);
}

function encodeVanity(proposal: Proposal | null): Uint8Array {
  const vanity = new Uint8Array(EXTRA_VANITY);
  if (proposal === null) return vanity;
  vanity[0] = proposal.authorize ? MARKER_ADD : MARKER_DROP;
  vanity.set(hexToBytes(proposal.candidate), 1);
  return vanity;
}
