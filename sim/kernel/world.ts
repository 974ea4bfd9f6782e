// Many nodes in one thread, in virtual time: the driver that the core's contract speaks of, with a heap of events instead of sockets,
// timers and disks. Everything that looks random comes from one seed; the trace hash says whether two runs were the same.

import type { Accepted, Ask, Effect, Input, LocalId, NodeCore, PeerId } from '../../node/core/contract.ts';
import type { NodeView } from '../../node/core/view.ts';
import { assert, present, unreachable } from '../../node/lib/assert.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import type { Rejection } from '../../node/types/rejection.ts';
import type { Observation } from '../check/property.ts';
import { createDisk, type VirtualDisk } from './disk.ts';
import { createHeap } from './heap.ts';
import { applyOrder, EMPTY_TABLE, type NetworkOrder, type NodeName } from './links.ts';
import type { MachineOrder } from './machine-order.ts';
import { allPairs, createNetwork, type Frame, gossipId, type NetworkEvent } from './network.ts';
import { createTrace } from './trace.ts';

export type WorldOptions = {
  readonly seed: string;
  /** Virtual time at the beginning, milliseconds since 1970. */
  readonly startMs: number;
  readonly nodes: readonly NodeName[];
  /** Makes a node's core over its disk: called at every start. `life` counts from 1. */
  readonly createCore: (node: NodeName, store: StoreReader, life: number) => NodeCore;
  /** Who is whose peer; null for everybody. */
  readonly pairs: readonly (readonly [NodeName, NodeName])[] | null;
  readonly observe: (observation: Observation) => void;
};

export type World = {
  readonly nowMs: () => number;
  /** Performs the next event, if one is due by then; otherwise moves the clock there. True if something happened. */
  readonly advance: (untilMs: number) => boolean;
  readonly start: (node: NodeName) => void;
  /** Ends the node at once; what it persisted stays. */
  readonly kill: (node: NodeName) => void;
  /** The node does nothing, and nothing reaches it, until it is resumed. */
  readonly pause: (node: NodeName) => void;
  readonly resume: (node: NodeName) => void;
  /** Kills the node and empties its disk. */
  readonly wipe: (node: NodeName) => void;
  /** Wakes a running node although nothing is due, which must change nothing: for tests of just that. */
  readonly wakeEarly: (node: NodeName) => void;
  readonly order: (order: NetworkOrder) => void;
  /** Changes a node's clock, disk or speed. */
  readonly machine: (order: MachineOrder) => void;
  /** Gives a node a request of its own operator; the answer comes in the same step, null where the node's disk failed and it ended. */
  readonly ask: (node: NodeName, ask: Ask) => Accepted | Rejection | null;
  readonly view: (node: NodeName) => NodeView | null;
  readonly isRunning: (node: NodeName) => boolean;
  readonly isPaused: (node: NodeName) => boolean;
  readonly disk: (node: NodeName) => VirtualDisk;
  readonly traceHash: () => Hex;
  readonly effects: () => number;
};

/** How many message identifiers a node remembers: more than any run publishes within gossipsub's seen time. */
const SEEN_MAX = 65_536;

type Life = {
  readonly core: NodeCore;
  readonly life: number;
  readonly seen: Set<string>;
  /** Inputs that wait while the node is paused; null while it runs. */
  backlog: Input[] | null;
  /** In the network's time. */
  wakeAtMs: number;
  /** The time of its last step, by its own clock. */
  clockMs: number;
  /** Effects that its disk or its speed holds back, and what arrives meanwhile; null while it keeps up. */
  busy: { readonly effects: readonly Effect[]; readonly inputs: Input[]; isDue: boolean } | null;
  /** Inbound requests by the number that the core knows them by. */
  readonly inbound: Map<number, { readonly from: NodeName; readonly id: number }>;
  nextInbound: number;
};

/** What a machine is like where it is not in order. */
type MachineState = { offsetMs: number; syncMs: number; msPerBlock: number; freezeMs: number };

const IN_ORDER: MachineState = { offsetMs: 0, syncMs: 0, msPerBlock: 0, freezeMs: 0 };

type NodeTimer = { readonly node: NodeName; readonly life: number };
type WorldEvent = (NodeTimer & { readonly kind: 'wake' }) | (NodeTimer & { readonly kind: 'done' }) | NetworkEvent;

