import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recallLinks, rememberLinks } from '../../../sim/cluster/link-memory.ts';
import { applyOrder, EMPTY_TABLE } from '../../../sim/kernel/links.ts';

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-links-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'links.json');
}

test('what was cut and shaped is recalled as it was, and nothing where nothing was', () => {
  const path = file();
  expect(recallLinks(path)).toEqual(EMPTY_TABLE);
  const nodes = ['n1', 'n2', 'n3'];
  const cut = applyOrder(EMPTY_TABLE, { kind: 'partition', groups: [['n1'], ['n2', 'n3']] }, nodes);
  const shape = { delayMs: 20, bitsPerSecond: 64_000 };
  const table = applyOrder(cut, { kind: 'link', from: 'n2', to: 'n3', direction: 'one-way', shape }, nodes);
  rememberLinks(path, table);
  expect(recallLinks(path)).toEqual(table);
  rememberLinks(path, EMPTY_TABLE);
  expect(recallLinks(path)).toEqual(EMPTY_TABLE);
});

test('a file that is not ours is one clear line with its name', () => {
  const path = file();
  writeFileSync(path, '{"n1>n2":{"state":"gone"}}');
  expect(() => recallLinks(path)).toThrow(path);
});
