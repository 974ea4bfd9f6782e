// `lockstep tree`: the block tree as the nodes know it together, and who stands where.

import { NetworkError } from '../cluster/errors.ts';
import { callRpc } from '../cluster/remote.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { isRecord } from './json-shape.ts';
import { createOutput, short } from './output.ts';
import { readWhole } from './words.ts';

type Block = {
  readonly hash: string;
  readonly number: number;
  readonly parentHash: string;
  readonly sealer: string;
  readonly inTurn: boolean;
  readonly stateRoot: string;
};

export type TreeFlags = ActFlags & { readonly last: string };

/** Prints the blocks of all nodes, newest first, a column per branch, with the nodes that have each as their head. */
export async function tree(flags: TreeFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const last = readWhole(flags.last, '--last', 1, Number.MAX_SAFE_INTEGER);
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const status = await client.status();
  const up = status.nodes.filter((node) => node.running && !node.paused);
  if (up.length === 0) throw new NetworkError('nothing-matched', 'no node runs');
  const blocks = new Map<string, Block>();
  const headOf = new Map<string, string[]>();
  for (const { name, rpc } of up) {
    for (const block of readTree(await callRpc(rpc, 'lockstep_blockTree', []))) blocks.set(block.hash, block);
    const now = await callRpc(rpc, 'lockstep_status', []);
    const head = isRecord(now) && isRecord(now['head']) ? String(now['head']['hash']) : '';
    headOf.set(head, [...(headOf.get(head) ?? []), name]);
  }
  const nameOf = new Map<string, string>([...status.facts.signerOf].map(([name, signer]) => [signer, name]));
  const from = firstShown([...blocks.values()], [...headOf.keys()], last);
  const shown = [...blocks.values()]
    .filter((block) => block.number >= from)
    .sort((a, b) => b.number - a.number || (a.hash < b.hash ? -1 : 1));
  const lanes = drawLanes(shown);
  const width = Math.max(...lanes.map((lane) => lane.length));
  for (const [row, block] of shown.entries()) {
    const heads = headOf.get(block.hash) ?? [];
    const sealer = nameOf.get(block.sealer) ?? (block.number === 0 ? 'genesis' : short(block.sealer));
    const turn = block.number === 0 ? '' : block.inTurn ? 'in turn' : 'out of turn';
    output.result(
      { kind: 'block', ...block, sealer, heads },
      [
        String(block.number).padStart(6),
        (lanes[row] ?? '').padEnd(width),
        short(block.hash),
        `${sealer} ${turn}`.padEnd(14),
        `root ${short(block.stateRoot)}`,
        heads.length === 0 ? '' : `◀ ${heads.join(' ')}`,
      ]
        .join('  ')
        .trimEnd(),
    );
  }
  const parents = new Set(shown.map((block) => block.parentHash));
  const tips = shown.filter((block) => !parents.has(block.hash)).length;
  output.result(
    { kind: 'summary', blocks: shown.length, branches: tips, heads: Object.fromEntries(headOf) },
    `${shown.length} blocks, ${tips === 1 ? 'one branch' : `${tips} branches`}, ${headOf.size === 1 ? 'one head' : `${headOf.size} heads`}`,
  );
  return EXIT.fine;
}

/**
 * The lowest height that is shown: of the last so many, or further down where a node's head and the block below it would be missing. A
 * side that has halted is what people look for.
 */
export function firstShown(
  blocks: readonly Pick<Block, 'hash' | 'number'>[],
  heads: readonly string[],
  last: number,
): number {
  const top = Math.max(...blocks.map((block) => block.number));
  const headNumbers = blocks.filter((block) => heads.includes(block.hash)).map((block) => block.number);
  return Math.min(top - last + 1, ...headNumbers.map((number) => number - 1));
}

/**
 * A line of lanes per block, newest first: each lane waits for the parent of the block that was drawn in it last. Lanes that wait for
 * the same block end in the leftmost of them.
 */
export function drawLanes(newestFirst: readonly Pick<Block, 'hash' | 'parentHash'>[]): string[] {
  const awaited: (string | null)[] = [];
  return newestFirst.map(({ hash, parentHash }) => {
    const waiting = awaited.indexOf(hash);
    const free = awaited.indexOf(null);
    const own = waiting !== -1 ? waiting : free !== -1 ? free : awaited.length;
    for (const [lane, wanted] of awaited.entries()) if (wanted === hash) awaited[lane] = null;
    const others: string[] = awaited.map((wanted) => (wanted === null ? ' ' : '│'));
    others[own] = '●';
    awaited[own] = parentHash;
    return others.join(' ').trimEnd();
  });
}

function readTree(answer: unknown): Block[] {
  const rows = Array.isArray(answer) ? answer.filter(isRecord) : [];
  return rows.map((row) => ({
    hash: String(row['hash']),
    number: Number(row['number']),
    parentHash: String(row['parentHash']),
    sealer: String(row['sealer']),
    inTurn: row['inTurn'] === true,
    stateRoot: String(row['stateRoot']),
  }));
}
