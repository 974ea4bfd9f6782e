import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
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
