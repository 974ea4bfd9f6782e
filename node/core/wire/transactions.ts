// Transactions on the wire: batches in gossip, and pulls by hash.

import { hexToBytes } from '../../lib/bytes.ts';
import { asHex, asList, DecodeError, type RlpItem } from '../../lib/rlp.ts';
import {
  encodeTransaction,
  type Hash,
  type Transaction,
  transactionFromItem,
  transactionToItem,
} from '../../types/transaction.ts';
import { FRAME_BYTES_MAX, PULL_BYTES_TARGET, PULL_HASHES_MAX, TRANSACTION_BYTES_MAX } from '../limits.ts';
import { decodeMessage, encodeMessage, MESSAGE, memoised } from './message.ts';

/** A gossiped batch of at least one transaction. */
export function encodeTransactions(transactions: readonly Transaction[]): Uint8Array {
  return encodeMessage(MESSAGE.transactions, transactions.map(transactionToItem));
}

/** The reverse of encodeTransactions. */
export const decodeTransactions = memoised<readonly Transaction[]>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.transactions,
    bytesMax: TRANSACTION_BYTES_MAX + FRAME_BYTES_MAX,
    what: 'transactions',
    read(item) {
      const items = asList(item, 'transactions');
      if (items.length === 0) throw new DecodeError('no transactions');
      return items.map(sizedTransaction);
    },
  }),
);

/** Asks for pooled transactions by hash. */
export function encodeTransactionsRequest(hashes: readonly Hash[]): Uint8Array {
  return encodeMessage(MESSAGE.transactionsRequest, hashes.map(hexToBytes));
}

/** The reverse of encodeTransactionsRequest. */
export const decodeTransactionsRequest = memoised<readonly Hash[]>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.transactionsRequest,
    bytesMax: PULL_HASHES_MAX * 33 + FRAME_BYTES_MAX,
    what: 'request for transactions',
    read: (item) => {
      const items = asList(item, 'hashes');
      if (items.length > PULL_HASHES_MAX) throw new DecodeError(`${items.length} hashes`);
      return items.map((hash) => asHex(hash, 'hash', 32));
    },
  }),
);

/** Answers a pull; those that are not pooled any more are left out. */
export function encodeTransactionsResponse(transactions: readonly Transaction[]): Uint8Array {
  return encodeMessage(MESSAGE.transactionsResponse, transactions.map(transactionToItem));
}

/** The reverse of encodeTransactionsResponse. */
export const decodeTransactionsResponse = memoised<readonly Transaction[]>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.transactionsResponse,
    bytesMax: PULL_BYTES_TARGET + TRANSACTION_BYTES_MAX + FRAME_BYTES_MAX,
    what: 'response of transactions',
    read(item) {
      const items = asList(item, 'transactions');
      if (items.length > PULL_HASHES_MAX) throw new DecodeError(`${items.length} transactions`);
      return items.map(sizedTransaction);
    },
  }),
);

function sizedTransaction(item: RlpItem): Transaction {
  const tx = transactionFromItem(item);
  const size = item instanceof Uint8Array ? item.length : encodeTransaction(tx).length;
  if (size > TRANSACTION_BYTES_MAX) throw new DecodeError(`transaction of ${size} bytes`);
  return tx;
}
