// `lockstep up` as a person uses it: how soon it is there, what other commands say to it, how it ends, what it leaves behind, what it finds
// again, and what it refuses in one clear line.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRpc, controlClient } from '../../sim/cluster/remote.ts';
import {
  type Ended,
  eventually,
  interrupt,
  lockstep,
  newFolder,
  processesOn,
  run,
  summary,
  type Up,
  up,
} from './lockstep.ts';

/** From the command to the first block. On two idle cores it is some 5 s. */
const FIRST_BLOCK_MS_MAX = 60_000;
const SMALL = ['--nodes', '1', '--followers', '0'];

const cleanings: (() => void)[] = [];
const running = new Set<number>();

/** Starts a network that is ended after the file's last test, whatever happens before. */
async function start(data: string, ...flags: readonly string[]): Promise<Up> {
  const started = await up(data, ...flags);
  running.add(started.command.pid);
  void started.command.ended.then(() => running.delete(started.command.pid));
  return started;
}

const heightOf = async (network: Up, node: string): Promise<number> =>
  Number(await callRpc(network.rpc(node), 'eth_blockNumber', []));
const balanceOf = async (network: Up, node: string, address: string): Promise<bigint> =>
  BigInt(String(await callRpc(network.rpc(node), 'eth_getBalance', [address, 'latest'])));

/** The error that a command ended with: the only line on standard error beside the announcement of the start. */
function errorOf({ stderr }: Ended): string {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('starting '));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

afterAll(() => {
  for (const pid of running) process.kill(pid, 'SIGKILL');
  for (const clean of cleanings) clean();
});

