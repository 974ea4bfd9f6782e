// A network of processes is saved, goes on, is cut, and is taken back: it goes on from there, and still knows how to reorganise.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRpc } from '../../sim/cluster/remote.ts';
import { type Ended, eventually, interrupt, newFolder, run, summary, type Up, up } from './lockstep.ts';

const RECIPIENT = '0x00000000000000000000000000000000000000bb';
const cleanings: (() => void)[] = [];
let network: Up | null = null;
let data: string;

const command = (...args: readonly string[]): Promise<Ended> => run(...args, '--data', data, '--json');
const rpc = (node: string, method: string, ...params: unknown[]): Promise<unknown> =>
  callRpc(network!.rpc(node), method, params);
const heightOf = async (node: string): Promise<number> => Number(await rpc(node, 'eth_blockNumber'));
const blockAt = async (node: string, number: number) =>
  (await rpc(node, 'eth_getBlockByNumber', `0x${number.toString(16)}`, false)) as {
    hash: string;
    timestamp: string;
  } | null;
const reach = (node: string, height: number) =>
  eventually(`${node} at ${height}`, async () => (await heightOf(node)) >= height);
const ALL = ['n1', 'n2', 'n3'];
/** The height up to which all have one chain, once it is at least the given one. */
const agreed = (least: number): Promise<number> =>
  eventually(`agreement at ${least}`, async () => {
    const height = Math.min(...(await Promise.all(ALL.map(heightOf))));
    if (height < least) return null;
    const hashes = await Promise.all(ALL.map(async (node) => (await blockAt(node, height))?.hash));
    return new Set(hashes).size === 1 ? height : null;
  });

beforeAll(async () => {
  data = newFolder((clean) => cleanings.push(clean));
  // Without the recents rule either side of a cut goes on.
  network = await up(data, '--nodes', '3', '--followers', '0', '--signer-limit', '1');
});

afterAll(async () => {
  if (network !== null) await interrupt(network);
  for (const clean of cleanings) clean();
});

describe('a network that is saved and restored', () => {
  test('goes on from the snapshot, with its clock and its reorganisations', async () => {
    await agreed(2);
    const saved = await command('snapshot', 'save', 'begin');
    expect([saved.stderr, saved.status]).toEqual(['', 0]);
    const heads = (summary(saved)['saved'] as { nodes: { name: string; head: { number: number } }[] }).nodes;
    const least = Math.min(...heads.map(({ head }) => head.number));
    const most = Math.max(...heads.map(({ head }) => head.number));
    expect(least).toBeGreaterThanOrEqual(1);
    const shared = await blockAt('n1', least - 1);

    // What happens now is undone later: a payment, a cut, two chains.
    expect((await command('send', '--to', RECIPIENT, '--value', '1')).status).toBe(0);
    expect((await command('net', 'partition', 'n1', '/', 'n2,n3')).status).toBe(0);
    const top = Math.max(...(await Promise.all(ALL.map(heightOf))));
    await Promise.all([reach('n1', top + 3), reach('n2', top + 3)]);
    const undone = await blockAt('n2', most + 2);
    expect((await command('snapshot', 'save', 'cut')).status).toBe(0);

    const restored = await command('snapshot', 'restore', 'begin');
    expect([restored.status, summary(restored)]).toEqual([
      0,
      expect.objectContaining({ replaced: 'before-begin', clockOffsetMs: 0, passed: true }),
    ]);
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const height = await agreed(most + 2);
    expect((await blockAt('n2', least - 1))?.hash).toBe(shared?.hash);
    expect((await blockAt('n2', most + 2))?.hash).not.toBe(undone?.hash);
    expect(Number(await rpc('n3', 'eth_getBalance', RECIPIENT, 'latest'))).toBe(0);
    // The clock is the present one again: the chain takes one leap, and does not seal the time that it has missed.
    expect(Number((await blockAt('n1', height))?.timestamp)).toBeGreaterThan(nowSeconds - 60);

    // Reorganisations work as ever.
    expect((await command('net', 'partition', 'n1', '/', 'n2,n3')).status).toBe(0);
    const from = Math.max(...(await Promise.all(ALL.map(heightOf))));
    await Promise.all([reach('n1', from + 2), reach('n2', from + 3)]);
    const lonely = await blockAt('n1', from + 2);
    expect((await command('net', 'heal')).status).toBe(0);
    const healed = await agreed(from + 4);
    const roots = await command('roots', '--from', String(from), '--to', String(healed));
    expect([roots.status, summary(roots)]).toEqual([0, expect.objectContaining({ diverged: 0 })]);
    expect(
      (await blockAt('n1', from + 2))?.hash === lonely?.hash && (await blockAt('n2', from + 2))?.hash !== lonely?.hash,
    ).toBe(false);
  });

  test('takes back the cut with the chains, and heals it', async () => {
    expect((await command('snapshot', 'restore', 'cut', '--discard')).status).toBe(0);
    const status = (await (await fetch(`${network!.control}/network`)).json()) as { links: unknown[] };
    expect(status.links.length).toBe(4);
    const [lonely, other] = await Promise.all([heightOf('n1'), heightOf('n2')]);
    const height = Math.min(lonely, other);
    expect((await blockAt('n1', height))?.hash).not.toBe((await blockAt('n2', height))?.hash);
    expect((await command('net', 'heal')).status).toBe(0);
    await agreed(Math.max(lonely, other) + 1);
    expect(Number(await rpc('n1', 'eth_getBalance', RECIPIENT, 'latest'))).toBeGreaterThan(0);
  });

  test('lists what is kept, overwrites nothing and says what there is not', async () => {
    const list = await command('snapshot', 'list');
    expect(list.lines.filter(({ kind }) => kind === 'snapshot').map(({ name }) => name)).toEqual([
      'begin',
      'cut',
      'before-begin',
    ]);
    const again = await command('snapshot', 'save', 'begin');
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("snapshot 'begin' exists already")]);
    const missing = await command('snapshot', 'restore', 'end');
    expect([missing.status, missing.stderr]).toEqual([4, expect.stringContaining("no snapshot 'end' (there are")]);
    expect((await command('snapshot', 'restore', 'begin', '--clock', 'sun')).status).toBe(2);
    expect((await command('snapshot', 'remove', 'cut')).status).toBe(0);
    expect(readdirSync(join(data, 'snapshots')).sort()).toEqual(['before-begin', 'begin']);
    expect((await run('snapshot', 'list', '--data', join(data, 'nowhere'))).status).toBe(4);
  });

  test('may go on as if no time had passed', async () => {
    const restored = await command('snapshot', 'restore', 'begin', '--clock', 'saved', '--discard');
    const { clockOffsetMs, restored: snapshot } = summary(restored) as {
      clockOffsetMs: number;
      restored: { savedMs: number };
    };
    expect(clockOffsetMs).toBeLessThan(-5_000);
    const height = await agreed(Math.max(...(await Promise.all(ALL.map(heightOf)))) + 2);
    const timestampMs = Number((await blockAt('n1', height))?.timestamp) * 1_000;
    expect(timestampMs).toBeLessThan(Date.now() + clockOffsetMs + 3_000);
    expect(timestampMs).toBeGreaterThan(snapshot.savedMs - 5_000);
  });
});