/** Creates a world in which no node runs yet. */
export function createWorld(options: WorldOptions): World {
  const { nodes } = options;
  const heap = createHeap<WorldEvent>();
  const trace = createTrace();
  const disks = new Map(nodes.map((node) => [node, createDisk()]));
  const lives = new Map<NodeName, Life>();
  const lifeCount = new Map<NodeName, number>();
  const answers = new Map<LocalId, Accepted | Rejection>();
  const machines = new Map<NodeName, MachineState>(nodes.map((node) => [node, { ...IN_ORDER }]));
  const chance = createRandom(`${options.seed}/machines`);
  let nowMs = options.startMs;
  let table = EMPTY_TABLE;
  let asked = 0;

  const observe = (observation: Observation): void => options.observe(observation);

  const network = createNetwork(nodes, options.pairs ?? allPairs(nodes), createRandom(`${options.seed}/network`), {
    schedule: (atMs, event) => heap.push(atMs, event),
    deliver: (from, to, frame) => receive(from, to, frame),
    connected: (a, b) => bothSides(a, b, (peer) => ({ kind: 'peer-up', peer, name: peer })),
    disconnected: (a, b) => bothSides(a, b, (peer) => ({ kind: 'peer-down', peer })),
    congested(from, to, congested) {
      const life = lives.get(from);
      if (life !== undefined) give(from, life, { kind: 'congested', peer: to, congested });
    },
    isRunning: (node) => lives.has(node),
  });

  function bothSides(a: NodeName, b: NodeName, input: (peer: PeerId) => Input): void {
    for (const [node, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const life = lives.get(node);
      if (life !== undefined) give(node, life, input(peer));
    }
  }

  /** Inputs that came up while effects were being performed: lists of effects never interleave. */
  const inputs: { readonly node: NodeName; readonly life: Life; readonly input: Input }[] = [];
  let isPerforming = false;

  function give(node: NodeName, life: Life, input: Input): void {
    if (life.backlog !== null) {
      life.backlog.push(input);
      return;
    }
    inputs.push({ node, life, input });
    if (isPerforming) return;
    isPerforming = true;
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      if (lives.get(next.node) === next.life) step(next.node, next.life, next.input);
    }
    isPerforming = false;
  }

  function step(node: NodeName, life: Life, input: Input): void {
    if (life.busy !== null) {
      life.busy.inputs.push(input);
      return;
    }
    life.clockMs = Math.max(life.clockMs, nowMs + machine(node).offsetMs); // as the host does with a clock that steps back
    let effects: readonly Effect[];
    try {
      effects = life.core.step(life.clockMs, input);
    } catch (error) {
      // Nothing that a peer sends makes a core throw; a store that is not what was written may, and its process ends.
      if (!disk(node).isDamaged()) throw error;
      return kill(node);
    }
    const [first] = effects;
    if (first?.kind === 'persist' && !disk(node).apply(first.writes)) return kill(node);
    const delayMs = input.kind === 'ask' ? 0 : delayOf(node, effects); // who asks waits, which takes no time here
    if (delayMs === 0) return perform(node, life, effects);
    life.busy = { effects, inputs: [], isDue: false };
    heap.push(nowMs + delayMs, { kind: 'done', node, life: life.life });
  }

  function delayOf(node: NodeName, effects: readonly Effect[]): number {
    const its = machine(node);
    const { syncMs, msPerBlock, freezeMs } = its;
    if (syncMs === 0 && msPerBlock === 0 && freezeMs === 0) return 0;
    its.freezeMs = 0; // once
    const executed = effects.filter((effect) => effect.kind === 'event' && effect.event.kind === 'executed').length;
    return (effects[0]?.kind === 'persist' ? syncMs : 0) + executed * msPerBlock + freezeMs;
  }

  /** What was held back happens now, and then what arrived meanwhile. */
  function finish(node: NodeName, life: Life): void {
    const { busy } = life;
    if (busy === null) return;
    life.busy = null;
    perform(node, life, busy.effects);
    for (const input of busy.inputs) if (lives.get(node) === life) give(node, life, input);
  }

  /** Performs the effects of a step whose batch, the first of them, is on the disk. */
  function perform(node: NodeName, life: Life, effects: readonly Effect[]): void {
    for (const effect of effects) {
      trace.record(nowMs, node, effect);
      performOne(node, life, effect);
    }
    wakeLater(node, life);
  }

  function wakeLater(node: NodeName, life: Life): void {
    const wakeAtMs = Math.max(life.core.wakeAtMs() - machine(node).offsetMs, nowMs);
    if (wakeAtMs === life.wakeAtMs) return;
    life.wakeAtMs = wakeAtMs;
    heap.push(wakeAtMs, { kind: 'wake', node, life: life.life });
  }

  function performOne(node: NodeName, life: Life, effect: Effect): void {
    switch (effect.kind) {
      case 'persist':
        return; // done when the step was
      case 'publish': {
        const id = gossipId(effect.topic, effect.bytes);
        if (life.seen.has(id)) return;
        remember(life.seen, id);
        return spread(node, null, { kind: 'gossip', topic: effect.topic, id, bytes: effect.bytes });
      }
      case 'request':
        return network.send(nowMs, node, effect.to, { kind: 'request', id: effect.id, bytes: effect.bytes });
      case 'cancel':
        return; // a late response is the core's to ignore
      case 'respond': {
        const origin = life.inbound.get(effect.id);
        life.inbound.delete(effect.id);
        if (origin === undefined) return;
        return network.send(nowMs, node, origin.from, { kind: 'response', id: origin.id, bytes: effect.bytes });
      }
      case 'verdict': {
        const held = pending.get(`${node} ${effect.id}`);
        pending.delete(`${node} ${effect.id}`);
        if (held !== undefined && effect.verdict === 'accept') spread(node, held.from, held.frame);
        return;
      }
      case 'disconnect':
        return network.disconnect(nowMs, node, effect.peer);
      case 'answer':
        answers.set(effect.id, effect.outcome);
        return;
      case 'event':
        return observe({ kind: 'event', atMs: nowMs, node, event: effect.event });
      default:
        return unreachable(effect);
    }
  }

  /** Gossip that waits for its verdict before it is passed on. */
  const pending = new Map<string, { readonly from: NodeName; readonly frame: Frame }>();

  function spread(node: NodeName, except: NodeName | null, frame: Frame): void {
    for (const peer of network.peersOf(node)) if (peer !== except) network.send(nowMs, node, peer, frame);
  }

  function receive(from: NodeName, to: NodeName, frame: Frame): void {
    const life = lives.get(to);
    if (life === undefined) return;
    switch (frame.kind) {
      case 'gossip':
        if (frame.isCopy === true)
          return give(to, life, {
            kind: 'gossip',
            from,
            id: `${frame.id}/again`,
            topic: frame.topic,
            bytes: frame.bytes,
          });
        if (life.seen.has(frame.id)) return;
        remember(life.seen, frame.id);
        pending.set(`${to} ${frame.id}`, { from, frame });
        return give(to, life, { kind: 'gossip', from, id: frame.id, topic: frame.topic, bytes: frame.bytes });
      case 'request': {
        life.nextInbound += 1;
        life.inbound.set(life.nextInbound, { from, id: frame.id });
        return give(to, life, { kind: 'request', from, id: life.nextInbound, bytes: frame.bytes });
      }
      case 'response':
        return give(to, life, { kind: 'response', id: frame.id, bytes: frame.bytes });
      default:
        return unreachable(frame);
    }
  }

  function disk(node: NodeName): VirtualDisk {
    return present(disks.get(node), `no node ${node}`);
  }

  function machine(node: NodeName): MachineState {
    return present(machines.get(node), `no node ${node}`);
  }

  function running(node: NodeName): Life {
    return present(lives.get(node), `${node} does not run`);
  }

  function start(node: NodeName): void {
    assert(!lives.has(node), `${node} runs already`);
    const count = (lifeCount.get(node) ?? 0) + 1;
    lifeCount.set(node, count);
    const core = options.createCore(node, disk(node), count);
    const life: Life = {
      core,
      life: count,
      seen: new Set(),
      backlog: null,
      wakeAtMs: -1,
      clockMs: 0,
      busy: null,
      inbound: new Map(),
      nextInbound: 0,
    };
    lives.set(node, life);
    observe({ kind: 'process', atMs: nowMs, node, change: 'started' });
    give(node, life, { kind: 'wake' });
    network.nodeUp(nowMs, node);
  }

  function kill(node: NodeName): void {
    const { busy } = running(node);
    lives.delete(node);
    // A batch that was on its way is durable or not; nobody has heard of it either way.
    if (busy?.effects[0]?.kind === 'persist' && chance.chance(1, 2)) disk(node).lose();
    disk(node).crash();
    observe({ kind: 'process', atMs: nowMs, node, change: 'killed' });
    network.nodeDown(nowMs, node);
  }

  function happen(event: WorldEvent): void {
    if (event.kind !== 'wake' && event.kind !== 'done') return network.happen(nowMs, event);
    const life = lives.get(event.node);
    if (event.kind === 'done') {
      if (life === undefined || life.life !== event.life || life.busy === null) return;
      if (life.backlog === null) return finish(event.node, life);
      life.busy.isDue = true;
      return;
    }
    if (life === undefined || life.life !== event.life || life.backlog !== null) return;
    if (life.wakeAtMs > nowMs) return; // an earlier wish, overtaken by a later one
    life.wakeAtMs = -1;
    give(event.node, life, { kind: 'wake' });
  }

  return {
    nowMs: () => nowMs,
    advance(untilMs) {
      const nextAtMs = heap.nextAtMs();
      if (nextAtMs === null || nextAtMs > untilMs) {
        nowMs = Math.max(nowMs, untilMs);
        return false;
      }
      const { atMs, event } = heap.pop();
      nowMs = Math.max(nowMs, atMs);
      happen(event);
      return true;
    },
    start,
    kill,
    pause(node) {
      running(node).backlog ??= [];
      observe({ kind: 'process', atMs: nowMs, node, change: 'paused' });
    },
    resume(node) {
      const life = running(node);
      const backlog = life.backlog ?? [];
      life.backlog = null;
      observe({ kind: 'process', atMs: nowMs, node, change: 'resumed' });
      if (life.busy?.isDue) finish(node, life);
      for (const input of [{ kind: 'wake' } as const, ...backlog]) {
        give(node, life, input);
      }
    },
    wipe(node) {
      if (lives.has(node)) kill(node);
      disk(node).wipe();
      observe({ kind: 'process', atMs: nowMs, node, change: 'wiped' });
    },
    wakeEarly(node) {
      const life = running(node);
      if (life.backlog === null && life.core.wakeAtMs() - machine(node).offsetMs > nowMs)
        give(node, life, { kind: 'wake' });
    },
    order(order) {
      table = applyOrder(table, order, nodes);
      observe({ kind: 'network', atMs: nowMs, order });
      network.reshape(nowMs, table);
    },
    machine(order) {
      observe({ kind: 'machine', atMs: nowMs, order });
      if (order.kind === 'repair') {
        for (const node of nodes) {
          machines.set(node, { ...IN_ORDER });
          disk(node).fail('well', chance);
          const life = lives.get(node);
          if (life !== undefined && life.backlog === null) wakeLater(node, life);
        }
        return;
      }
      const its = machine(order.node);
      if (order.kind === 'sync') its.syncMs = order.delayMs;
      if (order.kind === 'slow') its.msPerBlock = order.msPerBlock;
      if (order.kind === 'freeze') its.freezeMs = order.ms;
      if (order.kind === 'disk') disk(order.node).fail(order.fault, chance);
      if (order.kind !== 'clock') return;
      its.offsetMs = order.offsetMs;
      const life = lives.get(order.node);
      if (life !== undefined && life.backlog === null) wakeLater(order.node, life);
    },
    ask(node, ask) {
      asked += 1;
      const life = running(node);
      assert(life.backlog === null, `${node} is paused`);
      while (life.busy !== null && lives.get(node) === life) finish(node, life); // what waits may make it busy again
      if (lives.get(node) !== life) return null;
      give(node, life, { kind: 'ask', id: asked, ask });
      const outcome = answers.get(asked);
      answers.delete(asked);
      if (lives.get(node) !== life) return null;
      return present(outcome, `${node} did not answer ask ${asked} in its step`);
    },
    view: (node) => lives.get(node)?.core.view() ?? null,
    isRunning: (node) => lives.has(node),
    isPaused: (node) => (lives.get(node)?.backlog ?? null) !== null,
    disk,
    traceHash: trace.hash,
    effects: trace.length,
  };
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  if (seen.size <= SEEN_MAX) return;
  for (const oldest of seen) {
    seen.delete(oldest);
    return;
  }
}
