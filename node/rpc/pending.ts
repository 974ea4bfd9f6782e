// The pending block: a preview of what would follow the head. Nothing is executed for it, so its roots are the parent's or those of
// nothing, and its gas is not known; which transactions stand in it is.

import { blobBaseFee, nextBaseFee, nextExcessBlobGas } from '../chain/fees.ts';
import type { NodeView } from '../core/view.ts';
import { EMPTY_BYTES } from '../lib/bytes.ts';
import { divide } from '../lib/integer.ts';
import { addWide, subtractWide } from '../lib/wide.ts';
import type { Block } from '../types/block.ts';
import { type ForkActivation, forkAt, forkOf, includesFork } from '../types/config.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  ZERO_ADDRESS,
  ZERO_NONCE,
} from '../types/header.ts';
import type { Transaction } from '../types/transaction.ts';

/** The rules of a header's block. */
export function rulesOfHeader(view: NodeView, header: Header): ForkActivation {
  return forkOf(view.config, header);
}

/** The header of a block that this node could seal now on the head; its state root is the head's. */
export function previewHeader(view: NodeView): Header {
  const parent = view.head.header;
  const number = parent.number + 1;
  const [earliest, now] = [addWide(parent.timestamp, view.config.clique?.period ?? 1), divide(view.nowMs, 1000)];
  const timestamp = now > earliest ? now : earliest;
  const rules = forkAt(view.config, number, timestamp);
  return {
    ...parent,
    parentHash: view.head.hash,
    ommersHash: EMPTY_OMMERS_HASH,
    miner: view.signer ?? ZERO_ADDRESS,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    number,
    gasUsed: 0,
    timestamp,
    extraData: EMPTY_BYTES,
    nonce: ZERO_NONCE,
    ...(includesFork(rules.fork, 'London') && { baseFeePerGas: nextBaseFee(parent) }),
    ...(includesFork(rules.fork, 'Cancun') && { blobGasUsed: 0, excessBlobGas: nextExcessBlobGas(rules, parent) }),
  };
}

/** The preview with the pool's executable transactions, in the order in which a block takes them, as far as their gas limits fit. */
export function previewBlock(view: NodeView): Block {
  const header = previewHeader(view);
  const transactions: Transaction[] = [];
  let gasLeft = header.gasLimit;
  for (const { tx } of view.pool.pending()) {
    if (tx.gasLimit > gasLeft) continue;
    transactions.push(tx);
    gasLeft = subtractWide(gasLeft, tx.gasLimit);
  }
  return { header, transactions, ommers: [], ...(header.withdrawalsRoot !== undefined && { withdrawals: [] }) };
}

/** The base fee of the next block, in wei; zero before London. */
export function baseFeeAfter(view: NodeView, header: Header): bigint {
  const rules = forkAt(view.config, header.number + 1, header.timestamp);
  return includesFork(rules.fork, 'London') ? nextBaseFee(header) : 0n;
}

/** The price of blob gas in a block, in wei; null before EIP-4844. */
export function blobBaseFeeOf(view: NodeView, header: Header): bigint | null {
  if (header.excessBlobGas === undefined) return null;
  return blobBaseFee(header.excessBlobGas, rulesOfHeader(view, header).blobs);
}
