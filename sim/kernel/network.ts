// The virtual network: connections between nodes that carry whole messages in order, shaped by the same table as the wan's. It stands
// above libp2p, at the level of effects, and carries encoded bytes.

import type { Topic } from '../../node/core/contract.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divideUp } from '../../node/lib/integer.ts';
import type { Random } from '../../node/lib/random.ts';
import { EMPTY_TABLE, type LinkTable, linkShape, type NodeName } from './links.ts';

/** What travels on a connection. */
export type Frame =
  | { readonly kind: 'gossip'; readonly topic: Topic; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: 'request'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'response'; readonly id: number; readonly bytes: Uint8Array };

/** What the network wants to happen later; the world puts it into its heap and gives it back to `happen`. */
export type NetworkEvent =
  | {
      readonly kind: 'arrive';
      readonly from: NodeName;
      readonly to: NodeName;
      readonly life: number;
      readonly frame: Frame;
    }
  | { readonly kind: 'dial'; readonly a: NodeName; readonly b: NodeName }
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
const LATENCY_MS_MIN = 1;
const LATENCY_MS_MAX = 5;
/** A connection that is stalled both ways is given up after this long: libp2p was seen to take 10 to 15 s. */
const STALL_TIMEOUT_MS = 12_000;
/** Redial back-off, as the host's: at most 2 s. */
const REDIAL_MS_MIN = 200;
const REDIAL_MS_MAX = 2_000;
const FIRST_DIAL_MS_MAX = 50;

type Connection = {
  isUp: boolean;
  /** Counts the lives of the connection, so that frames of an earlier one are lost with it. */
  life: number;
  stalledSince: number | null;
};

type Direction = { lastArrivalMs: number; readonly held: Frame[] };

/** Creates a network between nodes that are all each other's peers, or along the given pairs. */
export function createNetwork(
  nodes: readonly NodeName[],
  pairs: readonly (readonly [NodeName, NodeName])[],
  random: Random,
  sink: NetworkSink,
): VirtualNetwork {
  const connections = new Map<string, Connection>();
  const directions = new Map<string, Direction>();
  const neighbours = new Map<NodeName, NodeName[]>(nodes.map((node) => [node, []]));
  let table: LinkTable = EMPTY_TABLE;

  for (const [a, b] of pairs) {
    connections.set(keyOf(a, b), { isUp: false, life: 0, stalledSince: null });
    for (const key of [`${a}>${b}`, `${b}>${a}`]) directions.set(key, { lastArrivalMs: 0, held: [] });
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }

  const connection = (a: NodeName, b: NodeName): Connection =>
    present(connections.get(keyOf(a, b)), `no link between ${a} and ${b}`);
  const direction = (from: NodeName, to: NodeName): Direction =>
    present(directions.get(`${from}>${to}`), `no link from ${from} to ${to}`);

  const dialLater = (nowMs: number, a: NodeName, b: NodeName): void => {
    sink.schedule(nowMs + random.between(REDIAL_MS_MIN, REDIAL_MS_MAX), { kind: 'dial', a, b });
  };

  const dial = (nowMs: number, a: NodeName, b: NodeName): void => {
    const link = connection(a, b);
    if (link.isUp || !sink.isRunning(a) || !sink.isRunning(b)) return; // dialling begins again when the node comes up
    const isOpen = linkShape(table, a, b).state === 'open' && linkShape(table, b, a).state === 'open';
    if (!isOpen) return dialLater(nowMs, a, b);
    link.isUp = true;
    link.life += 1;
    link.stalledSince = null;
    sink.connected(a, b);
  };

  const hangUp = (nowMs: number, a: NodeName, b: NodeName): void => {
    const link = connection(a, b);
    if (!link.isUp) return;
    link.isUp = false;
    link.stalledSince = null;
    for (const way of [direction(a, b), direction(b, a)]) way.held.length = 0;
    sink.disconnected(a, b);
    dialLater(nowMs, a, b);
  };

  const transmit = (nowMs: number, from: NodeName, to: NodeName, frame: Frame): void => {
    const way = direction(from, to);
    const shape = linkShape(table, from, to);
    const latency = random.between(LATENCY_MS_MIN, LATENCY_MS_MAX) + shape.delayMs + random.below(shape.jitterMs + 1);
    const lineMs = shape.bitsPerSecond === null ? 0 : divideUp(frame.bytes.length * 8_000, shape.bitsPerSecond);
    way.lastArrivalMs = Math.max(way.lastArrivalMs + lineMs, nowMs + latency + lineMs);
    sink.schedule(way.lastArrivalMs, { kind: 'arrive', from, to, life: connection(from, to).life, frame });
  };

  const noteStall = (nowMs: number, a: NodeName, b: NodeName): void => {
    const link = connection(a, b);
    const isStalled = linkShape(table, a, b).state === 'stalled' && linkShape(table, b, a).state === 'stalled';
    if (!isStalled) link.stalledSince = null;
    else if (link.isUp && link.stalledSince === null) {
      link.stalledSince = nowMs;
      sink.schedule(nowMs + STALL_TIMEOUT_MS, { kind: 'stall-timeout', a, b, life: link.life, since: nowMs });
    }
  };

  return {
    send(nowMs, from, to, frame) {
      if (!connection(from, to).isUp) return;
      if (linkShape(table, from, to).state === 'stalled') direction(from, to).held.push(frame);
      else transmit(nowMs, from, to, frame);
    },
    isConnected: (a, b) => connections.get(keyOf(a, b))?.isUp === true,
    peersOf: (node) => (neighbours.get(node) ?? []).filter((peer) => connection(node, peer).isUp),
    happen(nowMs, event) {
      switch (event.kind) {
        case 'arrive': {
          const link = connection(event.from, event.to);
          if (!link.isUp || link.life !== event.life) return;
          const isHeld = linkShape(table, event.from, event.to).state === 'stalled';
          if (isHeld) direction(event.from, event.to).held.push(event.frame);
          else sink.deliver(event.from, event.to, event.frame);
          return;
        }
        case 'dial':
          return dial(nowMs, event.a, event.b);
        case 'stall-timeout': {
          const link = connection(event.a, event.b);
          if (link.life === event.life && link.stalledSince === event.since) hangUp(nowMs, event.a, event.b);
          return;
        }
      }
    },
    nodeUp(nowMs, node) {
      for (const peer of neighbours.get(node) ?? []) {
        sink.schedule(nowMs + random.between(1, FIRST_DIAL_MS_MAX), { kind: 'dial', a: node, b: peer });
      }
    },
    nodeDown(nowMs, node) {
      for (const peer of neighbours.get(node) ?? []) hangUp(nowMs, node, peer);
    },
    disconnect: hangUp,
    reshape(nowMs, next) {
      table = next;
      for (const [a, b] of pairs) {
        const isCut = linkShape(table, a, b).state === 'cut' || linkShape(table, b, a).state === 'cut';
        if (isCut) hangUp(nowMs, a, b);
        noteStall(nowMs, a, b);
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const) {
          if (linkShape(table, from, to).state !== 'open') continue;
          for (const frame of direction(from, to).held.splice(0)) transmit(nowMs, from, to, frame);
        }
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

function keyOf(a: NodeName, b: NodeName): string {
  assert(a !== b, `${a} is its own peer`);
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
