import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../node/host/store.ts';
import { cutJournal } from '../../../sim/cluster/journal-tail.ts';

const GENESIS = `0x${'ab'.repeat(32)}` as const;

/** A closed store with batches of two values each, the last of them longer than a block of the journal. */
async function writtenStore(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = await openStore(folder, GENESIS);
  for (const batch of [1, 2, 3]) {
    const value = new Uint8Array(batch === 3 ? 50_000 : 10).fill(batch);
    await store.persist([
      { key: `a${batch}`, value },
      { key: `b${batch}`, value },
    ]);
  }
  await store.close();
  return folder;
}

async function keysOf(folder: string): Promise<readonly string[]> {
  const store = await openStore(folder, GENESIS);
  const keys = ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'].filter((key) => store.get(key) !== undefined);
  await store.close();
  return keys;
}

test.each([
  'lost-tail',
  'torn-tail',
] as const)('after a %s the last batch is gone, whole, and nothing else', async (how) => {
  const folder = await writtenStore();
  expect(cutJournal(folder, how)).toBe(true);
  expect(await keysOf(folder)).toEqual(['a1', 'b1', 'a2', 'b2']);
});

test('a journal without a batch, and a folder without a journal, are left as they are', async () => {
  const folder = await writtenStore();
  expect(await keysOf(folder)).toHaveLength(6); // opened and closed: the batches are in a table, the journal is new
  expect(readdirSync(folder).some((name) => name.endsWith('.log'))).toBe(true);
  expect(cutJournal(folder, 'torn-tail')).toBe(false);
  expect(await keysOf(folder)).toHaveLength(6);
  const empty = mkdtempSync(join(tmpdir(), 'lockstep-journal-'));
  onTestFinished(() => rmSync(empty, { recursive: true }));
  expect(cutJournal(empty, 'lost-tail')).toBe(false);
  expect(cutJournal(join(empty, 'nowhere'), 'lost-tail')).toBe(false);
});
