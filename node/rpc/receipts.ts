// A block together with what executing it left behind, as the view keeps both.

import type { NodeView } from '../core/view.ts';
import type { Hash } from '../types/transaction.ts';
import type { ExecutedBlock } from './format-receipt.ts';
import { blobBaseFeeOf } from './pending.ts';

/** The block of a hash with its receipts; null where either is not kept. Genesis has no receipts, and needs none. */
export function executedBlock(view: NodeView, hash: Hash): ExecutedBlock | null {
  const block = view.blockByHash(hash);
  if (block === null) return null;
  const receipts = view.receipts(hash) ?? (block.transactions.length === 0 ? [] : null);
  return receipts === null ? null : { block, receipts, blobBaseFee: blobBaseFeeOf(view, block.header) };
}
