// One block's execution, transaction by transaction, over one journal: who imports a block and who builds one both drive it. It writes
// nothing; at the end there are a result and the writes that would keep its state.

import type { Engine } from '../consensus/engine.ts';
import type { BlockContext, Hooks, Machine } from '../evm/machine.ts';
import type { Hex } from '../lib/bytes.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import { addWide, subtractWide, type Wide } from '../lib/wide.ts';
import { type Committed, commitState } from '../state/commit.ts';
import type { StateChange } from '../state/flat-state.ts';
import { createJournal, type Journal } from '../state/journal.ts';
import { createStateView } from '../state/trie-view.ts';
import type { StateDiff, StateView } from '../state/view.ts';
import { orderedTrieRoot } from '../trie/ordered.ts';
import type { Withdrawal } from '../types/block.ts';
import { type ChainConfig, forkOf, includesFork } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import { bloomOf, encodeReceipt, joinBlooms, type Receipt } from '../types/receipt.ts';
import { isRejection, mismatch, type Rejection } from '../types/rejection.ts';
import { type Hash, type Transaction, transactionSender } from '../types/transaction.ts';
import type { BlockResult } from './block-result.ts';
import { creditMiners, creditWithdrawals } from './block-rewards.ts';
import { drainDao } from './dao-fork.ts';
import { blobBaseFee, blobGasLimit } from './fees.ts';
import { requestsHash } from './requests.ts';
import { callBeforeTransactions, collectRequests } from './system-calls.ts';
import { applyTransaction, type TransactionOutcome } from './transition.ts';

/** What a block is executed in. */
export type ExecutionEnv = {
  readonly config: ChainConfig;
  readonly engine: Engine;
  readonly machine: Machine;
  readonly store: StoreReader;
  /** The parent's state and its root. */
  readonly state: StateView;
  readonly stateRoot: Hash;
  /** The hash of an ancestor, on this block's own branch. */
  readonly blockHash: (number: number) => Hash;
  readonly watch?: BlockWatch;
};

/** What comes before the first transaction, and behind the last one; between them the parts go by the transactions' indices. */
export const BEFORE_TRANSACTIONS = -1;

/** Watches a block's execution part by part: the system calls before the transactions, each transaction, what comes behind them. */
export type BlockWatch = {
  /** Watches a part's steps; the journal is the one that the part writes. */
  readonly hooks: (part: number, journal: Journal) => Hooks | undefined;
  /**
   * Hears what a part made of the state. Each part has a journal of its own then, over the state that the one before left: the store must
   * know what was committed as soon as this returns.
   */
  readonly settled?: (part: number, committed: Committed, diff: StateDiff) => void;
};

/** A finished execution. */
export type Executed = {
  readonly kind: 'executed';
  readonly result: BlockResult;
  readonly writes: readonly Write[];
  readonly change: StateChange;
};

export type BlockExecution = {
  /** Executes the next transaction, or refuses it and changes nothing. */
  readonly apply: (tx: Transaction) => TransactionOutcome | Rejection;
  /** What a block of our own may still use: no header says that more than 2^53 - 1 gas was used, whatever the limit. */
  readonly gasAvailable: () => Wide;
  /** Pays out, collects the requests, and computes the roots. Nothing may follow it. */
  readonly finish: (body: {
    readonly ommers: readonly Header[];
    readonly withdrawals: readonly Withdrawal[];
  }) => Executed | Rejection;
};

