import { afterEach, describe, expect, it } from 'vitest';
import { nodeKeyOf } from '../../node/config/keys.ts';
import type { Input } from '../../node/core/contract.ts';
import { peerIdOfKey } from '../../node/host/identity.ts';
import { type Network, startNetwork } from '../../node/host/network.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { type LinkProxy, startProxy } from './proxy.ts';

const GENESIS = `0x${'ab'.repeat(32)}` as const;
const SEED = 'network-test';

type Host = {
  readonly name: string;
  readonly network: Network;
  readonly inputs: Input[];
  readonly failures: string[];
  /** Waits for an input that the test matches, seen or still to come. */
  readonly until: (matches: (input: Input) => boolean, what: string) => Promise<Input>;
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const DEADLINE_MS = 15_000;

async function startHost(
  name: string,
  names: readonly string[],
  dial: readonly { name: string; port: number }[],
  genesis = GENESIS,
): Promise<Host> {
  const inputs: Input[] = [];
  const failures: string[] = [];
  const waiting = new Set<() => void>();
  const network = await startNetwork(
    {
      genesis,
      name,
      nodeKey: nodeKeyOf(SEED, name),
      seed: SEED,
      nodes: names.map((node) => ({ name: node, nodeAddress: addressOfKey(nodeKeyOf(SEED, node)) })),
      listen: { host: '127.0.0.1', port: 0 },
      dial: dial.map((target) => ({ ...target, host: '127.0.0.1', peerId: peerIdOfKey(nodeKeyOf(SEED, target.name)) })),
    },
    {
      input(input) {
        inputs.push(input);
        for (const check of [...waiting]) check();
      },
      failed: (message) => failures.push(message),
    },
  );
  closing.push(() => network.close());
  const until = (matches: (input: Input) => boolean, what: string): Promise<Input> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        waiting.delete(check);
        reject(
          new Error(`${name}: no ${what}; got ${inputs.map((input) => input.kind).join(' ')}; ${failures.join('; ')}`),
        );
      }, DEADLINE_MS);
      const check = (): void => {
        const found = inputs.find(matches);
        if (found === undefined) return;
        clearTimeout(deadline);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  return { name, network, inputs, failures, until };
}

async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isUp = (name: string) => (input: Input) => input.kind === 'peer-up' && input.name === name;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const isGossip = (text: string) => (input: Input) =>
  input.kind === 'gossip' && new TextDecoder().decode(input.bytes).startsWith(text);

