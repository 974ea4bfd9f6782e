// A running network as a cluster, through its control service: the processes and compose arms, and every command that acts on a network
// from another terminal.

import type { NetworkFacts, Observation, ProcessResources } from '../check/property.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import { type Arm, type Cluster, type ProcessOrder, RpcError } from './cluster.ts';
import { messageOf, NetworkError, type NetworkErrorCode } from './errors.ts';
import { readLines } from './event-stream.ts';
import type { SnapshotListing } from './snapshot-folder.ts';
import type { SnapshotOrder, SnapshotOutcome } from './snapshots.ts';

/** What the control service says of its network. */
export type NetworkStatus = {
  readonly arm: Exclude<Arm, 'virtual'>;
  readonly facts: NetworkFacts;
  readonly nodes: readonly {
    readonly name: NodeName;
    readonly rpc: string;
    readonly signer: string | null;
    readonly nodeAddress: string;
    readonly running: boolean;
    readonly paused: boolean;
  }[];
  /** The number of the last observation. */
  readonly observed: number;
  /** Planted faults by node. */
  readonly faults: Readonly<Record<NodeName, string>>;
  readonly links: readonly { readonly link: string; readonly state: string }[];
};

/** The calls of the control API. Each throws NetworkError with the service's own code and words. */
export type ControlClient = {
  readonly status: () => Promise<NetworkStatus>;
  readonly order: (order: NetworkOrder) => Promise<NetworkStatus>;
  readonly machine: (order: MachineOrder) => Promise<NetworkStatus>;
  readonly process: (node: NodeName, order: ProcessOrder | 'restart') => Promise<NetworkStatus>;
  readonly snapshots: () => Promise<readonly SnapshotListing[]>;
  readonly snapshot: (order: SnapshotOrder) => Promise<SnapshotOutcome>;
  /** One JSON-RPC call of a node's operator port, where the methods are that only an operator has. Throws RpcError like callRpc. */
  readonly rpc: (node: NodeName, method: string, params: readonly unknown[]) => Promise<unknown>;
};

/** A client of the control service at an address. */
export function controlClient(url: string): ControlClient {
  const base = withoutSlash(url);
  const call = async (path: string, body: unknown): Promise<NetworkStatus> => {
    const json = await askJson(`${base}${path}`, `no network answers at ${url}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', 'x-lockstep': '1' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(body === undefined ? STATUS_MS_MAX : ORDER_MS_MAX),
    });
    if (!isStatus(json))
      throw new NetworkError('unreachable', `no network answers at ${url} (but something else does)`);
    if (json.error !== undefined) throw new NetworkError(json.error.code, json.error.message);
    const signerOf = new Map(Object.entries(json.facts.signerOf)) as NetworkFacts['signerOf'];
    return { ...json, facts: { ...json.facts, signerOf } };
  };
  return {
    status: () => call('/network', undefined),
    order: (order) => call('/order', order),
    machine: (order) => call('/machine', order),
    process: (node, order) => call('/process', { node, order }),
    async snapshots() {
      const said = await askJson(`${base}/snapshots`, `no network answers at ${url}`, {
        signal: AbortSignal.timeout(STATUS_MS_MAX),
      });
      return (expectFine(said) as { readonly snapshots: readonly SnapshotListing[] }).snapshots; // our own service's words
    },
    async snapshot(order) {
      const said = await askJson(`${base}/snapshot`, `no network answers at ${url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-lockstep': '1' },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(SNAPSHOT_MS_MAX),
      });
      return expectFine(said) as SnapshotOutcome; // as above
    },
    async rpc(node, method, params) {
      const answer = await askJson(`${base}/rpc?node=${encodeURIComponent(node)}`, `no network answers at ${url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-lockstep': '1', ...ONE_CONNECTION },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(ORDER_MS_MAX),
      });
      return resultOf(answer, `${node} does not answer`);
    },
  };
}

/**
 * A connection of its own for each call: one that is kept open is closed by a node after some idle seconds, and a busy machine may send into it
 * just then.
 */
export const ONE_CONNECTION: Readonly<Record<string, string>> = { connection: 'close' };

/** One JSON-RPC call over HTTP. Throws RpcError with the node's error, NetworkError where nothing answers. */
export async function callRpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const answer = await askJson(url, `${url} does not answer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...ONE_CONNECTION },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(RPC_MS_MAX),
  });
  return resultOf(answer, `${url} does not answer`);
}

