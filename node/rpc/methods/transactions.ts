// Transactions: submitted, waiting and mined.

import type { Accepted } from '../../core/contract.ts';
import type { NodeView } from '../../core/view.ts';
import { keccakHex } from '../../lib/hashing.ts';
import type { Block } from '../../types/block.ts';
import { isPending, selectBlock, toNumberOrTag } from '../blocks.ts';
import { serverFault } from '../errors.ts';
import { formatReceiptAt } from '../format-receipt.ts';
import { formatMined, formatPooled } from '../format-transaction.ts';
import type { Json } from '../json.ts';
import type { PendingAnswer } from '../method.ts';
import { argument, toBytes, toHash, toIndex } from '../params.ts';
import { previewBlock } from '../pending.ts';
import { executedBlock } from '../receipts.ts';

/** EIP-4844's type byte. Its network form carries blobs, which this network does not. */
const BLOB_TYPE = 3;

/** eth_sendRawTransaction: the core decodes and judges; the answer is the transaction's hash. */
export function sendRawTransaction(_view: NodeView, params: readonly unknown[]): PendingAnswer {
  const bytes = toBytes(argument(params, 0));
  if (bytes[0] === BLOB_TYPE) throw serverFault('transaction type not supported');
  return {
    ask: { kind: 'submit-transaction', bytes },
    toResult: (accepted: Accepted) => accepted.hash ?? keccakHex(bytes),
  };
}

/** eth_getTransactionByHash: mined ones first, then the pool's, else null. */
export function getTransactionByHash(view: NodeView, params: readonly unknown[]): Json {
  const hash = toHash(argument(params, 0));
  const location = view.location(hash);
  if (location !== null) return formatAt(view.blockByHash(location.blockHash), location.index);
  const pooled = view.pool.get(hash);
  return pooled === null ? null : formatPooled(pooled.tx);
}

/** eth_getTransactionReceipt: null while the transaction is not in the canonical chain. */
export function getTransactionReceipt(view: NodeView, params: readonly unknown[]): Json {
  const location = view.location(toHash(argument(params, 0)));
  const executed = location === null ? null : executedBlock(view, location.blockHash);
  return location === null || executed === null ? null : formatReceiptAt(executed, location.index);
}

/** eth_getTransactionByBlockHashAndIndex. */
export function getTransactionByBlockHash(view: NodeView, params: readonly unknown[]): Json {
  const block = view.blockByHash(toHash(argument(params, 0)));
  return formatAt(block, toIndex(argument(params, 1)));
}

/** eth_getTransactionByBlockNumberAndIndex. */
export function getTransactionByBlockNumber(view: NodeView, params: readonly unknown[]): Json {
  const selector = toNumberOrTag(argument(params, 0));
  const index = toIndex(argument(params, 1));
  if (!isPending(selector)) return formatAt(selectBlock(view, selector), index);
  const tx = previewBlock(view).transactions[index];
  return tx === undefined ? null : formatPooled(tx);
}

/** txpool_status. */
export function poolStatus(view: NodeView): Json {
  const { size, pendingCount } = view.pool; // counted when it is asked for: once is enough
  return { pending: `0x${pendingCount.toString(16)}`, queued: `0x${(size - pendingCount).toString(16)}` };
}

function formatAt(block: Block | null, index: number): Json {
  const tx = block?.transactions[index];
  return block === null || tx === undefined ? null : formatMined(block, tx, index);
}