/** Publishes until something arrives, each time other bytes: what nobody hears in time is not said again by gossipsub. */
async function gossipTo(from: Host, to: Host, text: string): Promise<Input> {
  const arrived = to.until(isGossip(text), `gossip ${text}`);
  let done = false;
  void arrived
    .catch(() => undefined)
    .then(() => {
      done = true;
    });
  for (let attempt = 0; !done; attempt++) {
    from.network.perform({ kind: 'publish', topic: 'blocks', bytes: bytes(`${text} ${attempt}`) });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return arrived;
}

/** Two hosts with a proxy between them; n1 dials. */
async function pair(): Promise<{ n1: Host; n2: Host; proxy: LinkProxy }> {
  let port = 0;
  const proxy = await startProxy(() => port);
  closing.push(() => proxy.close());
  const n2 = await startHost('n2', ['n1', 'n2'], []);
  port = n2.network.port;
  const n1 = await startHost('n1', ['n1', 'n2'], [{ name: 'n2', port: proxy.port }]);
  n1.network.dial();
  await Promise.all([n1.until(isUp('n2'), 'n2'), n2.until(isUp('n1'), 'n1')]);
  return { n1, n2, proxy };
}

describe('the network', () => {
  it('carries gossip over a host between two others, only after the verdict', async () => {
    const names = ['n1', 'n2', 'n3'];
    const n3 = await startHost('n3', names, []);
    const n2 = await startHost('n2', names, [{ name: 'n3', port: n3.network.port }]);
    const n1 = await startHost('n1', names, [{ name: 'n2', port: n2.network.port }]);
    for (const host of [n1, n2]) host.network.dial();
    await Promise.all([n1.until(isUp('n2'), 'n2'), n2.until(isUp('n3'), 'n3'), n2.until(isUp('n1'), 'n1')]);

    const first = await gossipTo(n1, n2, 'accepted');
    expect(n3.inputs.some(isGossip('accepted'))).toBe(false);
    if (first.kind !== 'gossip') throw new Error('unreachable');
    expect(first).toMatchObject({ topic: 'blocks', from: n1.network.peerId });
    n2.network.perform({ kind: 'verdict', id: first.id, verdict: 'accept' });
    await n3.until(isGossip('accepted'), 'forwarded gossip');

    const second = await gossipTo(n1, n2, 'ignored');
    if (second.kind !== 'gossip') throw new Error('unreachable');
    n2.network.perform({ kind: 'verdict', id: second.id, verdict: 'ignore' });
    const third = await gossipTo(n1, n2, 'later');
    if (third.kind !== 'gossip') throw new Error('unreachable');
    n2.network.perform({ kind: 'verdict', id: third.id, verdict: 'accept' });
    await n3.until(isGossip('later'), 'forwarded gossip');
    expect(n3.inputs.some(isGossip('ignored'))).toBe(false);
  });

  it('answers requests, also large ones, and tells of a request that failed', async () => {
    const { n1, n2 } = await pair();
    const large = new Uint8Array(8 * 1024 * 1024).fill(7);
    n2.network.perform({ kind: 'request', to: n1.network.peerId, id: 5, bytes: bytes('ask') });
    const inbound = await n1.until((input) => input.kind === 'request', 'request');
    if (inbound.kind !== 'request') throw new Error('unreachable');
    expect(inbound).toMatchObject({ from: n2.network.peerId, bytes: bytes('ask') });
    n1.network.perform({ kind: 'respond', id: inbound.id, bytes: large });
    const response = await n2.until((input) => input.kind === 'response', 'response');
    expect(response.kind === 'response' && response.id === 5 && response.bytes?.length).toBe(large.length);

    n2.network.perform({ kind: 'request', to: 'nobody', id: 6, bytes: bytes('ask') });
    expect(await n2.until((input) => input.kind === 'response' && input.id === 6, 'failure')).toMatchObject({
      bytes: null,
    });

    n2.network.perform({ kind: 'request', to: n1.network.peerId, id: 7, bytes: bytes('slow') });
    await n1.until((input) => input.kind === 'request' && input.id !== inbound.id, 'second request');
    await n1.network.close();
    expect(await n2.until((input) => input.kind === 'response' && input.id === 7, 'failure')).toMatchObject({
      bytes: null,
    });
  });

  it('says nothing more of a request that was cancelled, and drops the answer to it', async () => {
    const { n1, n2 } = await pair();
    n1.network.perform({ kind: 'request', to: n2.network.peerId, id: 1, bytes: bytes('first') });
    const inbound = await n2.until((input) => input.kind === 'request', 'request');
    n1.network.perform({ kind: 'cancel', id: 1 });
    if (inbound.kind === 'request') n2.network.perform({ kind: 'respond', id: inbound.id, bytes: bytes('late') });
    n1.network.perform({ kind: 'request', to: n2.network.peerId, id: 2, bytes: bytes('second') });
    const next = await n2.until(
      (input) => input.kind === 'request' && input.id !== (inbound as { id: number }).id,
      'request',
    );
    if (next.kind === 'request') n2.network.perform({ kind: 'respond', id: next.id, bytes: bytes('answer') });
    await n1.until((input) => input.kind === 'response' && input.id === 2, 'response');
    expect(n1.inputs.some((input) => input.kind === 'response' && input.id === 1)).toBe(false);
  });

  it('refuses a peer that is not listed, and one that ought to wait to be dialled', async () => {
    const n2 = await startHost('n2', ['n1', 'n2', 'n3'], []);
    const stranger = await startHost('a0', ['a0', 'n2'], [{ name: 'n2', port: n2.network.port }]);
    stranger.network.dial();
    // n3 is listed, but of n2 and n3 it is n2 who dials; under another name it believes that it is its turn.
    const n3 = await startNetwork(
      {
        genesis: GENESIS,
        name: 'a3',
        nodeKey: nodeKeyOf(SEED, 'n3'),
        seed: SEED,
        nodes: [{ name: 'n2', nodeAddress: addressOfKey(nodeKeyOf(SEED, 'n2')) }],
        listen: { host: '127.0.0.1', port: 0 },
        dial: [{ name: 'n2', host: '127.0.0.1', port: n2.network.port, peerId: null }],
      },
      { input: () => undefined, failed: () => undefined },
    );
    closing.push(() => n3.close());
    n3.dial();
    // A listed peer comes after them and is let in, so the others had their chance.
    const n1 = await startHost('n1', ['n1', 'n2'], [{ name: 'n2', port: n2.network.port }]);
    n1.network.dial();
    await n2.until(isUp('n1'), 'n1');
    await gossipTo(n1, n2, 'hello');
    expect(n2.inputs.filter((input) => input.kind === 'peer-up')).toHaveLength(1);
    expect(n2.network.counts().peers).toBe(1);
  });

  it('connects again after a cut, once, and gossips and answers both ways', async () => {
    const { n1, n2, proxy } = await pair();
    await gossipTo(n1, n2, 'before');
    proxy.cut();
    await Promise.all([
      n1.until((input) => input.kind === 'peer-down', 'down'),
      n2.until((input) => input.kind === 'peer-down', 'down'),
    ]);
    proxy.heal();
    const ups = (host: Host) => host.inputs.filter((input) => input.kind === 'peer-up').length;
    await eventually(() => ups(n1) === 2 && ups(n2) === 2, 'connected again');
    await gossipTo(n1, n2, 'after');
    await gossipTo(n2, n1, 'back');
    expect(n1.inputs.filter((input) => input.kind === 'peer-down')).toHaveLength(1);
  });

  it('gossips both ways again when only the dialler had lost the connection', async () => {
    let port = 0;
    const n2 = await startHost('n2', ['n1', 'n2'], []);
    port = n2.network.port;
    // A proxy whose far side stays open when the near one is reset: what a peer sees when packets are lost for good.
    const { createServer, createConnection } = await import('node:net');
    const near: import('node:net').Socket[] = [];
    const far: import('node:net').Socket[] = [];
    const server = createServer((socket) => {
      const onward = createConnection({ host: '127.0.0.1', port });
      near.push(socket);
      far.push(onward);
      socket.on('data', (data) => onward.write(data));
      onward.on('data', (data) => socket.writable && socket.write(data));
      socket.on('error', () => undefined);
      onward.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of [...near, ...far]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    const n1 = await startHost(
      'n1',
      ['n1', 'n2'],
      [{ name: 'n2', port: typeof address === 'object' ? address!.port : 0 }],
    );
    n1.network.dial();
    await gossipTo(n1, n2, 'first');
    near[0]!.resetAndDestroy();
    await n1.until((input) => input.kind === 'peer-down', 'down');
    await gossipTo(n1, n2, 'second');
    await gossipTo(n2, n1, 'third');
    expect(n2.inputs.filter((input) => input.kind === 'peer-up')).toHaveLength(1);
    expect(n2.inputs.filter((input) => input.kind === 'peer-down')).toHaveLength(0);
  });

  it('survives a stall that fills the buffers: congested, then gossip again after the heal', async () => {
    const { n1, n2, proxy } = await pair();
    await gossipTo(n1, n2, 'before');
    proxy.stall();
    for (let i = 0; i < 9; i++) {
      n1.network.perform({ kind: 'publish', topic: 'blocks', bytes: new Uint8Array(3 * 1024 * 1024).fill(i) });
    }
    await n1.until(
      (input) => (input.kind === 'congested' && input.congested) || input.kind === 'peer-down',
      'congestion',
    );
    proxy.heal();
    await gossipTo(n1, n2, 'after');
    await gossipTo(n2, n1, 'back');
  });

  it('keeps a peer away for a while after the core disconnected it', async () => {
    const { n1, n2 } = await pair();
    n2.network.perform({ kind: 'disconnect', peer: n1.network.peerId, code: 'encoding' });
    await n1.until((input) => input.kind === 'peer-down', 'down');
    await eventually(() => n2.network.counts().peers === 0, 'gone');
    const at = performance.now();
    await eventually(() => n2.inputs.filter((input) => input.kind === 'peer-up').length === 2, 'back');
    expect(performance.now() - at).toBeGreaterThan(3_000);
  });

  it('publishes what just fits its topic, and says so of what does not', async () => {
    const { n1, n2 } = await pair();
    await gossipTo(n1, n2, 'before');
    n1.network.perform({ kind: 'publish', topic: 'transactions', bytes: new Uint8Array(256 * 1024 + 1) });
    expect(n1.failures).toHaveLength(1);
    n1.network.perform({ kind: 'publish', topic: 'transactions', bytes: new Uint8Array(256 * 1024) });
    const input = await n2.until(
      (gossip) => gossip.kind === 'gossip' && gossip.topic === 'transactions',
      'the largest',
    );
    expect(input.kind === 'gossip' && input.bytes.length).toBe(256 * 1024);
  });

  it('hears nothing from a host of another chain', async () => {
    const n2 = await startHost('n2', ['n1', 'n2'], []);
    const other = `0x${'cd'.repeat(32)}` as const;
    const n1 = await startHost('n1', ['n1', 'n2'], [{ name: 'n2', port: n2.network.port }], other);
    n1.network.dial();
    await n1.until(isUp('n2'), 'n2');
    n1.network.perform({ kind: 'request', to: n2.network.peerId, id: 1, bytes: bytes('ask') });
    expect(await n1.until((input) => input.kind === 'response', 'response')).toMatchObject({ bytes: null });
    expect(n2.inputs.some((input) => input.kind === 'request' || input.kind === 'gossip')).toBe(false);
  });

  it('says which port is in use', async () => {
    const n1 = await startHost('n1', ['n1'], []);
    await expect(
      startNetwork(
        {
          genesis: GENESIS,
          name: 'n2',
          nodeKey: nodeKeyOf(SEED, 'n2'),
          seed: SEED,
          nodes: [],
          listen: { host: '127.0.0.1', port: n1.network.port },
          dial: [],
        },
        { input: () => undefined, failed: () => undefined },
      ),
    ).rejects.toMatchObject({ code: 'address-in-use', message: `p2p: port ${n1.network.port} on 127.0.0.1 is in use` });
  });
});
