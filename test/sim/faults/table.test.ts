// docs/faults.md against the code: every fault is there once, its word is one that scenarios, files and commands have, and each arm does or
// refuses what the table says.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../sim/cluster/refusals.ts';
import { findFault, plantedFaults } from '../../../sim/faults/planted.ts';
import { checkOrder, type LinkShape, type NetworkOrder } from '../../../sim/kernel/links.ts';
import {
  checkMachineOrder,
  DISK_FAULTS,
  type DiskFault,
  type MachineOrder,
} from '../../../sim/kernel/machine-order.ts';
import { scenarioJsonSchema } from '../../../sim/script/schema.ts';
import { lockstep } from '../cli/command.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DOC = readFileSync(`${ROOT}docs/faults.md`, 'utf8');
const NODES = ['n1', 'n2'];

type Row = {
  readonly id: string;
  readonly words: readonly string[];
  readonly arms: Readonly<Record<'virtual' | 'processes' | 'compose', string>>;
  readonly file: string;
};

const ROWS: readonly Row[] = DOC.split('\n')
  .filter((line) => /^\| F\d+ /.test(line))
  .map((line) => {
    const [, id = '', , words = '', virtual = '', processes = '', compose = '', file = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return {
      id,
      words: [...words.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
      arms: { virtual, processes, compose },
      file: file.replaceAll('`', ''),
    };
  });

const link = (shape: Partial<LinkShape>, direction: 'both' | 'one-way' = 'both'): NetworkOrder => ({
  kind: 'link',
  from: 'n1',
  to: 'n2',
  direction,
  shape,
});
const disk = (fault: DiskFault): MachineOrder => ({ kind: 'disk', node: 'n1', fault });

/** What is ordered by each word; a planted fault is none of these, nor is what a plan or a process is told. */
const ORDERS: Readonly<Record<string, NetworkOrder | MachineOrder>> = {
  partition: { kind: 'partition', groups: [['n1'], ['n2']] },
  'node stalled': { kind: 'node', node: 'n1', state: 'stalled' },
  'link one-way': link({ state: 'stalled' }, 'one-way'),
  'link stalled': link({ state: 'stalled' }),
  'link cut': link({ state: 'cut' }),
  'link loss': link({ lossPercent: 30 }),
  'link delay': link({ delayMs: 5_000 }),
  'link duplicate': link({ duplicatePercent: 30 }),
  'link reorder': link({ reorderPercent: 30 }),
  'link rate': link({ bitsPerSecond: 20_000 }),
  clock: { kind: 'clock', node: 'n1', offsetMs: -5_000 },
  sync: { kind: 'sync', node: 'n1', delayMs: 200 },
  slow: { kind: 'slow', node: 'n1', msPerBlock: 800 },
  freeze: { kind: 'freeze', node: 'n1', ms: 5_000 },
  ...Object.fromEntries(DISK_FAULTS.map((fault) => [`disk ${fault}`, disk(fault)])),
};
const PROCESS_WORDS = ['kill', 'stop', 'pause', 'wipe'];
const PLAN_WORDS = ['late'];

describe('the table of faults', () => {
  it('has every fault once, in order', () => {
    expect(ROWS.map(({ id }) => id)).toEqual(Array.from({ length: 32 }, (_, i) => `F${i + 1}`));
  });

  it.each(ROWS)('names a file that is there: $id', ({ file }) => {
    expect(existsSync(`${ROOT}${file}`)).toBe(true);
  });

  it.each(ROWS)('knows what each arm does: $id', ({ id, words, arms }) => {
    expect(words.length).toBeGreaterThan(0);
    for (const word of words) {
      const order = ORDERS[word];
      if (order === undefined) {
        const isKnown = PROCESS_WORDS.includes(word) || PLAN_WORDS.includes(word) || findFault(word, NODES) !== null;
        expect([word, isKnown]).toEqual([word, true]);
        continue;
      }
      const isMachine = ['clock', 'disk', 'sync', 'slow', 'freeze', 'repair'].includes(order.kind);
      const problem = isMachine
        ? checkMachineOrder(order as MachineOrder, NODES)
        : checkOrder(order as NetworkOrder, NODES);
      expect(problem).toBeNull();
      for (const [arm, said] of Object.entries(arms)) {
        const refusal = refusalOf(order, arm as keyof typeof arms);
        expect([arm, refusal !== null]).toEqual([arm, said.startsWith('refused: ')]);
        if (refusal !== null)
          expect(refusal).toMatch(new RegExp(`^${id} \\(.*; run it with --on virtual, not on ${arm}$`));
      }
    }
  });

  it('says nothing of a disk that the disk does not have, and leaves none of its faults out', () => {
    const said = ROWS.flatMap(({ words }) => words).filter((word) => word.startsWith('disk '));
    expect(said.map((word) => word.slice('disk '.length)).sort()).toEqual(
      DISK_FAULTS.filter((fault) => fault !== 'well').sort(),
    );
  });

  it('is followed by the names of all planted faults', () => {
    for (const { name } of plantedFaults()) {
      if (name.startsWith('invalid-')) continue;
      expect(DOC).toContain(`\`${name}\``);
    }
    const rules = plantedFaults().filter(({ name }) => name.startsWith('invalid-')).length;
    expect(DOC).toContain(`for each of ${rules} rules`);
  });
});

describe('one vocabulary', () => {
  const firsts = new Set(
    ROWS.flatMap(({ words }) => words)
      .filter((word) => findFault(word, NODES) === null && !PLAN_WORDS.includes(word))
      .map((word) => word.split(' ')[0] ?? ''),
  );

  it('is that of scenarios that are data', () => {
    const schema = JSON.stringify(scenarioJsonSchema());
    // A file says `stall`, `cut` and `open` of a node without the word `node`.
    for (const word of firsts) if (word !== 'node') expect(schema).toContain(`"${word}"`);
  });

  it('is that of the command line', { timeout: 60_000 }, async () => {
    const [net, node, shaping] = await Promise.all([
      lockstep('net', '--help'),
      lockstep('node', '--help'),
      lockstep('net', 'link', '--help'),
    ]);
    const commands = `${net.stdout}${node.stdout}`;
    for (const word of firsts) if (word !== 'node') expect(commands).toMatch(new RegExp(`^ {2}${word} `, 'm'));
    for (const flag of ['one-way', 'state', 'loss', 'delay', 'duplicate', 'reorder', 'rate'])
      expect(shaping.stdout).toContain(`--${flag}`);
  });
});
