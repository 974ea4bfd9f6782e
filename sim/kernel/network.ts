// The virtual network: connections between nodes that carry whole messages in order, shaped by the same table as the wan's. It stands
// above libp2p, at the level of effects, and carries encoded bytes.

import type { Topic } from '../../node/core/contract.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divideUp } from '../../node/lib/integer.ts';
import type { Random } from '../../node/lib/random.ts';
import { isSameShape, type LinkShape, type LinkTable, linkShape, type NodeName, OPEN_LINK } from './links.ts';

/** What travels on a connection. */
export type Frame = Payload & {
  /** It has arrived before: gossip's own memory of what was seen does not hold it back. */
  readonly isCopy?: true;
};

type Payload =
  | { readonly kind: 'gossip'; readonly topic: Topic; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: 'request'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'response'; readonly id: number; readonly bytes: Uint8Array };

/** What the network wants to happen later; the world puts it into its heap and gives it back to `happen`. */
export type NetworkEvent =
  /** The first frame that waits arrives. `epoch` tells apart what was timed before the link broke or changed its shape. */
  | { readonly kind: 'arrive'; readonly from: NodeName; readonly to: NodeName; readonly epoch: number }
  | { readonly kind: 'dial'; readonly a: NodeName; readonly b: NodeName; readonly dueMs: number }
  | {
      readonly kind: 'stall-timeout';
      readonly a: NodeName;
      readonly b: NodeName;
      readonly life: number;
      readonly since: number;
    };

/** What the network tells the world. */
export type NetworkSink = {
  readonly schedule: (atMs: number, event: NetworkEvent) => void;
  readonly deliver: (from: NodeName, to: NodeName, frame: Frame) => void;
  readonly connected: (a: NodeName, b: NodeName) => void;
  readonly disconnected: (a: NodeName, b: NodeName) => void;
  /** What `from` has sent to `to` piles up, or no longer does. */
  readonly congested: (from: NodeName, to: NodeName, congested: boolean) => void;
  readonly isRunning: (node: NodeName) => boolean;
};

export type VirtualNetwork = {
  /** Sends over the connection, if there is one; otherwise the frame is lost. */
  readonly send: (nowMs: number, from: NodeName, to: NodeName, frame: Frame) => void;
  readonly isConnected: (a: NodeName, b: NodeName) => boolean;
  readonly peersOf: (node: NodeName) => readonly NodeName[];
  readonly happen: (nowMs: number, event: NetworkEvent) => void;
  /** A node came up: dialling begins. */
  readonly nodeUp: (nowMs: number, node: NodeName) => void;
  /** A node went down: its connections break. */
  readonly nodeDown: (nowMs: number, node: NodeName) => void;
  /** Breaks one connection, as a node's `disconnect` asks. It is dialled again. */
  readonly disconnect: (nowMs: number, a: NodeName, b: NodeName) => void;
  readonly reshape: (nowMs: number, table: LinkTable) => void;
};

/** Latency of an unshaped link, milliseconds: what loopback and a machine's switch cost, drawn per frame. */
export const LATENCY_MS_MIN = 1;
export const LATENCY_MS_MAX = 5;
/** A connection that is stalled both ways is given up after this long: libp2p was seen to take 10 to 15 s. */
export const STALL_TIMEOUT_MS = 12_000;
/** Redial back-off, as the host's: at most 2 s. */
export const REDIAL_MS_MIN = 200;
export const REDIAL_MS_MAX = 2_000;
export const FIRST_DIAL_MS_MAX = 50;
/** Bytes waiting in one direction from which on the sender hears that it is congested, and down to which it no longer is: the host's. */
export const CONGESTED_BYTES = 1_048_576;
export const UNCONGESTED_BYTES = 262_144;
assert(UNCONGESTED_BYTES < CONGESTED_BYTES, 'a link at the bound does not flicker');

type Link = {
  readonly a: NodeName;
  readonly b: NodeName;
  isUp: boolean;
  /** Counts the lives of the connection. */
  life: number;
  stalledSince: number | null;
  /** The one dial that is planned. */
  dialAtMs: number | null;
};

/** One direction of a link: its frames wait in order, on the line while it is open, at its near end while it is stalled. */
type Way = {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly link: Link;
  readonly queue: Frame[];
  queuedBytes: number;
  isCongested: boolean;
  shape: LinkShape;
  epoch: number;
  /** When the line has taken up what was sent; matters where it is slow. */
  lineFreeAtMs: number;
  lastArrivalMs: number;
};