/** The result of a JSON-RPC answer. Its error is thrown: a node's own as RpcError, the control service's as NetworkError. */
function resultOf(answer: object, complaint: string): unknown {
  const { result, error } = answer as {
    result?: unknown;
    error?: { code: number | NetworkErrorCode; message: string; data?: unknown };
  };
  if (error === undefined) return result;
  if (typeof error.code === 'number') throw new RpcError(error.code, error.message, error.data);
  throw new NetworkError(error.code ?? 'unreachable', error.message ?? complaint);
}

/** An answer of the control service that is no error. */
function expectFine(answer: object): object {
  if ('error' in answer) resultOf(answer, 'the control service does not answer');
  return answer;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** A JSON object over HTTP. Whatever goes wrong on the way, a node that dies in the middle of its answer included, is one NetworkError. */
async function askJson(url: string, complaint: string, request: RequestInit): Promise<object> {
  try {
    const json: unknown = await (await fetch(url, request)).json();
    if (typeof json === 'object' && json !== null) return json;
  } catch (error) {
    throw new NetworkError(
      'unreachable',
      `${complaint} (${error instanceof SyntaxError ? 'not in JSON' : causeOf(error)})`,
    );
  }
  throw new NetworkError('unreachable', `${complaint} (not with an object)`);
}

type StatusOrError = NetworkStatus & { readonly error?: { readonly code: NetworkErrorCode; readonly message: string } };

/** Whether an answer is our own service's: its fields are not looked at one by one. */
function isStatus(json: object): json is StatusOrError {
  if ('kind' in json) return json.kind === 'network';
  return 'error' in json && typeof json.error === 'object' && json.error !== null && 'code' in json.error;
}

/** How long the service may take to say how things are, and to do what it is told: it waits for a node that starts. */
const STATUS_MS_MAX = 10_000;
const ORDER_MS_MAX = 120_000;
/** Stores are copied, and after a restore every node starts. */
const SNAPSHOT_MS_MAX = 600_000;
/** Longer than a node's own bound on a call. */
const RPC_MS_MAX = 15_000;
/** How often a condition is asked while nothing is observed. */
const ASK_EVERY_MS = 200;

/**
 * Connects to a running network. Where `owned` says how to end it, it was started for the caller: everything is observed, from the first
 * event on, and `close` ends it. Otherwise what happens from now on is observed, and `close` hangs up.
 */
export async function connectCluster(url: string, owned: (() => Promise<void>) | null): Promise<Cluster> {
  const control = controlClient(url);
  let status = await control.status();
  const beforeUs = owned === null ? status.observed : 0;
  // Asked behind the number above, so that whatever was told before it is not higher; a branch aside may be, by one.
  const facts = owned === null ? { ...status.facts, horizon: (await highestOf(status)) + 1 } : status.facts;
  const listeners = new Set<(observation: Observation) => void>();
  const abort = new AbortController();
  const waiting = new Set<() => void>();

  /** What happens to a process unasked is seen, not answered. */
  const notice = (observation: Observation): void => {
    if (observation.kind !== 'process') return;
    const { node, change } = observation;
    const running = change === 'started' || change === 'paused' || change === 'resumed';
    const paused = change === 'paused';
    const nodes = status.nodes.map((n) => (n.name === node ? { ...n, running, paused } : n));
    status = { ...status, nodes };
  };
  const note = (observation: Observation): void => {
    for (const listener of listeners) listener(observation);
    for (const wake of waiting) wake();
  };
  const follow = async (): Promise<void> => {
    let since = beforeUs;
    while (!abort.signal.aborted) {
      try {
        for await (const line of readLines(`${withoutSlash(url)}/observations?since=${since}`, null, abort.signal)) {
          const { seq, observation } = JSON.parse(line) as { seq: number; observation: Observation }; // our own service's words
          since = seq;
          if (seq > status.observed) notice(observation); // older news than the last answer's is in it already
          note(observation);
        }
      } catch {
        // taken up again below, with the last number
      }
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    }
  };
  /** Resolves at the next observation, or after the time. */
  const nextTurn = (ms: number): Promise<void> =>
    new Promise((done) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        done();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
    });
  let isFollowing = false;

  return {
    arm: status.arm,
    facts,
    nowMs: () => Date.now(),
    async network(order) {
      status = await control.order(order);
    },
    async machine(order) {
      status = await control.machine(order);
    },
    async process(node, order) {
      status = await control.process(node, order);
    },
    async sealing(node, { enabled, upTo }) {
      await control.rpc(
        node,
        'lockstep_setSealing',
        upTo === undefined ? [enabled] : [enabled, `0x${upTo.toString(16)}`],
      );
    },
    async propose(node, { candidate, authorize }) {
      await control.rpc(node, 'clique_propose', [candidate, authorize]);
    },
    rpcUrl: (node) => status.nodes.find(({ name }) => name === node)?.rpc ?? null,
    isRunning: (node) => status.nodes.some((n) => n.name === node && n.running),
    isPaused: (node) => status.nodes.some((n) => n.name === node && n.paused),
    async rpc(node, method, params) {
      const at = status.nodes.find((n) => n.name === node);
      if (at === undefined) throw new NetworkError('nothing-matched', `no node '${node}'`);
      return callRpc(at.rpc, method, params);
    },
    async resources(node) {
      const at = status.nodes.find((n) => n.name === node);
      return at === undefined ? null : askResources(at.rpc);
    },
    observe(listener) {
      listeners.add(listener);
      if (!isFollowing) {
        isFollowing = true;
        void follow();
      }
      return () => listeners.delete(listener);
    },
    async until(condition, deadlineMs) {
      const endMs = Date.now() + deadlineMs;
      for (;;) {
        if (await condition()) return true;
        if (Date.now() >= endMs || abort.signal.aborted) return false;
        await nextTurn(Math.min(ASK_EVERY_MS, Math.max(1, endMs - Date.now())));
      }
    },
    every(ms, action) {
      let isBusy = false;
      const timer = setInterval(() => {
        if (isBusy) return;
        isBusy = true;
        void action().finally(() => {
          isBusy = false;
        });
      }, ms);
      return () => clearInterval(timer);
    },
    note,
    traceHash: () => null,
    async close() {
      abort.abort();
      listeners.clear();
      await owned?.();
    },
  };
}

/** From a node's metrics, in Prometheus' text format. */
async function askResources(rpc: string): Promise<ProcessResources | null> {
  try {
    const text = await (await fetch(`${rpc}/metrics`, { signal: AbortSignal.timeout(RPC_MS_MAX) })).text();
    const figure = (name: string): number | null => {
      const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
      return found === undefined ? null : Number(found);
    };
    const residentBytes = figure('process_resident_memory_bytes');
    return residentBytes === null ? null : { residentBytes, openFiles: figure('process_open_fds') };
  } catch {
    return null; // it has just been killed
  }
}

/** The highest head of the nodes that answer. */
async function highestOf({ nodes }: NetworkStatus): Promise<number> {
  const asked = nodes.filter(({ running, paused }) => running && !paused);
  const heights = await Promise.all(asked.map(({ rpc }) => callRpc(rpc, 'eth_blockNumber', []).then(Number, () => 0)));
  return Math.max(0, ...heights);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(error);
}
