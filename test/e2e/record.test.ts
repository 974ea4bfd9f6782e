// A network of processes is recorded through a partition, a kill and a restart, and lives again the same; what was changed in the recording
// is found and named.

import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRpc } from '../../sim/cluster/remote.ts';
import { eventually, interrupt, newFolder, run, summary, type Up, up } from './lockstep.ts';

const cleanings: (() => void)[] = [];
const folderOf = (): string => newFolder((clean) => cleanings.push(clean));

let network: Up | null = null;
let folder: string;
const heads = new Map<string, string>();
/** A copy that a test may damage. */
const copy = (): string => {
  const other = folderOf();
  cpSync(folder, other, { recursive: true });
  return other;
};
const segment = (at: string, node: string, life = '0001'): string => join(at, node, `${life}.segment`);
const replay = (at: string, ...flags: readonly string[]) => run('replay', at, '--json', ...flags);
const nodesIn = ({ lines }: Awaited<ReturnType<typeof run>>) => lines.filter(({ kind }) => kind === 'node');

beforeAll(async () => {
  const data = folderOf();
  folder = join(data, 'kept');
  network = await up(data, '--nodes', '3', '--followers', '1', '--record', folder);
  const started = network;
  const command = async (...args: readonly string[]): Promise<void> => {
    const { status, stderr } = await run(...args, '--data', data, '--json');
    if (status !== 0) throw new Error(stderr);
  };
  const heightOf = async (node: string): Promise<number> =>
    Number(await callRpc(started.rpc(node), 'eth_blockNumber', []));
  const grown = async (node: string, blocks: number): Promise<void> => {
    const height = await heightOf(node);
    await eventually(`${node} to have ${blocks} more blocks`, async () => (await heightOf(node)) >= height + blocks);
  };
  await grown('n1', 2);
  await command('send', '--to', '0x00000000000000000000000000000000000000aa', '--value', '1');
  await command('net', 'partition', 'n1', '/', 'n2,n3,f1');
  await grown('n2', 3);
  await command('node', 'kill', 'f1');
  await command('net', 'heal');
  await grown('n1', 2);
  await command('node', 'start', 'f1');
  await grown('f1', 3);
  await command('node', 'stop', 'n3');
  await command('node', 'start', 'n3');
  await grown('n3', 2);
  await interrupt(network);
});

afterAll(async () => {
  if (network !== null) await interrupt(network);
  for (const clean of cleanings) clean();
});

