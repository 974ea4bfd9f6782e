// The suite `state`: which packs there are, which cases are slow, and a stream of what became of each case.

import { readFileSync } from 'node:fs';
import type { Machine } from '../../node/evm/machine.ts';
import { runStateCase, type StateLine } from './state-case.ts';
import { readZstdLines, vectorPath } from './vectors.ts';

/** The packs, newest rules first. */
export const STATE_PACKS = ['osaka', 'prague', 'cancun', 'older', 'cancun-supplement'] as const;
export type StatePack = (typeof STATE_PACKS)[number];

/** The file of a pack. */
export function statePackFile(pack: StatePack): string {
  return `state/${pack}.jsonl.zst`;
}

export type StateSelection = {
  /** Only lines whose fork is this one, in any case of letters; null for all. */
  readonly fork: string | null;
  /** Only ids that contain this text; null for all. */
  readonly filter: string | null;
  /** Whether the cases of slow.json take part. */
  readonly slow: 'run' | 'put-aside';
  /** Of so many parts of the lines, this one takes part: for several processes, and for samples. */
  readonly shard: { readonly index: number; readonly of: number };
};

/** The selection of everything but what is slow. */
export const EVERYTHING: StateSelection = {
  fork: null,
  filter: null,
  slow: 'put-aside',
  shard: { index: 0, of: 1 },
};

export type StateReport = {
  readonly id: string;
  readonly fork: string;
  readonly verdict: 'passed' | 'failed' | 'put-aside' | 'out-of-reach';
  /** What is wrong, or why the case is out of reach. */
  readonly wrong: string | null;
  readonly refusedAs: string | null;
  readonly milliseconds: number;
};

/** Runs the selected cases of a pack, one after the other. */
export async function* runStatePack(
  machine: Machine,
  pack: StatePack,
  selection: StateSelection,
): AsyncGenerator<StateReport> {
  const slow = slowIds();
  let index = -1;
  for await (const text of readZstdLines(statePackFile(pack))) {
    index++;
    if (index % selection.shard.of !== selection.shard.index) continue;
    const line = JSON.parse(text) as StateLine;
    const { id, fork } = line;
    if (selection.fork !== null && fork.toLowerCase() !== selection.fork.toLowerCase()) continue;
    if (selection.filter !== null && !id.includes(selection.filter)) continue;
    if (selection.slow === 'put-aside' && slow.has(id)) {
      yield { id, fork, verdict: 'put-aside', wrong: null, refusedAs: null, milliseconds: 0 };
      continue;
    }
    const start = performance.now();
    const { outOfReach, wrong, refusedAs } = runStateCase(machine, line);
    const milliseconds = performance.now() - start;
    const verdict = outOfReach !== null ? 'out-of-reach' : wrong === null ? 'passed' : 'failed';
    yield { id, fork, verdict, wrong: outOfReach ?? wrong, refusedAs, milliseconds };
  }
}

function slowIds(): ReadonlySet<string> {
  const list = JSON.parse(readFileSync(vectorPath('state/slow.json'), 'utf8')) as { cases: { id: string }[] };
  return new Set(list.cases.map(({ id }) => id));
}
