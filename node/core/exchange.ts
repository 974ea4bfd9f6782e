// The exchange of heads and pooled hashes with every peer: when it connects and every STATUS_INTERVAL_MS. What crosses after a partition
// crosses because of this, never because of gossip.

import { isRejection, mismatch } from '../types/rejection.ts';
import type { Context } from './context.ts';
import { STATUS_INTERVAL_MS } from './limits.ts';
import type { Peer } from './peers.ts';
import type { Sync } from './sync.ts';
import type { TransactionFlow } from './transaction-flow.ts';
import {
  decodeStatusRequest,
  decodeStatusResponse,
  encodeStatusRequest,
  encodeStatusResponse,
  type Status,
} from './wire/status.ts';

export type Exchange = {
  readonly connected: (peer: Peer) => void;
  /** Hears a peer's status and answers with ours; null where it is refused, which was counted. */
  readonly serve: (peer: Peer, bytes: Uint8Array) => Uint8Array | null;
  readonly answered: (peer: Peer, bytes: Uint8Array) => void;
  /** Tells every peer; true where it was time. */
  readonly wake: () => boolean;
  readonly wakeAtMs: () => number;
};

export function createExchange(
  context: Context,
  parts: { readonly sync: Sync; readonly flow: TransactionFlow },
): Exchange {
  const { chain, outbox, peers, requests, nowMs } = context;
  let nextMs = nowMs() + STATUS_INTERVAL_MS;

  function statusFor(peer: Peer): Status {
    const { hash, header, totalDifficulty } = chain.head();
    const pooled = parts.flow.tell(peer);
    return { genesisHash: chain.genesisHash, headHash: hash, number: header.number, totalDifficulty, pooled };
  }

  function tell(peer: Peer): void {
    if (peer.isForeign || peer.congested || requests.isUnderWay(peer.id, 'status')) return;
    requests.send(peer.id, 'status', encodeStatusRequest(statusFor(peer)), nowMs());
  }

  /** Whether the peer is of our network. */
  function hear(peer: Peer, what: 'request' | 'response', told: Status): boolean {
    if (told.genesisHash !== chain.genesisHash) {
      const rejection = mismatch('wire-wrong-network', 'genesis hash', chain.genesisHash, told.genesisHash);
      outbox.refuse(what, peer, rejection);
      peer.isForeign = true;
      outbox.emit({ kind: 'disconnect', peer: peer.id, code: rejection.code });
      return false;
    }
    peer.toldHeadMs = nowMs();
    peer.head = { hash: told.headHash, number: told.number, totalDifficulty: told.totalDifficulty };
    parts.sync.considerHead(peer);
    parts.flow.told(peer, told.pooled);
    return true;
  }

  return {
    connected: tell,
    serve(peer, bytes) {
      const told = decodeStatusRequest(bytes);
      if (!isRejection(told)) return hear(peer, 'request', told) ? encodeStatusResponse(statusFor(peer)) : null;
      outbox.refuse('request', peer, told);
      return null;
    },
    answered(peer, bytes) {
      const told = decodeStatusResponse(bytes);
      if (isRejection(told)) outbox.refuse('response', peer, told);
      else hear(peer, 'response', told);
    },
    wake() {
      if (nowMs() < nextMs) return false;
      nextMs = nowMs() + STATUS_INTERVAL_MS;
      for (const peer of peers.all()) tell(peer);
      return true;
    },
    wakeAtMs: () => nextMs,
  };
}
