// Pulling what is missing: the ancestors of a head that a peer told, or of a gossiped block without a parent. Bounded in peers, blocks and
// bytes; every block is judged and executed like any other. It also knows whether this node is behind its peers.

import type { ImportOutcome } from '../chain/chain.ts';
import { assert } from '../lib/assert.ts';
import { type Block, blockHash } from '../types/block.ts';
import { isRejection, type Rejection, reject } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import type { Context } from './context.ts';
import type { PeerId } from './contract.ts';
import {
  BAD_TIPS_MAX,
  DISTRUST_MS,
  FAILURES_FORGIVEN,
  PRESENT_MS,
  SYNC_PATIENCE_MS,
  SYNC_STANDSTILL_MS,
  SYNC_TRANSACTIONS_PER_STEP,
  SYNCS_MAX,
} from './limits.ts';
import { locator } from './locator.ts';
import type { ClaimedHead, Peer } from './peers.ts';
import { decodeBlocksResponse, encodeBlocksRequest } from './wire/blocks.ts';

/** A block to be reached. */
export type SyncTarget = { readonly hash: Hash; readonly number: number };

export type Sync = {
  /** Follows a peer's head if it wins or ties with ours and we have not got it. */
  readonly considerHead: (peer: Peer) => void;
  /** Pulls a block and its missing ancestors from a peer, unless that is under way, hopeless, or too much at once. */
  readonly pull: (peer: Peer, target: SyncTarget) => void;
  readonly answered: (peer: Peer, bytes: Uint8Array) => void;
  /** The peer did not answer, or went away. */
  readonly failed: (peer: PeerId) => void;
  /** Whether a believed peer has a heavier head that we do not have. */
  readonly isBehind: () => boolean;
  /** By how many blocks a believed peer's heavier head stands above ours; 0 where none does. */
  readonly lag: () => number;
  /** Syncs under way. */
  readonly count: () => number;
  /** Goes on with blocks that wait to be executed. */
  readonly wake: () => void;
  readonly wakeAtMs: () => number;
};

type Active = {
  readonly peer: Peer;
  readonly target: SyncTarget;
  /** The last block of the branch that we have; null before the first response. */
  last: { readonly hash: Hash; readonly number: number } | null;
  queue: readonly Block[];
  from: number | null;
  imported: number;
  /** When it last brought a block that was not here. */
  progressMs: number;
};

