// One node in this process: the core's thread, the network, the RPC's server and the operator's. Starts them in an order in which
// whatever fails leaves nothing behind, and wires them together.

import { readdirSync } from 'node:fs';
import type { NodeConfig } from '../config/node-config.ts';
import type { PeerId } from '../core/contract.ts';
import { hexToBytes } from '../lib/bytes.ts';
import { sibling } from '../lib/sibling.ts';
import { startAdminServer } from './admin-server.ts';
import { type CoreThread, startCoreThread } from './core-thread.ts';
import { createEventLog, type EventLine, firstSeqAt } from './event-log.ts';
import { readJson } from './load-config.ts';
import { formatMetrics } from './metrics.ts';
import { type Network, startNetwork } from './network.ts';
import { startRpcServer } from './rpc-server.ts';
import type { CoreStatus, EventText } from './thread-messages.ts';

export type StartOptions = {
  /** The module that the core's thread runs: one that calls `runCoreWorker`. The ordinary node's where it is absent. */
  readonly workerUrl?: URL;
  readonly onEvent?: (line: EventLine) => void;
  /** The core is broken and must not go on: end the process. */
  readonly onFatal: (message: string) => void;
};

export type RunningNode = {
  readonly name: string;
  readonly peerId: PeerId;
  /** The ports that are listened on. */
  readonly ports: { readonly p2p: number; readonly rpc: number; readonly admin: number };
  /** Tells of something that failed, as an event, that nobody waits for. */
  readonly report: (message: string) => void;
  readonly close: () => Promise<void>;
};

/** How long the core may take to say how it is before it counts as unavailable. */
const STATUS_MS = 2_000;

/** Starts a node; its paths are absolute (see loadNodeConfig). Throws HostError where the world does not allow it. */
export async function startNode(config: NodeConfig, options: StartOptions): Promise<RunningNode> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of closing.splice(0).reverse()) await part();
  };
  try {
    return await start(config, options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: NodeConfig,
  options: StartOptions,
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<RunningNode> {
  const events = createEventLog(firstSeqAt(Date.now()));
  const record = (event: EventText): void => {
    const line = events.append(event);
    options.onEvent?.(line);
  };
  const failed = (message: string): void => {
    record({ kind: 'host', atMs: Date.now(), text: JSON.stringify({ kind: 'host', message }) });
  };

  let network: Network | null = null;
  const thread = await startCoreThread(
    options.workerUrl ?? new URL(sibling('./core-entry', import.meta.url), import.meta.url),
    { config, genesis: readJson(config.genesis), genesisFile: config.genesis, data: config.data },
    {
      effects: (effects) => {
        for (const effect of effects) network?.perform(effect);
      },
      events: (list) => list.forEach(record),
      fatal: options.onFatal,
    },
  );
  closing.push(thread.stop);

  const connected = await startNetwork(networkOptions(config, thread), { input: thread.input, failed });
  network = connected;
  closing.push(connected.close);
  thread.start();

  const status = (): Promise<CoreStatus | null> => within(STATUS_MS, statusOf(thread));
  let rpcRequests = 0;
  const rpc = await startRpcServer(config.rpc, {
    async rpc(body) {
      rpcRequests++;
      return (await thread.query({ kind: 'rpc', caller: 'public', body })).body;
    },
    async health() {
      const current = await status();
      if (current === null) return null;
      return { head: { number: current.head.number, hash: current.head.hash }, peers: current.peers.length };
    },
    metrics: async () =>
      formatMetrics({
        status: await status(),
        network: connected.counts(),
        events: events.counts(),
        rpcRequests,
        residentBytes: process.memoryUsage.rss(),
        openFiles: openFiles(),
      }),
    failed,
  });
  closing.push(rpc.close);
  const admin = await startAdminServer(config.admin, {
    events,
    ask: async (ask) => (await thread.query({ kind: 'ask', ask })).outcome,
    rpc: async (body) => (await thread.query({ kind: 'rpc', caller: 'operator', body })).body,
    async status() {
      const current = await status();
      return (
        current && {
          ...current,
          lastEvent: events.last(),
          network: connected.counts(),
          residentBytes: process.memoryUsage.rss(),
        }
      );
    },
    failed,
  });
  closing.push(admin.close);
  connected.dial();

  const ports = { p2p: connected.port, rpc: rpc.port, admin: admin.port };
  return { name: config.name, peerId: connected.peerId, ports, report: failed, close };
}

function networkOptions(config: NodeConfig, thread: CoreThread) {
  const peerIds = new Map(config.nodes.map((node) => [node.name, node.peerId ?? null]));
  return {
    genesis: thread.genesis,
    name: config.name,
    nodeKey: hexToBytes(config.nodeKey),
    seed: config.seed,
    nodes: config.nodes,
    listen: config.p2p,
    dial: config.dial.map((target) => ({ ...target, peerId: peerIds.get(target.name) ?? null })),
  };
}

async function statusOf(thread: CoreThread): Promise<CoreStatus> {
  return (await thread.query({ kind: 'status' })).status;
}

/** Sockets, files and the like that this process holds; Linux says, other systems do not. */
function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
