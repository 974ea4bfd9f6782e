// The virtual arm: a network in this thread and in virtual time. What takes minutes on processes takes milliseconds here, and the same
// seed gives the same trace.

import type { Ask, NodeCore } from '../../node/core/contract.ts';
import { createNode } from '../../node/core/node.ts';
import type { NodeOptions } from '../../node/core/options.ts';
import type { NodeView } from '../../node/core/view.ts';
import type { CountingMachine } from '../../node/evm/create-machine.ts';
import { present } from '../../node/lib/assert.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';
import { addressOfKey, rememberSignatures, signDigest } from '../../node/lib/signatures.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { narrow } from '../../node/lib/wide.ts';
import { type Answer, answer } from '../../node/rpc/answer.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Observation } from '../check/property.ts';
import { byzantineCore } from '../faults/byzantine.ts';
import { machineWithFault } from '../faults/machines.ts';
import { findFault } from '../faults/planted.ts';
import { checkOrder, type NodeName } from '../kernel/links.ts';
import { checkMachineOrder } from '../kernel/machine-order.ts';
import { createWorld, type World } from '../kernel/world.ts';
import { type Cluster, type NetworkPlan, RpcError } from './cluster.ts';
import { describeNetwork, type NetworkDescription } from './description.ts';
import { NetworkError } from './errors.ts';
import { journaled, type Past } from './journal.ts';

/** 2026-01-01: any fixed moment would do; a real one makes timestamps readable. */
export const VIRTUAL_START_MS = 1_767_225_600_000;

/** How often a condition is asked while nothing is observed, in virtual milliseconds. */
const ASK_EVERY_MS = 250;

/** A virtual cluster, and the world behind it for tools that look deeper. */
export type VirtualCluster = Omit<Cluster, 'branch'> & {
  readonly world: World;
  /**
   * Another cluster with the same past, which may have another future; as often as wanted. It lives through the past when it is first waited
   * on, ordered or asked, so that whoever observes it by then sees all of it. Tasks and listeners are not taken along.
   */
  readonly branch: () => VirtualCluster;
};

/** What nodes are made of, where it is not what a plan says: for exploration and its planted bugs. */
export type NodeParts = {
  /** The machine of a node with that planted machine fault, or with none. */
  readonly machine?: (fault: string | null) => CountingMachine;
  /** Stands around the core of every node, within what a planted fault makes of it. */
  readonly wrap?: (core: NodeCore, options: NodeOptions) => NodeCore;
};

/** Creates the network and starts all nodes but the late ones. */
export function createVirtualCluster(plan: NetworkPlan, parts: NodeParts = {}): VirtualCluster {
  return open(plan, parts, null);
}

/** What a cluster's observers were told that no node said, each with what was observed before it. */
type Note = { readonly seen: number; readonly observation: Observation };

