// The tree of blocks as far as it is looked at: entries by hash, and the last heights with all their branches. Read from the store, which
// lists the blocks of every height, so that a restart changes nothing.

import type { Engine } from '../../consensus/engine.ts';
import { compareText } from '../../lib/bytes.ts';
import type { Header } from '../../types/header.ts';
import type { Hash } from '../../types/transaction.ts';
import { createBoundedMap } from '../bounded-map.ts';
import type { ChainEntry } from '../chain.ts';
import type { ChainStore } from '../chain-store.ts';

/** Heights that the tree shows: more than any fork among honest signers was ever deep (8), and little enough to draw. */
export const TREE_DEPTH = 256;

/** Imported blocks of one height that are listed. A signer may seal without end; the first so many tell the story. */
export const SIBLINGS_MAX = 256;

const ENTRIES_MAX = 2048;

/** Entries by hash, each made once while it is remembered. */
export type EntryReader = {
  /** Null where no such block was imported. */
  readonly of: (hash: Hash) => ChainEntry | null;
  /** The entry of a block that was just written, made from the header at hand: its sealer need not be recovered a second time. */
  readonly adopt: (hash: Hash, header: Header, totalDifficulty: bigint) => ChainEntry;
};

export function createEntryReader(engine: Engine, store: ChainStore): EntryReader {
  const entries = createBoundedMap<Hash, ChainEntry>(ENTRIES_MAX);
  const adopt: EntryReader['adopt'] = (hash, header, totalDifficulty) => {
    const entry = { hash, header, totalDifficulty, sealer: engine.sealer(header), inTurn: engine.isInTurn(header) };
    entries.set(hash, entry);
    return entry;
  };
  return {
    of(hash) {
      const known = entries.get(hash);
      if (known !== undefined) return known;
      const header = store.header(hash);
      const totalDifficulty = store.totalDifficulty(hash);
      return header === null || totalDifficulty === null ? null : adopt(hash, header, totalDifficulty);
    },
    adopt,
  };
}

/**
 * The blocks of all branches from TREE_DEPTH - 1 heights below the head up to the highest, ascending by number, then by hash. A branch
 * may be higher than the head: it has more blocks out of turn.
 */
export function readTree(
  store: ChainStore,
  entryOf: (hash: Hash) => ChainEntry | null,
  headNumber: number,
): readonly ChainEntry[] {
  const entries: ChainEntry[] = [];
  for (let number = Math.max(0, headNumber - TREE_DEPTH + 1); ; number++) {
    const siblings = store.siblings(number);
    if (siblings.length === 0) return entries;
    for (const hash of [...siblings].sort(compareText)) {
      const entry = entryOf(hash);
      if (entry !== null) entries.push(entry);
    }
  }
}
