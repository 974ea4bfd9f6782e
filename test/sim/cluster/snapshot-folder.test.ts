// Snapshots on the disk: nothing is overwritten, nothing is lost where something fails, and an exchange that was interrupted anywhere is
// carried through.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSnapshotFolder, type NewSnapshot, type SnapshotFolder } from '../../../sim/cluster/snapshot-folder.ts';

const NODES = ['n1', 'n2'];
let dir: string;
let folder: SnapshotFolder;

const store = (node: string): string => join(dir, node, 'db');
const put = (node: string, content: string): void => {
  mkdirSync(store(node), { recursive: true });
  writeFileSync(join(store(node), 'CURRENT'), content);
};
const get = (node: string): string | null =>
  existsSync(store(node)) ? readFileSync(join(store(node), 'CURRENT'), 'utf8') : null;
const facts = (name: string): NewSnapshot => ({
  name,
  savedMs: 1,
  genesis: '0x01',
  nodes: NODES.map((node) => ({ name: node, running: true, paused: false, head: { number: 3, hash: '0x02' } })),
  links: [],
  machines: [{ kind: 'clock', node: 'n1', offsetMs: -5 }],
});
const snapshots = (): string[] => readdirSync(join(dir, 'snapshots')).sort();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lockstep-snapshots-'));
  for (const node of NODES) mkdirSync(join(dir, node));
  folder = createSnapshotFolder(
    dir,
    NODES.map((name) => ({ name, dataDir: store(name) })),
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('saving', () => {
  it('copies every store that there is, and says which', async () => {
    put('n1', 'one');
    await folder.copy(facts('first'));
    put('n1', 'later');
    const read = await folder.read('first');
    expect(read.nodes.map(({ name, stored }) => [name, stored])).toEqual([
      ['n1', true],
      ['n2', false],
    ]);
    expect(read.machines).toEqual([{ kind: 'clock', node: 'n1', offsetMs: -5 }]);
    expect(readFileSync(join(dir, 'snapshots', 'first', 'n1', 'CURRENT'), 'utf8')).toBe('one');
    expect((await folder.list()).map(({ name }) => name)).toEqual(['first']);
  });

  it('refuses a name that is taken, and one that could lead elsewhere', async () => {
    await folder.copy(facts('first'));
    await expect(folder.expectFree('first')).rejects.toThrow("snapshot 'first' exists already");
    for (const name of ['', '../up', 'a/b', '.hidden', 'x'.repeat(64), 'half.partial']) {
      await expect(folder.expectFree(name)).rejects.toThrow('expected a name');
      await expect(folder.remove(name)).rejects.toThrow('expected a name');
    }
    await expect(folder.expectFree('x'.repeat(64))).rejects.toThrow(
      'up to 63 letters, digits, points, hyphens and under',
    );
    for (const name of ['second', 'x'.repeat(63), '2_b.c-d'])
      await expect(folder.expectFree(name)).resolves.toBeUndefined();
  });

  it('leaves nothing behind where it fails, and what is there stays', async () => {
    await folder.copy(facts('first'));
    put('n1', 'one');
    mkdirSync(join(dir, 'snapshots', 'second', 'n1'), { recursive: true }); // the last rename finds the place taken
    await expect(folder.copy(facts('second'))).rejects.toThrow("snapshot 'second' was not saved");
    expect(snapshots()).toEqual(['first', 'second']);
    expect(readdirSync(join(dir, 'snapshots', 'second'))).toEqual(['n1']);
  });

  it('removes one whose facts are damaged', async () => {
    await folder.copy(facts('first'));
    writeFileSync(join(dir, 'snapshots', 'first', 'snapshot.json'), '{');
    await expect(folder.list()).rejects.toThrow('first');
    await folder.remove('first');
    expect(await folder.list()).toEqual([]);
  });

  it('removes one by its name, and says which there are where there is none', async () => {
    await folder.copy(facts('first'));
    await expect(folder.remove('second')).rejects.toThrow("no snapshot 'second' (there are first)");
    await folder.remove('first');
    await expect(folder.read('first')).rejects.toThrow("no snapshot 'first' (there is none)");
  });

  it('says what is wrong with one that somebody has edited', async () => {
    await folder.copy(facts('first'));
    const file = join(dir, 'snapshots', 'first', 'snapshot.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"format": 1', '"format": 2'));
    await expect(folder.read('first')).rejects.toThrow(`${file}: format:`);
  });
});

