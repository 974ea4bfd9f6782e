import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commitOfTree } from '../../../sim/cli/commit.ts';

const folder = await mkdtemp(join(tmpdir(), 'lockstep-commit-'));
afterAll(() => rm(folder, { recursive: true }));

describe('which tree this is', () => {
  it('is the version of an installed package, whose checkout it may lie in', async () => {
    execFileSync('git', ['init', '-q'], { cwd: folder });
    const installed = join(folder, 'node_modules', 'lockstep-testnet');
    await mkdir(join(installed, 'dist', 'sim', 'cli'), { recursive: true });
    await writeFile(join(installed, 'package.json'), '{"version":"9.8.7"}');
    const module = pathToFileURL(join(installed, 'dist', 'sim', 'cli', 'commit.js')).href;
    expect(await commitOfTree(module)).toBe('9.8.7');
  });

  it('is the commit of a checkout, marked once its code is changed', async () => {
    const root = join(folder, 'checkout');
    await mkdir(join(root, 'sim', 'cli'), { recursive: true });
    await writeFile(join(root, 'package.json'), '{"version":"9.8.7"}');
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: root, encoding: 'utf8' });
    git('init', '-q');
    git('add', 'package.json');
    git('commit', '-qm', 'one');
    const commit = git('rev-parse', '--short=12', 'HEAD').trim();
    const module = pathToFileURL(join(root, 'sim', 'cli', 'commit.ts')).href;
    expect(await commitOfTree(module)).toBe(commit);
    await writeFile(join(root, 'sim', 'cli', 'new.ts'), '');
    expect(await commitOfTree(module)).toBe(`${commit}-changed`);
  });
});
