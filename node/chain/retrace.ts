// Executes a block that was executed before once more, part by part, to say where its result came from: the root behind every transaction,
// what each of them touched, and everything of the parent's state that was read on the way. It changes nothing that is kept.

import { createStepRecorder, type StepRecord } from '../evm/step-record.ts';
import type { StoreReader } from '../lib/store.ts';
import type { Journal } from '../state/journal.ts';
import { createStateView } from '../state/trie-view.ts';
import type { StateDiff } from '../state/view.ts';
import type { Block } from '../types/block.ts';
import { isRejection, type Rejection } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { BEFORE_TRANSACTIONS, type BlockWatch, type ExecutionEnv } from './block-execution.ts';
import type { BlockResult } from './block-result.ts';
import { executeBlock } from './execute-block.ts';

/** What one part of a block (BEFORE_TRANSACTIONS, a transaction's index, or their number) made of the state. */
export type RetracedPart = {
  readonly part: number;
  /** The state's root behind it. */
  readonly root: Hash;
  /** The accounts that it changed, with their changed slots: a trie has only their hashes. */
  readonly touched: readonly { readonly address: Address; readonly slots: readonly bigint[] }[];
};

/** A block executed again. */
export type Retraced = {
  readonly result: BlockResult | Rejection;
  /** Ascending; fewer than the block has where it was refused on the way. */
  readonly parts: readonly RetracedPart[];
  /** Trie nodes and codes that the parts wrote, by their keys in the store. */
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Trie nodes and codes of the parent's state that were read. With the block and the hashes below they are all that it takes to execute it. */
  readonly read: ReadonlyMap<string, Uint8Array>;
  /** What BLOCKHASH asked for, by number. */
  readonly blockHashes: ReadonlyMap<number, Hash>;
};

/** Watches the steps of some parts while a block is executed again. */
export type WatchSteps = (part: number) => ((record: StepRecord) => void) | null;

/** Executes a block again by the environment's machine. `steps` says which parts are watched; those run on the reference machine's hooks. */
export function retraceBlock(env: ExecutionEnv, block: Block, steps: WatchSteps = () => null): Retraced {
  const written = new Map<string, Uint8Array>();
  const read = new Map<string, Uint8Array>();
  const blockHashes = new Map<number, Hash>();
  const parts: RetracedPart[] = [];
  const store: StoreReader = {
    get(key) {
      const own = written.get(key);
      if (own !== undefined) return own;
      const value = env.store.get(key);
      if (value !== undefined) read.set(key, value);
      return value;
    },
  };
  const watch: BlockWatch = {
    hooks: hooksOf(steps),
    settled(part, { root, writes }, diff) {
      for (const { key, value } of writes) if (value !== null) written.set(key, value);
      parts.push({ part, root, touched: touchedBy(diff) });
    },
  };
  const blockHash = (number: number): Hash => {
    const hash = env.blockHash(number);
    blockHashes.set(number, hash);
    return hash;
  };
  const state = createStateView(store, env.stateRoot);
  const executed = executeBlock({ ...env, store, state, blockHash, watch }, block);
  const result = isRejection(executed) ? executed : executed.result;
  return { result, parts, written, read, blockHashes };
}

/** Takes a record; false where no more are wanted. */
export type TakeStep = (record: StepRecord) => boolean;

/** Executes a block again up to a part, and gives each of that part's steps to `take`, until it has enough: then nothing more is executed. */
export function watchPart(env: ExecutionEnv, block: Block, part: number, take: TakeStep): void {
  const transactions = block.transactions.slice(0, Math.max(0, part + 1));
  const stopping = (record: StepRecord): void => {
    if (!take(record)) throw ENOUGH;
  };
  const watch: BlockWatch = { hooks: hooksOf((at) => (at === part ? stopping : null)) };
  try {
    executeBlock({ ...env, watch }, { ...block, transactions });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
}

/** Ends an execution of which nothing is kept: hooks have no other way, and a transaction may have millions of steps more. */
const ENOUGH = new Error('enough steps were seen');

/** The numbers of a block's parts. */
export function partsOf(block: Block): readonly number[] {
  return Array.from({ length: block.transactions.length + 2 }, (_, i) => BEFORE_TRANSACTIONS + i);
}

function hooksOf(steps: WatchSteps): BlockWatch['hooks'] {
  return (part, journal: Journal) => {
    const take = steps(part);
    return take === null ? undefined : createStepRecorder(journal, take);
  };
}

function touchedBy(diff: StateDiff): RetracedPart['touched'] {
  return [...diff].map(([address, { storage }]) => ({ address, slots: [...storage.keys()] }));
}
