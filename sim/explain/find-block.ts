// The first block that nodes' machines gave different results for. A node that differs has refused the block, or sealed it and was refused:
// either way somebody kept it. Where nobody did any more, the chains are searched by halving, and each side is asked about the other's block.

import { compareText } from '../../node/lib/bytes.ts';
import type { NodeAccess } from './access.ts';
import { ask, askIfAble, type Result } from './answers.ts';

/** What one node says about a block. `now`: it had not executed the block before it was asked. */
export type Vote = {
  readonly node: NodeAccess;
  /** Null where its machine does not come to the block's end. */
  readonly result: Result | null;
  /** Why not. */
  readonly refusal: string | null;
  readonly refused: boolean;
  readonly now: boolean;
};

/** Two nodes' canonical chains: the last height at which they have the same block, and how many heights were compared to find it. */
export type Common = { readonly height: number; readonly compared: number; readonly heads: readonly [number, number] };

export type FoundBlock =
  | {
      readonly kind: 'found';
      readonly hash: string;
      readonly number: number;
      readonly rlp: string;
      readonly votes: readonly Vote[];
    }
  | {
      readonly kind: 'none';
      /** The height up to which every node was compared. */
      readonly height: number;
      /** Nodes on other branches than the first: a fork is no divergence. */
      readonly forks: readonly { readonly nodes: readonly [string, string]; readonly common: number }[];
      /** Blocks that claim a result which no machine gave. */
      readonly claims: readonly { readonly hash: string; readonly number: number; readonly sealer: string }[];
    };

/** Finds the lowest block with two results. */
export async function findBlock(nodes: readonly NodeAccess[]): Promise<FoundBlock> {
  const kept = (await Promise.all(nodes.map((node) => ask(node, 'lockstep_mismatches')))).flat();
  const candidates = [...new Map(kept.map((block) => [block.hash, block])).values()].sort(
    (a, b) => a.number - b.number || compareText(a.hash, b.hash),
  );
  for (const { hash, number } of candidates) {
    const found = await voteOn(nodes, hash, number);
    if (found !== null) return found;
  }
  return searchChains(nodes, candidates);
}

/** The votes of nodes that give a block two results or more; null where they do not. */
async function voteOn(
  nodes: readonly NodeAccess[],
  hash: string,
  number: number,
): Promise<(FoundBlock & { kind: 'found' }) | null> {
  const blocks = await Promise.all(nodes.map((node) => ask(node, 'lockstep_block', hash)));
  const rlp = blocks.find((block) => block !== null)?.rlp;
  if (rlp === undefined) return null;
  const votes = (await Promise.all(nodes.map((node) => voteOf(node, hash, rlp)))).filter((vote) => vote !== null);
  return groupVotes(votes).length < 2 ? null : { kind: 'found', hash, number, rlp, votes };
}

async function voteOf(node: NodeAccess, hash: string, rlp: string): Promise<Vote | null> {
  const own = await ask(node, 'lockstep_ownResult', hash);
  if (own !== null) {
    const { refused, ...result } = own;
    return { node, result, refusal: null, refused, now: false };
  }
  const retraced = await askIfAble(node, 'lockstep_intermediateRoots', rlp);
  if (retraced === null) return null;
  const { result, refusal } = retraced;
  return { node, result, refusal, refused: result === null, now: true };
}

/** Votes by result, the largest group first; within a size, by the first node's name. */
export function groupVotes(votes: readonly Vote[]): readonly (readonly Vote[])[] {
  const groups = Map.groupBy(votes, ({ result: r }) =>
    r === null ? 'none' : `${r.stateRoot} ${r.receiptsRoot} ${r.gasUsed}`,
  );
  return [...groups.values()].sort(
    (a, b) => b.length - a.length || compareText(a[0]?.node.name ?? '', b[0]?.node.name ?? ''),
  );
}

async function searchChains(
  nodes: readonly NodeAccess[],
  kept: readonly { readonly hash: string; readonly number: number; readonly sealer: string }[],
): Promise<FoundBlock> {
  const [first, ...others] = nodes;
  const claims = kept.map(({ hash, number, sealer }) => ({ hash, number, sealer }));
  const forks: { nodes: readonly [string, string]; common: number }[] = [];
  let height = first === undefined ? 0 : await ask(first, 'eth_blockNumber');
  for (const other of others) {
    if (first === undefined) break;
    const common = await findCommon(first, other);
    height = Math.min(height, ...common.heads);
    if (common.height === Math.max(...common.heads)) continue;
    const found = await judgeEachOther(nodes, first, other, common.height + 1);
    if (found !== null) return found;
    const isBehind = common.height === Math.min(...common.heads);
    if (!isBehind) forks.push({ nodes: [first.name, other.name], common: common.height });
  }
  return { kind: 'none', height, forks, claims };
}

/** Asks about the two blocks with which two chains part. */
async function judgeEachOther(
  nodes: readonly NodeAccess[],
  one: NodeAccess,
  other: NodeAccess,
  number: number,
): Promise<FoundBlock | null> {
  for (const node of [one, other]) {
    const block = await blockAt(node, number);
    const found = block === null ? null : await voteOn(nodes, block.hash, number);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Searches the last height at which two nodes have the same block, by halving: a block names its parent, so above the first difference
 * everything differs. The hash names the state's root too, and nobody keeps a block whose root is not its own.
 */
export async function findCommon(one: NodeAccess, other: NodeAccess): Promise<Common> {
  const heads = await Promise.all([ask(one, 'eth_blockNumber'), ask(other, 'eth_blockNumber')]);
  let compared = 0;
  const isSame = async (number: number): Promise<boolean> => {
    compared += 1;
    const [a, b] = await Promise.all([blockAt(one, number), blockAt(other, number)]);
    return a !== null && a.hash === b?.hash;
  };
  let [same, different] = [-1, Math.min(...heads) + 1];
  // The newest first: most networks agree.
  if (await isSame(different - 1)) return { height: different - 1, compared, heads };
  different -= 1;
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    if (await isSame(middle)) same = middle;
    else different = middle;
  }
  return { height: same, compared, heads };
}

function blockAt(node: NodeAccess, number: number): Promise<{ readonly hash: string } | null> {
  return ask(node, 'eth_getBlockByNumber', `0x${number.toString(16)}`, false);
}
