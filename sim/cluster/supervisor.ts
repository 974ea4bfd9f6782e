// The first process of a node's container: writes the node's configuration, starts the node, passes its log on, and starts, stops, kills
// and pauses it on orders that carry the token. A node that ends unasked is reported and stays down until it is ordered up again.

import { timingSafeEqual } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { createChildNode } from './child-node.ts';
import { type ComposeNetwork, composeNodeConfig, PORT, publishedRpc, readComposeNetwork } from './compose-layout.ts';
import { messageOf, NetworkError } from './errors.ts';
import { readBody } from './http-body.ts';
import type { Exit } from './launcher.ts';
import { machineOrderSchema } from './order-schema.ts';
import { describeMachineOrder } from './story.ts';
import type { SupervisorStatus } from './supervisor-launcher.ts';

try {
  await supervise(process.env);
} catch (error) {
  process.stderr.write(`lockstep: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function supervise(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const compose = readComposeNetwork(env);
  const { nodes } = compose.network.facts;
  const name = env['LOCKSTEP_NODE'] ?? '';
  if (!nodes.includes(name)) throw new NetworkError('usage', `LOCKSTEP_NODE: expected one of ${nodes.join(', ')}`);
  const data = env['LOCKSTEP_DATA'] ?? '/data';
  const configFile = await writeFiles(compose, name, data);

  const boot = `${process.pid}-${Date.now()}`;
  let life = 0;
  let lastExit: Exit | null = null;
  let starting: Promise<void> | null = null;
  const say = (line: string): void => void process.stdout.write(`${name} ${line}\n`);

  const child = createChildNode({
    name,
    configFile,
    dataDir: join(data, 'db'),
    logFile: null,
    onExit(exit) {
      lastExit = exit;
      say(
        `ended unasked (${exit.signal ?? `status ${exit.code}`}); start it with: npm run lockstep -- node start ${name}`,
      );
    },
  });
  /** Starts the node, or waits for the start that goes on. A node that is up already is as wanted. */
  const start = (): Promise<void> => {
    if (child.state() === 'up') return Promise.resolve();
    starting ??= begin().finally(() => {
      starting = null;
    });
    return starting;
  };
  const begin = async (): Promise<void> => {
    life += 1;
    lastExit = null;
    await child.start();
    say(`is up: JSON-RPC on ${publishedRpc(nodes, name)}`);
  };
  const end = async (how: 'stop' | 'kill'): Promise<void> => {
    await child.end(how);
    say(how === 'stop' ? 'was stopped' : 'was killed');
  };
  const halt = async (what: 'pause' | 'resume'): Promise<void> => {
    await child.halt(what);
    say(what === 'pause' ? 'is paused' : 'goes on');
  };
  const wipe = async (): Promise<void> => {
    if (child.state() !== 'down') throw new NetworkError('already-running', `${name} runs: stop it before it is wiped`);
    await rm(join(data, 'db'), { recursive: true, force: true });
    say('has an empty store');
  };
  const treat = async (request: IncomingMessage): Promise<void> => {
    const order = await readBody(request, machineOrderSchema);
    child.treat(order);
    if (order.kind !== 'repair') say(describeMachineOrder(order));
  };
  const status = (): SupervisorStatus => ({ boot, life, state: child.state(), isPaused: child.isPaused(), lastExit });

  const orders: Readonly<Record<string, (request: IncomingMessage) => Promise<void>>> = {
    'GET /status': async () => undefined,
    'POST /start': start,
    'POST /stop': () => end('stop'),
    'POST /kill': () => end('kill'),
    'POST /pause': () => halt('pause'),
    'POST /resume': () => halt('resume'),
    'POST /wipe': wipe,
    'POST /machine': treat,
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = `${request.method} ${request.url}`;
    // The only question without a token: what a health check asks from within.
    if (route === 'GET /health') return send(response, child.state() === 'up' ? 200 : 503, { state: child.state() });
    if (!hasToken(request, compose.token)) return send(response, 401, problem('usage', 'a token is needed'));
    const order = orders[route];
    if (order === undefined) return send(response, 404, problem('usage', `no ${route} here`));
    try {
      await order(request);
      send(response, 200, status());
    } catch (error) {
      const code = error instanceof NetworkError ? error.code : 'node-failed';
      send(response, 400, problem(code, messageOf(error)));
    }
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(PORT.supervisor, done);
  });
  // The first process of a container has no default handlers: without these it would be deaf to `docker stop`.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void child.end('stop').then(() => process.exit(0)));
  }
  await start().catch((error: unknown) => process.stderr.write(`lockstep: ${messageOf(error)}\n`));
}

/** Writes configuration and genesis into the node's volume; for the owner's eyes, since it holds keys. Returns the configuration's path. */
async function writeFiles(compose: ComposeNetwork, name: string, data: string): Promise<string> {
  const configFile = join(data, 'config.json');
  try {
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'genesis.json'), json(compose.network.genesisFile));
    await writeFile(configFile, json(composeNodeConfig(compose, name)), { mode: 0o600 });
  } catch (error) {
    throw new NetworkError('data-folder', `${data}: ${messageOf(error)}`);
  }
  return configFile;
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = request.headers.authorization ?? '';
  // Digests have one length, whatever was sent, so that the comparison takes one time.
  return timingSafeEqual(keccak256(utf8ToBytes(given)), keccak256(utf8ToBytes(`Bearer ${token}`)));
}

function problem(code: string, message: string): unknown {
  return { error: { code, message } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
