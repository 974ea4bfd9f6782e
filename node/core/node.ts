// A node: one function of what has happened to it. This file says which input reaches which part; what the parts do is in their files.
// Writes come first in a step's effects, as one batch, so that whatever is sent or told is durable before.

import { assert, unreachable } from '../lib/assert.ts';
import { createOverlay, type StoreReader } from '../lib/store.ts';
import { isRejection, type Rejection, reject } from '../types/rejection.ts';
import type { Verdict } from './context.ts';
import type { Accepted, Ask, InboundId, Input, NodeCore, OutboundId, PeerId } from './contract.ts';
import { beginLife, type Life } from './life.ts';
import { WAITING_REQUESTS_MAX } from './limits.ts';
import { blocksTowards } from './locator.ts';
import { createNodeView } from './node-view.ts';
import type { NodeOptions } from './options.ts';
import type { Sender } from './outbox.ts';
import { type Peer, spendRequest } from './peers.ts';
import type { Outbound } from './requests.ts';
import { decodeBlocksRequest, encodeBlocksResponse } from './wire/blocks.ts';
import { MESSAGE } from './wire/message.ts';

/** Creates a node over a store. Nothing is read before the first step, which must be a wake. */
export function createNode(options: NodeOptions, store: StoreReader): NodeCore {
  const overlay = createOverlay(store);
  let nowMs = 0;
  let life: Life | null = null;

  return {
    step(stepMs, input) {
      assert(Number.isSafeInteger(stepMs) && stepMs >= nowMs, `time went from ${nowMs} to ${stepMs}`);
      nowMs = stepMs;
      if (life === null) {
        assert(input.kind === 'wake', `the first input of a life is ${input.kind}`);
        life = beginLife(options, overlay, () => nowMs);
      }
      life.hearing.notice();
      happen(life, input);
      life.attestations.flush();
      life.trust.review();
      life.sealing.review();

      const effects = life.context.outbox.take();
      const writes = overlay.take();
      overlay.settle();
      return writes.length === 0 ? effects : [{ kind: 'persist', writes }, ...effects];
    },
    wakeAtMs: () => (life === null ? nowMs : nextWakeMs(life)),
    view() {
      assert(life !== null, 'a view before the first step');
      return createNodeView(life);
    },
  };
}

function happen(life: Life, input: Input): void {
  switch (input.kind) {
    case 'wake':
      return wake(life);
    case 'peer-up':
      return peerUp(life, input);
    case 'peer-down':
      return peerDown(life, input.peer);
    case 'congested':
      return congested(life, input);
    case 'gossip':
      return life.context.outbox.emit({ kind: 'verdict', id: input.id, verdict: judgeGossip(life, input) });
    case 'request':
      return inbound(life, input);
    case 'response':
      return response(life, input);
    case 'ask':
      return life.context.outbox.emit({ kind: 'answer', id: input.id, outcome: answer(life, input.ask) });
    default:
      return unreachable(input);
  }
}

function nextWakeMs({ context, exchange, flow, hearing, blocks, sync, sealing, trust }: Life): number {
  return Math.min(
    context.requests.deadlineMs(),
    exchange.wakeAtMs(),
    flow.wakeAtMs(),
    hearing.wakeAtMs(),
    blocks.wakeAtMs(),
    sync.wakeAtMs(),
    sealing.wakeAtMs(),
    trust.wakeAtMs(),
  );
}

function wake(life: Life): void {
  const { context, exchange, flow, blocks, sync, sealing, halt } = life;
  const { peers, requests, nowMs } = context;
  for (const outbound of requests.expire(nowMs())) {
    const peer = peers.get(outbound.peer);
    if (peer !== null) unanswered(life, peer, outbound);
  }
  flow.wake();
  blocks.wake();
  sync.wake();
  if (exchange.wake()) halt.check();
  sealing.wake();
}

function peerUp(life: Life, { peer: id, name }: Extract<Input, { kind: 'peer-up' }>): void {
  const { context, attestations, exchange } = life;
  const { outbox, peers, nowMs } = context;
  if (peers.get(id) !== null) forget(life, id);
  const peer = peers.add(id, name, nowMs());
  if (peer === null) return outbox.emit({ kind: 'disconnect', peer: id, code: 'wire-too-many-peers' });
  outbox.event({ kind: 'peer', peer: id, name, up: true });
  attestations.connected(peer);
  exchange.connected(peer);
}

function peerDown(life: Life, id: PeerId): void {
  const peer = forget(life, id);
  if (peer !== null) life.context.outbox.event({ kind: 'peer', peer: id, name: peer.name, up: false });
}

function forget({ context, attestations, sync }: Life, id: PeerId): Peer | null {
  context.requests.abandon(id);
  sync.failed(id);
  attestations.disconnected(id);
  return context.peers.remove(id);
}

function congested(life: Life, input: Extract<Input, { kind: 'congested' }>): void {
  const peer = life.context.peers.get(input.peer);
  if (peer === null) return;
  peer.congested = input.congested;
  if (peer.congested) return;
  const { waiting } = peer;
  peer.waiting = [];
  for (const { id, bytes } of waiting) respond(life, peer, id, bytes);
}

