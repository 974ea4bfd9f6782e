// Builds a block: the engine's fields, as many of the candidates as fit and apply, the results, the seal.

import type { Proposal, Sign } from '../consensus/engine.ts';
import { assert } from '../lib/assert.ts';
import type { Write } from '../lib/store.ts';
import type { Wide } from '../lib/wide.ts';
import type { StateChange } from '../state/flat-state.ts';
import { orderedTrieRoot } from '../trie/ordered.ts';
import type { Block } from '../types/block.ts';
import { forkAt, includesFork } from '../types/config.ts';
import { EMPTY_BLOOM, EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header, ZERO_HASH } from '../types/header.ts';
import { isRejection, mismatch, type Rejection, reject } from '../types/rejection.ts';
import { type Address, encodeTransaction, type Transaction } from '../types/transaction.ts';
import { type BlockExecution, beginBlock, type ExecutionEnv } from './block-execution.ts';
import type { BlockResult } from './block-result.ts';
import { nextBaseFee, nextExcessBlobGas } from './fees.ts';
import { nextGasLimit } from './gas-limit.ts';
import { EMPTY_REQUESTS_HASH } from './requests.ts';
import { BLOCK_BYTES_MAX } from './validate-body.ts';
import type { Parent } from './validate-header.ts';

export type BuildRequest = {
  readonly signer: Address;
  readonly sign: Sign;
  /** Seconds. */
  readonly timestamp: number;
  readonly proposals: readonly Proposal[];
  readonly candidates: readonly Transaction[];
  readonly gasLimitTarget: Wide;
};

export type Built = {
  readonly block: Block;
  readonly leftOut: readonly LeftOut[];
  readonly result: BlockResult;
  readonly writes: readonly Write[];
  readonly change: StateChange;
};

/** A candidate that the block does not have, and why. */
export type LeftOut = { readonly tx: Transaction; readonly rejection: Rejection };

/** Builds and seals a child. Asserts that block processing itself succeeds: the genesis has the contracts that it calls. */
export function buildBlock(env: ExecutionEnv, parent: Parent, request: BuildRequest): Built {
  const frame = createFrame(env, parent, request);
  const execution = beginBlock(env, frame);
  const { transactions, leftOut } = select(execution, request.candidates);
  const executed = execution.finish({ ommers: [], withdrawals: [] });
  assert(!isRejection(executed), 'block processing failed in a block of our own');
  const { result, writes, change } = executed;

  const unsealed: Header = {
    ...frame,
    stateRoot: result.stateRoot,
    transactionsRoot: orderedTrieRoot(transactions.map(encodeTransaction)),
    receiptsRoot: result.receiptsRoot,
    logsBloom: result.logsBloom,
    gasUsed: result.gasUsed,
    ...(frame.requestsHash !== undefined && { requestsHash: result.requestsHash }),
  };
  const header = env.engine.seal(unsealed, request.sign);
  const withdrawals = header.withdrawalsRoot === undefined ? {} : { withdrawals: [] };
  return { block: { header, transactions, ommers: [], ...withdrawals }, leftOut, result, writes, change };
}

/** The header as far as it is known before anything is executed; its results are those of an empty block. */
function createFrame(env: ExecutionEnv, { header: parent, snapshot }: Parent, request: BuildRequest): Header {
  const { config, engine } = env;
  const number = parent.number + 1;
  const activation = forkAt(config, number, request.timestamp);
  const { fork } = activation;
  return {
    parentHash: snapshot.hash,
    ommersHash: EMPTY_OMMERS_HASH,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    number,
    gasLimit: nextGasLimit(parent.gasLimit, request.gasLimitTarget),
    gasUsed: 0,
    ...engine.prepare(parent, snapshot, request.signer, request.timestamp, request.proposals),
    ...(includesFork(fork, 'London') && { baseFeePerGas: nextBaseFee(parent) }),
    ...(includesFork(fork, 'Shanghai') && { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(includesFork(fork, 'Cancun') && {
      blobGasUsed: 0,
      excessBlobGas: nextExcessBlobGas(activation, parent),
      parentBeaconBlockRoot: ZERO_HASH,
    }),
    ...(includesFork(fork, 'Prague') && { requestsHash: EMPTY_REQUESTS_HASH }),
  };
}

/** What the header, the lists' prefixes and an empty body take at most, signers of a checkpoint included. */
const FRAME_BYTES_MAX = 64 * 1024;
/** A transaction in a body: its own bytes behind at most so long a prefix. */
const PREFIX_BYTES_MAX = 4;

function select(
  execution: BlockExecution,
  candidates: readonly Transaction[],
): { readonly transactions: readonly Transaction[]; readonly leftOut: readonly LeftOut[] } {
  const transactions: Transaction[] = [];
  const leftOut: LeftOut[] = [];
  let bytesLeft = BLOCK_BYTES_MAX - FRAME_BYTES_MAX;
  for (const tx of candidates) {
    const size = encodeTransaction(tx).length + PREFIX_BYTES_MAX;
    const rejection = refuseUnseen(execution, tx, { size, bytesLeft }) ?? refusalOf(execution.apply(tx));
    if (rejection !== null) {
      leftOut.push({ tx, rejection });
      continue;
    }
    transactions.push(tx);
    bytesLeft -= size;
  }
  return { transactions, leftOut };
}

/** What needs no look at the transaction's sender: a full block says no to thousands of candidates. */
function refuseUnseen(
  execution: BlockExecution,
  tx: Transaction,
  { size, bytesLeft }: { readonly size: number; readonly bytesLeft: number },
): Rejection | null {
  if (tx.type === 3) return reject('tx-type-not-supported', 'transaction type not supported');
  if (tx.gasLimit > execution.gasAvailable())
    return mismatch('tx-gas-allowance', 'gas left in the block', `at least ${tx.gasLimit}`, execution.gasAvailable());
  return size <= bytesLeft ? null : mismatch('block-size', 'bytes left in the block', `at least ${size}`, bytesLeft);
}

function refusalOf(outcome: ReturnType<BlockExecution['apply']>): Rejection | null {
  return isRejection(outcome) ? outcome : null;
}
