// Whether a block's body is the one that its header names. Nothing is executed; the header was judged before.

import { keccakHex } from '../lib/hashing.ts';
import { encodeRlp } from '../lib/rlp.ts';
import { orderedTrieRoot } from '../trie/ordered.ts';
import { type Block, encodeBlock, withdrawalToItem } from '../types/block.ts';
import { type ChainConfig, forkOf, includesFork } from '../types/config.ts';
import { headerToItem } from '../types/header.ts';
import { mismatch, type Rejection } from '../types/rejection.ts';
import { encodeTransaction } from '../types/transaction.ts';
import { blobGasOf } from './fees.ts';

/** EIP-7934: 10 MiB of a gossip message less 2 MiB for the consensus layer. */
export const BLOCK_BYTES_MAX = 10 * 1024 * 1024 - 2 * 1024 * 1024;

const judged = new WeakMap<Block, { readonly config: ChainConfig; readonly rejection: Rejection | null }>();

/**
 * Judges a body; null where nothing is wrong. In this order: `block-size` since Osaka (EIP-7934), `block-ommers`, `block-withdrawals`,
 * `block-transactions-root`, `header-blob-gas` against the transactions' blobs. Once for a block object under one configuration: nodes of
 * one simulation share both.
 */
export function validateBody(config: ChainConfig, block: Block): Rejection | null {
  const known = judged.get(block);
  if (known?.config === config) return known.rejection;
  const rejection = judge(config, block);
  judged.set(block, { config, rejection });
  return rejection;
}

function judge(config: ChainConfig, block: Block): Rejection | null {
  const { header } = block;
  const { fork } = forkOf(config, header);
  return (
    (includesFork(fork, 'Osaka') ? checkSize(block) : null) ??
    checkOmmers(block) ??
    checkWithdrawals(block) ??
    checkTransactions(block)
  );
}

function checkSize(block: Block): Rejection | null {
  const size = encodeBlock(block).length;
  return size <= BLOCK_BYTES_MAX ? null : mismatch('block-size', 'size', `at most ${BLOCK_BYTES_MAX} bytes`, size);
}

function checkOmmers({ header, ommers }: Block): Rejection | null {
  const hash = keccakHex(encodeRlp(ommers.map(headerToItem)));
  return hash === header.ommersHash ? null : mismatch('block-ommers', 'hash of the ommers', header.ommersHash, hash);
}

function checkWithdrawals({ header, withdrawals }: Block): Rejection | null {
  const root =
    withdrawals === undefined
      ? undefined
      : orderedTrieRoot(withdrawals.map((withdrawal) => encodeRlp(withdrawalToItem(withdrawal))));
  if (root === header.withdrawalsRoot) return null;
  return mismatch('block-withdrawals', 'root of the withdrawals', header.withdrawalsRoot ?? 'none', root ?? 'none');
}

function checkTransactions({ header, transactions }: Block): Rejection | null {
  const root = orderedTrieRoot(transactions.map(encodeTransaction));
  if (root !== header.transactionsRoot)
    return mismatch('block-transactions-root', 'root of the transactions', header.transactionsRoot, root);
  if (header.blobGasUsed === undefined) return null; // before Cancun a blob is refused with its transaction
  let blobGas = 0;
  for (const tx of transactions) blobGas += blobGasOf(tx);
  if (blobGas === header.blobGasUsed) return null;
  return mismatch('header-blob-gas', 'blob gas used', blobGas, header.blobGasUsed);
}
