// Which tree this is: a seed means the same run on the same commit only.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** The commit of a checkout, with a mark where its code was changed since; the package's version where there is no git. */
export async function commitOfTree(): Promise<string> {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: ROOT });
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--', 'node', 'sim'], { cwd: ROOT });
    return changes.trim() === '' ? commit.trim() : `${commit.trim()}-changed`;
  } catch {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { readonly version: string }; // our own
    return version;
  }
}
