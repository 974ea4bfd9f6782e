// Where a node stands, told in few hashes, and the blocks that lead from there to a wanted one: the two sides of a pull.

import type { Chain, ChainEntry } from '../chain/chain.ts';
import { type Block, encodeBlock } from '../types/block.ts';
import type { Hash } from '../types/transaction.ts';
import { BLOCKS_PER_RESPONSE_MAX, BLOCKS_RESPONSE_BYTES_TARGET, LOCATOR_MAX, SERVE_BRANCH_MAX } from './limits.ts';
import type { BlocksRequest } from './wire/blocks.ts';

/** So many blocks below the head are named one by one before the steps double: forks are short. */
const DENSE = 10;

/** Hashes of blocks that we have: the last one pulled, if any, then canonical ones from the head down to genesis, ever sparser. */
export function locator(chain: Chain, last: Hash | null): readonly Hash[] {
  const hashes: Hash[] = last === null ? [] : [last];
  let step = 1;
  for (let number = chain.head().header.number; number > 0 && hashes.length < LOCATOR_MAX - 1; number -= step) {
    const hash = chain.canonicalHash(number);
    if (hash !== null) hashes.push(hash);
    if (hashes.length > DENSE) step *= 2;
  }
  return [...hashes, chain.genesisHash];
}

/**
 * The blocks from above the highest common one up to the wanted one, ascending, as many as a response may hold. None where the
 * wanted block is unknown or nothing is common.
 */
export function blocksTowards(chain: Chain, { want, have }: BlocksRequest): readonly Block[] {
  const wanted = chain.entry(want);
  if (wanted === null) return [];
  const known = new Set(have);
  const branch: ChainEntry[] = []; // from the wanted block downwards, off the canonical chain
  let cursor: ChainEntry = wanted;
  while (!known.has(cursor.hash) && chain.canonicalHash(cursor.header.number) !== cursor.hash) {
    branch.push(cursor);
    const parent = chain.entry(cursor.header.parentHash);
    if (parent === null || branch.length > SERVE_BRANCH_MAX) return [];
    cursor = parent;
  }
  const base = known.has(cursor.hash) ? cursor.header.number : highestCommon(chain, have, cursor.header.number);
  return base === null ? [] : collect(chain, { base, canonicalTo: cursor.header.number, branch: branch.reverse() });
}

/** The height of the highest canonical block among the hashes, not above a limit. */
function highestCommon(chain: Chain, have: readonly Hash[], limit: number): number | null {
  let highest: number | null = null;
  for (const hash of have) {
    const number = chain.entry(hash)?.header.number;
    if (number === undefined || number > limit || chain.canonicalHash(number) !== hash) continue;
    if (highest === null || number > highest) highest = number;
  }
  return highest;
}

function collect(
  chain: Chain,
  path: { readonly base: number; readonly canonicalTo: number; readonly branch: readonly ChainEntry[] },
): Block[] {
  const blocks: Block[] = [];
  let bytes = 0;
  for (let i = 0; blocks.length < BLOCKS_PER_RESPONSE_MAX; i++) {
    const number = path.base + 1 + i;
    const hash =
      number <= path.canonicalTo
        ? chain.canonicalHash(number)
        : (path.branch[number - path.canonicalTo - 1]?.hash ?? null);
    const block = hash === null ? null : chain.block(hash);
    if (block === null) break;
    bytes += encodeBlock(block).length;
    if (blocks.length > 0 && bytes > BLOCKS_RESPONSE_BYTES_TARGET) break;
    blocks.push(block);
  }
  return blocks;
}