function open(
  plan: NetworkPlan,
  parts: NodeParts,
  past: (Past & { readonly notes: readonly Note[] }) | null,
): VirtualCluster {
  rememberSignatures(); // each node would recover what its neighbour, in the same thread, has just signed
  const network = describeNetwork(plan);
  const listeners = new Set<(observation: Observation) => void>();
  const tell = (observation: Observation): void => {
    for (const listener of listeners) listener(observation);
  };
  const notes: Note[] = [];
  let seen = 0;
  const note = (observation: Observation): void => {
    notes.push({ seen, observation });
    tell(observation);
  };
  /** Notes of the past that are still to come. */
  const comingNotes = [...(past?.notes ?? [])];
  const tellNotes = (): void => {
    for (let next = comingNotes[0]; next !== undefined && next.seen <= seen; next = comingNotes[0]) {
      comingNotes.shift();
      note(next.observation);
    }
  };
  const world = journaled(
    createWorld({
      seed: plan.seed,
      startMs: VIRTUAL_START_MS,
      nodes: network.facts.nodes,
      pairs: null,
      observe(observation) {
        tellNotes();
        seen += 1;
        tell(observation);
      },
      createCore: (node, store, life) => createCore(network, parts, node, life, store, (): number => world.nowMs()),
    }),
  );
  const starts = createRandom(`${plan.seed}/starts`);
  let isStarted = false;
  /** Nodes start when somebody can watch: at the first wait, order or question. They do not start in the same millisecond, as real ones do not. */
  const begin = (): void => {
    if (isStarted) return;
    isStarted = true;
    if (past === null) return startAll(world, plan, network.facts.nodes, starts);
    past.liveOn(world);
    tellNotes();
  };

  const askNode = async (node: NodeName, ask: Ask): Promise<void> => {
    begin();
    if (!world.isRunning(node)) throw new NetworkError('not-running', `${node} does not run`);
    if (world.isPaused(node)) throw new NetworkError('not-running', `${node} is paused`);
    const outcome = world.ask(node, ask);
    if (outcome !== null && isRejection(outcome)) throw new NetworkError('unsupported', outcome.message);
  };

  const tasks = new Set<{ readonly everyMs: number; dueMs: number; readonly action: () => Promise<void> }>();

  const until = async (condition: () => boolean | Promise<boolean>, deadlineMs: number): Promise<boolean> => {
    begin();
    const endMs = world.nowMs() + deadlineMs;
    for (;;) {
      if (await condition()) return true;
      if (world.nowMs() >= endMs) return false;
      const nextMs = Math.min(world.nowMs() + ASK_EVERY_MS, endMs);
      while (world.advance(nextMs));
      for (const task of [...tasks]) {
        if (task.dueMs > world.nowMs()) continue;
        task.dueMs = world.nowMs() + task.everyMs;
        await task.action();
      }
    }
  };

  /** A store that is not what was written may make the node end over a question. */
  const respond = (node: NodeName, view: NodeView, request: object): Extract<Answer, { kind: 'reply' }>['response'] => {
    const dead = (): NetworkError => new NetworkError('not-running', `${node} ended over its disk`);
    try {
      const answered = answer(view, request);
      if (answered.kind === 'reply') return answered.response;
      const outcome = world.ask(node, answered.ask);
      if (outcome === null) throw dead();
      return answered.reply(outcome);
    } catch (error) {
      if (error instanceof NetworkError || !world.disk(node).isDamaged()) throw error;
      throw dead();
    }
  };

  return {
    arm: 'virtual',
    world,
    facts: network.facts,
    nowMs: () => (isStarted || past === null ? world.nowMs() : past.nowMs),
    async network(order) {
      begin();
      const problem = checkOrder(order, network.facts.nodes);
      if (problem !== null) throw new NetworkError('usage', problem);
      world.order(order);
    },
    async machine(order) {
      begin();
      const problem = checkMachineOrder(order, network.facts.nodes);
      if (problem !== null) throw new NetworkError('usage', problem);
      world.machine(order);
    },
    async process(node, order) {
      begin();
      if (!network.facts.nodes.includes(node)) throw new NetworkError('nothing-matched', `no node '${node}'`);
      if (order !== 'start' && order !== 'wipe' && !world.isRunning(node)) {
        throw new NetworkError('not-running', `${node} does not run`);
      }
      if (order === 'start' && world.isRunning(node)) {
        throw new NetworkError('already-running', `${node} runs already`);
      }
      // A core has nothing to say at a good end that it does not say at a bad one: start and restart are one path.
      if (order === 'stop') world.kill(node);
      else world[order](node);
    },
    sealing: (node, order) => askNode(node, { kind: 'set-sealing', ...order }),
    propose: (node, proposal) => askNode(node, { kind: 'propose', proposal }),
    rpcUrl: () => null,
    isRunning(node) {
      begin();
      return world.isRunning(node);
    },
    isPaused(node) {
      begin();
      return world.isPaused(node);
    },
    async rpc(node, method, params) {
      begin();
      const view = world.view(node);
      if (view === null) throw new NetworkError('not-running', `${node} does not run`);
      if (world.isPaused(node)) throw new NetworkError('not-running', `${node} is paused and does not answer`);
      const response = respond(node, view, { jsonrpc: '2.0', id: 1, method, params });
      if (response === null) throw new RpcError(-32600, 'no answer to a notification', undefined);
      if ('error' in response) throw new RpcError(response.error.code, response.error.message, response.error.data);
      return response.result;
    },
    resources: async () => null,
    observe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    until,
    every(ms, action) {
      const task = { everyMs: ms, dueMs: world.nowMs() + ms, action };
      tasks.add(task);
      return () => tasks.delete(task);
    },
    note,
    traceHash() {
      if (past !== null) begin();
      return world.traceHash();
    },
    branch: () => open(plan, parts, isStarted ? { ...world.past(), notes: [...notes] } : past),
    close: async () => listeners.clear(),
  };
}

/** The node's core, or what its planted fault makes of it. */
function createCore(
  network: NetworkDescription,
  { machine, wrap = (core) => core }: NodeParts,
  node: NodeName,
  life: number,
  store: StoreReader,
  nowMs: () => number,
): NodeCore {
  const ordinary = nodeOptions(network, node, life, nowMs);
  const options = machine === undefined ? ordinary : { ...ordinary, machine: machine(machineFault(network, node)) };
  const core = wrap(createNode(options, store), options);
  return byzantineCore(network.plan.faults.get(node) ?? '', core, options) ?? core;
}

/** What a node of this network is told at birth, on the virtual arm and wherever a core is made from a description. */
export function nodeOptions(
  network: NetworkDescription,
  node: NodeName,
  life: number,
  nowMs: () => number,
): NodeOptions {
  const keys = present(
    network.keys.find((k) => k.name === node),
    `no node ${node}`,
  );
  const { sealerKey, nodeKey } = keys;
  return {
    name: node,
    genesis: network.genesis,
    seed: `${network.plan.seed}/${node}/${life}`,
    nodeAddress: addressOfKey(nodeKey),
    signNode: (digest) => signDigest(digest, nodeKey),
    sealer:
      sealerKey === null ? null : { address: addressOfKey(sealerKey), sign: (digest) => signDigest(digest, sealerKey) },
    nodes: network.known,
    machine: present(machineWithFault(machineFault(network, node), network.plan.tier, nowMs), 'a machine of that name'),
    gasLimitTarget: narrow(network.genesis.gasLimit),
  };
}

/** The planted fault of a node, where it is one of its machine. */
function machineFault({ plan, facts }: NetworkDescription, node: NodeName): string | null {
  const name = plan.faults.get(node);
  if (name === undefined) return null;
  const fault = present(findFault(name, facts.authorities), `no planted fault '${name}'`);
  return fault.kind === 'machine' ? fault.name : null;
}

const START_SPREAD_MS = 400;

function startAll(world: World, plan: NetworkPlan, nodes: readonly NodeName[], random: Random): void {
  const beginMs = world.nowMs();
  const moments = nodes
    .filter((node) => !plan.late.includes(node))
    .map((node) => ({ node, atMs: beginMs + random.below(START_SPREAD_MS) }))
    .sort((a, b) => a.atMs - b.atMs);
  for (const { node, atMs } of moments) {
    while (world.advance(atMs));
    world.start(node);
  }
}
