// The control service of a network of real nodes: it holds the wan, orders processes about, follows every node's events and serves all
// of it over HTTP, so that another terminal, a scenario and (in compose) the host's command line act on the running network.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Observation } from '../check/property.ts';
import { checkOrder, type LinkTable, type NetworkOrder, type NodeName } from '../kernel/links.ts';
import { checkMachineOrder, type MachineOrder } from '../kernel/machine-order.ts';
import type { Endpoint, Wan } from '../wan/wan.ts';
import type { Arm } from './cluster.ts';
import type { NetworkDescription } from './description.ts';
import { messageOf, NetworkError } from './errors.ts';
import { type EventSource, followEvents } from './event-stream.ts';
import { createHeads } from './heads.ts';
import { readBody, readBytes } from './http-body.ts';
import type { Launcher } from './launcher.ts';
import { createObservationLog, type ObservationLog } from './observation-log.ts';
import { machineOrderSchema, networkOrderSchema } from './order-schema.ts';
import { refusalOf } from './refusals.ts';
import { ONE_CONNECTION } from './remote.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import { createSnapshots, type SnapshotOrder, type Snapshots } from './snapshots.ts';

/** Where the control service reaches a node. `publicRpc` is what a person on this machine is told. */
export type ControlledNode = {
  readonly name: NodeName;
  readonly publicRpc: string;
  readonly admin: string;
  readonly adminToken: string;
};

export type ControlOptions = {
  readonly arm: Exclude<Arm, 'virtual'>;
  readonly network: NetworkDescription;
  readonly nodes: readonly ControlledNode[];
  readonly wan: Wan;
  readonly launcher: Launcher;
  /** Where the network is saved; null where it cannot be. */
  readonly snapshots: SnapshotFolder | null;
  readonly listen: Endpoint;
  /** Host headers that are answered beside loopback's. */
  readonly hosts: readonly string[];
  /** Is told every change of the links, before whoever ordered it hears that it is done. */
  readonly remember?: (table: LinkTable) => void;
};

export type Control = {
  readonly url: string;
  readonly log: ObservationLog;
  /** Starts every node but the late ones; rejects with the first that does not come up. */
  readonly startAll: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Of a JSON-RPC body for a node's operator port, which has the same bound. */
const RPC_BYTES_MAX = 1024 * 1024;
/** A node may have to execute a block again, step by step. */
const RPC_MS_MAX = 120_000;
/** A header that no page of another origin can send without being asked first: nobody answers that question with yes. */
const HEADER = 'x-lockstep';

const processSchema = z.strictObject({
  node: z.string(),
  order: z.enum(['start', 'stop', 'kill', 'pause', 'resume', 'wipe', 'restart']),
});
const nameSchema = z.string();
const snapshotSchema: z.ZodType<SnapshotOrder> = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('save'), name: nameSchema }),
  z.strictObject({
    order: z.literal('restore'),
    name: nameSchema,
    present: z.enum(['keep', 'discard']),
    clock: z.enum(['wall', 'saved']),
  }),
  z.strictObject({ order: z.literal('remove'), name: nameSchema }),
]);

