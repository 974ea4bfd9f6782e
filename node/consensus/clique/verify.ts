// What a Clique header must satisfy beside the chain's own rules (EIP-225, with our changes for miner, nonce, mixHash and votes).

import { assert } from '../../lib/assert.ts';
import { concatBytes, hexToBytes } from '../../lib/bytes.ts';
import { keccakHex } from '../../lib/hashing.ts';
import { addWide } from '../../lib/wide.ts';
import type { CliqueConfig } from '../../types/config.ts';
import { type Header, ZERO_NONCE } from '../../types/header.ts';
import { isRejection, mismatch, type Rejection, reject } from '../../types/rejection.ts';
import type { Address, Hash } from '../../types/transaction.ts';
import type { Snapshot } from '../engine.ts';
import { decodeSigners, decodeVote, extraDataSize, sealOf } from './extra-data.ts';
import { recoverSealer } from './seal.ts';
import { barredUntil, isCheckpoint, isTurnOf } from './snapshot.ts';

/** EIP-225, DIFF_INTURN. */
export const DIFF_INTURN = 2n;
/** EIP-225, DIFF_NOTURN. */
export const DIFF_NOTURN = 1n;

/**
 * Judges a header on its parent. The checks, cheap ones first:
 * 1. `header-number`: one above the parent;
 * 2. `header-extra-data`: the size that the vanity, the signers of a checkpoint and the seal make;
 * 3. `header-timestamp`: at least a period behind the parent;
 * 4. `header-nonce`: zero;
 * 5. `header-difficulty`: 1 or 2;
 * 6. `seal-vote`: a vote in the vanity is well-formed, and there is none at a checkpoint;
 * 7. `seal-signers`: a checkpoint lists the signers;
 * 8. `header-mix-hash`: the next of the chain of mixes;
 * 9. `seal-signature`: one of the accepted form, made by some key;
 * 10. `seal-unauthorized`: by a signer's;
 * 11. `seal-miner`: by the miner's;
 * 12. `seal-recently-signed`: who sealed none of the last L − 1 blocks;
 * 13. `seal-difficulty`: 2 if in turn, else 1.
 */
export function verifyHeader(
  config: CliqueConfig,
  header: Header,
  parent: Header,
  snapshot: Snapshot,
): Rejection | null {
  assert(
    header.parentHash === snapshot.hash,
    `snapshot ${snapshot.hash} is not that of the parent ${header.parentHash}`,
  );
  return verifyFields(config, header, parent, snapshot) ?? verifySeal(config, header, snapshot);
}

/** The difficulty of a signer's block on this snapshot. */
export function difficultyOf(snapshot: Snapshot, signer: Address): bigint {
  return isTurnOf(snapshot, signer) ? DIFF_INTURN : DIFF_NOTURN;
}

/**
 * The mixHash of a child: keccak256(parent's mixHash ‖ parent's seal). What PREVRANDAO returns is thus settled when the parent is sealed:
 * who seals the child can only leave it; who seals the parent can try other contents. Not for lotteries.
 */
export function nextMixHash(parent: Header): Hash {
  return keccakHex(concatBytes(hexToBytes(parent.mixHash), sealOf(parent.extraData)));
}

function verifyFields(config: CliqueConfig, header: Header, parent: Header, snapshot: Snapshot): Rejection | null {
  const number = snapshot.number + 1;
  if (header.number !== number) return mismatch('header-number', 'number', number, header.number);

  const atCheckpoint = isCheckpoint(config, number);
  const size = extraDataSize(atCheckpoint ? snapshot.signers.length : 0);
  if (header.extraData.length !== size)
    return mismatch('header-extra-data', 'size of extraData', size, header.extraData.length);

  const earliest = addWide(parent.timestamp, config.period);
  if (header.timestamp < earliest)
    return mismatch('header-timestamp', 'timestamp', `at least ${earliest}`, header.timestamp);
  if (header.nonce !== ZERO_NONCE) return mismatch('header-nonce', 'nonce', ZERO_NONCE, header.nonce);
  if (header.difficulty !== DIFF_INTURN && header.difficulty !== DIFF_NOTURN)
    return mismatch('header-difficulty', 'difficulty', '1 or 2', header.difficulty);

  const vote = decodeVote(header.extraData);
  if (isRejection(vote)) return vote;
  if (atCheckpoint) {
    if (vote !== null) return reject('seal-vote', `vote: none is allowed at the checkpoint ${number}`);
    const listed = decodeSigners(header.extraData);
    if (isRejection(listed)) return listed;
    if (listed.join() !== snapshot.signers.join())
      return mismatch('seal-signers', 'signers of the checkpoint', snapshot.signers.join(), listed.join());
  }

  const mixHash = nextMixHash(parent);
  return header.mixHash === mixHash ? null : mismatch('header-mix-hash', 'mixHash', mixHash, header.mixHash);
}

function verifySeal(config: CliqueConfig, header: Header, snapshot: Snapshot): Rejection | null {
  const sealer = recoverSealer(header);
  if (isRejection(sealer)) return sealer;
  if (!snapshot.signers.includes(sealer))
    return mismatch('seal-unauthorized', 'sealer', `one of ${snapshot.signers.join(', ')}`, sealer);
  if (header.miner !== sealer) return mismatch('seal-miner', 'miner', sealer, header.miner);

  const until = barredUntil(config, snapshot, sealer);
  if (until !== null) return mismatch('seal-recently-signed', `block of ${sealer}`, `${until} or later`, header.number);

  const difficulty = difficultyOf(snapshot, sealer);
  return header.difficulty === difficulty
    ? null
    : mismatch('seal-difficulty', 'difficulty', difficulty, header.difficulty);
}
