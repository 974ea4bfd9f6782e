// What a node can say about how it came to its own result of a block. Where its result differs from the header's, the block is executed once
// more at once and what came out is kept, bounded: a machine that is not deterministic gives other values each time it is asked.

import type { BlockResult } from '../chain/block-result.ts';
import { createBoundedMap } from '../chain/bounded-map.ts';
import type { Chain } from '../chain/chain.ts';
import { type Retraced, retraceBlock, type TakeStep, watchPart } from '../chain/retrace.ts';
import { validateBody } from '../chain/validate-body.ts';
import type { StepRecord } from '../evm/step-record.ts';
import { present } from '../lib/assert.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import { type Block, blockHash } from '../types/block.ts';
import { type Rejection, reject } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import {
  BAD_BLOCKS_MAX,
  BAD_BLOCKS_RETRACED_PER_HEIGHT,
  KEPT_STEPS_MAX,
  KEPT_TRACE_GAS_MAX,
  RETRACES_MAX,
} from './limits.ts';

/** A block whose result differed from ours. */
export type Mismatch = {
  readonly block: Block;
  readonly hash: Hash;
  /** What our machine computed when it judged the block. */
  readonly own: BlockResult;
  /** What it computed when it was asked again, a moment later; null where too many blocks of one height differ. */
  readonly retraced: Retraced | null;
  /** Steps of that second time, by part: of the first parts, as far as the limits reach. */
  readonly steps: ReadonlyMap<number, readonly StepRecord[]>;
};

export type Retraces = {
  /** Keeps a refused block with what we made of it. `writes` are of the first execution: they hold our own state. */
  readonly keep: (block: Block, own: BlockResult, writes: readonly Write[]) => void;
  /** Keeps a block that was refused on the way, before there was a result. */
  readonly keepUnfinished: (block: Block) => void;
  readonly mismatches: () => readonly Mismatch[];
  /** A block that is in the chain or was kept; null for any other. */
  readonly block: (hash: Hash) => Block | null;
  /** What was kept of the block, or is remembered of the last retraces, or comes out when it is executed now. A Rejection where it cannot be. */
  readonly of: (block: Block) => Retraced | Rejection;
  /** Gives the steps of a part to `take`, until it has enough: the kept ones, or those of an execution now. `kept` says which they were. */
  readonly steps: (block: Block, part: number, take: TakeStep) => { readonly kept: boolean } | Rejection;
  /** A trie node or a code by its key in the store, of any state of the chain, of the mismatches or of the last retraces. */
  readonly stateItem: (key: string) => Uint8Array | null;
};

type Kept = Mismatch & { readonly written: ReadonlyMap<string, Uint8Array> };

/** Creates the memory of one life. */
export function createRetraces(chain: Chain, store: StoreReader, nowMs: () => number): Retraces {
  const kept = new Map<Hash, Kept>();
  const unfinished = createBoundedMap<Hash, Block>(BAD_BLOCKS_MAX);
  const recent = createBoundedMap<Hash, Retraced>(RETRACES_MAX);

  /**
   * Whether a block may be executed again: what is kept and what was imported, and whatever would be judged anyway. Its hash says nothing
   * about its body, which may have come with the question.
   */
  function refusalOf(block: Block, hash: Hash): Rejection | null {
    if (block.header.number === 0) return reject('block-bad-ancestor', 'nobody executes the genesis');
    const isKnown = kept.has(hash) || unfinished.get(hash) !== undefined || chain.entry(hash) !== null;
    return (isKnown ? null : chain.judgeHeader(block.header, nowMs())) ?? validateBody(chain.config, block);
  }

  return {
    keep(block, own, writes) {
      const hash = blockHash(block);
      const { number } = block.header;
      const atHeight = [...kept.values()].filter((other) => other.block.header.number === number).length;
      const steps = new Map<number, StepRecord[]>();
      const retraced =
        atHeight < BAD_BLOCKS_RETRACED_PER_HEIGHT
          ? retraceBlock(chain.execution(block.header.parentHash), block, keepSteps(own, steps))
          : null;
      const written = new Map(writes.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])));
      kept.set(hash, { block, hash, own, retraced, steps, written });
      if (kept.size > BAD_BLOCKS_MAX) kept.delete(leastWanted(kept));
    },
    keepUnfinished: (block) => unfinished.set(blockHash(block), block),
    mismatches: () => [...kept.values()],
    block: (hash) => kept.get(hash)?.block ?? unfinished.get(hash) ?? chain.block(hash),
    of(block) {
      const hash = blockHash(block);
      const known = kept.get(hash)?.retraced ?? recent.get(hash);
      if (known !== undefined) return known;
      const refusal = refusalOf(block, hash);
      if (refusal !== null) return refusal;
      const retraced = retraceBlock(chain.execution(block.header.parentHash), block);
      recent.set(hash, retraced);
      return retraced;
    },
    steps(block, part, take) {
      const hash = blockHash(block);
      const known = kept.get(hash)?.steps.get(part);
      if (known !== undefined) {
        known.every(take);
        return { kept: true };
      }
      const refusal = refusalOf(block, hash);
      if (refusal !== null) return refusal;
      watchPart(chain.execution(block.header.parentHash), block, part, take);
      return { kept: false };
    },
    stateItem(key) {
      const stored = store.get(key);
      if (stored !== undefined) return stored;
      for (const { written, retraced } of kept.values()) {
        const found = written.get(key) ?? retraced?.written.get(key);
        if (found !== undefined) return found;
      }
      for (const { written } of recent.values()) {
        const found = written.get(key);
        if (found !== undefined) return found;
      }
      return null;
    },
  };
}

/** The oldest of which nothing but the result is kept, else the oldest: a flood of bad blocks leaves the first ones, which say most. */
function leastWanted(kept: ReadonlyMap<Hash, Kept>): Hash {
  const all = [...kept.values()];
  return present(all.find(({ retraced }) => retraced === null) ?? all[0], 'a kept block').hash;
}

/**
 * Watches the first parts whose gas together stays below a bound, which bounds the steps too; a part that has more steps than are left to
 * keep is not kept at all.
 */
function keepSteps(
  own: BlockResult,
  steps: Map<number, StepRecord[]>,
): (part: number) => ((record: StepRecord) => void) | null {
  let left = KEPT_STEPS_MAX;
  return (part) => {
    const gas = own.receipts[Math.min(part, own.receipts.length - 1)]?.cumulativeGasUsed ?? 0;
    if (gas > KEPT_TRACE_GAS_MAX || left <= 0) return null;
    const records: StepRecord[] = [];
    steps.set(part, records);
    return (record) => {
      left -= 1;
      if (left >= 0) records.push(record);
      else steps.delete(part);
    };
  };
}
