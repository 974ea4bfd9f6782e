import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { NodeEvent } from '../../node/core/events.ts';
import { type LocalNetwork, TOKEN, writeNetwork } from './local-network.ts';

const MAIN = fileURLToPath(new URL('../../node/main.ts', import.meta.url));
const DEADLINE_MS = 120_000;

type Ready = {
  readonly kind: 'ready';
  readonly name: string;
  readonly rpc: number;
  readonly admin: number;
  readonly peerId: string;
};
type Started = {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly events: NodeEvent[];
  readonly heard: () => Promise<void>;
};

const children = new Set<ChildProcess>();
let network: LocalNetwork | null = null;
afterEach(async () => {
  await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
  network?.remove();
  network = null;
});

function launch(args: readonly string[], stdin: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: [stdin, 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  const [status] = await exited;
  return status;
}

/** Starts a node and waits for its line; its events are collected. */
async function start(configFile: string, ...more: string[]): Promise<Started> {
  const child = launch(['--config', configFile, '--events', ...more], 'pipe');
  const events: NodeEvent[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ready = await new Promise<Ready>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not ready in time')), DEADLINE_MS);
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${errors}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const value = JSON.parse(line);
      if (value.kind === 'ready') {
        clearTimeout(timer);
        resolve(value);
      } else if (value.event !== undefined) {
        events.push(value.event);
        for (const wake of [...waiting]) wake();
      }
    });
  });
  const heard = () =>
    new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        resolve();
      };
      waiting.add(wake);
    });
  return { child, ready, events, heard };
}

async function until(nodes: readonly Started[], condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`not in time: ${what}`);
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, left);
    await Promise.race([timeout.promise, ...nodes.map((node) => node.heard())]);
    clearTimeout(timer);
  }
}

/** The highest block that this many nodes are known to agree on, as this node has heard. */
function agreedHeight(node: Started, nodes: number): number {
  return Math.max(
    0,
    ...node.events.map((event) => (event.kind === 'agreement' && event.nodes >= nodes ? event.block.number : 0)),
  );
}

async function rpc(node: Started, method: string, params: unknown[] = []): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${node.ready.rpc}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(answer.error.message);
  return answer.result;
}

const headOf = async (node: Started) => Number(await rpc(node, 'eth_blockNumber'));

describe('a network of processes', () => {
  it('agrees on the roots of ten blocks, and goes on where it was after a restart', { timeout: 240_000 }, async () => {
    network = await writeNetwork(4, 'process-test');
    const first = await Promise.all(network.files.map((file) => start(file.path)));
    await until(first, () => first.every((node) => agreedHeight(node, 4) >= 10), 'ten blocks agreed on by four');
    const roots = new Set<unknown>();
    for (const node of first) {
      const block = await rpc(node, 'eth_getBlockByNumber', ['0x8', false]);
      roots.add((block as { stateRoot: string }).stateRoot);
    }
    expect(roots.size).toBe(1);
    expect(first.flatMap((node) => node.events.filter((event) => event.kind === 'divergence'))).toEqual([]);

    const heads = await Promise.all(first.map(headOf));
    // Two in good order, two at once: both ways must leave a store to go on from.
    const statuses = await Promise.all(first.map((node, index) => end(node.child, index < 2 ? 'SIGTERM' : 'SIGKILL')));
    expect(statuses.slice(0, 2)).toEqual([0, 0]);

    const second = await Promise.all(network.files.map((file) => start(file.path)));
    for (const [index, node] of second.entries()) {
      const startedAt = () => node.events.find((event) => event.kind === 'started')?.head.number ?? null;
      await until([node], () => startedAt() !== null, 'the start');
      // A killed node may have answered with a head whose write was under way.
      expect(startedAt()).toBeGreaterThanOrEqual(heads[index]! - (index < 2 ? 0 : 1));
    }
    const target = Math.max(...heads) + 3;
    await until(second, () => second.every((node) => agreedHeight(node, 4) >= target), 'three more blocks');
  });

  it('serves health, metrics and the operator, and shows nobody a key', { timeout: 120_000 }, async () => {
    network = await writeNetwork(1, 'operator-test');
    const file = network.files[0]!;
    const node = await start(file.path);
    await until([node], () => node.events.some((event) => event.kind === 'sealed'), 'a block');
    const base = `http://127.0.0.1:${node.ready.rpc}`;
    const admin = `http://127.0.0.1:${node.ready.admin}`;
    const headers = { authorization: `Bearer ${TOKEN}` };

    const health = await fetch(`${base}/health`);
    expect(health.status).toBe(200);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(/^lockstep_head_number [1-9]/m);
    if (process.platform === 'linux') expect(metrics).toMatch(/^process_open_fds [1-9]/m);
    expect(metrics).toMatch(/^lockstep_evm_steps_total\{tier="1"\} [1-9]/m); // system calls run code in every block
    expect(metrics).toMatch(/^lockstep_events_total\{kind="sealed"\} [1-9]/m);

    const stop = await fetch(`${admin}/ask`, {
      method: 'POST',
      headers,
      body: '{"kind":"set-sealing","enabled":false}',
    });
    expect(await stop.json()).toEqual({ kind: 'accepted' });
    const status = await (await fetch(`${admin}/status`, { headers })).text();
    expect(JSON.parse(status)).toMatchObject({ name: 'n1', sealing: false, peers: [] });

    const everything = [JSON.stringify(node.events), metrics, status, await health.text()].join('\n').toLowerCase();
    for (const key of [file.config.nodeKey, file.config.sealerKey!]) expect(everything).not.toContain(key.slice(2));
    expect(everything).not.toContain(TOKEN);
    expect(await end(node.child, 'SIGINT')).toBe(0);
  });

  it('ends when its standard input closes, if it was told to', { timeout: 60_000 }, async () => {
    network = await writeNetwork(1, 'stdin-test');
    const node = await start(network.files[0]!.path, '--until-stdin-closes');
    const exited = once(node.child, 'exit');
    node.child.stdin?.end();
    expect((await exited)[0]).toBe(0);
  });

  it('ends when its parent is gone', { timeout: 60_000 }, async () => {
    network = await writeNetwork(1, 'parent-test');
    const parent = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    children.add(parent);
    const node = await start(network.files[0]!.path, '--parent-pid', String(parent.pid));
    const exited = once(node.child, 'exit');
    await end(parent, 'SIGKILL');
    expect((await exited)[0]).toBe(0);
  });
});

