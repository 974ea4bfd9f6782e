// The constant words of the block and of the transaction, which the module reads at fixed addresses.

import type { Execution } from '../frame.ts';
import type { BlockContext, TransactionContext } from '../machine.ts';
import { TRANSACTION, TRANSACTION_WORDS, WORD_BYTES } from './layout.ts';
import { type LinearMemory, writeLimbs } from './linear-memory.ts';

/** A function that writes them, where they are others than the last time. */
export function writeConstants(linear: LinearMemory): (execution: Execution) => void {
  let block: BlockContext | null = null;
  let transaction: TransactionContext | null = null;
  const write = (name: (typeof TRANSACTION_WORDS)[number], word: bigint): void =>
    writeLimbs(linear, TRANSACTION + TRANSACTION_WORDS.indexOf(name) * WORD_BYTES, word);
  return (execution) => {
    if (execution.transaction !== transaction) {
      transaction = execution.transaction;
      write('ORIGIN', BigInt(transaction.origin));
      write('GASPRICE', transaction.gasPrice);
    }
    if (execution.block === block) return;
    block = execution.block;
    write('COINBASE', BigInt(block.coinbase));
    write('TIMESTAMP', BigInt(block.timestamp));
    write('NUMBER', BigInt(block.number));
    write('PREVRANDAO', BigInt(block.prevRandao));
    write('GASLIMIT', BigInt(block.gasLimit));
    write('CHAINID', block.chainId);
    write('BASEFEE', block.baseFee);
    write('BLOBBASEFEE', block.blobBaseFee);
  };
}
