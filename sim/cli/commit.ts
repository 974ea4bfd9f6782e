// Which tree this is: a seed means the same run on the same commit only.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The commit of a checkout, with a mark where its code was changed since; the package's version where it is installed. `module` is this file,
 * wherever it stands: an installed one often lies in a checkout of somebody else's.
 */
export async function commitOfTree(module: string = import.meta.url): Promise<string> {
  const root = rootOf(module);
  if (!existsSync(`${root}.git`)) return versionIn(root);
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root });
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--', 'node', 'sim'], { cwd: root });
    return changes.trim() === '' ? commit.trim() : `${commit.trim()}-changed`;
  } catch {
    return versionIn(root);
  }
}

/** Two folders up from the source, and one more from what was built into dist/. */
function rootOf(module: string): string {
  const [source = '', built = source] = ['../../', '../../../'].map((up) => fileURLToPath(new URL(up, module)));
  return existsSync(`${source}package.json`) ? source : built;
}

async function versionIn(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { readonly version: string }; // our own
  return version;
}
