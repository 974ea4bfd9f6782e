// Blocks and their receipts.

import type { NodeView } from '../../core/view.ts';
import { quantity } from '../../lib/bytes.ts';
import { type BlockSelector, isPending, selectBlock, selectHash, toBlockSelector, toNumberOrTag } from '../blocks.ts';
import { formatBlock, formatPendingBlock, type TransactionDetail } from '../format-block.ts';
import { formatReceipts } from '../format-receipt.ts';
import type { Json } from '../json.ts';
import { type Argument, argument, optional, toBoolean, toHash } from '../params.ts';
import { previewBlock } from '../pending.ts';
import { executedBlock } from '../receipts.ts';

export function blockNumber(view: NodeView): Json {
  return quantity(view.head.header.number);
}

/** eth_getBlockByNumber: null for a number beyond the head. */
export function getBlockByNumber(view: NodeView, params: readonly unknown[]): Json {
  const selector = toNumberOrTag(argument(params, 0));
  const detail = toDetail(argument(params, 1));
  if (isPending(selector)) return formatPendingBlock(previewBlock(view), detail);
  const block = selectBlock(view, selector);
  return block === null ? null : formatBlock(block, detail);
}

/** eth_getBlockByHash: blocks of every branch that was imported. */
export function getBlockByHash(view: NodeView, params: readonly unknown[]): Json {
  const block = view.blockByHash(toHash(argument(params, 0)));
  const detail = toDetail(argument(params, 1));
  return block === null ? null : formatBlock(block, detail);
}

/** eth_getBlockTransactionCountByNumber. */
export function getTransactionCountByNumber(view: NodeView, params: readonly unknown[]): Json {
  const selector = toNumberOrTag(argument(params, 0));
  return countTransactions(view, selector);
}

/** eth_getBlockTransactionCountByHash. */
export function getTransactionCountByHash(view: NodeView, params: readonly unknown[]): Json {
  const hash = toHash(argument(params, 0));
  return countTransactions(view, { kind: 'hash', hash, requireCanonical: false });
}

/** eth_getBlockReceipts: null where there is no such block. The pending block has none yet. */
export function getBlockReceipts(view: NodeView, params: readonly unknown[]): Json {
  const selector = toBlockSelector(argument(params, 0));
  if (isPending(selector)) return [];
  const hash = selectHash(view, selector);
  const executed = hash === null ? null : executedBlock(view, hash);
  return executed === null ? null : formatReceipts(executed);
}

function countTransactions(view: NodeView, selector: BlockSelector): Json {
  const block = isPending(selector) ? previewBlock(view) : selectBlock(view, selector);
  return block === null ? null : quantity(block.transactions.length);
}

function toDetail(arg: Argument): TransactionDetail {
  return optional(arg, toBoolean) === true ? 'full' : 'hashes';
}