describe('a network of five authorities and a follower', () => {
  const RECIPIENT = '0x00000000000000000000000000000000000000aa';
  let data: string;
  let network: Up;
  const command = (...args: readonly string[]): Promise<Ended> => run(...args, '--data', data, '--json');

  beforeAll(async () => {
    data = newFolder((clean) => cleanings.push(clean));
    const beganMs = performance.now();
    network = await start(data);
    const first = await network.command.line('the first block', (line) => {
      const event = line['event'] as { kind: string; block?: { number: number } } | undefined;
      return line['what'] === 'event' && event?.kind === 'head' && (event.block?.number ?? 0) >= 1;
    });
    const tookMs = performance.now() - beganMs;
    console.log(`seconds from the command to the first block: ${(tookMs / 1_000).toFixed(1)}`);
    expect(first['node']).toBeTypeOf('string');
    expect(tookMs).toBeLessThan(FIRST_BLOCK_MS_MAX);
  });

  test('says where its nodes are and which accounts have money', async () => {
    expect(network.nodes).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'f1']);
    expect(network.accounts).toHaveLength(10);
    for (const node of network.nodes) expect(await callRpc(network.rpc(node), 'eth_chainId', [])).toBe('0x539');
    expect(JSON.parse(readFileSync(join(data, 'network.json'), 'utf8'))).toMatchObject({
      authorities: 5,
      followers: 1,
    });
  });

  test('sends, compares roots and shows the tree on the command line', async () => {
    const sent = await command('send', '--to', RECIPIENT, '--value', '1.5', '--via', 'n2');
    expect(summary(sent)).toMatchObject({ via: 'n2', mined: true, status: '0x1', gasUsed: 21_000 });
    expect(sent.status).toBe(0);

    await eventually('all nodes to be one', async () => (await command('roots')).status === 0);
    const roots = await command('roots', '--from', '0', '--to', '1');
    expect(summary(roots)).toMatchObject({ from: 0, to: 1, nodes: network.nodes, diverged: 0, passed: true });
    expect(roots.lines.filter((line) => line['kind'] === 'roots')).toHaveLength(2);

    const tree = await command('tree', '--last', '3');
    expect(tree.status).toBe(0);
    expect(Number(summary(tree)['blocks'])).toBeGreaterThanOrEqual(2);
  });

  test('is cut, healed and shaped on the command line', async () => {
    const cut = await command('net', 'partition', 'n1,n3', '/', 'n2,n4,n5,f1');
    expect(summary(cut)).toMatchObject({ order: { kind: 'partition' }, passed: true });
    await network.command.line('the smaller side to halt', (line) => {
      return (
        ['n1', 'n3'].includes(String(line['node'])) &&
        (line['event'] as { kind: string } | undefined)?.kind === 'halted'
      );
    });
    expect((await command('net', 'heal')).status).toBe(0);
    const shaped = await command('net', 'link', 'n1', 'n2', '--delay', '20ms', '--jitter', '5ms', '--rate', '8mbit');
    expect(summary(shaped)['order']).toMatchObject({ shape: { delayMs: 20, jitterMs: 5, bitsPerSecond: 8_000_000 } });
    expect((await command('net', 'stall', 'n5')).status).toBe(0);
    expect((await command('net', 'heal')).status).toBe(0);

    const unknown = await command('net', 'stall', 'n9');
    expect(errorOf(unknown)).toContain("'n9'");
    expect(unknown.status).toBe(4);
    expect((await command('net', 'partition', 'n1,n2')).status).toBe(2);
  });

  test('loses a node to a kill and gets it back, with the chain', async () => {
    expect(summary(await command('node', 'kill', 'n4'))).toMatchObject({ node: 'n4', order: 'kill' });
    const height = await heightOf(network, 'n1');
    await eventually('the others to go on', async () => (await heightOf(network, 'n1')) >= height + 2);
    expect((await command('node', 'kill', 'n4')).status).toBe(4);
    expect((await command('node', 'start', 'n4')).status).toBe(0);
    await eventually('n4 to follow', async () => (await heightOf(network, 'n4')) >= height + 2);
    expect(await eventually('the money on n4', () => balanceOf(network, 'n4', RECIPIENT))).toBe(
      1_500_000_000_000_000_000n,
    );
    expect((await command('node', 'pause', 'f1')).status).toBe(0);
    expect((await command('node', 'resume', 'f1')).status).toBe(0);
    expect((await command('node', 'wipe', 'f1')).status).toBe(0);
    expect((await command('node', 'start', 'f1')).status).toBe(0);
    await eventually('f1 to have pulled the chain', async () => (await heightOf(network, 'f1')) >= height + 2);
  });

  test('refuses a second network on its folder, and goes on', async () => {
    const second = await run('up', '--data', data, '--rpc-port', '0', '--json');
    expect(errorOf(second)).toContain('runs on');
    expect(second.status).toBe(102);
    expect((await controlClient(network.control).status()).nodes.every((node) => node.running)).toBe(true);
  });

  test('ends with 130 when interrupted, goes on from there when started again, and dies with its parent', async () => {
    const height = await heightOf(network, 'n1');
    expect(await processesOn(data)).toHaveLength(7);
    const ended = await interrupt(network);
    expect(ended.status).toBe(130);
    expect(summary(ended)).toMatchObject({ stopped: 'interrupted' });
    expect(await processesOn(data)).toEqual([]);
    expect(existsSync(join(data, 'control.json'))).toBe(false);
    expect((await command('roots')).status).toBe(4);

    const other = await run('up', '--data', data, '--rpc-port', '0', '--nodes', '4');
    expect(errorOf(other)).toContain('--nodes 4');
    expect(other.status).toBe(2);

    const again = await start(data);
    expect(again.genesis).toBe(network.genesis);
    expect(await heightOf(again, 'n1')).toBeGreaterThanOrEqual(height);
    for (const node of again.nodes) {
      await eventually(`${node} after the old blocks`, async () => (await heightOf(again, node)) > height);
    }
    expect(await balanceOf(again, 'n1', RECIPIENT)).toBe(1_500_000_000_000_000_000n);

    // Nobody tells the nodes: they see that their parent is gone.
    again.command.signal('SIGKILL');
    await again.command.ended;
    await eventually('the nodes to be gone', async () => (await processesOn(data)).length === 0);
    expect((await command('roots')).status).toBe(4);
  });
});

