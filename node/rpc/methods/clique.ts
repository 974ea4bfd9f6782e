// go-ethereum's clique namespace over the snapshots here: who may seal, what is being voted on, who sealed lately.

import type { Snapshot, Vote } from '../../consensus/engine.ts';
import type { Accepted } from '../../core/contract.ts';
import type { NodeView } from '../../core/view.ts';
import { compareText } from '../../lib/bytes.ts';
import { divide } from '../../lib/integer.ts';
import type { Header } from '../../types/header.ts';
import type { Address, Hash } from '../../types/transaction.ts';
import { LATEST, selectHash, toNumberOrTag } from '../blocks.ts';
import { serverFault } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import type { PendingAnswer } from '../method.ts';
import { argument, optional, toAddress, toBoolean, toHash } from '../params.ts';

/** The blocks that clique_status looks at: go-ethereum's number. */
const STATUS_BLOCKS = 64;
const IN_TURN_DIFFICULTY = 2n;

/** clique_getSigners: at a block's number or tag, by default the head. */
export function getSigners(view: NodeView, params: readonly unknown[]): Json {
  return snapshotByNumber(view, params).signers;
}

/** clique_getSignersAtHash. */
export function getSignersAtHash(view: NodeView, params: readonly unknown[]): Json {
  return snapshotByHash(view, toHash(argument(params, 0))).signers;
}

/** clique_getSnapshot. */
export function getSnapshot(view: NodeView, params: readonly unknown[]): Json {
  return formatSnapshot(snapshotByNumber(view, params));
}

/** clique_getSnapshotAtHash. */
export function getSnapshotAtHash(view: NodeView, params: readonly unknown[]): Json {
  return formatSnapshot(snapshotByHash(view, toHash(argument(params, 0))));
}

/** clique_proposals: what this node votes for whenever it seals. */
export function proposals(view: NodeView): Json {
  return Object.fromEntries(view.proposals.map(({ candidate, authorize }) => [candidate, authorize]));
}

/** clique_status: who sealed the last blocks, and how many of them in turn, in whole per cent. */
export function status(view: NodeView): Json {
  const headers = lastHeaders(view, STATUS_BLOCKS);
  const inTurn = headers.filter(({ difficulty }) => difficulty === IN_TURN_DIFFICULTY).length;
  const activity = new Map(view.snapshot.signers.map((signer): [Address, number] => [signer, 0]));
  for (const { miner } of headers) activity.set(miner, (activity.get(miner) ?? 0) + 1);
  return {
    inturnPercent: headers.length === 0 ? 0 : divide(100 * inTurn, headers.length),
    sealingActivity: Object.fromEntries(activity),
    numBlocks: headers.length,
  };
}

/** clique_propose: votes for an address as a signer or against it, until it is discarded or the vote passes. */
export function propose(_view: NodeView, params: readonly unknown[]): PendingAnswer {
  const candidate = toAddress(argument(params, 0));
  const authorize = toBoolean(argument(params, 1));
  return { ask: { kind: 'propose', proposal: { candidate, authorize } }, toResult: nothing };
}

/** clique_discard: votes no more on an address. */
export function discard(_view: NodeView, params: readonly unknown[]): PendingAnswer {
  return { ask: { kind: 'discard', candidate: toAddress(argument(params, 0)) }, toResult: nothing };
}

function nothing(_accepted: Accepted): Json {
  return null;
}

function snapshotByNumber(view: NodeView, params: readonly unknown[]): Snapshot {
  const selector = optional(argument(params, 0), toNumberOrTag) ?? LATEST;
  const hash = selectHash(view, selector);
  if (hash === null) throw serverFault('unknown block');
  return snapshotByHash(view, hash);
}

function snapshotByHash(view: NodeView, hash: Hash): Snapshot {
  const snapshot = view.snapshotAt(hash);
  if (snapshot === null) throw serverFault('unknown block');
  return snapshot;
}

/** As go-ethereum writes it: sets as objects of empty objects, recent signers by block number. */
function formatSnapshot(snapshot: Snapshot): JsonObject {
  return {
    number: snapshot.number,
    hash: snapshot.hash,
    signers: Object.fromEntries(snapshot.signers.map((signer) => [signer, {}])),
    recents: Object.fromEntries(snapshot.recents.map(([number, signer]) => [String(number), signer])),
    votes: snapshot.votes.map((vote) => ({
      signer: vote.signer,
      block: vote.number,
      address: vote.candidate,
      authorize: vote.authorize,
    })),
    tally: formatTally(snapshot.votes),
  };
}

function formatTally(votes: readonly Vote[]): JsonObject {
  const candidates = [...new Set(votes.map(({ candidate }) => candidate))].sort(compareText);
  return Object.fromEntries(
    candidates.map((candidate) => {
      const cast = votes.filter((vote) => vote.candidate === candidate);
      return [candidate, { authorize: cast.every(({ authorize }) => authorize), votes: cast.length }];
    }),
  );
}

/** The last canonical headers without genesis, newest first. */
function lastHeaders(view: NodeView, count: number): Header[] {
  const headers: Header[] = [];
  let header: Header | null = view.head.header;
  while (header !== null && header.number > 0 && headers.length < count) {
    headers.push(header);
    header = view.headerByHash(header.parentHash);
  }
  return headers;
}