/** Begins a block by its header, of which only those fields are read that are known before anything is executed. */
export function beginBlock(env: ExecutionEnv, header: Header): BlockExecution {
  const { fork, blobs } = forkOf(env.config, header);
  const { chainId } = env.config;
  const { watch } = env;
  let journal = createJournal(env.state);
  let stateRoot = env.stateRoot;
  const block = blockContext(env, header);
  const watched = (part: number): { readonly hooks?: Hooks } => {
    const hooks = watch?.hooks(part, journal);
    return hooks === undefined ? {} : { hooks };
  };
  const system = (part: number) => ({ fork, machine: env.machine, journal, block, ...watched(part) });
  const settle = (part: number): void => {
    if (watch?.settled === undefined) return;
    const diff = journal.diff();
    const committed = commitState(env.store, stateRoot, diff);
    watch.settled(part, committed, diff);
    stateRoot = committed.root;
    journal = createJournal(createStateView(env.store, stateRoot));
  };
  const receipts: Receipt[] = [];
  let gasUsed: Wide = 0;
  let blobGasUsed = 0;
  if (env.config.daoFork?.isSupported === true && env.config.daoFork.block === header.number) drainDao(journal);
  callBeforeTransactions(system(BEFORE_TRANSACTIONS), header);
  settle(BEFORE_TRANSACTIONS);

  return {
    gasAvailable: () => subtractWide(header.gasLimit < GAS_USED_MAX ? header.gasLimit : GAS_USED_MAX, gasUsed),
    apply(tx) {
      const sender = transactionSender(tx);
      if (isRejection(sender)) return sender;
      const gasAvailable = subtractWide(header.gasLimit, gasUsed);
      const blobGasAvailable = blobGasLimit(blobs) - blobGasUsed;
      const part = receipts.length;
      const rules = { fork, blobs, chainId, machine: env.machine, journal, block, stepBudget: null, ...watched(part) };
      const outcome = applyTransaction({ ...rules, gasAvailable, blobGasAvailable }, tx, sender);
      if (isRejection(outcome)) return outcome;
      gasUsed = addWide(gasUsed, outcome.gasUsed);
      blobGasUsed += outcome.blobGasUsed;
      receipts.push({
        type: tx.type,
        status: outcome.status,
        ...(!includesFork(fork, 'Byzantium') && { root: rootSoFar(env.store, stateRoot, journal) }),
        cumulativeGasUsed: Number(gasUsed), // inexact only where finish refuses the block
        logsBloom: bloomOf(outcome.logs),
        logs: outcome.logs,
      });
      settle(part);
      return outcome;
    },
    finish({ ommers, withdrawals }) {
      const last = system(receipts.length);
      creditWithdrawals(journal, withdrawals);
      if (env.config.clique === null && !includesFork(fork, 'Paris'))
        creditMiners(journal, fork, { number: header.number, coinbase: block.coinbase, ommers });
      if (typeof gasUsed !== 'number') return mismatch('block-gas-used', 'gas used', 'below 2^53', gasUsed);
      const requests = collectRequests(last, receipts, env.config.depositContract ?? null);
      if (isRejection(requests)) return requests;
      const diff = journal.diff();
      const committed = commitState(env.store, stateRoot, diff);
      watch?.settled?.(receipts.length, committed, diff);
      const { root, writes, accounts } = committed;
      const result: BlockResult = {
        stateRoot: root,
        receiptsRoot: orderedTrieRoot(receipts.map(encodeReceipt)),
        gasUsed,
        logsBloom: joinBlooms(receipts.map(({ logsBloom }): Hex => logsBloom)),
        requestsHash: requestsHash(requests),
        receipts,
      };
      return { kind: 'executed', result, writes, change: { diff, accounts } };
    },
  };
}

/** In a header (types/header.ts). */
const GAS_USED_MAX = Number.MAX_SAFE_INTEGER;

/** What the block's opcodes return for a header. */
export function blockContext(env: Pick<ExecutionEnv, 'config' | 'engine' | 'blockHash'>, header: Header): BlockContext {
  const { blobs } = forkOf(env.config, header);
  return {
    ...env.engine.executionFields(header),
    number: header.number,
    timestamp: header.timestamp,
    difficulty: header.difficulty,
    gasLimit: header.gasLimit,
    baseFee: header.baseFeePerGas ?? 0n,
    blobBaseFee: blobBaseFee(header.excessBlobGas ?? 0, blobs),
    chainId: env.config.chainId,
    blockHash: env.blockHash,
  };
}

/** Before Byzantium every receipt names the state after its transaction. */
function rootSoFar(store: StoreReader, stateRoot: Hash, journal: Journal): Hash {
  return commitState(store, stateRoot, journal.diff()).root;
}
