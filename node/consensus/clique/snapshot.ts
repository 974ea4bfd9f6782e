// Clique's snapshot (EIP-225): the signers, who of them sealed too recently, and the votes that still count. A function of headers alone.
// It follows verified headers, whose miner is their sealer, and recovers nothing.

import { assert } from '../../lib/assert.ts';
import { compareText } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import type { CliqueConfig } from '../../types/config.ts';
import { type Header, headerHash } from '../../types/header.ts';
import { isRejection, type Rejection, reject } from '../../types/rejection.ts';
import type { Address } from '../../types/transaction.ts';
import type { Proposal, Snapshot, Vote } from '../engine.ts';
import { decodeSigners, decodeVote, sealOf } from './extra-data.ts';

/** The snapshot after genesis, or what is wrong with its extraData: `header-extra-data`, `seal-signers` or `seal-signature`. */
export function genesisSnapshot(genesis: Header): Snapshot | Rejection {
  const signers = decodeSigners(genesis.extraData);
  if (isRejection(signers)) return signers;
  if (sealOf(genesis.extraData).some((byte) => byte !== 0))
    return reject('seal-signature', 'genesis: expected 65 zero bytes behind the signers');
  return { number: 0, hash: headerHash(genesis), signers, recents: [], votes: [] };
}

/** The snapshot after a verified header. A checkpoint flushes the votes; the signers stay. */
export function applyHeader(config: CliqueConfig, parent: Snapshot, header: Header): Snapshot {
  assert(header.parentHash === parent.hash, `snapshot ${parent.hash} is not that of the parent ${header.parentHash}`);
  assert(header.number === parent.number + 1, `block ${header.number} on ${parent.number}`);
  assert(parent.signers.includes(header.miner), `${header.miner} is not a signer`);
  const { signers, votes } = isCheckpoint(config, header.number)
    ? { signers: parent.signers, votes: [] }
    : countVote(parent, header);
  return {
    number: header.number,
    hash: headerHash(header),
    signers,
    recents: keepBarred(parent, header, signerLimit(config, signers.length)),
    votes,
  };
}

/** EIP-225, SIGNER_LIMIT, L: a signer seals at most one of any L consecutive blocks. A configured L above N counts as N. */
export function signerLimit(config: CliqueConfig, signerCount: number): number {
  return Math.min(config.signerLimit ?? divide(signerCount, 2) + 1, Math.max(signerCount, 1));
}

/** Whether the block of this number carries the signers' list. Genesis is one. */
export function isCheckpoint(config: CliqueConfig, number: number): boolean {
  return number % config.epoch === 0;
}

/** The number of the first block that a signer may seal again, or null where it may seal the next one. */
export function barredUntil(config: CliqueConfig, snapshot: Snapshot, signer: Address): number | null {
  const sealed = snapshot.recents.find(([, recent]) => recent === signer);
  return sealed === undefined ? null : sealed[0] + signerLimit(config, snapshot.signers.length);
}

/** Whether a signer is in turn for the next block: number mod N is its place among the signers (EIP-225, DIFF_INTURN). */
export function isTurnOf(snapshot: Snapshot, signer: Address): boolean {
  return (snapshot.number + 1) % snapshot.signers.length === snapshot.signers.indexOf(signer);
}

/**
 * The proposal that a signer's next block votes for: the first that moves something. That is one that counts and does not stand yet,
 * one whose majority stands since another signer was dropped and which only waits to be touched, or one that withdraws the signer's vote.
 */
export function pickProposal(snapshot: Snapshot, signer: Address, proposals: readonly Proposal[]): Proposal | null {
  const moves = (proposal: Proposal): boolean => {
    const about = snapshot.votes.filter((vote) => vote.candidate === proposal.candidate);
    const stands = about.some((vote) => vote.signer === signer);
    if (!countsAgainst(snapshot.signers, proposal)) return stands;
    return !stands || isMajority(about.length, snapshot.signers);
  };
  return proposals.find(moves) ?? null;
}

/** go-ethereum drops the one entry that leaves the window, and a second one where a lost signer shrinks it. So does this. */
function keepBarred(parent: Snapshot, header: Header, limit: number): Snapshot['recents'] {
  const recents: Snapshot['recents'] = [...parent.recents, [header.number, header.miner]];
  return recents.filter(([number]) => number > header.number + 1 - limit);
}

/** EIP-225, voting on signers. Only the candidate of this very vote changes its standing: no cascades. */
function countVote(parent: Snapshot, header: Header): Pick<Snapshot, 'signers' | 'votes'> {
  const { signers } = parent;
  const cast = decodeVote(header.extraData);
  assert(!isRejection(cast), 'a verified header without a valid vote');
  if (cast === null) return parent;

  const { candidate } = cast;
  const others = parent.votes.filter((vote) => vote.signer !== header.miner || vote.candidate !== candidate);
  const vote: Vote = { signer: header.miner, ...cast, number: header.number };
  const votes = countsAgainst(signers, cast) ? [...others, vote] : others;

  // All votes about a candidate want the same: they count only against its present standing, and are flushed when that changes.
  // So a vote that does not count still touches the candidate, whose majority may stand since a signer was dropped.
  const inFavour = votes.filter((each) => each.candidate === candidate).length;
  if (!isMajority(inFavour, signers)) return { signers, votes };
  return signers.includes(candidate)
    ? {
        signers: signers.filter((signer) => signer !== candidate),
        votes: votes.filter((each) => each.candidate !== candidate && each.signer !== candidate),
      }
    : {
        signers: [...signers, candidate].sort(compareText),
        votes: votes.filter((each) => each.candidate !== candidate),
      };
}

/** Whether a proposal would change anything: to add a signer or to drop somebody else does not count. */
function countsAgainst(signers: readonly Address[], proposal: Proposal): boolean {
  return signers.includes(proposal.candidate) !== proposal.authorize;
}

function isMajority(votes: number, signers: readonly Address[]): boolean {
  return 2 * votes > signers.length;
}
