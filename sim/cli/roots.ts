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

/** What a node computed for a block: one of its chain, or one that it refused because its own result was another. */
type OwnRoot = { readonly node: string; readonly hash: string; readonly stateRoot: string; readonly refused: boolean };
type Node = NetworkStatus['nodes'][number];

/** Prints a line per height. Status 101 where two nodes have different roots for one block. */
export async function roots(flags: RootsFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const wantedFrom = readHeight(flags.from, '--from');
  const wantedTo = readHeight(flags.to, '--to');
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const status = await client.status();
  const up = status.nodes.filter((node) => node.running && !node.paused);
  if (up.length === 0) throw new NetworkError('nothing-matched', 'no node runs');
  const heights = new Map(
    await Promise.all(up.map(async (node) => [node, Number(await callRpc(node.rpc, 'eth_blockNumber', []))] as const)),
  );
  const refused = (await Promise.all(up.map(refusedBy))).flat();
  const lowest = Math.min(...heights.values());
  // A node that refuses a block stands still below it: the block that matters most is above the lowest head.
  const top = Math.max(lowest, ...refused.map(({ number }) => number));
  const to = wantedTo ?? top;
  const from = wantedFrom ?? Math.max(0, to - LAST + 1);
  if (to > top) throw new NetworkError('nothing-matched', `--to ${to}: the lowest head is at ${lowest}`);
  if (from > to || to - from >= RANGE_MAX) {
    throw new NetworkError('usage', `--from ${from} --to ${to}: expected a range of at most ${RANGE_MAX} heights`);
  }

  const accepted = await Promise.all([...heights].map(([node, height]) => rootsOf(node, from, Math.min(to, height))));
  const all = [...accepted.flat(), ...refused];
  let diverged = 0;
  let forked = 0;
  for (let number = from; number <= to; number++) {
    const row = all.filter((own) => own.number === number).map(({ number: _, ...own }) => own);
    const verdict = judge(row);
    if (verdict === 'diverged') diverged += 1;
    if (verdict === 'forked') forked += 1;
    output.result(
      { kind: 'roots', number, agreement: verdict, nodes: row },
      `${String(number).padStart(6)}  ${verdict.padEnd(8)}  ${row.map((r) => `${r.node} ${short(r.stateRoot)}${r.refused ? ' (refused)' : ''}`).join('  ')}`,
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
    `${to - from + 1} blocks on ${up.length} nodes: ${diverged === 0 && forked === 0 ? 'all agree' : `${diverged} diverged${diverged === 0 ? '' : ' (lockstep explain says where)'}, ${forked} on different branches`}`,
  );
  return diverged === 0 ? EXIT.fine : EXIT.divergence;
}

/** Same block and same root agree; the same block with another root diverged; other blocks in the nodes' chains are a fork. */
function judge(row: readonly OwnRoot[]): 'agree' | 'diverged' | 'forked' {
  const rootsByHash = new Map<string, Set<string>>();
  for (const { hash, stateRoot } of row) rootsByHash.set(hash, (rootsByHash.get(hash) ?? new Set()).add(stateRoot));
  if ([...rootsByHash.values()].some((set) => set.size > 1)) return 'diverged';
  return new Set(row.filter((own) => !own.refused).map((own) => own.hash)).size > 1 ? 'forked' : 'agree';
}

type At = OwnRoot & { readonly number: number };

async function rootsOf(node: Node, from: number, to: number): Promise<At[]> {
  if (from > to) return [];
  return readRows(node, await callRpc(node.rpc, 'lockstep_stateRoots', [from, to]), { refused: false });
}

async function refusedBy(node: Node): Promise<At[]> {
  return readRows(node, await callRpc(node.rpc, 'lockstep_badBlocks', []), { refused: true });
}

/** A block without a result of the node's own is the genesis: nobody executes it. */
function readRows({ name }: Node, answer: unknown, { refused }: Pick<OwnRoot, 'refused'>): At[] {
  const rows = Array.isArray(answer) ? answer.filter(isRecord) : [];
  return rows.map((row) => {
    const { stateRoot } = isRecord(row['own']) ? row['own'] : row;
    return {
      node: name,
      number: Number(row['number']),
      hash: String(row['hash']),
      stateRoot: String(stateRoot),
      refused,
    };
  });
}

function readHeight(text: string | undefined, flag: string): number | null {
  return text === undefined ? null : readWhole(text, flag, 0, Number.MAX_SAFE_INTEGER);
}
