import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ExploreError, readFinding } from './finding.ts';
import { replaceOnce, StalePatchError } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const TREE = resolve(import.meta.dirname, '../..');

describe('planted bugs', () => {
  it('are at least thirty, each under a name of its own', () => {
    const names = new Set(MUTANTS.map(({ name }) => name));
    expect(names.size).toBe(MUTANTS.length);
    expect(names.size).toBeGreaterThanOrEqual(30);
  });

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s applies to the tree', async (name, {
    edits,
  }) => {
    for (const { file, find, replace } of edits) {
      const text = await readFile(join(TREE, file), 'utf8');
      expect(replaceOnce(text, find, replace, name)).not.toBe(text);
    }
  });

  it('are refused where their text is gone, or stands there twice', () => {
    expect(() => replaceOnce('a b', 'c', 'd', 'here')).toThrow(StalePatchError);
    expect(() => replaceOnce('a b a', 'a', 'd', 'here')).toThrow('here: the text to replace stands there 2 times: a');
    expect(replaceOnce('a b', 'a', 'd', 'here')).toBe('d b');
  });
});

describe('what exploration says of a mutant', () => {
  const violation = { kind: 'violation', seed: 7, property: 'P3', evidence: 'two roots' };
  const summary = { kind: 'summary', seeds: 8, violations: 1 };
  const read = (...lines: object[]) =>
    readFinding(
      lines.map((line) => JSON.stringify(line)),
      'explore ended with status 2: why',
    );

  it('is its first violation, or none', () => {
    expect(read(violation, { ...violation, seed: 8 }, summary)).toMatchObject({ seed: 7, property: 'P3' });
    expect(read(summary)).toBeNull();
  });

  it('is nothing where the command failed, with a summary or without one', () => {
    const failed = { kind: 'summary', passed: false, status: 2, error: 'why' };
    expect(() => read(failed)).toThrow(ExploreError);
    expect(() => read(violation)).toThrow('explore ended with status 2: why');
  });

  it('are found by the command: one of them, in its first seed', { timeout: 120_000 }, async () => {
    const args = [join(TREE, 'test/mutants/main.ts'), 'recents-short', '--seeds', '1', '--jobs', '1', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const [mutant, summary] = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(mutant).toMatchObject({ name: 'recents-short', outcome: 'found', seed: 0, seeds: 1, property: 'P3' });
    expect(summary).toMatchObject({ kind: 'summary', mutants: 1, found: 1 });
  });
});
