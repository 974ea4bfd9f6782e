import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Row } from '../../../sim/cli/status-source.ts';
import { compareRows, drawTable } from '../../../sim/cli/table.ts';
import { drawLanes, firstShown } from '../../../sim/cli/tree.ts';
import { storyLine } from '../../../sim/cluster/story.ts';

const chain = (...hashes: string[]) => hashes.map((hash, i) => ({ hash, parentHash: hashes[i + 1] ?? '-' }));

test('draws one branch in one lane', () => {
  expect(drawLanes(chain('c', 'b', 'a'))).toEqual(['●', '●', '●']);
});

test('draws two branches beside each other until their common parent', () => {
  const lanes = drawLanes([
    { hash: 'c', parentHash: 'b' },
    { hash: 'B', parentHash: 'a' },
    { hash: 'b', parentHash: 'a' },
    { hash: 'a', parentHash: '-' },
  ]);
  expect(lanes).toEqual(['●', '│ ●', '● │', '●']);
});

test('gives a lane that has ended to the next branch', () => {
  const lanes = drawLanes([
    { hash: 'd', parentHash: 'c' },
    { hash: 'C', parentHash: 'b' },
    { hash: 'c', parentHash: 'b' },
    { hash: 'b', parentHash: 'a' },
    { hash: 'A', parentHash: '-' },
    { hash: 'a', parentHash: '-' },
  ]);
  expect(lanes).toEqual(['●', '│ ●', '● │', '●', '│ ●', '● │']);
});

test('shows the last heights, and further down where a head stands lower', () => {
  const blocks = [20, 19, 18, 12, 11, 10].map((number) => ({ hash: `h${number}`, number }));
  expect(firstShown(blocks, ['h20'], 3)).toBe(18);
  expect(firstShown(blocks, ['h20', 'h12'], 3)).toBe(11);
  expect(firstShown(blocks, ['h20', 'h19'], 3)).toBe(18);
});

const row = (name: string, height: number, hash: string, stateRoot: string): Row => ({
  name,
  rpc: '',
  state: 'up',
  status: { height, hash, stateRoot, sealer: '0x', inTurn: true, peers: 5, pending: 0, halted: null, sealing: true },
});

test('calls nodes at one head with one root agreed', () => {
  const verdicts = compareRows([
    row('n1', 5, '0xaa', '0x01'),
    row('n2', 5, '0xaa', '0x01'),
    row('n3', 4, '0xbb', '0x02'),
  ]);
  expect([...verdicts.values()]).toEqual(['agrees', 'agrees', '1 behind']);
});

test('calls two heads at one height a fork, and two roots of one block a divergence', () => {
  expect(compareRows([row('n1', 5, '0xaa', '0x01'), row('n2', 5, '0xbb', '0x02')]).get('n1')).toBe('fork');
  expect(compareRows([row('n1', 5, '0xaa', '0x01'), row('n2', 5, '0xaa', '0x02')]).get('n2')).toBe('DIVERGED');
});

test('says that a node is down or halted before anything else', () => {
  const halted = row('n1', 5, '0xaa', '0x01');
  const status = halted.status === null ? null : { ...halted.status, halted: { signers: 2, needed: 3 } };
  const verdicts = compareRows([
    { ...halted, status },
    { name: 'n2', rpc: '', state: 'down', status: null },
  ]);
  expect([...verdicts.values()]).toEqual(['halted: 2 signers, 3 needed', 'down']);
});

test('draws a line per node under one heading, with the story below', () => {
  const lines = drawTable({ rows: [row('n1', 5, '0xaabbccddee', '0x0123456789')], nameOf: new Map(), story: ['news'] });
  const [heading, first] = lines.map(stripVTControlCharacters);
  expect(heading?.split(/\s{2,}/)[0]).toBe('node');
  expect(first).toContain('aabbccdd');
  expect(lines.at(-1)).toBe('news');
});

test('tells a reorganisation and keeps quiet about an ordinary head', () => {
  const block = { hash: '0xaabbccddee', number: 7 } as const;
  const head = {
    kind: 'head',
    block,
    stateRoot: '0x',
    sealer: '0x',
    inTurn: true,
    totalDifficulty: '1',
    redone: [block],
  } as const;
  expect(storyLine({ kind: 'event', atMs: 0, node: 'n1', event: { ...head, undone: [] } })).toBeNull();
  const told = storyLine({ kind: 'event', atMs: 0, node: 'n1', event: { ...head, undone: [block] } });
  expect(stripVTControlCharacters(told ?? '')).toContain('n1 reorganised: 1 undone, 1 redone');
});
