// Blocks that cannot be judged yet: without a known parent, or of the near future. Bounded overall, per peer and in bytes; a peer that
// sends more pushes out its own.

import type { Block } from '../types/block.ts';
import { blockHash } from '../types/block.ts';
import type { Hash } from '../types/transaction.ts';
import type { PeerId } from './contract.ts';
import { HELD_BYTES_MAX, HELD_MAX, HELD_PER_PEER_MAX } from './limits.ts';

/** A block that waits, and for what: its parent, or a time in milliseconds. */
export type HeldBlock = {
  readonly block: Block;
  readonly bytes: number;
  readonly from: PeerId;
  readonly dueMs: number | null;
};

export type HeldBlocks = {
  /** Keeps a block; the oldest of its peer, then of all, make room. */
  readonly hold: (held: HeldBlock) => void;
  /** Hands out the orphans of a parent, in order of arrival. */
  readonly takeChildren: (parent: Hash) => readonly HeldBlock[];
  /** Hands out what is due, in order of arrival. */
  readonly takeDue: (nowMs: number) => readonly HeldBlock[];
  readonly nextDueMs: () => number;
  readonly size: () => number;
  /** Of all held blocks as they were encoded. */
  readonly bytes: () => number;
};

export function createHeldBlocks(): HeldBlocks {
  const blocks = new Map<Hash, HeldBlock>(); // in the order of arrival
  let bytesHeld = 0;

  const remove = (hash: Hash, { bytes }: HeldBlock): void => {
    blocks.delete(hash);
    bytesHeld -= bytes;
  };
  const take = (isWanted: (held: HeldBlock) => boolean): HeldBlock[] => {
    const taken: HeldBlock[] = [];
    for (const [hash, held] of [...blocks]) {
      if (!isWanted(held)) continue;
      remove(hash, held);
      taken.push(held);
    }
    return taken;
  };
  const dropOldest = (isEligible: (held: HeldBlock) => boolean): void => {
    for (const [hash, held] of blocks) {
      if (!isEligible(held)) continue;
      remove(hash, held);
      return;
    }
  };
  const countOf = (peer: PeerId): number => {
    let count = 0;
    for (const { from } of blocks.values()) if (from === peer) count += 1;
    return count;
  };

  return {
    hold(held) {
      const hash = blockHash(held.block);
      if (blocks.has(hash)) return;
      blocks.set(hash, held);
      bytesHeld += held.bytes;
      if (countOf(held.from) > HELD_PER_PEER_MAX) dropOldest(({ from }) => from === held.from);
      while (blocks.size > HELD_MAX || bytesHeld > HELD_BYTES_MAX) dropOldest(() => true);
    },
    takeChildren: (parent) => take(({ block, dueMs }) => dueMs === null && block.header.parentHash === parent),
    takeDue: (nowMs) => take(({ dueMs }) => dueMs !== null && dueMs <= nowMs),
    nextDueMs() {
      let next = Number.POSITIVE_INFINITY;
      for (const { dueMs } of blocks.values()) if (dueMs !== null) next = Math.min(next, dueMs);
      return next;
    },
    size: () => blocks.size,
    bytes: () => bytesHeld,
  };
}
