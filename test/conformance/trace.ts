// `npm run conformance -- --trace --filter ID`: EIP-3155's lines of state tests, as go-ethereum's `evm --json statetest` prints them.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import { createTracer } from '../../node/evm/trace.ts';
import { isWanted, type Selection } from './case.ts';
import { findFork, forkNamed } from './forks.ts';
import type { Options } from './options.ts';
import { runStateCase, type StateLine } from './state-case.ts';
import { STATE_PACKS, statePackFile } from './state-suite.ts';
import { readUpstream } from './upstream.ts';
import { hasVectors, readZstdLines } from './vectors.ts';

/** Prints the traces of the selected state tests; returns the exit status, 4 where none was selected. */
export async function printTraces(options: Options): Promise<0 | 1 | 4> {
  const machine = createInterpreter();
  const { fork, filter, part: shard, limit } = options;
  const selection: Selection = { fork, filter, lane: null, shard };
  let traced = 0;
  let failed = 0;
  for await (const line of linesOf(options)) {
    if (!isWanted(selection, line.id, line.fork) || findFork(line.fork) === null) continue;
    if (traced >= limit) break;
    traced++;
    const hooks = createTracer(forkNamed(line.fork), (text) => console.log(text));
    const { root, wrong } = runStateCase(machine, line, hooks);
    console.log(`{"stateRoot": "${root}"}`);
    if (wrong === null) continue;
    failed++;
    console.error(`FAILED ${line.id}\n       ${wrong}`);
  }
  return traced === 0 ? 4 : failed > 0 ? 1 : 0;
}

async function* linesOf({ vectors, pack }: Options): AsyncGenerator<StateLine> {
  if (vectors !== null) {
    for (const found of readUpstream(vectors)) if (found.suite === 'state') yield found.line;
    return;
  }
  for (const each of STATE_PACKS)
    if ((pack === null || pack === each) && hasVectors(statePackFile(each)))
      for await (const text of readZstdLines(statePackFile(each))) yield JSON.parse(text) as StateLine;
}
