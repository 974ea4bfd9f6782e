// The contract between a node's core and whoever drives it: a process with sockets and a disk, or a simulator.
//
// The driver's obligations: inputs one at a time; `nowMs` never decreases; effects performed in the order of the list, and lists in
// the order of the steps; a `persist` is durable before any later effect is performed, and a failed one ends the process; the first
// input of a life is `wake`; a wake no later than `wakeAtMs()` asks for. A read through the StoreReader sees all earlier persists at once.

import type { Proposal } from '../consensus/engine.ts';
import type { Write } from '../lib/store.ts';
import type { Rejection, RejectionCode } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { NodeEvent } from './events.ts';
import type { NodeName, PeerId } from './names.ts';
import type { NodeView } from './view.ts';

export type { NodeName, PeerId };

/** One gossip delivery, so that its verdict can be matched. */
export type MessageId = string;
/** One request of a peer's that waits for our response. */
export type InboundId = number;
/** One request of ours. */
export type OutboundId = number;
/** One request of our own RPC's or operator's. */
export type LocalId = number;

/** Gossip topics. The driver binds them to the network (genesis hash), so that other chains' messages do not arrive. */
export const TOPICS = ['transactions', 'blocks', 'disagreements', 'evidence'] as const;
export type Topic = (typeof TOPICS)[number];

export type Ask =
  | { readonly kind: 'submit-transaction'; readonly bytes: Uint8Array }
  | { readonly kind: 'propose'; readonly proposal: Proposal }
  | { readonly kind: 'discard'; readonly candidate: Address }
  /** `upTo`: no block above that height is sealed, until another such ask; absent, there is no such height. */
  | { readonly kind: 'set-sealing'; readonly enabled: boolean; readonly upTo?: number };

export type Accepted = { readonly kind: 'accepted'; readonly hash?: Hash };

/** Everything that can happen to a node. Bytes from peers arrive undecoded: decoding is the core's job. */
export type Input =
  | { readonly kind: 'wake' }
  | { readonly kind: 'peer-up'; readonly peer: PeerId; readonly name: NodeName | null }
  | { readonly kind: 'peer-down'; readonly peer: PeerId }
  | { readonly kind: 'congested'; readonly peer: PeerId; readonly congested: boolean }
  | {
      readonly kind: 'gossip';
      readonly from: PeerId;
      readonly id: MessageId;
      readonly topic: Topic;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'request'; readonly from: PeerId; readonly id: InboundId; readonly bytes: Uint8Array }
  | { readonly kind: 'response'; readonly id: OutboundId; readonly bytes: Uint8Array | null }
  | { readonly kind: 'ask'; readonly id: LocalId; readonly ask: Ask };

/** Everything a node may ask of the world, performed in order. */
export type Effect =
  | { readonly kind: 'persist'; readonly writes: readonly Write[] }
  | { readonly kind: 'publish'; readonly topic: Topic; readonly bytes: Uint8Array }
  | { readonly kind: 'request'; readonly to: PeerId; readonly id: OutboundId; readonly bytes: Uint8Array }
  | { readonly kind: 'cancel'; readonly id: OutboundId }
  | { readonly kind: 'respond'; readonly id: InboundId; readonly bytes: Uint8Array }
  | { readonly kind: 'verdict'; readonly id: MessageId; readonly verdict: 'accept' | 'ignore' | 'reject' }
  | { readonly kind: 'disconnect'; readonly peer: PeerId; readonly code: RejectionCode }
  | { readonly kind: 'answer'; readonly id: LocalId; readonly outcome: Accepted | Rejection }
  | { readonly kind: 'event'; readonly event: NodeEvent };

export type NodeCore = {
  /** Advances the machine by one input. Throws only on a bug, never on a peer's data. */
  readonly step: (nowMs: number, input: Input) => readonly Effect[];
  /** When a wake is wanted next, milliseconds. An earlier wake changes nothing. */
  readonly wakeAtMs: () => number;
  /** What can be read. Valid until the next step; asserts that a first step was taken. */
  readonly view: () => NodeView;
};
