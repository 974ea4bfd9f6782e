// `lockstep tree`: the block tree as the nodes know it together, and who stands where.

import { NetworkError } from '../cluster/errors.ts';
import { callRpc } from '../cluster/remote.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { isRecord } from './json-shape.ts';
import { createOutput, short } from './output.ts';

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
  const top = Math.max(...[...blocks.values()].map((block) => block.number));
  const shown = [...blocks.values()]
    .filter((block) => block.number > top - Number(flags.last))
    .sort((a, b) => b.number - a.number || (a.hash < b.hash ? -1 : 1));
  const columns = branchColumns(shown);
  for (const block of shown) {
    const heads = headOf.get(block.hash) ?? [];
    const sealer = nameOf.get(block.sealer) ?? (block.number === 0 ? 'genesis' : short(block.sealer));
    const column = columns.get(block.hash) ?? 0;
    output.result(
      { kind: 'block', ...block, sealer, branch: column, heads },
      [
        String(block.number).padStart(6),
        `${'│ '.repeat(column)}●`.padEnd(2 * Math.max(1, ...columns.values()) + 2),
        short(block.hash),
        `${sealer} ${block.inTurn ? 'in turn' : 'out of turn'}`.padEnd(16),
        `root ${short(block.stateRoot)}`,
        heads.length === 0 ? '' : `◀ ${heads.join(' ')}`,
      ].join('  '),
    );
  }
  const branches = new Set(columns.values()).size;
  output.result(
    { kind: 'summary', blocks: shown.length, branches, heads: Object.fromEntries(headOf) },
    `${shown.length} blocks, ${branches === 1 ? 'one branch' : `${branches} branches`}, ${headOf.size === 1 ? 'one head' : `${headOf.size} heads`}`,
  );
  return EXIT.fine;
}

/** A column per branch: a block stands under its first child; other children open a column further right. */
function branchColumns(newestFirst: readonly Block[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  let next = 0;
  for (const block of newestFirst) {
    const own = columns.get(block.hash) ?? next++;
    columns.set(block.hash, own);
    const parent = columns.get(block.parentHash);
    columns.set(block.parentHash, parent === undefined ? own : Math.min(parent, own));
  }
  const shown = new Set(newestFirst.map((block) => block.hash));
  return new Map([...columns].filter(([hash]) => shown.has(hash)));
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
