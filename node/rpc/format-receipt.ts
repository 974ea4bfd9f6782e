// Receipts and logs as go-ethereum writes them in JSON: what the receipts trie holds, and what follows from the block around it.

import { createAddress } from '../evm/address.ts';
import { present } from '../lib/assert.ts';
import { bytesToHex, quantity } from '../lib/bytes.ts';
import type { Block } from '../types/block.ts';
import { headerHash } from '../types/header.ts';
import type { Log, Receipt } from '../types/receipt.ts';
import { type Transaction, transactionHash } from '../types/transaction.ts';
import { effectiveGasPrice, senderOf } from './format-transaction.ts';
import type { JsonObject } from './json.ts';

/** A block with its receipts, and the price of blob gas in it (wei), null before EIP-4844. */
export type ExecutedBlock = {
  readonly block: Block;
  readonly receipts: readonly Receipt[];
  readonly blobBaseFee: bigint | null;
};

/** A log and where it stands; `logIndex` counts through the block. */
export type PlacedLog = {
  readonly log: Log;
  readonly logIndex: number;
  readonly tx: Transaction;
  readonly transactionIndex: number;
};

/** Gas of one blob (EIP-4844). */
const GAS_PER_BLOB = 131_072;

/** All receipts of a block in their order. */
export function formatReceipts(executed: ExecutedBlock): JsonObject[] {
  const logs = Map.groupBy(placeLogs(executed.block, executed.receipts), (placed) => placed.transactionIndex);
  return executed.receipts.map((receipt, index) => formatReceipt(executed, receipt, index, logs.get(index) ?? []));
}

/** One of them alone, since clients wait for one transaction; null where the block has none at that index. */
export function formatReceiptAt(executed: ExecutedBlock, index: number): JsonObject | null {
  const receipt = executed.receipts[index];
  if (receipt === undefined) return null;
  const logs = placeLogs(executed.block, executed.receipts).filter((placed) => placed.transactionIndex === index);
  return formatReceipt(executed, receipt, index, logs);
}

/** All logs of a block in their order. */
export function placeLogs(block: Block, receipts: readonly Receipt[]): PlacedLog[] {
  let logIndex = 0;
  return block.transactions.flatMap((tx, transactionIndex) =>
    (receipts[transactionIndex]?.logs ?? []).map((log) => ({ log, logIndex: logIndex++, tx, transactionIndex })),
  );
}

export function formatLog(block: Block, placed: PlacedLog): JsonObject {
  return {
    address: placed.log.address,
    topics: placed.log.topics,
    data: bytesToHex(placed.log.data),
    blockNumber: quantity(block.header.number),
    transactionHash: transactionHash(placed.tx),
    transactionIndex: quantity(placed.transactionIndex),
    blockHash: headerHash(block.header),
    blockTimestamp: quantity(block.header.timestamp),
    logIndex: quantity(placed.logIndex),
    removed: false,
  };
}

/** The gas of one transaction: receipts hold the block's running sum. */
export function gasUsedBy(receipts: readonly Receipt[], index: number): number {
  const before = index === 0 ? 0 : (receipts[index - 1]?.cumulativeGasUsed ?? 0);
  return (receipts[index]?.cumulativeGasUsed ?? 0) - before;
}

function formatReceipt(
  executed: ExecutedBlock,
  receipt: Receipt,
  index: number,
  logs: readonly PlacedLog[],
): JsonObject {
  const { block, receipts } = executed;
  const tx = present(block.transactions[index], `receipt ${index} without a transaction`);
  const sender = senderOf(tx);
  return {
    blockHash: headerHash(block.header),
    blockNumber: quantity(block.header.number),
    transactionHash: transactionHash(tx),
    transactionIndex: quantity(index),
    from: sender,
    to: tx.to,
    contractAddress: tx.to === null ? createAddress(sender, tx.nonce) : null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(gasUsedBy(receipts, index)),
    effectiveGasPrice: quantity(effectiveGasPrice(tx, block.header.baseFeePerGas)),
    logs: logs.map((placed) => formatLog(block, placed)),
    logsBloom: receipt.logsBloom,
    type: quantity(receipt.type),
    ...(receipt.root === undefined ? { status: quantity(receipt.status) } : { root: receipt.root }),
    ...formatBlobs(executed, tx),
  };
}

function formatBlobs(executed: ExecutedBlock, tx: Transaction): JsonObject {
  if (tx.type !== 3 || executed.blobBaseFee === null) return {};
  return {
    blobGasUsed: quantity(GAS_PER_BLOB * tx.blobVersionedHashes.length),
    blobGasPrice: quantity(executed.blobBaseFee),
  };
}