export function createSync(context: Context, take: (block: Block, peer: Peer) => ImportOutcome): Sync {
  const { chain, outbox, peers, requests, nowMs } = context;
  const active = new Map<PeerId, Active>();
  const badTips = new Set<Hash>();

  const isHere = (hash: Hash): boolean => chain.entry(hash) !== null;
  const isHopeless = (hash: Hash): boolean => badTips.has(hash) || chain.isBad(hash);

  function rememberBadTip(hash: Hash): void {
    badTips.add(hash);
    for (const oldest of badTips) {
      if (badTips.size <= BAD_TIPS_MAX) return;
      badTips.delete(oldest);
    }
  }

  /** Whether one more sync is of use: all others are too slow. */
  function hasRoom(): boolean {
    if (active.size >= SYNCS_MAX) return false;
    for (const { progressMs } of active.values()) if (nowMs() - progressMs < SYNC_PATIENCE_MS) return false;
    return true;
  }

  function pull(peer: Peer, target: SyncTarget): void {
    if (peer.isForeign || active.has(peer.id) || nowMs() < peer.distrustedUntilMs) return;
    if (isHere(target.hash) || isHopeless(target.hash) || !hasRoom()) return;
    const sync: Active = { peer, target, last: null, queue: [], from: null, imported: 0, progressMs: nowMs() };
    active.set(peer.id, sync);
    ask(sync);
  }

  function ask({ peer, target, last }: Active): void {
    const bytes = encodeBlocksRequest({ want: target.hash, have: locator(chain, last?.hash ?? null) });
    const wasSent = requests.send(peer.id, 'blocks', bytes, nowMs());
    assert(wasSent, 'a peer has one sync and so one request for blocks');
  }

  function finish(sync: Active): void {
    active.delete(sync.peer.id);
    const { peer, from, last, imported } = sync;
    peer.failures = 0;
    if (from !== null && last !== null)
      outbox.event({ kind: 'sync', peer: peer.id, from, to: last.number, blocks: imported });
    considerHead(peer); // it may have moved on meanwhile
  }

  /** Ends a sync that cannot go on. What the peer tells next is looked at again, but a second failure in a row costs its word. */
  function giveUp({ peer }: Active): void {
    active.delete(peer.id);
    peer.head = null;
    peer.failures += 1;
  }

  /** Ends a sync in which the peer sent what it should not have. */
  function distrust(sync: Active): void {
    giveUp(sync);
    sync.peer.distrustedUntilMs = nowMs() + DISTRUST_MS;
  }

  function refuse(sync: Active, rejection: Rejection): void {
    outbox.refuse('response', sync.peer, rejection);
    distrust(sync);
  }

  function considerHead(peer: Peer): void {
    const { head } = peer;
    if (head !== null && head.totalDifficulty >= chain.head().totalDifficulty) pull(peer, head);
  }

  /** What is wrong with a response as a whole: it must be a branch on a block that we have, towards the target. */
  function judgeBranch({ target, last }: Active, blocks: readonly Block[]): Rejection | null {
    const [first] = blocks;
    if (first === undefined) return reject('wire-unrequested', `no block on the way to ${target.hash}`);
    if (!isHere(first.header.parentHash))
      return reject('wire-unrequested', `blocks on ${first.header.parentHash}, which was not among those we have`);
    for (const [i, block] of blocks.entries()) {
      const before = blocks[i - 1];
      if (before !== undefined && block.header.parentHash !== blockHash(before))
        return reject('wire-unrequested', 'blocks that are not a chain');
    }
    const tip = blocks.at(-1) ?? first;
    if (tip.header.number > target.number || (tip.header.number === target.number && blockHash(tip) !== target.hash))
      return reject('wire-unrequested', `blocks that do not lead to ${target.hash}`);
    if (last !== null && tip.header.number <= last.number)
      return reject('wire-unrequested', 'blocks that lead no further');
    return null;
  }

  /** Executes blocks of the queue until the step has had enough, then asks for more or ends. */
  function work(sync: Active): void {
    let transactions = 0;
    let gas = 0;
    const gasMax = chain.head().header.gasLimit; // one full block: a machine is given no more at once elsewhere
    while (sync.queue.length > 0 && transactions < SYNC_TRANSACTIONS_PER_STEP && gas < gasMax) {
      const [block, ...rest] = sync.queue;
      if (block === undefined) break;
      sync.queue = rest;
      transactions += 1 + block.transactions.length;
      const outcome = take(block, sync.peer);
      if (outcome.kind === 'refused') {
        if (outcome.rejection.code === 'header-future') return giveUp(sync); // it only has to wait
        // A block that is bad whoever brings it, and known to be the target's ancestor: else the peer is to blame, not the target.
        const isOnTheWay = blockHash(rest.at(-1) ?? block) === sync.target.hash;
        if (isOnTheWay && chain.isBad(blockHash(block))) rememberBadTip(sync.target.hash);
        return distrust(sync);
      }
      sync.last = { hash: outcome.entry.hash, number: block.header.number };
      if (outcome.kind === 'imported') {
        sync.progressMs = nowMs();
        gas += block.header.gasUsed;
        sync.from ??= block.header.number;
        sync.imported += 1;
      }
    }
    if (isHere(sync.target.hash)) finish(sync);
    else if (sync.queue.length === 0) ask(sync);
  }

  /** The peer's head, if it is heavier than ours, not here yet, and may be got. */
  function heavierHead({ head, failures }: Peer): ClaimedHead | null {
    if (head === null || failures > FAILURES_FORGIVEN || head.totalDifficulty <= chain.head().totalDifficulty)
      return null;
    return isHere(head.hash) || isHopeless(head.hash) ? null : head;
  }

  /** Until when a peer's word counts: as long as we pull from it or have heard of it lately. */
  function wordEndsMs({ id, heardMs }: Peer): number {
    return active.has(id) ? Number.POSITIVE_INFINITY : heardMs + PRESENT_MS;
  }

  /**
   * By how much the highest head that keeps us from sealing is above ours, null where there is none: heavier ones of peers that are there
   * and did not just send what they should not have.
   */
  function lag(): number | null {
    let lag: number | null = null;
    for (const peer of peers.all()) {
      const head = heavierHead(peer);
      if (head === null || nowMs() < peer.distrustedUntilMs || nowMs() >= wordEndsMs(peer)) continue;
      lag = Math.max(lag ?? 0, head.number - chain.head().header.number);
    }
    return lag;
  }

  /** When lag may change without an input, milliseconds. */
  function nextChangeMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const peer of peers.all()) {
      if (heavierHead(peer) === null) continue;
      for (const time of [peer.distrustedUntilMs, wordEndsMs(peer)]) if (time > nowMs()) next = Math.min(next, time);
    }
    return next;
  }

  return {
    considerHead,
    pull,
    answered(peer, bytes) {
      const sync = active.get(peer.id);
      assert(sync !== undefined, 'a response of blocks belongs to a sync');
      const blocks = decodeBlocksResponse(bytes);
      if (isRejection(blocks)) return refuse(sync, blocks);
      if (isHere(sync.target.hash)) return finish(sync); // gossip was faster
      const rejection = judgeBranch(sync, blocks);
      if (rejection !== null) return refuse(sync, rejection);
      if (nowMs() - sync.progressMs >= SYNC_STANDSTILL_MS && blocks.every((block) => isHere(blockHash(block))))
        return refuse(sync, reject('wire-unrequested', `for ${SYNC_STANDSTILL_MS} ms only blocks that we have`));
      sync.queue = blocks;
      work(sync);
    },
    failed(peer) {
      const sync = active.get(peer);
      if (sync !== undefined) giveUp(sync);
    },
    count: () => active.size,
    isBehind: () => lag() !== null,
    lag: () => lag() ?? 0,
    wake() {
      for (const sync of [...active.values()]) if (sync.queue.length > 0) work(sync);
    },
    wakeAtMs() {
      for (const { queue } of active.values()) if (queue.length > 0) return nowMs();
      return nextChangeMs();
    },
  };
}
