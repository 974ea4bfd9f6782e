// The suite `state`: which packs there are, which cases are slow, and a stream of what became of each case.

import { existsSync, readFileSync } from 'node:fs';
import type { Machine } from '../../node/evm/machine.ts';
import { isWanted, type Report, report, type Selection } from './case.ts';
import { findFork } from './forks.ts';
import { runStateCase, type StateLine } from './state-case.ts';
import { readZstdLines, vectorPath } from './vectors.ts';

/** The packs, newest rules first. */
export const STATE_PACKS = ['osaka', 'prague', 'cancun', 'older', 'cancun-supplement'] as const;
export type StatePack = (typeof STATE_PACKS)[number];

/** The file of a pack. */
export function statePackFile(pack: StatePack): string {
  return `state/${pack}.jsonl.zst`;
}

/** Runs the selected cases of a pack, one after the other. */
export async function* runStatePack(machine: Machine, pack: StatePack, selection: Selection): AsyncGenerator<Report> {
  const slow = slowIds();
  const { lane, shard } = selection;
  let index = -1;
  for await (const text of readZstdLines(statePackFile(pack))) {
    index++;
    if (index % shard.of !== shard.index) continue;
    const line = JSON.parse(text) as StateLine;
    if (!isWanted(selection, line.id, line.fork)) continue;
    if (lane !== null && (lane === 'slow') !== slow.has(line.id)) continue;
    yield runStateLine(machine, line);
  }
}

/** Runs one case, or says why there are no rules for it. */
export function runStateLine(machine: Machine, line: StateLine): Report {
  const { id, fork } = line;
  return report(id, fork, () => {
    if (findFork(fork) === null) return { verdict: 'skipped', detail: `no rules for ${fork}` };
    const { wrong, unnamedReason } = runStateCase(machine, line);
    return { verdict: wrong === null ? 'passed' : 'failed', detail: wrong, unnamedReason };
  });
}

/** The ids of slow.json: above two seconds elsewhere, so that they are a lane of their own. */
export function slowIds(): ReadonlySet<string> {
  const path = vectorPath('state/slow.json');
  if (!existsSync(path)) return new Set();
  const list = JSON.parse(readFileSync(path, 'utf8')) as { cases: { id: string }[] };
  return new Set(list.cases.map(({ id }) => id));
}
