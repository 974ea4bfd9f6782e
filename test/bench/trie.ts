// What a new root costs, in time and memory, beside @ethereumjs/mpt: each side in a process of its own, the same updates, equal roots every
// round. Memory is the highest resident size that a fresh process reaches in its first round, less what it had before it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assert } from '../../node/lib/assert.ts';
import { median, type Report, rounded } from './report.ts';
import type { TrieRound, TrieTask } from './trie-side.ts';

type Side = 'own' | 'mpt';
type Task = Record<Side, TrieTask> & { readonly name: string; readonly ratio: string };

const TASKS: readonly Task[] = [
  { name: '10,000 updates', ratio: 'updates10000', ...rounds(0, 10_000, 9, 3) },
  { name: '100,000 updates', ratio: 'updates100000', ...rounds(0, 100_000, 5, 2) },
  { name: '500 updates of 1,000,000 accounts', ratio: 'million500', ...rounds(1_000_000, 500, 15, 5) },
];

/** Both sides do the same first rounds, of which as many are compared as the slower side has. */
function rounds(accounts: number, updates: number, own: number, mpt: number): Record<Side, TrieTask> {
  return { own: { accounts, updates, rounds: own }, mpt: { accounts, updates, rounds: mpt } };
}

/** Measures all tasks. */
export async function measureTrie(report: Report): Promise<void> {
  const ratios: Record<string, number> = {};
  for (const { name, ratio, ...task } of TASKS) {
    const own = await runSide('own', task.own);
    const mpt = await runSide('mpt', task.mpt);
    for (const [i, { root }] of mpt.entries())
      assert(root === own[i]?.root, `${name}, round ${i}: ${root} by mpt, ${own[i]?.root}`);
    const { updates } = task.own;
    const [ownUs, mptUs] = [perUpdate(own, updates), perUpdate(mpt, updates)];
    const [ownMb, mptMb] = [memoryOf(own), memoryOf(mpt)];
    ratios[`${ratio}_mpt`] = rounded(mptUs / ownUs);
    if (ratio === 'updates100000') ratios['memory_mpt'] = rounded(mptMb / ownMb);
    report.row({
      name,
      usPerUpdate: rounded(ownUs),
      mptUsPerUpdate: rounded(mptUs),
      ratio: rounded(mptUs / ownUs),
      memoryMb: rounded(ownMb),
      mptMemoryMb: rounded(mptMb),
      memoryRatio: rounded(mptMb / ownMb),
    });
  }
  report.finish(ratios);
}

const BYTES_PER_MB = 1_000_000;

/** Of processor time; the first round warms up. */
function perUpdate(results: readonly TrieRound[], updates: number): number {
  return (median(results.slice(1).map(({ ms }) => ms)) * 1000) / updates;
}

function memoryOf(results: readonly TrieRound[]): number {
  return Math.max(results[0]?.memory ?? 0, 1) / BYTES_PER_MB;
}

const SIDE = fileURLToPath(new URL('./trie-side.ts', import.meta.url));

async function runSide(side: Side, task: TrieTask): Promise<readonly TrieRound[]> {
  const flags = ['--expose-gc', '--max-old-space-size=8192'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, SIDE, side, JSON.stringify(task)]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TrieRound); // trie-side.ts prints one a line
}