describe('a process that cannot start', () => {
  /** Its exit status, what it says on stdout and on stderr. */
  async function failure(args: readonly string[]): Promise<{ status: number; line: unknown; error: string }> {
    const child = launch(args);
    let out = '';
    let error = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    const [status] = await once(child, 'close');
    return { status, line: out === '' ? null : JSON.parse(out), error };
  }

  it('says in one line what is wrong with its arguments, its file and its genesis', { timeout: 60_000 }, async () => {
    network = await writeNetwork(1, 'failure-test');
    const { path, config } = network.files[0]!;
    expect(await failure([])).toMatchObject({ status: 2, error: expect.stringContaining('--config is missing') });
    const missing = join(network.folder, 'none.json');
    expect(await failure(['--config', missing])).toMatchObject({
      status: 2,
      error: `lockstep: ${missing}: cannot be read (ENOENT)\n`,
    });
    writeFileSync(path, JSON.stringify({ ...config, gasLimitTarget: 'much' }));
    expect(await failure(['--config', path])).toMatchObject({
      status: 2,
      line: { kind: 'failed', code: 'configuration' },
      error: expect.stringMatching(/^lockstep: .*n1\.json: gasLimitTarget: [^\n]*\n$/),
    });
    writeFileSync(path, JSON.stringify(config));
    const genesis = join(network.folder, 'genesis.json');
    const whole = readFileSync(genesis, 'utf8');
    writeFileSync(genesis, JSON.stringify({ ...JSON.parse(whole), gasLimit: 'much' }));
    expect(await failure(['--config', path])).toMatchObject({
      status: 2,
      error: expect.stringMatching(/^lockstep: .*genesis\.json: gasLimit[^\n]*\n$/),
    });
  });

  it('says which port is in use, and leaves its data folder free', { timeout: 60_000 }, async () => {
    network = await writeNetwork(1, 'port-test');
    const { path, config } = network.files[0]!;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const part of ['p2p', 'rpc', 'admin'] as const) {
      writeFileSync(path, JSON.stringify({ ...config, [part]: { ...config[part], port } }));
      expect(await failure(['--config', path])).toMatchObject({
        status: 102,
        line: { kind: 'failed', code: 'address-in-use' },
        error: `lockstep: ${part}: port ${port} on 127.0.0.1 is in use\n`,
      });
    }
    server.close();
    writeFileSync(path, JSON.stringify(config));
    const node = await start(path);
    const second = join(network.folder, 'second.json');
    writeFileSync(second, JSON.stringify({ ...config, p2p: { ...config.p2p, port: 0 } }));
    expect(await failure(['--config', second])).toMatchObject({
      status: 102,
      line: { kind: 'failed', code: 'data-locked' },
    });
    await end(node.child, 'SIGTERM');
  });
});