/** Serves the control API. Nodes are started by `startAll`. */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { network, nodes, launcher, wan } = options;
  const names = network.facts.nodes;
  const log = createObservationLog();
  const sources = new Map<NodeName, EventSource>();
  const heads = createHeads();
  log.listen(heads.observe);
  /** What is wrong with the machines, by node and kind. */
  const ailments = new Map<string, MachineOrder>();
  let isClosed = false;

  const note = (observation: Observation): void => log.append(observation);
  const changed = (node: NodeName, change: 'started' | 'stopped' | 'killed' | 'paused' | 'resumed' | 'wiped'): void =>
    note({ kind: 'process', atMs: Date.now(), node, change });

  launcher.onExit(({ node, code, signal, lastWords }) => {
    sources.get(node)?.close();
    sources.delete(node);
    changed(node, 'killed');
    const message = `${node} ended unasked (${signal ?? `status ${code}`})${lastWords === '' ? '' : `: ${lastWords}`}`;
    note({ kind: 'event', atMs: Date.now(), node, event: { kind: 'host', message } });
  });

  launcher.onStart((node) => {
    changed(node, 'started');
    follow(node);
  });

  const start = async (node: NodeName): Promise<void> => {
    if (launcher.isRunning(node)) throw new NetworkError('already-running', `${node} runs already`);
    changed(node, 'started');
    await launcher.start(node);
    follow(node);
  };

  const follow = (node: NodeName): void => {
    if (isClosed) return; // it was ready a moment too late
    const reached = nodes.find((n) => n.name === node);
    if (reached === undefined) throw new NetworkError('nothing-matched', `no node '${node}'`);
    sources.set(
      node,
      followEvents(reached.admin, reached.adminToken, (atMs, event) => note({ kind: 'event', atMs, node, event })),
    );
  };

  const end = async (node: NodeName, how: 'stop' | 'kill'): Promise<void> => {
    if (!launcher.isRunning(node)) throw new NetworkError('not-running', `${node} does not run`);
    await launcher[how](node);
    sources.get(node)?.close();
    sources.delete(node);
    changed(node, how === 'stop' ? 'stopped' : 'killed');
  };

  /** Nodes that are on their way up or down, each with what was ordered: a store must not be copied or moved under them. */
  const moving = new Map<symbol, string>();
  const whileMoving = async (what: string, work: () => Promise<void>): Promise<void> => {
    const own = Symbol();
    moving.set(own, what);
    try {
      await work();
    } finally {
      moving.delete(own);
    }
  };
  const expectStill = (): void => {
    const [what] = moving.values();
    if (what !== undefined)
      throw new NetworkError('already-running', `${what} is under way: try again when it is done`);
  };

  const process = async (node: NodeName, order: z.output<typeof processSchema>['order']): Promise<void> => {
    if (!names.includes(node)) {
      throw new NetworkError('nothing-matched', `no node '${node}' in this network (it has ${names.join(', ')})`);
    }
    switch (order) {
      case 'start':
        return start(node);
      case 'stop':
      case 'kill':
        return end(node, order);
      case 'restart':
        if (launcher.isRunning(node)) await end(node, 'stop');
        return start(node);
      case 'pause':
      case 'resume':
        await launcher[order](node);
        return changed(node, order === 'pause' ? 'paused' : 'resumed');
      case 'wipe':
        if (launcher.isRunning(node)) await end(node, 'kill');
        await launcher.wipe(node);
        return changed(node, 'wiped');
    }
  };

  const expectPossible = (order: NetworkOrder | MachineOrder, problem: string | null): void => {
    if (problem !== null) throw new NetworkError('nothing-matched', problem);
    const refusal = refusalOf(order, options.arm);
    if (refusal !== null) throw new NetworkError('unsupported', refusal);
  };
  const shapeNetwork = (order: NetworkOrder): void => {
    expectPossible(order, checkOrder(order, names));
    wan.order(order);
    options.remember?.(wan.table());
    note({ kind: 'network', atMs: Date.now(), order });
  };
  const treat = async (order: MachineOrder): Promise<void> => {
    expectPossible(order, checkMachineOrder(order, names));
    await Promise.all((order.kind === 'repair' ? names : [order.node]).map((node) => launcher.treat(node, order)));
    note({ kind: 'machine', atMs: Date.now(), order });
    if (order.kind === 'repair') ailments.clear();
    else if (lasts(order)) ailments.set(`${order.node} ${order.kind}`, order);
  };

  const snapshots =
    options.snapshots === null
      ? null
      : createSnapshots({
          folder: options.snapshots,
          genesis: network.facts.genesisHash,
          nodes: names,
          wan,
          launcher,
          heads,
          process: (node, order) => process(node, order),
          network: shapeNetwork,
          machine: treat,
          machines: () => [...ailments.values()],
          replaced(node, snapshot) {
            changed(node, 'wiped');
            const message = `its store is that of the snapshot '${snapshot}' now`;
            note({ kind: 'event', atMs: Date.now(), node, event: { kind: 'host', message } });
          },
        });
  const expectSnapshots = (): Snapshots => {
    if (snapshots !== null) return snapshots;
    throw new NetworkError(
      'unsupported',
      `snapshots are of networks that 'lockstep up' has started, not of ${options.arm}`,
    );
  };
  const expectIdle = (): void => {
    const busyWith = snapshots?.busyWith() ?? null;
    if (busyWith !== null) throw new NetworkError('already-running', `the network ${busyWith}`);
  };

  const describe = (): unknown => ({
    kind: 'network',
    arm: options.arm,
    facts: { ...network.facts, signerOf: Object.fromEntries(network.facts.signerOf) },
    nodes: nodes.map(({ name, publicRpc }) => ({
      name,
      rpc: publicRpc,
      nodeAddress: network.known.find((k) => k.name === name)?.nodeAddress,
      signer: network.facts.signerOf.get(name) ?? null,
      running: launcher.isRunning(name),
      paused: launcher.isPaused(name),
    })),
    observed: log.last(),
    faults: Object.fromEntries(network.plan.faults),
    links: [...wan.table()].map(([link, state]) => ({ link, ...state })),
  });

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://control');
    const route = `${request.method} ${url.pathname}`;
    switch (route) {
      case 'GET /health':
        return send(response, 200, { status: 'ok' });
      case 'GET /network':
        return send(response, 200, describe());
      case 'GET /observations':
        return log.stream(readSince(url.searchParams.get('since')), response);
      case 'POST /order': {
        const order = await readBody(request, networkOrderSchema);
        expectIdle(); // behind the body, for which anybody may take their time
        shapeNetwork(order);
        return send(response, 200, describe());
      }
      case 'POST /machine': {
        const order = await readBody(request, machineOrderSchema);
        expectIdle();
        await treat(order);
        return send(response, 200, describe());
      }
      case 'POST /process': {
        const { node, order } = await readBody(request, processSchema);
        expectIdle();
        await whileMoving(`the ${order} of ${node}`, () => process(node, order));
        return send(response, 200, describe());
      }
      case 'GET /snapshots':
        return send(response, 200, { kind: 'snapshots', snapshots: await expectSnapshots().list() });
      case 'POST /snapshot': {
        const order = await readBody(request, snapshotSchema);
        const own = expectSnapshots();
        if (order.order !== 'remove') expectStill();
        const done = await own.perform(order);
        return send(response, 200, { kind: 'snapshot', ...done });
      }
      case 'POST /rpc': {
        const reached = nodes.find(({ name }) => name === url.searchParams.get('node'));
        if (reached === undefined)
          throw new NetworkError('nothing-matched', `no node '${url.searchParams.get('node')}' in this network`);
        const answer = await askOperator(reached, await readBytes(request, RPC_BYTES_MAX));
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(answer);
      }
      default:
        return send(response, 404, { error: { code: 'usage', message: `no ${route} here` } });
    }
  };

  const server = createServer((request, response) => {
    const refusal = refuse(request, options.hosts);
    if (refusal !== null) return send(response, 403, { error: { code: 'usage', message: refusal } });
    route(request, response).catch((error: unknown) => {
      const code = error instanceof NetworkError ? error.code : 'unexpected';
      send(response, error instanceof NetworkError ? 400 : 500, { error: { code, message: messageOf(error) } });
    });
  });
  await listen(server, options.listen);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.listen.port;

  return {
    url: `http://${options.listen.host}:${port}`,
    log,
    startAll: () =>
      whileMoving('the start of the network', async () => {
        const isWanted = (name: NodeName): boolean => !network.plan.late.includes(name);
        const [first, ...authorities] = network.facts.authorities.filter(isWanted);
        const followers = names.filter((name) => isWanted(name) && !network.facts.authorities.includes(name));
        // The first one writes the compile cache that the others read: on a fresh clone that halves what all of them together cost.
        if (first !== undefined) await start(first);
        // Followers later: starting takes all cores, and the first block should not wait for those who only watch.
        await Promise.all(authorities.map(start));
        await Promise.all(followers.map(start));
      }),
    async close() {
      isClosed = true;
      for (const source of sources.values()) source.close();
      await launcher.close();
      await wan.close();
      log.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Whether an order changes a machine for longer than a moment or one end of its process. */
function lasts(order: MachineOrder): boolean {
  return (
    order.kind === 'clock' ||
    order.kind === 'sync' ||
    order.kind === 'slow' ||
    (order.kind === 'disk' && ['full', 'well'].includes(order.fault))
  );
}

function readSince(text: string | null): number {
  if (text !== null && !/^\d{1,15}$/.test(text)) throw new NetworkError('usage', 'since: expected a number');
  return Number(text ?? 0);
}

function refuse(request: IncomingMessage, hosts: readonly string[]): string | null {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  const isKnown = ['127.0.0.1', 'localhost', '[::1]', ...hosts].includes(host);
  if (!isKnown) return `host '${host}' is not served`;
  if (request.method !== 'GET' && request.headers[HEADER] === undefined) return `orders carry the header ${HEADER}`;
  return null;
}

/** Hands a JSON-RPC body to a node's operator port: the token stays here. */
async function askOperator({ name, admin, adminToken }: ControlledNode, body: Uint8Array): Promise<Uint8Array> {
  try {
    const response = await fetch(`${admin}/rpc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, ...ONE_CONNECTION },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(RPC_MS_MAX),
    });
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new NetworkError('unreachable', `${name} does not answer (${messageOf(error)})`);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, endpoint: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject); // a later one, as with no file handles left, must not end the process
    server.listen(endpoint.port, endpoint.host, resolve);
  });
}
