// Who is connected, and what each peer has shown of itself: its head, whether it is heard of, how much it asks. What follows from that is
// decided elsewhere.

import type { Address, Hash } from '../types/transaction.ts';
import type { InboundId, NodeName, PeerId } from './contract.ts';
import { PEERS_MAX, REQUESTS_PER_SECOND_MAX } from './limits.ts';
import type { KnownNode } from './options.ts';

/** A head as a peer tells it: not believed before its blocks were executed. */
export type ClaimedHead = { readonly hash: Hash; readonly number: number; readonly totalDifficulty: bigint };

/** A connected peer. */
export type Peer = {
  readonly id: PeerId;
  readonly name: NodeName | null;
  /** What the configuration says about it; null where it is not in the list. */
  readonly known: KnownNode | null;
  /** The one node key that a peer outside of the list has used. */
  attester: Address | null;
  congested: boolean;
  /** It speaks of another network: nothing of it is taken until it connects anew. */
  isForeign: boolean;
  /** When something of it last arrived. */
  heardMs: number;
  /** When it last told its head, milliseconds; minus infinity where it never did. */
  toldHeadMs: number;
  /** The last head it told; null after a sync towards it failed. */
  head: ClaimedHead | null;
  /** Where in the pool the hashes begin that it is told next. */
  toldHashes: number;
  /** Syncs in a row that came to nothing. */
  failures: number;
  /** Until then it is not synced from: it sent what it should not have. */
  distrustedUntilMs: number;
  /** The second in which its requests are counted. */
  budgetStartMs: number;
  budgetUsed: number;
  /** Requests that wait until it is no longer congested. */
  waiting: { readonly id: InboundId; readonly bytes: Uint8Array }[];
};

export type Peers = {
  /** Adds a peer; one that is known already begins anew. Null where there are too many. */
  readonly add: (id: PeerId, name: NodeName | null, nowMs: number) => Peer | null;
  readonly remove: (id: PeerId) => Peer | null;
  readonly get: (id: PeerId) => Peer | null;
  /** In the order in which they connected. */
  readonly all: () => readonly Peer[];
};

export function createPeers(nodes: readonly KnownNode[]): Peers {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const peers = new Map<PeerId, Peer>();
  /** Every step asks for them several times; they change when one comes or goes. */
  let all: readonly Peer[] = [];
  const changed = (): void => {
    all = [...peers.values()];
  };
  return {
    add(id, name, nowMs) {
      if (!peers.has(id) && peers.size >= PEERS_MAX) return null;
      const peer: Peer = {
        id,
        name,
        known: name === null ? null : (byName.get(name) ?? null),
        attester: null,
        congested: false,
        isForeign: false,
        heardMs: nowMs,
        toldHeadMs: Number.NEGATIVE_INFINITY,
        head: null,
        toldHashes: 0,
        failures: 0,
        distrustedUntilMs: 0,
        budgetStartMs: nowMs,
        budgetUsed: 0,
        waiting: [],
      };
      peers.set(id, peer);
      changed();
      return peer;
    },
    remove(id) {
      const peer = peers.get(id) ?? null;
      peers.delete(id);
      changed();
      return peer;
    },
    get: (id) => peers.get(id) ?? null,
    all: () => all,
  };
}

/** Takes one request from the peer's budget of this second; false where none is left. */
export function spendRequest(peer: Peer, nowMs: number): boolean {
  if (nowMs - peer.budgetStartMs >= 1_000) {
    peer.budgetStartMs = nowMs;
    peer.budgetUsed = 0;
  }
  peer.budgetUsed += 1;
  return peer.budgetUsed <= REQUESTS_PER_SECOND_MAX;
}
