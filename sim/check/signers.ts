// Who may seal, followed through the votes in the blocks: EIP-225's rules from its text and from the blocks' bytes. The nodes' own snapshot
// is not asked.

import { bytesToHex, compareText, type Hex } from '../../node/lib/bytes.ts';
import { divide } from '../../node/lib/integer.ts';
import type { NetworkFacts } from './property.ts';
import type { SeenBlock } from './seen-block.ts';

/** What holds behind a block. */
export type Standing = {
  /** Ascending. */
  readonly signers: readonly Hex[];
  /** Votes that would change something, by candidate: who cast them. All of a candidate want the same, since it is a signer or is not. */
  readonly votes: ReadonlyMap<Hex, readonly Hex[]>;
};

/** The rules' parameters, from geth's genesis.json. */
export type VotingRules = {
  /** Every so many blocks the votes are flushed, and the block lists the signers. */
  readonly epoch: number;
  /** Another L than floor(N/2) + 1, or null. */
  readonly limit: number | null;
};

/** EIP-225's EPOCH_LENGTH. */
const EPOCH = 30_000;
const VANITY_BYTES = 32;
const ADDRESS_BYTES = 20;
const SEAL_BYTES = 65;
/** The first byte of the vanity: a vote stands there, where the EIP has it in miner and nonce. */
const ADD = 1;
const DROP = 2;

export function votingRules({ genesis }: NetworkFacts): VotingRules {
  const { config = {} } = genesis as { readonly config?: Section }; // the nodes have read and checked this very file
  const { clique = {}, lockstep = {} } = config;
  return { epoch: Number(clique['epoch'] ?? EPOCH), limit: lockstep['signerLimit'] ?? null };
}

type Section = Readonly<Record<string, Readonly<Record<string, number>> | undefined>>;

export function genesisStanding({ signerOf }: NetworkFacts): Standing {
  return { signers: [...signerOf.values()].sort(compareText), votes: new Map() };
}

/** L: a signer seals at most one of so many blocks in a row. */
export function limitOf({ limit }: VotingRules, { signers }: Standing): number {
  return Math.min(limit ?? divide(signers.length, 2) + 1, signers.length);
}

/** What is wrong with a block's extraData on a parent with that standing, or null: its size, its vote, a checkpoint's list. */
export function judgeExtraData(
  { extraData, number }: SeenBlock,
  { epoch }: VotingRules,
  parent: Standing,
): string | null {
  const isCheckpoint = number % epoch === 0;
  const listed = isCheckpoint ? parent.signers.length * ADDRESS_BYTES : 0;
  if (extraData.length !== VANITY_BYTES + listed + SEAL_BYTES) return `${extraData.length} bytes of extraData`;
  const marker = extraData[0] ?? 0;
  if (marker > DROP) return `a vote of the kind ${marker}`;
  if (marker === 0) return isCheckpoint ? judgeList(extraData, parent) : null;
  if (isCheckpoint) return 'a vote at a checkpoint';
  const rest = extraData.subarray(1 + ADDRESS_BYTES, VANITY_BYTES);
  return rest.every((byte) => byte === 0) ? null : 'something behind the vote';
}

function judgeList(extraData: Uint8Array, { signers }: Standing): string | null {
  const list = bytesToHex(extraData.subarray(VANITY_BYTES, extraData.length - SEAL_BYTES));
  const expected = `0x${signers.map((signer) => signer.slice(2)).join('')}`;
  return list === expected ? null : `the checkpoint lists ${list}, the signers are ${expected}`;
}

/** The standing behind a block. `signer` is who sealed it. */
export function standingAfter(block: SeenBlock, signer: Hex, { epoch }: VotingRules, parent: Standing): Standing {
  if (block.number % epoch === 0) return parent.votes.size === 0 ? parent : { ...parent, votes: new Map() };
  const marker = block.extraData[0] ?? 0;
  if (marker === 0) return parent;
  const candidate = bytesToHex(block.extraData.subarray(1, 1 + ADDRESS_BYTES));
  const isSigner = parent.signers.includes(candidate);
  const votes = new Map(parent.votes);
  // A signer's new word on a candidate takes the place of its old one, also where the new one asks for what stands.
  const others = (votes.get(candidate) ?? []).filter((voter) => voter !== signer);
  const voters = (marker === ADD) === isSigner ? others : [...others, signer];
  put(votes, candidate, voters);
  if (2 * voters.length <= parent.signers.length) return { signers: parent.signers, votes };
  votes.delete(candidate);
  if (!isSigner) return { signers: [...parent.signers, candidate].sort(compareText), votes };
  for (const [about, by] of votes) {
    put(
      votes,
      about,
      by.filter((voter) => voter !== candidate),
    );
  }
  return { signers: parent.signers.filter((each) => each !== candidate), votes };
}

function put(votes: Map<Hex, readonly Hex[]>, candidate: Hex, voters: readonly Hex[]): void {
  if (voters.length === 0) votes.delete(candidate);
  else votes.set(candidate, voters);
}