describe('restoring', () => {
  beforeEach(async () => {
    put('n1', 'saved');
    await folder.copy(facts('first'));
    put('n1', 'present');
    put('n2', 'new');
  });

  it('puts the saved stores in the place of the present ones, which become a snapshot', async () => {
    await folder.stage(await folder.read('first'));
    expect([get('n1'), get('n2')]).toEqual(['present', 'new']);
    await folder.exchange(facts(await folder.freeName('first')), () => {});
    expect([get('n1'), get('n2')]).toEqual(['saved', null]);
    expect((await folder.read('before-first')).nodes.map(({ stored }) => stored)).toEqual([true, true]);
    expect(await folder.freeName('first')).toBe('before-first-2');

    await folder.stage(await folder.read('before-first'));
    await folder.exchange(facts('before-again'), () => {});
    expect([get('n1'), get('n2')]).toEqual(['present', 'new']);
    expect((await folder.read('before-again')).nodes.map(({ stored }) => stored)).toEqual([true, false]);
    expect(readdirSync(join(dir, 'n1'))).toEqual(['db']);
  });

  it('changes nothing where the snapshot is not whole', async () => {
    const snapshot = await folder.read('first');
    rmSync(join(dir, 'snapshots', 'first', 'n1'), { recursive: true });
    await expect(folder.stage(snapshot)).rejects.toThrow('was not restored, and nothing was changed');
    expect([get('n1'), get('n2')]).toEqual(['present', 'new']);
    expect(readdirSync(join(dir, 'n1'))).toEqual(['db']);
  });

  it('changes no store where it cannot note what it is about to do', async () => {
    await folder.stage(await folder.read('first'));
    mkdirSync(join(dir, 'restoring.json')); // the note cannot take its place
    let hasBegun = false;
    const exchanging = folder.exchange(facts('before-first'), () => {
      hasBegun = true;
    });
    await expect(exchanging).rejects.toThrow(
      'was not restored; the nodes are down, and their stores are what they were',
    );
    expect([hasBegun, get('n1'), get('n2'), snapshots()]).toEqual([false, 'present', 'new', ['first']]);
    expect(readdirSync(join(dir, 'n1'))).toEqual(['db']);
  });

  /** An exchange that stops behind so many of its renames: the note is written, and some stores have moved. */
  const interrupted = async (renames: number): Promise<void> => {
    await folder.stage(await folder.read('first'));
    const partial = join(dir, 'snapshots', 'before-first.partial');
    await folder.copy(facts('before-first')); // for its facts
    renameSync(join(dir, 'snapshots', 'before-first'), partial);
    for (const node of NODES) rmSync(join(partial, node), { recursive: true, force: true });
    writeFileSync(join(dir, 'restoring.json'), JSON.stringify({ into: 'before-first' }));
    const steps = [
      () => renameSync(store('n1'), join(partial, 'n1')),
      () => renameSync(`${store('n1')}.restored`, store('n1')),
      () => renameSync(store('n2'), join(partial, 'n2')),
      () => renameSync(partial, join(dir, 'snapshots', 'before-first')),
    ];
    for (const step of steps.slice(0, renames)) step();
  };

  it.each([0, 1, 2, 3, 4])('carries an exchange through that was interrupted behind %i renames', async (renames) => {
    await interrupted(renames);
    await folder.recover();
    expect([get('n1'), get('n2')]).toEqual(['saved', null]);
    const kept = join(dir, 'snapshots', 'before-first');
    expect(['n1', 'n2'].map((node) => readFileSync(join(kept, node, 'CURRENT'), 'utf8'))).toEqual(['present', 'new']);
    expect(existsSync(join(dir, 'restoring.json'))).toBe(false);
    await folder.recover();
    expect([get('n1'), get('n2')]).toEqual(['saved', null]);
  });

  it('forgets what had only been staged or half saved', async () => {
    await folder.stage(await folder.read('first'));
    mkdirSync(join(dir, 'snapshots', 'half.partial'));
    await folder.recover();
    expect([get('n1'), get('n2')]).toEqual(['present', 'new']);
    expect(readdirSync(join(dir, 'n1'))).toEqual(['db']);
    expect(snapshots()).toEqual(['first']);
  });
});
