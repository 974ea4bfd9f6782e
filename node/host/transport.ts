// libp2p's own configuration: TCP, noise, yamux, identify, gossipsub; no discovery, no pings, no keep-alive, no inactivity timeouts, so
// that a cut stays a cut and a stall a stall. The connection gater lets nobody in and nothing out that is not configured.

import { noise } from '@chainsafe/libp2p-noise';
import { type GossipSub, gossipsub, type TopicValidatorResult } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Libp2p, PeerId as Libp2pPeerId } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { assert } from '../lib/assert.ts';
import type { Hash } from '../types/transaction.ts';
import { DIAL_TIMEOUT_MS } from './dialler.ts';
import { gossipOptions, MESSAGE_BYTES_MAX, OUTBOUND_BYTES_MAX } from './gossip.ts';
import { libp2pKey } from './identity.ts';

export type TransportOptions = {
  readonly genesis: Hash;
  readonly nodeKey: Uint8Array;
  readonly listen: Multiaddr;
  readonly peersMax: number;
  readonly mayDial: (address: Multiaddr) => boolean;
  readonly mayConnect: (peer: Libp2pPeerId) => boolean;
  /** Asked beside `mayConnect` where the peer dialled us. */
  readonly mayDialUs: (peer: Libp2pPeerId) => boolean;
};

/** Gossipsub with the method that asyncValidation needs: public, documented, and missing from the package's interface type. */
export type ReportingGossip = GossipSub & {
  readonly reportMessageValidationResult: (id: string, from: string, acceptance: TopicValidatorResult) => void;
};

export type Transport = { readonly libp2p: Libp2p; readonly gossip: ReportingGossip };

/** The negotiation of one stream. Gossipsub opens its streams one after another, so a stalled peer holds up the others for this long. */
export const NEGOTIATION_MS = 5_000;

/** Creates libp2p, not started yet. */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const libp2p = await createLibp2p({
    start: false,
    privateKey: libp2pKey(options.nodeKey),
    addresses: {
      listen: [options.listen.toString()],
      announceFilter: () => [], // nobody is to learn an address that goes round the wan
    },
    transports: [
      tcp({
        inboundSocketInactivityTimeout: 0,
        outboundSocketInactivityTimeout: 0,
        dialOpts: { noDelay: true },
        listenOpts: { noDelay: true },
      }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        enableKeepAlive: false,
        streamOptions: { maxReadBufferLength: MESSAGE_BYTES_MAX, maxWriteBufferLength: OUTBOUND_BYTES_MAX },
      }),
    ],
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: 4 * options.peersMax + 16, // above what the list allows, so that libp2p never prunes a peer of it
      inboundConnectionThreshold: 1_000, // per second and host: behind the wan all peers have one
      maxIncomingPendingConnections: 64,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: DIAL_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: NEGOTIATION_MS,
      inboundStreamProtocolNegotiationTimeout: NEGOTIATION_MS,
      reconnectRetries: 0,
    },
    connectionGater: {
      denyDialMultiaddr: (address) => !options.mayDial(address),
      denyInboundEncryptedConnection: (peer) => !options.mayConnect(peer) || !options.mayDialUs(peer),
      denyOutboundEncryptedConnection: (peer) => !options.mayConnect(peer),
      filterMultiaddrForPeer: () => false,
    },
    services: {
      identify: identify({ timeout: NEGOTIATION_MS }),
      gossip: gossipsub(gossipOptions(options.genesis)),
    },
  });
  return { libp2p, gossip: withReports(libp2p.services.gossip) };
}

/** The TCP port of an address, or null where it has none. */
export function portOf(address: Multiaddr): number | null {
  const part = address.getComponents().find((component) => component.name === 'tcp');
  return part?.value === undefined ? null : Number(part.value);
}

function withReports(gossip: GossipSub): ReportingGossip {
  assert('reportMessageValidationResult' in gossip, 'this gossipsub takes no verdicts');
  return gossip as ReportingGossip;
}