function judgeGossip(life: Life, { from, topic, bytes }: Extract<Input, { kind: 'gossip' }>): Verdict {
  const { context, attestations, blocks, evidence, flow, sync } = life;
  const peer = context.peers.get(from);
  if (peer?.isForeign) return 'ignore';
  if (peer !== null) peer.heardMs = context.nowMs();
  const sender: Sender = peer ?? { id: from, name: null };
  switch (topic) {
    case 'transactions':
      return flow.gossiped(sender, bytes);
    case 'blocks': {
      const { verdict, missing } = blocks.gossiped(sender, bytes);
      if (peer !== null && missing !== null) sync.pull(peer, missing);
      return verdict;
    }
    case 'disagreements':
      return attestations.gossiped(sender, bytes);
    case 'evidence':
      return evidence.gossiped(sender, bytes);
    default:
      return unreachable(topic);
  }
}

/** A request of a peer's: no answer to one that is over budget, malformed or of another network. */
function inbound(life: Life, { from, id, bytes }: Extract<Input, { kind: 'request' }>): void {
  const { outbox, peers, nowMs } = life.context;
  const peer = peers.get(from);
  if (peer === null) {
    const sender = { id: from, name: null };
    return outbox.refuse('request', sender, reject('wire-unrequested', 'a request of a peer that is not connected'));
  }
  if (peer.isForeign) return;
  peer.heardMs = nowMs();
  if (!spendRequest(peer, nowMs()))
    return outbox.refuse('request', peer, reject('wire-too-many-requests', 'too many requests in one second'));
  const isLarge = bytes[0] === MESSAGE.blocksRequest || bytes[0] === MESSAGE.transactionsRequest;
  if (!peer.congested || !isLarge) return respond(life, peer, id, bytes);
  if (peer.waiting.length < WAITING_REQUESTS_MAX) peer.waiting.push({ id, bytes });
  else outbox.refuse('request', peer, reject('wire-too-many-requests', 'too many requests while congested'));
}

function respond(life: Life, peer: Peer, id: InboundId, bytes: Uint8Array): void {
  const response = serve(life, peer, bytes);
  if (response !== null) life.context.outbox.emit({ kind: 'respond', id, bytes: response });
}

function serve(life: Life, peer: Peer, bytes: Uint8Array): Uint8Array | null {
  switch (bytes[0]) {
    case MESSAGE.statusRequest:
      return life.exchange.serve(peer, bytes);
    case MESSAGE.blocksRequest:
      return serveBlocks(life, peer, bytes);
    case MESSAGE.transactionsRequest:
      return life.flow.serve(peer, bytes);
    case MESSAGE.attestationsRequest:
      return life.attestations.serve(peer, bytes);
    default:
      life.context.outbox.refuse(
        'request',
        peer,
        reject('wire-unknown-message', `request of type ${bytes[0] ?? 'nothing'}`),
      );
      return null;
  }
}

function serveBlocks({ context }: Life, peer: Peer, bytes: Uint8Array): Uint8Array | null {
  const request = decodeBlocksRequest(bytes);
  if (!isRejection(request)) return encodeBlocksResponse(blocksTowards(context.chain, request));
  context.outbox.refuse('request', peer, request);
  return null;
}

function response(life: Life, { id, bytes }: { readonly id: OutboundId; readonly bytes: Uint8Array | null }): void {
  const { peers, requests, nowMs } = life.context;
  const outbound = requests.settle(id);
  const peer = outbound === null ? null : peers.get(outbound.peer);
  if (outbound === null || peer === null || peer.isForeign) return; // too late: it was cancelled
  if (bytes === null) return unanswered(life, peer, outbound);
  peer.heardMs = nowMs();
  switch (outbound.kind) {
    case 'status':
      return life.exchange.answered(peer, bytes);
    case 'blocks':
      return life.sync.answered(peer, bytes);
    case 'transactions':
      return life.flow.pulled(peer, bytes);
    case 'attestations':
      return life.attestations.answered(peer, bytes);
    default:
      return unreachable(outbound.kind);
  }
}

/** A request that failed or timed out. */
function unanswered({ context, attestations, sync }: Life, peer: Peer, { kind }: Outbound): void {
  context.outbox.refuse('response', peer, reject('wire-no-answer', `no answer to a request for ${kind}`));
  if (kind === 'blocks') sync.failed(peer.id);
  if (kind === 'attestations') attestations.lost(peer.id);
}

function answer({ context, flow, proposals, sealing }: Life, ask: Ask): Accepted | Rejection {
  switch (ask.kind) {
    case 'submit-transaction':
      return flow.submit(ask.bytes);
    case 'propose':
      return proposals.propose(ask);
    case 'discard':
      return proposals.discard(ask);
    case 'set-sealing':
      if (context.options.sealer === null)
        return reject('ask-not-a-signer', `${context.options.name} has no key to seal with`);
      sealing.setEnabled(ask);
      return { kind: 'accepted' };
    default:
      return unreachable(ask);
  }
}
