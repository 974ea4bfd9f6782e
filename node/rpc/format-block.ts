// Blocks as go-ethereum writes them in JSON. Every field of the header is there, so that a client can recompute the hash.

import { bytesToHex, quantity } from '../lib/bytes.ts';
import { type Block, encodeBlock, type Withdrawal } from '../types/block.ts';
import { type Header, headerHash } from '../types/header.ts';
import { transactionHash } from '../types/transaction.ts';
import { formatMined, formatPooled } from './format-transaction.ts';
import type { Json, JsonObject } from './json.ts';

/** Whether a block lists its transactions whole or by their hashes. */
export type TransactionDetail = 'full' | 'hashes';

export function formatBlock(block: Block, detail: TransactionDetail): JsonObject {
  const transactions = block.transactions.map(
    (tx, index): Json => (detail === 'full' ? formatMined(block, tx, index) : transactionHash(tx)),
  );
  return { ...formatHeader(block.header), ...formatBody(block), transactions };
}

/** The block that would follow the head: what is known only when it is sealed is null, as in go-ethereum. */
export function formatPendingBlock(block: Block, detail: TransactionDetail): JsonObject {
  const transactions = block.transactions.map(
    (tx): Json => (detail === 'full' ? formatPooled(tx) : transactionHash(tx)),
  );
  const unknown = { hash: null, nonce: null, miner: null };
  return { ...formatHeader(block.header), ...formatBody(block), transactions, ...unknown };
}

export function formatHeader(header: Header): JsonObject {
  return {
    number: quantity(header.number),
    hash: headerHash(header),
    parentHash: header.parentHash,
    nonce: header.nonce,
    mixHash: header.mixHash,
    sha3Uncles: header.ommersHash,
    logsBloom: header.logsBloom,
    stateRoot: header.stateRoot,
    miner: header.miner,
    difficulty: quantity(header.difficulty),
    extraData: bytesToHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    ...formatForkFields(header),
  };
}

/** The fields that later forks added, where the header has them. */
function formatForkFields(header: Header): JsonObject {
  return {
    ...(header.baseFeePerGas !== undefined && { baseFeePerGas: quantity(header.baseFeePerGas) }),
    ...(header.withdrawalsRoot !== undefined && { withdrawalsRoot: header.withdrawalsRoot }),
    ...(header.blobGasUsed !== undefined && { blobGasUsed: quantity(header.blobGasUsed) }),
    ...(header.excessBlobGas !== undefined && { excessBlobGas: quantity(header.excessBlobGas) }),
    ...(header.parentBeaconBlockRoot !== undefined && { parentBeaconBlockRoot: header.parentBeaconBlockRoot }),
    ...(header.requestsHash !== undefined && { requestsHash: header.requestsHash }),
  };
}

function formatBody(block: Block): JsonObject {
  return {
    size: quantity(encodeBlock(block).length),
    uncles: block.ommers.map(headerHash),
    ...(block.withdrawals !== undefined && { withdrawals: block.withdrawals.map(formatWithdrawal) }),
  };
}

function formatWithdrawal(withdrawal: Withdrawal): JsonObject {
  return {
    index: quantity(withdrawal.index),
    validatorIndex: quantity(withdrawal.validatorIndex),
    address: withdrawal.address,
    amount: quantity(withdrawal.amount),
  };
}
