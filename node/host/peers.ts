// Who is connected. One connection counts per peer: a newer one replaces an older one, since gossipsub keeps its streams on one of them.
// Looks after the connections: congestion, and gossip streams that are gone for good.

import type { Connection } from '@libp2p/interface';
import type { Input, NodeName, PeerId } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import { OUTBOUND_BYTES_MAX } from './gossip.ts';
import type { Roster } from './roster.ts';
import { NEGOTIATION_MS } from './transport.ts';

export type Peer = { readonly id: PeerId; readonly name: NodeName; readonly connection: Connection };

export type Peers = {
  readonly get: (id: PeerId) => Peer | undefined;
  readonly isConnected: (name: NodeName) => boolean;
  readonly count: () => number;
  /** A connection is open: tells of the peer unless it is known. Null where it is not in the list or closed again. */
  readonly up: (connection: Connection) => Peer | null;
  readonly down: (connection: Connection) => void;
  /** Sees which connections have their gossip stream; after a publish and every so often. */
  readonly note: () => void;
  /** Every 250 ms: congestion, and connections that gossip has left. */
  readonly tend: () => void;
};

/** A connection over which gossipsub has not opened its stream for this long is replaced; longer than identify and negotiation together. */
const GOSSIP_STREAM_MS = 12_000;
assert(GOSSIP_STREAM_MS > 2 * NEGOTIATION_MS, 'identify and the negotiation of a stream come one after the other');
/** Bytes waiting for one peer from which on it counts as congested, and down to which it does no longer. */
const CONGESTED_BYTES = 1024 * 1024;
const UNCONGESTED_BYTES = 256 * 1024;
assert(UNCONGESTED_BYTES < CONGESTED_BYTES, 'a peer at the bound does not flicker');
assert(CONGESTED_BYTES < OUTBOUND_BYTES_MAX, 'a peer is called congested before its stream is given up');

type Tracked = Peer & { readonly openedAtMs: number; hadGossipStream: boolean; congested: boolean };

export function createPeers(roster: Roster, input: (input: Input) => void, lost: (name: NodeName) => void): Peers {
  const peers = new Map<PeerId, Tracked>();

  const note = (): void => {
    for (const peer of peers.values()) if (hasGossipStream(peer.connection)) peer.hadGossipStream = true;
  };

  const setCongested = (peer: Tracked, congested: boolean): void => {
    if (congested === peer.congested) return;
    peer.congested = congested;
    input({ kind: 'congested', peer: peer.id, congested });
  };

  return {
    get: (id) => peers.get(id),
    isConnected: (name) => [...peers.values()].some((peer) => peer.name === name),
    count: () => peers.size,
    note,
    up(connection) {
      const id = connection.remotePeer.toString();
      const known = peers.get(id);
      if (known?.connection.id === connection.id) return known;
      const name = roster.nameOf(connection.remotePeer);
      if (name === null || connection.status !== 'open') return null;
      const openedAtMs = performance.now();
      const peer = { id, name, connection, openedAtMs, hadGossipStream: false, congested: known?.congested ?? false };
      peers.set(id, peer);
      if (known === undefined) input({ kind: 'peer-up', peer: id, name });
      else known.connection.abort(new Error('replaced by a newer connection'));
      return peer;
    },
    down(connection) {
      const id = connection.remotePeer.toString();
      const peer = peers.get(id);
      if (peer?.connection.id !== connection.id) return;
      peers.delete(id);
      input({ kind: 'peer-down', peer: id });
      lost(peer.name);
    },
    tend() {
      note();
      for (const peer of [...peers.values()]) {
        // Gossipsub does not open a stream again that was reset (a full buffer, a failed negotiation): on a new connection it does.
        const isOverdue = performance.now() - peer.openedAtMs > GOSSIP_STREAM_MS;
        if ((peer.hadGossipStream || isOverdue) && !hasGossipStream(peer.connection)) {
          peer.connection.abort(new Error('gossip has no stream on this connection'));
          continue;
        }
        let waiting = 0;
        for (const stream of peer.connection.streams) waiting += stream.writeBufferLength;
        setCongested(peer, waiting > (peer.congested ? UNCONGESTED_BYTES : CONGESTED_BYTES));
      }
    },
  };
}

function hasGossipStream(connection: Connection): boolean {
  return connection.streams.some(
    (stream) => stream.direction === 'outbound' && stream.protocol.startsWith('/meshsub/') && stream.status === 'open',
  );
}
