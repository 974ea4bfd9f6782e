// Ommers, before the merge: headers beside the chain that a block rewards (Yellow Paper 11.1). Their hash was compared with the header's
// before, and since the merge it is that of none.

import { type Header, headerHash } from '../types/header.ts';
import { mismatch, type Rejection, reject } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import type { Parent } from './validate-header.ts';

const OMMERS_MAX = 2;
/** How many generations an ommer's parent may be older than the block. */
const GENERATIONS_MAX = 7;

/** What is known of the chain below a block. */
export type Ancestry = {
  /** The block's parent, or one of its ancestors. */
  readonly parent: (hash: Hash) => Parent;
  readonly ommers: (hash: Hash) => readonly Header[];
  readonly judgeHeader: (header: Header, parent: Parent) => Rejection | null;
};

/**
 * Judges a block's ommers; null where nothing is wrong. `block-ommers` where there are more than two, where one is named twice, is an
 * ancestor or was an ommer before, or where its parent is not one of the last seven ancestors behind the block's own; or what is wrong
 * with its header.
 */
export function validateOmmers(ancestry: Ancestry, header: Header, ommers: readonly Header[]): Rejection | null {
  if (ommers.length === 0) return null;
  if (ommers.length > OMMERS_MAX) return mismatch('block-ommers', 'ommers', `at most ${OMMERS_MAX}`, ommers.length);
  const { ancestors, named } = gather(ancestry, header);
  for (const [index, ommer] of ommers.entries()) {
    const hash = headerHash(ommer);
    const parent = ancestors.get(ommer.parentHash);
    if (named.has(hash)) return reject('block-ommers', `ommer ${index} (${hash}) was named before`);
    if (ancestors.has(hash)) return reject('block-ommers', `ommer ${index} (${hash}) is an ancestor`);
    if (parent === undefined || ommer.parentHash === header.parentHash)
      return reject('block-ommers', `ommer ${index} (${hash}) is no child of an older ancestor: ${ommer.parentHash}`);
    const wrong = ancestry.judgeHeader(ommer, parent);
    if (wrong !== null) return { ...wrong, message: `ommer ${index}: ${wrong.message}` };
    named.add(hash);
  }
  return null;
}

/** The last ancestors, and all that they named as ommers. */
function gather(ancestry: Ancestry, header: Header): { ancestors: Map<Hash, Parent>; named: Set<Hash> } {
  const ancestors = new Map<Hash, Parent>();
  const named = new Set<Hash>();
  let hash = header.parentHash;
  for (let generation = 1; generation <= GENERATIONS_MAX && generation <= header.number; generation++) {
    const ancestor = ancestry.parent(hash);
    ancestors.set(hash, ancestor);
    for (const ommer of ancestry.ommers(hash)) named.add(headerHash(ommer));
    hash = ancestor.header.parentHash;
  }
  return { ancestors, named };
}
