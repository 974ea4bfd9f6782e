// Faults of real processes by the commands that a person types: what ends, what comes back, and what is refused.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRpc, controlClient } from '../../sim/cluster/remote.ts';
import { eventually, interrupt, type Line, newFolder, run, summary, type Up, up } from './lockstep.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];
const cleanings: (() => void)[] = [];
let network: Up;

beforeAll(async () => {
  const data = newFolder((clean) => cleanings.push(clean));
  network = await up(data, '--nodes', '4', '--followers', '0', '--fault', 'n4=double-sealer');
});
afterAll(async () => {
  await interrupt(network);
  for (const clean of cleanings) clean();
});

const command = (...args: readonly string[]) => run(...args, '--data', network.data, '--json');
const order = async (...args: readonly string[]): Promise<void> => {
  const ended = await command(...args);
  expect(ended.status, ended.stderr).toBe(0);
  expect(summary(ended)['passed']).toBe(true);
};
const heightOf = async (node: string): Promise<number> =>
  Number(await callRpc(network.rpc(node), 'eth_blockNumber', []));
const isRunning = async (node: string): Promise<boolean> =>
  (await controlClient(network.control).status()).nodes.some(({ name, running }) => name === node && running);

/** The nodes come to blocks that none of them had before. */
async function goesOn(nodes: readonly string[]): Promise<void> {
  const wanted = Math.max(...(await Promise.all(nodes.map(heightOf)))) + 2;
  for (const node of nodes) await eventually(`${node} at ${wanted}`, async () => (await heightOf(node)) >= wanted);
}

test('a node that seals twice is proven to (F27)', async () => {
  const seen = await network.command.line('a proof', ({ event }) => {
    const { kind, strength } = (event ?? {}) as { kind?: string; strength?: string };
    return kind === 'equivocation' && strength === 'proof';
  });
  expect(NODES).toContain(seen['node']);
});

test('a write that fails ends its node once, a full disk at every start until it is well (F21)', async () => {
  await order('node', 'disk', 'n2', 'write-error');
  await eventually('n2 to end', async () => !(await isRunning('n2')));
  await order('node', 'start', 'n2');
  await goesOn(NODES);

  await order('node', 'disk', 'n2', 'full');
  await eventually('n2 to end', async () => !(await isRunning('n2')));
  await command('node', 'start', 'n2'); // it may end before it is ready, or after it
  await eventually('n2 to end again', async () => !(await isRunning('n2')));
  await order('node', 'disk', 'n2', 'well');
  await order('node', 'start', 'n2');
  await goesOn(NODES);
});

test('a torn tail is dropped by the database, and its node comes back (F22)', async () => {
  await order('node', 'disk', 'n3', 'torn-tail');
  await order('node', 'kill', 'n3');
  await order('node', 'start', 'n3');
  await goesOn(NODES);
});

test('a paused node and one whose event loop is held up fall silent, and come back (F14, F16)', async () => {
  await order('node', 'pause', 'n2');
  await expect(
    fetch(network.rpc('n2'), { method: 'POST', body: '{}', signal: AbortSignal.timeout(500) }),
  ).rejects.toThrow();
  await order('node', 'resume', 'n2');
  await goesOn(NODES);
  await order('node', 'freeze', 'n2', '3s');
  await expect(
    fetch(network.rpc('n2'), { method: 'POST', body: '{}', signal: AbortSignal.timeout(500) }),
  ).rejects.toThrow();
  await goesOn(NODES);
});

test('a clock ahead makes blocks of the future, which the others refuse until it is in order (F19)', async () => {
  await order('node', 'clock', 'n2', '30s');
  const isRefusal = ({ node, event }: Line): boolean => {
    const { kind, code } = (event ?? {}) as { kind?: string; code?: string };
    return node !== 'n2' && kind === 'rejected' && code === 'header-future';
  };
  await network.command.line('a block of the future', isRefusal);
  await order('node', 'repair');
  await goesOn(['n1', 'n3', 'n4']);
});

test.each([
  [['net', 'link', 'n1', 'n2', '--duplicate', '10'], /^F8 \(messages that come twice\): .* not on processes$/],
  [['net', 'link', 'n1', 'n2', '--reorder', '10%'], /^F9 \(messages out of order\): .* not on processes$/],
  [['node', 'disk', 'n1', 'bit-flip'], /^F23 \(a flipped bit\): .* not on processes$/],
])('what this arm cannot do is refused in one line: %j', async (words, line) => {
  const ended = await command(...words);
  expect(ended.status).toBe(2);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(summary(ended)['error']).toMatch(line);
});
