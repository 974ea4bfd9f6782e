// Executes a block that passed the checks of header and body, and compares what came out with what its header says.

import type { Block } from '../types/block.ts';
import type { Header } from '../types/header.ts';
import { isRejection, mismatch, type Rejection } from '../types/rejection.ts';
import { transactionHash } from '../types/transaction.ts';
import { beginBlock, type Executed, type ExecutionEnv } from './block-execution.ts';
import type { BlockResult } from './block-result.ts';

/** Executes every transaction. `block-transaction` where one is not valid in its place, `block-system-call` where EIP-7002 or 7251 fail. */
export function executeBlock(env: ExecutionEnv, block: Block): Executed | Rejection {
  const execution = beginBlock(env, block.header);
  for (const [index, tx] of block.transactions.entries()) {
    const outcome = execution.apply(tx);
    if (isRejection(outcome)) {
      const message = `transaction ${index} (${transactionHash(tx)}): ${outcome.code}: ${outcome.message}`;
      return { ...outcome, code: 'block-transaction', message, cause: outcome.code };
    }
  }
  return execution.finish({ ommers: block.ommers, withdrawals: block.withdrawals ?? [] });
}

/**
 * Compares our result with the header; null where they are the same. The order goes from what says most about the cause to what says
 * least: gas used, receipts root, bloom, requests hash, state root.
 */
export function compareResult(header: Header, own: BlockResult): Rejection | null {
  if (own.gasUsed !== header.gasUsed) return mismatch('block-gas-used', 'gas used', own.gasUsed, header.gasUsed);
  if (own.receiptsRoot !== header.receiptsRoot)
    return mismatch('block-receipts-root', 'receipts root', own.receiptsRoot, header.receiptsRoot);
  if (own.logsBloom !== header.logsBloom)
    return mismatch('block-logs-bloom', 'logs bloom', own.logsBloom, header.logsBloom);
  if (header.requestsHash !== undefined && own.requestsHash !== header.requestsHash)
    return mismatch('block-requests-hash', 'requests hash', own.requestsHash, header.requestsHash);
  if (own.stateRoot === header.stateRoot) return null;
  return mismatch('block-state-root', 'state root', own.stateRoot, header.stateRoot);
}
