// Transactions as go-ethereum writes them in JSON: every field of the type, and where it was mined.

import { assert } from '../lib/assert.ts';
import { bytesToHex, quantity } from '../lib/bytes.ts';
import type { Block } from '../types/block.ts';
import { headerHash } from '../types/header.ts';
import { isRejection } from '../types/rejection.ts';
import {
  type AccessListEntry,
  type Address,
  type Authorization,
  effectiveTip,
  maxFeePerGas,
  type Transaction,
  transactionHash,
  transactionSender,
} from '../types/transaction.ts';
import type { JsonObject } from './json.ts';

/** The transaction at an index of a block. */
export function formatMined(block: Block, tx: Transaction, index: number): JsonObject {
  return {
    blockHash: headerHash(block.header),
    blockNumber: quantity(block.header.number),
    blockTimestamp: quantity(block.header.timestamp),
    transactionIndex: quantity(index),
    ...formatFields(tx, effectiveGasPrice(tx, block.header.baseFeePerGas)),
  };
}

/** A transaction that waits in the pool: its gas price is the most that it would pay. */
export function formatPooled(tx: Transaction): JsonObject {
  return {
    blockHash: null,
    blockNumber: null,
    blockTimestamp: null,
    transactionIndex: null,
    ...formatFields(tx, maxFeePerGas(tx)),
  };
}

/** What the transaction paid per unit of gas in a block with this base fee, in wei. */
export function effectiveGasPrice(tx: Transaction, baseFee: bigint | undefined): bigint {
  return baseFee === undefined ? maxFeePerGas(tx) : baseFee + effectiveTip(tx, baseFee);
}

/** The sender of a transaction that a block or the pool accepted, so that its signature is known to be good. */
export function senderOf(tx: Transaction): Address {
  const sender = transactionSender(tx);
  assert(!isRejection(sender), 'an accepted transaction without a sender');
  return sender;
}

function formatFields(tx: Transaction, gasPrice: bigint): JsonObject {
  return {
    hash: transactionHash(tx),
    from: senderOf(tx),
    to: tx.to,
    nonce: quantity(tx.nonce),
    value: quantity(tx.value),
    gas: quantity(tx.gasLimit),
    input: bytesToHex(tx.data),
    gasPrice: quantity(gasPrice),
    type: quantity(tx.type),
    ...formatTyped(tx),
    ...formatSignature(tx),
  };
}

function formatTyped(tx: Transaction): JsonObject {
  if (tx.type === 0) return tx.chainId === null ? {} : { chainId: quantity(tx.chainId) };
  const common = { chainId: quantity(tx.chainId), accessList: tx.accessList.map(formatAccess) };
  if (tx.type === 1) return common;
  const fees = {
    maxFeePerGas: quantity(tx.maxFeePerGas),
    maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
  };
  if (tx.type === 3) {
    const { maxFeePerBlobGas, blobVersionedHashes } = tx;
    return { ...common, ...fees, maxFeePerBlobGas: quantity(maxFeePerBlobGas), blobVersionedHashes };
  }
  if (tx.type === 4) return { ...common, ...fees, authorizationList: tx.authorizationList.map(formatAuthorization) };
  return { ...common, ...fees };
}

/** `v` of typed transactions is their parity; that of legacy ones holds the chain id (EIP-155). */
function formatSignature(tx: Transaction): JsonObject {
  const { r, s, yParity } = tx.signature;
  const rs = { r: quantity(r), s: quantity(s) };
  if (tx.type !== 0) return { v: quantity(yParity), yParity: quantity(yParity), ...rs };
  return { v: quantity(tx.chainId === null ? 27 + yParity : tx.chainId * 2n + BigInt(35 + yParity)), ...rs };
}

function formatAccess(entry: AccessListEntry): JsonObject {
  return { address: entry.address, storageKeys: entry.storageKeys };
}

function formatAuthorization(authorization: Authorization): JsonObject {
  return {
    chainId: quantity(authorization.chainId),
    address: authorization.address,
    nonce: quantity(authorization.nonce),
    yParity: quantity(authorization.yParity),
    r: quantity(authorization.r),
    s: quantity(authorization.s),
  };
}