describe('a network that cannot start', () => {
  test('names the node whose port is in use, ends with 102, and leaves no process', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    try {
      const data = newFolder();
      const ended = await run('up', '--data', data, '--nodes', '2', '--followers', '0', '--rpc-port', String(port - 1));
      expect(errorOf(ended)).toMatch(new RegExp(`n2.*${port}.*in use`));
      expect(ended.status).toBe(102);
      expect(await processesOn(data)).toEqual([]);
      expect(existsSync(join(data, 'control.json'))).toBe(false);
    } finally {
      server.close();
    }
  });

  test('is ended by an interrupt on its way, with 130 and no process left', async () => {
    const data = newFolder();
    const command = lockstep('up', '--data', data, '--rpc-port', '0', '--json');
    await eventually('its nodes', async () => (await processesOn(data)).length === 7);
    const ended = await interrupt({ command });
    expect(ended.status).toBe(130);
    expect(await processesOn(data)).toEqual([]);
    expect(existsSync(join(data, 'control.json'))).toBe(false);
  });

  test('does not touch a folder that is a file, or holds something else', async () => {
    const parent = newFolder();
    const file = join(parent, 'file');
    writeFileSync(file, 'mine');
    const foreign = join(parent, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.txt'), 'mine');
    writeFileSync(join(foreign, '.gitignore'), 'mine');
    const strange = join(parent, 'strange');
    mkdirSync(strange);
    writeFileSync(join(strange, 'network.json'), '{"networks":"mine"}');
    const unreadable = join(parent, 'unreadable');
    mkdirSync(join(unreadable, 'network.json'), { recursive: true });

    for (const folder of [file, foreign, strange, unreadable]) {
      const ended = await run('up', '--data', folder, '--rpc-port', '0', ...SMALL);
      expect(errorOf(ended)).toContain(folder);
      expect(ended.status).toBe(102);
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readFileSync(join(foreign, 'thesis.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(foreign, '.gitignore'), 'utf8')).toBe('mine');
    expect(readFileSync(join(strange, 'network.json'), 'utf8')).toBe('{"networks":"mine"}');
  });

  test('refuses the database of another chain, which is whole afterwards', async () => {
    const data = newFolder();
    const before = await start(data, ...SMALL);
    const height = await eventually('a block', async () => await heightOf(before, 'n1'));
    await interrupt(before);

    const file = join(data, 'genesis.json');
    const genesis = readFileSync(file, 'utf8');
    const other = { ...(JSON.parse(genesis) as Record<string, unknown>), timestamp: '0x1' };
    writeFileSync(file, JSON.stringify(other));
    const refused = await run('up', '--data', data, '--rpc-port', '0', '--json');
    expect(errorOf(refused)).toMatch(/n1.*genesis/);
    expect(refused.status).toBe(102);

    writeFileSync(file, genesis);
    const after = await start(data);
    expect(await heightOf(after, 'n1')).toBeGreaterThanOrEqual(height);
    expect((await interrupt(after)).status).toBe(130);
  });
});

describe('the command line', () => {
  test.each([
    ['an unknown flag', ['up', '--colour', 'blue']],
    ['an unknown command', ['dance']],
    ['a number out of range', ['up', '--nodes', '0']],
    ['a word for a number', ['up', '--rpc-port', 'http']],
    ['an unknown arm', ['run', 'steady', '--on', 'paper']],
    ['no address to send to', ['send']],
  ])('answers %s with status 2', async (_what, args) => {
    const ended = await run(...args);
    expect(ended.stderr).not.toBe('');
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect(ended.status).toBe(2);
  });

  test('answers an unknown scenario, and a folder where nothing runs, with status 4', async () => {
    expect((await run('run', 'no-such-scenario')).status).toBe(4);
    const nothing = await run('tree', '--data', newFolder());
    expect(errorOf(nothing)).toContain('no network runs');
    expect(nothing.status).toBe(4);
  });
});
