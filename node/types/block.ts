// Blocks in Ethereum's encoding: header, transactions, ommers, withdrawals. No rules of validity here.

import { bigintToBytes, hexToBytes } from '../lib/bytes.ts';
import { asBigint, asHex, asList, DecodeError, decodeRlp, encodeRlp, type RlpItem } from '../lib/rlp.ts';
import { type Header, headerFromItem, headerHash, headerToItem } from './header.ts';
import { type Rejection, reject } from './rejection.ts';
import { type Address, type Hash, type Transaction, transactionFromItem, transactionToItem } from './transaction.ts';

/** A withdrawal of EIP-4895; the amount is in gwei. Clique blocks carry none; official chains do. */
export type Withdrawal = {
  readonly index: bigint;
  readonly validatorIndex: bigint;
  readonly address: Address;
  readonly amount: bigint;
};

/** `withdrawals` is undefined before Shanghai. */
export type Block = {
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  readonly ommers: readonly Header[];
  readonly withdrawals?: readonly Withdrawal[];
};

export function blockHash(block: Block): Hash {
  return headerHash(block.header);
}

export function encodeBlock(block: Block): Uint8Array {
  return encodeRlp(blockToItem(block));
}

export function blockToItem(block: Block): RlpItem {
  const items: RlpItem[] = [
    headerToItem(block.header),
    block.transactions.map(transactionToItem),
    block.ommers.map(headerToItem),
  ];
  if (block.withdrawals !== undefined) items.push(block.withdrawals.map(withdrawalToItem));
  return items;
}

export function decodeBlock(bytes: Uint8Array): Block | Rejection {
  try {
    return blockFromItem(decodeRlp(bytes));
  } catch (error) {
    if (error instanceof DecodeError) return reject('encoding', `block: ${error.message}`);
    throw error;
  }
}

/** The reverse of blockToItem. Throws DecodeError. */
export function blockFromItem(item: RlpItem): Block {
  const list = asList(item, 'block');
  if (list.length !== 3 && list.length !== 4) throw new DecodeError(`block of ${list.length} items`);
  const [header, transactions, ommers, withdrawals] = list;
  return {
    header: headerFromItem(header ?? []),
    transactions: asList(transactions, 'transactions').map(transactionFromItem),
    ommers: asList(ommers, 'ommers').map(headerFromItem),
    ...(withdrawals !== undefined && { withdrawals: asList(withdrawals, 'withdrawals').map(withdrawalFromItem) }),
  };
}

/** As it stands in the withdrawals trie and in bodies. */
export function withdrawalToItem(withdrawal: Withdrawal): RlpItem {
  return [
    bigintToBytes(withdrawal.index),
    bigintToBytes(withdrawal.validatorIndex),
    hexToBytes(withdrawal.address),
    bigintToBytes(withdrawal.amount),
  ];
}

function withdrawalFromItem(item: RlpItem): Withdrawal {
  const list = asList(item, 'withdrawal', 4);
  return {
    index: asBigint(list[0], 'withdrawal index', 64),
    validatorIndex: asBigint(list[1], 'withdrawal validatorIndex', 64),
    address: asHex(list[2], 'withdrawal address', 20),
    amount: asBigint(list[3], 'withdrawal amount', 64),
  };
}
