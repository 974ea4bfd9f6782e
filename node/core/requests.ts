// Our own requests that wait for a response: at most one of a kind to a peer, each with a deadline. What a response means is its kind's affair.

import type { OutboundId, PeerId } from './contract.ts';
import { REQUEST_TIMEOUT_MS } from './limits.ts';
import type { Outbox } from './outbox.ts';

export type RequestKind = 'status' | 'blocks' | 'transactions' | 'attestations';

/** A request under way. */
export type Outbound = { readonly peer: PeerId; readonly kind: RequestKind };

export type Requests = {
  /** Sends, unless one of this kind to this peer is under way; whether it did. */
  readonly send: (to: PeerId, kind: RequestKind, bytes: Uint8Array, nowMs: number) => boolean;
  readonly isUnderWay: (to: PeerId, kind: RequestKind) => boolean;
  /** Ends a request by its response; null where it was given up before. */
  readonly settle: (id: OutboundId) => Outbound | null;
  /** Gives up what is past its deadline. */
  readonly expire: (nowMs: number) => readonly Outbound[];
  /** Gives up everything that one peer was asked. */
  readonly abandon: (peer: PeerId) => readonly Outbound[];
  readonly count: () => number;
  /** The next deadline, milliseconds; Infinity where nothing is under way. */
  readonly deadlineMs: () => number;
};

export function createRequests(outbox: Outbox): Requests {
  const underWay = new Map<OutboundId, Outbound & { readonly deadlineMs: number }>(); // ascending by deadline: all wait equally long
  let nextId: OutboundId = 1;

  const giveUp = (isGivenUp: (outbound: Outbound & { readonly deadlineMs: number }) => boolean): Outbound[] => {
    const given: Outbound[] = [];
    for (const [id, outbound] of [...underWay]) {
      if (!isGivenUp(outbound)) continue;
      underWay.delete(id);
      outbox.emit({ kind: 'cancel', id });
      given.push(outbound);
    }
    return given;
  };

  const isUnderWay = (to: PeerId, kind: RequestKind): boolean => {
    for (const outbound of underWay.values()) if (outbound.peer === to && outbound.kind === kind) return true;
    return false;
  };

  return {
    send(to, kind, bytes, nowMs) {
      if (isUnderWay(to, kind)) return false;
      const id = nextId++;
      underWay.set(id, { peer: to, kind, deadlineMs: nowMs + REQUEST_TIMEOUT_MS });
      outbox.emit({ kind: 'request', to, id, bytes });
      return true;
    },
    isUnderWay,
    settle(id) {
      const outbound = underWay.get(id) ?? null;
      underWay.delete(id);
      return outbound;
    },
    expire: (nowMs) => giveUp((outbound) => outbound.deadlineMs <= nowMs),
    abandon: (peer) => giveUp((outbound) => outbound.peer === peer),
    count: () => underWay.size,
    deadlineMs() {
      for (const { deadlineMs } of underWay.values()) return deadlineMs;
      return Number.POSITIVE_INFINITY;
    },
  };
}
