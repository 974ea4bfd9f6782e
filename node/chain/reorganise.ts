// What moves when another block becomes the head: the canonical index, where transactions stand, and which of them are free again.

import { present } from '../lib/assert.ts';
import type { Write } from '../lib/store.ts';
import type { Block } from '../types/block.ts';
import { type Hash, type Transaction, transactionHash } from '../types/transaction.ts';
import type { ChainEntry, HeadChange } from './chain.ts';
import { canonicalWrite, headWrite, locationWrite } from './chain-store.ts';

/** Reads of imported blocks, the new head's included. */
export type BranchReader = {
  readonly entry: (hash: Hash) => ChainEntry | null;
  readonly block: (hash: Hash) => Block | null;
};

/** The change from one head to another, and the writes that make it so. Both heads were imported and share at least the genesis. */
export function moveHead(
  read: BranchReader,
  from: ChainEntry,
  to: ChainEntry,
): { readonly headChange: HeadChange; readonly writes: readonly Write[] } {
  const { undone, redone } = findBranches(read, from, to);
  const transactionsOf = (entry: ChainEntry): readonly Transaction[] =>
    present(read.block(entry.hash), `block ${entry.hash}`).transactions;

  const writes: Write[] = [];
  for (const { header } of undone) writes.push(canonicalWrite(header.number, null));
  const left = undone.toReversed().flatMap(transactionsOf);
  for (const tx of left) writes.push(locationWrite(transactionHash(tx), null));

  // Written after what is undone: of two writes to one key the last one holds.
  const taken = new Set<Hash>();
  for (const entry of redone) {
    writes.push(canonicalWrite(entry.header.number, entry.hash));
    for (const [index, tx] of transactionsOf(entry).entries()) {
      taken.add(transactionHash(tx));
      writes.push(locationWrite(transactionHash(tx), { blockHash: entry.hash, index }));
    }
  }
  writes.push(headWrite(to.hash));
  return { headChange: { undone, redone, returned: left.filter((tx) => !taken.has(transactionHash(tx))) }, writes };
}

/** Both branches down to the block that they share: `undone` from the old head downwards, `redone` upwards. */
function findBranches(
  read: BranchReader,
  from: ChainEntry,
  to: ChainEntry,
): { readonly undone: readonly ChainEntry[]; readonly redone: readonly ChainEntry[] } {
  const undone: ChainEntry[] = [];
  const redone: ChainEntry[] = [];
  const parentOf = (entry: ChainEntry): ChainEntry =>
    present(read.entry(entry.header.parentHash), `parent of ${entry.hash}`);
  let [old, fresh] = [from, to];
  while (old.hash !== fresh.hash) {
    const oldNumber = old.header.number;
    if (oldNumber >= fresh.header.number) {
      undone.push(old);
      old = parentOf(old);
    }
    if (fresh.header.number >= oldNumber) {
      redone.push(fresh);
      fresh = parentOf(fresh);
    }
  }
  return { undone, redone: redone.reverse() };
}