/** Creates a network between nodes that are peers along the given pairs. */
export function createNetwork(
  nodes: readonly NodeName[],
  pairs: readonly (readonly [NodeName, NodeName])[],
  random: Random,
  sink: NetworkSink,
): VirtualNetwork {
  const links: Link[] = [];
  /** By sender, then by receiver. */
  const ways = new Map<NodeName, Map<NodeName, Way>>(nodes.map((node) => [node, new Map()]));
  for (const [a, b] of pairs) {
    assert(a !== b && ways.get(a)?.has(b) === false, `${a} and ${b} are no pair, or one twice`);
    const link: Link = { a, b, isUp: false, life: 0, stalledSince: null, dialAtMs: null };
    links.push(link);
    ways.get(a)?.set(b, createWay(a, b, link));
    ways.get(b)?.set(a, createWay(b, a, link));
  }

  const way = (from: NodeName, to: NodeName): Way => present(ways.get(from)?.get(to), `no link from ${from} to ${to}`);
  const waysOf = (node: NodeName): Iterable<Way> => present(ways.get(node), `no node ${node}`).values();
  const bothWays = ({ a, b }: Link): readonly [Way, Way] => [way(a, b), way(b, a)];

  /** Of several wishes to dial the earliest counts: there is one dialler per pair. */
  const dialAt = (atMs: number, link: Link): void => {
    if (link.dialAtMs !== null && link.dialAtMs <= atMs) return;
    link.dialAtMs = atMs;
    sink.schedule(atMs, { kind: 'dial', a: link.a, b: link.b, dueMs: atMs });
  };
  const dialLater = (nowMs: number, link: Link): void => {
    dialAt(nowMs + random.between(REDIAL_MS_MIN, REDIAL_MS_MAX), link);
  };

  const dial = (nowMs: number, link: Link): void => {
    link.dialAtMs = null;
    if (link.isUp || !sink.isRunning(link.a) || !sink.isRunning(link.b)) return; // dialling begins again when the node comes up
    if (bothWays(link).some(({ shape }) => shape.state !== 'open')) return dialLater(nowMs, link);
    link.isUp = true;
    link.life += 1;
    sink.connected(link.a, link.b);
  };

  const hangUp = (nowMs: number, link: Link): void => {
    if (!link.isUp) return;
    link.isUp = false;
    link.stalledSince = null;
    for (const direction of bothWays(link)) {
      direction.queue.length = 0;
      direction.queuedBytes = 0;
      direction.isCongested = false; // a new connection begins without a load, and both sides know
      restart(direction, nowMs);
    }
    sink.disconnected(link.a, link.b);
    dialLater(nowMs, link);
  };

  /** Puts a frame of the queue on the line. */
  const transmit = (nowMs: number, direction: Way, frame: Frame): void => {
    const { from, to, shape, epoch } = direction;
    const lineMs = shape.bitsPerSecond === null ? 0 : divideUp(frame.bytes.length * 8_000, shape.bitsPerSecond);
    direction.lineFreeAtMs = Math.max(direction.lineFreeAtMs, nowMs) + lineMs;
    const latency = random.between(LATENCY_MS_MIN, LATENCY_MS_MAX) + shape.delayMs + random.below(shape.jitterMs + 1);
    direction.lastArrivalMs = Math.max(direction.lastArrivalMs, direction.lineFreeAtMs + latency);
    sink.schedule(direction.lastArrivalMs, { kind: 'arrive', from, to, epoch });
  };

  const weigh = (direction: Way): void => {
    const congested = direction.queuedBytes > (direction.isCongested ? UNCONGESTED_BYTES : CONGESTED_BYTES);
    if (congested === direction.isCongested) return;
    direction.isCongested = congested;
    sink.congested(direction.from, direction.to, congested);
  };

  const arrive = (nowMs: number, direction: Way): void => {
    const { from, to, queue, shape } = direction;
    const at = happens(shape.reorderPercent) ? random.below(queue.length) : 0;
    const frame = at === 0 ? queue.shift() : queue.splice(at, 1)[0];
    assert(frame !== undefined, `nothing waits from ${from} to ${to}`);
    direction.queuedBytes -= frame.bytes.length;
    const isLost = happens(shape.lossPercent);
    if (!isLost && frame.isCopy !== true && happens(shape.duplicatePercent)) {
      const copy: Frame = { ...frame, isCopy: true };
      queue.push(copy);
      direction.queuedBytes += copy.bytes.length;
      transmit(nowMs, direction, copy);
    }
    weigh(direction);
    if (!isLost) sink.deliver(from, to, frame);
  };

  /** Nothing is drawn for a link without faults: it stays as it was. */
  const happens = (percent: number): boolean => percent > 0 && random.chance(percent, 100);

  const noteStall = (nowMs: number, link: Link): void => {
    const isStalled = bothWays(link).every(({ shape }) => shape.state === 'stalled');
    if (!isStalled) link.stalledSince = null;
    else if (link.isUp && link.stalledSince === null) {
      link.stalledSince = nowMs;
      const { a, b, life } = link;
      sink.schedule(nowMs + STALL_TIMEOUT_MS, { kind: 'stall-timeout', a, b, life, since: nowMs });
    }
  };

  return {
    send(nowMs, from, to, frame) {
      const direction = way(from, to);
      if (!direction.link.isUp) return;
      direction.queue.push(frame);
      direction.queuedBytes += frame.bytes.length;
      if (direction.shape.state === 'open') transmit(nowMs, direction, frame);
      weigh(direction);
    },
    isConnected: (a, b) => way(a, b).link.isUp,
    peersOf(node) {
      const peers: NodeName[] = [];
      for (const { to, link } of waysOf(node)) if (link.isUp) peers.push(to);
      return peers;
    },
    happen(nowMs, event) {
      switch (event.kind) {
        case 'arrive': {
          const direction = way(event.from, event.to);
          if (direction.epoch === event.epoch) arrive(nowMs, direction);
          return;
        }
        case 'dial': {
          const { link } = way(event.a, event.b);
          if (link.dialAtMs === event.dueMs) dial(nowMs, link);
          return;
        }
        case 'stall-timeout': {
          const { link } = way(event.a, event.b);
          if (link.life === event.life && link.stalledSince === event.since) hangUp(nowMs, link);
          return;
        }
      }
    },
    nodeUp(nowMs, node) {
      for (const { link } of waysOf(node)) dialAt(nowMs + random.between(1, FIRST_DIAL_MS_MAX), link);
    },
    nodeDown(nowMs, node) {
      for (const { link } of waysOf(node)) hangUp(nowMs, link);
    },
    disconnect: (nowMs, a, b) => hangUp(nowMs, way(a, b).link),
    reshape(nowMs, table) {
      for (const link of links) {
        for (const direction of bothWays(link)) {
          const shape = linkShape(table, direction.from, direction.to);
          if (isSameShape(shape, direction.shape)) continue;
          direction.shape = shape;
          restart(direction, nowMs);
          if (shape.state === 'open') for (const frame of direction.queue) transmit(nowMs, direction, frame);
        }
        if (bothWays(link).some(({ shape }) => shape.state === 'cut')) hangUp(nowMs, link);
        noteStall(nowMs, link);
      }
    },
  };
}

/** Every pair once: a full mesh. */
export function allPairs(nodes: readonly NodeName[]): (readonly [NodeName, NodeName])[] {
  return nodes.flatMap((a, i) => nodes.slice(i + 1).map((b) => [a, b] as const));
}

const ids = new WeakMap<Uint8Array, string>();

/** A gossip message's identifier: a hash of topic and content, computed once per message. */
export function gossipId(topic: Topic, bytes: Uint8Array): string {
  let id = ids.get(bytes);
  if (id === undefined) {
    id = `${topic}:${bytesToHex(keccak256(bytes).subarray(0, 16))}`;
    ids.set(bytes, id);
  }
  return id;
}

function createWay(from: NodeName, to: NodeName, link: Link): Way {
  return {
    from,
    to,
    link,
    queue: [],
    queuedBytes: 0,
    isCongested: false,
    shape: OPEN_LINK,
    epoch: 0,
    lineFreeAtMs: 0,
    lastArrivalMs: 0,
  };
}

/** Forgets what was timed: the line is free, and whatever waits is timed anew. */
function restart(direction: Way, nowMs: number): void {
  direction.epoch += 1;
  direction.lineFreeAtMs = nowMs;
  direction.lastArrivalMs = nowMs;
}
