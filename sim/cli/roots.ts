// `lockstep roots`: per block, the state root that each node computed itself, and whether they agree.

import { NetworkError } from '../cluster/errors.ts';
import { callRpc, type NetworkStatus } from '../cluster/remote.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { isRecord } from './json-shape.ts';
import { createOutput, short } from './output.ts';
import { readWhole } from './words.ts';

export type RootsFlags = ActFlags & { readonly from?: string; readonly to?: string };

/** Heights shown where no range is given. */
const LAST = 10;
/** The nodes' own bound on one question. */
const RANGE_MAX = 1_000;

type OwnRoot = { readonly node: string; readonly hash: string; readonly stateRoot: string };

/** Prints a line per height. Status 101 where two nodes have different roots for one block. */
export async function roots(flags: RootsFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const status = await client.status();
  const up = status.nodes.filter((node) => node.running && !node.paused);
  if (up.length === 0) throw new NetworkError('nothing-matched', 'no node runs');
  const lowest = Math.min(
    ...(await Promise.all(up.map(async ({ rpc }) => Number(await callRpc(rpc, 'eth_blockNumber', []))))),
  );
  const to = flags.to === undefined ? lowest : readWhole(flags.to, '--to', 0, Number.MAX_SAFE_INTEGER);
  const from =
    flags.from === undefined ? Math.max(0, to - LAST + 1) : readWhole(flags.from, '--from', 0, Number.MAX_SAFE_INTEGER);
  if (to > lowest) throw new NetworkError('nothing-matched', `--to ${to}: the lowest head is at ${lowest}`);
  if (from > to || to - from >= RANGE_MAX) {
    throw new NetworkError('usage', `--from ${from} --to ${to}: expected a range of at most ${RANGE_MAX} heights`);
  }

  const byNode = await Promise.all(up.map((node) => rootsOf(node, from, to)));
  let diverged = 0;
  let forked = 0;
  for (let number = from; number <= to; number++) {
    const row = byNode.flatMap((answers) => answers.get(number) ?? []);
    const verdict = judge(row);
    if (verdict === 'diverged') diverged += 1;
    if (verdict === 'forked') forked += 1;
    output.result(
      { kind: 'roots', number, agreement: verdict, nodes: row },
      `${String(number).padStart(6)}  ${verdict.padEnd(8)}  ${row.map((r) => `${r.node} ${short(r.stateRoot)}`).join('  ')}`,
    );
  }
  output.result(
    {
      kind: 'summary',
      from,
      to,
      nodes: up.map(({ name }) => name),
      diverged,
      forked,
      passed: diverged === 0 && forked === 0,
    },
    `${to - from + 1} blocks on ${up.length} nodes: ${diverged === 0 && forked === 0 ? 'all agree' : `${diverged} diverged, ${forked} on different branches`}`,
  );
  return diverged === 0 ? EXIT.fine : EXIT.divergence;
}

/** Same block and same root agree; the same block with another root diverged; other blocks are a fork. */
function judge(row: readonly OwnRoot[]): 'agree' | 'diverged' | 'forked' {
  const rootsByHash = new Map<string, Set<string>>();
  for (const { hash, stateRoot } of row) rootsByHash.set(hash, (rootsByHash.get(hash) ?? new Set()).add(stateRoot));
  if ([...rootsByHash.values()].some((set) => set.size > 1)) return 'diverged';
  return rootsByHash.size > 1 ? 'forked' : 'agree';
}

async function rootsOf(node: NetworkStatus['nodes'][number], from: number, to: number): Promise<Map<number, OwnRoot>> {
  const answer = await callRpc(node.rpc, 'lockstep_stateRoots', [from, to]);
  const rows = Array.isArray(answer) ? answer.filter(isRecord) : [];
  return new Map(
    rows.map((row) => {
      const own = isRecord(row['own']) ? row['own'] : row;
      return [
        Number(row['number']),
        { node: node.name, hash: String(row['hash']), stateRoot: String(own['stateRoot']) },
      ];
    }),
  );
}
