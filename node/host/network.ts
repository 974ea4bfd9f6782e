// libp2p as the core's network: gossip, requests, and who is connected. Only configured peers, only configured addresses, so that a
// partition acts in the wan and nowhere else. Of each pair the node with the lower name dials, so a pair has one connection and the wan
// cuts one way by direction of its bytes.

import { TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import {
  type Effect,
  type Input,
  type MessageId,
  type NodeName,
  type PeerId,
  TOPICS,
  type Topic,
} from '../core/contract.ts';
import { assert, present, unreachable } from '../lib/assert.ts';
import { createRandom } from '../lib/random.ts';
import type { Hash } from '../types/transaction.ts';
import { createDialler, type Dialler } from './dialler.ts';
import { TOPIC_BYTES_MAX, topicName } from './gossip.ts';
import { listenError, messageOf } from './host-error.ts';
import { dials } from './identity.ts';
import { createPeers, type Peers } from './peers.ts';
import { createRequests } from './requests.ts';
import { createRoster, listenAddress, type Roster, type RosterOptions } from './roster.ts';
import { createTransport, portOf, type ReportingGossip, type Transport } from './transport.ts';

export type NetworkOptions = RosterOptions & {
  readonly genesis: Hash;
  readonly nodeKey: Uint8Array;
  readonly seed: string;
  readonly listen: { readonly host: string; readonly port: number };
};

/** The effects that a network performs. */
export type NetworkEffect = Extract<
  Effect,
  { readonly kind: 'publish' | 'request' | 'cancel' | 'respond' | 'verdict' | 'disconnect' }
>;

export type NetworkHandlers = {
  /** What happened. Bytes belong to the receiver. */
  readonly input: (input: Input) => void;
  /** Something failed that nobody waits for. */
  readonly failed: (message: string) => void;
};

export type NetworkCounts = {
  readonly peers: number;
  readonly gossipReceived: number;
  readonly gossipDropped: number;
  readonly gossipPublished: number;
  readonly bytesReceived: number;
  readonly bytesPublished: number;
};

export type Network = {
  readonly peerId: PeerId;
  /** Where it listens. */
  readonly port: number;
  /** Begins to dial. Peers may connect before. */
  readonly dial: () => void;
  readonly perform: (effect: NetworkEffect) => void;
  readonly counts: () => NetworkCounts;
  readonly close: () => Promise<void>;
};

/** How long after the core ordered a disconnect a peer stays away. */
const HOLD_MS = 5_000;
/** How often connections are looked after. */
const TEND_MS = 250;

/** Starts libp2p and listens. Throws HostError where the address cannot be had. */
export async function startNetwork(options: NetworkOptions, handlers: NetworkHandlers): Promise<Network> {
  const roster = createRoster(options);
  const holds = createHolds();
  const transport = await createTransport({
    genesis: options.genesis,
    nodeKey: options.nodeKey,
    listen: await listenAddress(options.listen.host, options.listen.port),
    peersMax: options.nodes.length,
    mayDial: roster.isDialAddress,
    mayDialUs: roster.mayDialUs,
    mayConnect(peer) {
      const name = roster.nameOf(peer);
      return name !== null && !holds.isHeld(name);
    },
  });
  const { libp2p } = transport;
  const peers: Peers = createPeers(roster, handlers.input, (name) =>
    dialler.lost(name, holds.isHeld(name) ? HOLD_MS : 0),
  );
  const dialler = dialWith(transport, roster, peers, options);
  const requests = createRequests({
    libp2p,
    genesis: options.genesis,
    connectionOf: (peer) => peers.get(peer)?.connection ?? null,
    onRequest(connection, id, bytes) {
      const peer = peers.up(connection);
      if (peer !== null) handlers.input({ kind: 'request', from: peer.id, id, bytes });
    },
    onResponse: (id, bytes) => handlers.input({ kind: 'response', id, bytes }),
  });
  const gossip = createGossip(transport.gossip, options.genesis, peers, handlers);

  libp2p.addEventListener('connection:open', (event) => void peers.up(event.detail));
  libp2p.addEventListener('connection:close', (event) => peers.down(event.detail));
  await requests.start();
  const port = await listen(transport, options.listen);
  gossip.subscribe();
  const tending = setInterval(peers.tend, TEND_MS);

  return {
    peerId: libp2p.peerId.toString(),
    port,
    dial: dialler.start,
    perform(effect) {
      switch (effect.kind) {
        case 'publish':
          return gossip.publish(effect.topic, effect.bytes);
        case 'request':
          return requests.send(effect.to, effect.id, effect.bytes);
        case 'cancel':
          return requests.cancel(effect.id);
        case 'respond':
          return requests.respond(effect.id, effect.bytes);
        case 'verdict':
          return gossip.decide(effect.id, VERDICTS[effect.verdict]);
        case 'disconnect': {
          const peer = peers.get(effect.peer);
          if (peer === undefined) return;
          holds.hold(peer.name);
          return peer.connection.abort(new Error(`disconnected: ${effect.code}`));
        }
        default:
          return unreachable(effect);
      }
    },
    counts: () => ({ peers: peers.count(), ...gossip.counts() }),
    async close() {
      clearInterval(tending);
      dialler.stop();
      requests.stop();
      await libp2p.stop();
    },
  };
}

const VERDICTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const;

/** Deliveries whose verdict is still to come; what comes beyond is ignored, so that a flood does not fill the core's queue. */
const UNDECIDED_MAX = 4_096;
const UNDECIDED_BYTES_MAX = 64 * 1024 * 1024;

function createGossip(gossip: ReportingGossip, genesis: Hash, peers: Peers, handlers: NetworkHandlers) {
  const topics = new Map(TOPICS.map((topic) => [topicName(genesis, topic), topic]));
  const undecided = new Map<MessageId, { readonly from: Libp2pPeerId; readonly size: number }>();
  const counts = { gossipReceived: 0, gossipDropped: 0, gossipPublished: 0, bytesReceived: 0, bytesPublished: 0 };
  let undecidedBytes = 0;

  gossip.addEventListener('gossipsub:message', (event) => {
    const { propagationSource: from, msgId: id, msg } = event.detail;
    const size = msg.data.length;
    const topic = present(topics.get(msg.topic), `gossip on a topic that is not allowed: ${msg.topic}`);
    counts.gossipReceived++;
    counts.bytesReceived += size;
    if (size > TOPIC_BYTES_MAX[topic]) {
      gossip.reportMessageValidationResult(id, from.toString(), TopicValidatorResult.Reject);
      return;
    }
    const peer = peers.get(from.toString());
    if (peer === undefined || undecided.size >= UNDECIDED_MAX || undecidedBytes > UNDECIDED_BYTES_MAX) {
      counts.gossipDropped++;
      gossip.reportMessageValidationResult(id, from.toString(), TopicValidatorResult.Ignore);
      return;
    }
    undecided.set(id, { from, size });
    undecidedBytes += size;
    handlers.input({ kind: 'gossip', from: peer.id, id, topic, bytes: new Uint8Array(msg.data) });
  });

  return {
    counts: () => counts,
    subscribe() {
      for (const name of topics.keys()) gossip.subscribe(name);
    },
    decide(id: MessageId, verdict: TopicValidatorResult): void {
      const delivery = undecided.get(id);
      assert(delivery !== undefined, `a verdict for no delivery: ${id}`);
      undecided.delete(id);
      undecidedBytes -= delivery.size;
      gossip.reportMessageValidationResult(id, delivery.from.toString(), verdict);
    },
    publish(topic: Topic, bytes: Uint8Array): void {
      if (bytes.length > TOPIC_BYTES_MAX[topic]) {
        handlers.failed(
          `publish on ${topic}: ${bytes.length} bytes are more than gossip carries; peers fetch them by request`,
        );
        return;
      }
      counts.gossipPublished++;
      counts.bytesPublished += bytes.length;
      gossip.publish(topicName(genesis, topic), bytes).then(peers.note, (error: unknown) => {
        // Nobody there is no failure: heads and pooled transactions are exchanged when somebody comes.
        if (messageOf(error).includes('NoPeersSubscribedToTopic')) return;
        handlers.failed(`publish on ${topic}: ${messageOf(error)}`);
      });
    },
  };
}

function dialWith({ libp2p }: Transport, roster: Roster, peers: Peers, options: NetworkOptions): Dialler {
  return createDialler({
    targets: options.dial.map((target) => target.name).filter((name) => dials(options.name, name)),
    random: createRandom(`${options.seed}/${options.name}`),
    isConnected: peers.isConnected,
    async dial(name, signal) {
      const connection = await libp2p.dial(roster.dialAddress(name), { signal });
      if (roster.nameOf(connection.remotePeer) === name) return;
      const error = new Error(`the peer at the address of ${name} is another`);
      connection.abort(error);
      throw error;
    },
  });
}

async function listen(
  { libp2p }: Transport,
  wanted: { readonly host: string; readonly port: number },
): Promise<number> {
  let port = wanted.port;
  libp2p.addEventListener('transport:listening', (event) => {
    for (const address of event.detail.getAddrs()) port = portOf(address) ?? port;
  });
  try {
    await libp2p.start();
  } catch (error) {
    await Promise.resolve(libp2p.stop()).catch(() => undefined);
    throw listenError('p2p', wanted.host, wanted.port, error);
  }
  return port;
}

function createHolds() {
  const until = new Map<NodeName, number>();
  return {
    hold: (name: NodeName): void => void until.set(name, performance.now() + HOLD_MS),
    isHeld: (name: NodeName): boolean => (until.get(name) ?? 0) > performance.now(),
  };
}