describe('a recorded network of processes', () => {
  test('lives again the same, hash for hash, on either tier', async () => {
    for (const tier of ['0', '1']) {
      const ended = await replay(folder, '--tier', tier);
      expect([ended.stderr, ended.status]).toEqual(['', 0]);
      expect(summary(ended)).toMatchObject({ passed: true, nodes: 4, differs: [], broken: [] });
      for (const node of nodesIn(ended)) {
        expect(node).toMatchObject({ same: true, difference: null, problem: null });
        const { number, hash } = node['head'] as { number: number; hash: string };
        expect(number).toBeGreaterThan(9);
        expect(heads.get(`${node['node']}`) ?? hash).toBe(hash);
        heads.set(`${node['node']}`, hash);
      }
    }
  });

  test('has a life for every start, and says how each has ended', async () => {
    const lives = new Map(
      nodesIn(await replay(folder)).map((node) => [
        node['node'],
        node['segments'] as readonly { readonly end: string }[],
      ]),
    );
    expect(lives.get('n1')?.map(({ end }) => end)).toEqual(['stopped']);
    expect(lives.get('f1')?.map(({ end }) => end)).toEqual(['killed', 'stopped']);
    expect(lives.get('n3')?.map(({ end }) => end)).toEqual(['stopped', 'stopped']);
    for (const node of ['n3', 'f1']) {
      expect(
        readFileSync(segment(folder, node, '0002'))
          .subarray(0, 2_000)
          .toString('latin1'),
      ).toContain('"continues"');
    }
  });

  test('is replayed up to a height, a step or a moment, of one node', async () => {
    const [node, ...others] = nodesIn(await replay(folder, '--node', 'n2', '--until', '5'));
    expect(others).toEqual([]);
    expect(node).toMatchObject({ node: 'n2', head: { number: 5 } });
    const [stepped] = nodesIn(await replay(folder, '--node', 'f1', '--until', 'step:17'));
    expect(stepped).toMatchObject({ steps: 17, segments: [{ steps: 17, end: 'until' }] });
    const [first] = nodesIn(await replay(folder, '--node', 'f1', '--until', 'step:1'));
    const [timed] = nodesIn(await replay(folder, '--node', 'f1', '--until', '3s'));
    expect(Number(timed?.['atMs'])).toBeGreaterThanOrEqual(Number(first?.['atMs']) + 3_000);
    const until = new Date(Number(timed?.['atMs'])).toISOString();
    expect(nodesIn(await replay(folder, '--node', 'f1', '--until', until))[0]?.['steps']).toBe(timed?.['steps']);
    const wrong = await replay(folder, '--until', 'noon');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("--until 'noon': expected a height");
  });

  test('keeps the orders that the network was given', () => {
    const orders = readFileSync(join(folder, 'orders.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(orders).toContainEqual(
      expect.objectContaining({ kind: 'network', order: expect.objectContaining({ kind: 'partition' }) }),
    );
    expect(orders).toContainEqual(expect.objectContaining({ kind: 'process', node: 'f1', change: 'killed' }));
  });
});

test('a chain that went on without being recorded is kept whole by the next recorded life', async () => {
  const data = folderOf();
  const kept = join(data, 'recording');
  const live = async (...flags: readonly string[]): Promise<void> => {
    const alone = await up(data, '--nodes', '1', '--followers', '0', ...flags);
    try {
      const height = Number(await callRpc(alone.rpc('n1'), 'eth_blockNumber', []));
      await eventually(
        'two more blocks',
        async () => Number(await callRpc(alone.rpc('n1'), 'eth_blockNumber', [])) >= height + 2,
      );
    } finally {
      await interrupt(alone);
    }
  };
  await live('--record');
  await live();
  await live('--record');
  const ended = await replay(kept);
  expect([ended.stderr, ended.status]).toEqual(['', 0]);
  const [node] = nodesIn(ended);
  expect(node).toMatchObject({ same: true, segments: [{ end: 'stopped' }, { end: 'stopped' }] });
  expect(Number((node?.['head'] as { number: number }).number)).toBeGreaterThanOrEqual(6);
  expect(
    readFileSync(segment(kept, 'n1', '0002'))
      .subarray(0, 300)
      .toString('latin1'),
  ).toMatch(/"snapshot","entries":[1-9]/);
});

describe('what is wrong with a recording is said in one line', () => {
  test.each([0.5, 0.7, 0.9])('a byte that was changed, %d of the way through a file', async (part) => {
    const other = copy();
    const file = segment(other, 'n2');
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length * part)]! ^= 0x10;
    writeFileSync(file, bytes);
    const ended = await replay(other);
    expect(ended.status).toBe(2);
    expect(summary(ended)).toMatchObject({ passed: false, broken: ['n2'] });
    const found = nodesIn(ended).find(({ node }) => node === 'n2');
    expect(String(found?.['problem'])).toMatch(/n2\/0001\.segment: a (length|record) that .* at byte \d+$/);
    expect(nodesIn(ended).filter(({ same }) => same)).toHaveLength(3);
  });

  test('a byte that was changed in the head, which everything else is read by', async () => {
    const other = copy();
    const file = segment(other, 'n2');
    const bytes = readFileSync(file);
    bytes[100]! ^= 0x10;
    writeFileSync(file, bytes);
    const ended = await replay(other);
    expect(ended.status).toBe(2);
    expect(summary(ended)).toMatchObject({
      passed: false,
      error: `${file}: not a recording of Lockstep, or its head is damaged`,
    });
  });

  test('a life that was cut short of where the next one goes on', async () => {
    const other = copy();
    truncateSync(segment(other, 'n3'), 20_000);
    const ended = await replay(other, '--node', 'n3');
    expect(ended.status).toBe(2);
    expect(String(nodesIn(ended)[0]?.['problem'])).toMatch(/n3\/0002\.segment: goes on behind step \d+ of the life/);
  });

  test('a life that is missing, a node and a folder that are not there', async () => {
    const other = copy();
    writeFileSync(segment(other, 'n3'), readFileSync(segment(other, 'n3', '0002')));
    expect((await replay(other, '--node', 'n3')).status).toBe(2);
    const nobody = await replay(folder, '--node', 'n9');
    expect([nobody.status, nobody.stderr]).toEqual([
      4,
      expect.stringContaining("no node 'n9' (it has n1, n2, n3, f1)"),
    ]);
    const nowhere = await replay(folderOf());
    expect([nowhere.status, nowhere.stderr]).toEqual([4, expect.stringContaining('holds no recording')]);
  });

  test("another version's, and what is none", async () => {
    const other = copy();
    const file = segment(other, 'n1');
    writeFileSync(file, 'a diary');
    const foreign = await replay(other, '--node', 'n1');
    expect([foreign.status, foreign.stderr.trim()]).toEqual([2, `lockstep: ${file}: ends within its head`]);
    writeFileSync(file, 'a diary that is somewhat longer, about nothing in particular');
    expect((await replay(other, '--node', 'n1')).stderr).toContain('not a recording of Lockstep');
    writeFileSync(join(other, 'recording.json'), '{"kind":"lockstep-recording","format":2,"genesis":"0x","nodes":[]}');
    const newer = await replay(other);
    expect([newer.status, newer.stderr]).toEqual([2, expect.stringContaining('recording.json: format: ')]);
  });

  test('a folder of somebody else, or of another chain, is not recorded into', async () => {
    const other = copy();
    const before = readdirSync(join(other, 'n1'));
    const another = ['--nodes', '1', '--followers', '0', '--seed', 'another', '--rpc-port', '0', '--json'];
    const refused = await run('up', '--data', folderOf(), '--record', other, ...another);
    expect([refused.status, refused.stderr]).toEqual([
      102,
      expect.stringContaining('holds a recording of another chain'),
    ]);
    expect(readdirSync(join(other, 'n1'))).toEqual(before);
    const diary = folderOf();
    writeFileSync(join(diary, 'diary.txt'), 'today');
    const kept = await run('up', '--data', folderOf(), '--record', diary, ...another);
    expect([kept.status, kept.stderr]).toEqual([
      102,
      expect.stringContaining("not empty, and no recording ('diary.txt')"),
    ]);
  });
});
