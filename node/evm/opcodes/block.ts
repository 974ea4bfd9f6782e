// 0x40 to 0x4a: the block (Yellow Paper, appendix H.2; EIP-1344, EIP-1884, EIP-3198, EIP-4399, EIP-4844, EIP-7516).

import { addressToWord } from '../address.ts';
import { pop, push } from '../frame.ts';
import { define } from '../opcode.ts';

const BLOCKHASH_WINDOW = 256n;

/** The hash of one of the 256 blocks before this one, of the branch that is executed; zero for any other number. */
export const BLOCKHASH = define(0x40, 'BLOCKHASH', { takes: 1, gives: 1, gas: 20 }, (frame) => {
  const { block } = frame.execution;
  const number = pop(frame);
  const age = BigInt(block.number) - number;
  push(frame, age >= 1n && age <= BLOCKHASH_WINDOW ? BigInt(block.blockHash(Number(number))) : 0n);
});

export const COINBASE = define(0x41, 'COINBASE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, addressToWord(frame.execution.block.coinbase));
});

export const TIMESTAMP = define(0x42, 'TIMESTAMP', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.execution.block.timestamp));
});

export const NUMBER = define(0x43, 'NUMBER', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.execution.block.number));
});

export const DIFFICULTY = define(0x44, 'DIFFICULTY', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.execution.block.difficulty);
});

/** EIP-4399, in DIFFICULTY's place. */
export const PREVRANDAO = define(0x44, 'PREVRANDAO', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.execution.block.prevRandao));
});

export const GASLIMIT = define(0x45, 'GASLIMIT', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.execution.block.gasLimit));
});

/** EIP-1344. */
export const CHAINID = define(0x46, 'CHAINID', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.execution.block.chainId);
});

/** EIP-1884. */
export const SELFBALANCE = define(0x47, 'SELFBALANCE', { takes: 0, gives: 1, gas: 5 }, (frame) => {
  push(frame, frame.execution.journal.balance(frame.address));
});

/** EIP-3198. */
export const BASEFEE = define(0x48, 'BASEFEE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.execution.block.baseFee);
});

/** EIP-4844: a versioned hash of this transaction; zero behind the last. */
export const BLOBHASH = define(0x49, 'BLOBHASH', { takes: 1, gives: 1, gas: 3 }, (frame) => {
  const hashes = frame.execution.transaction.blobVersionedHashes;
  const index = pop(frame);
  const hash = index < hashes.length ? hashes[Number(index)] : undefined;
  push(frame, hash === undefined ? 0n : BigInt(hash));
});

/** EIP-7516. */
export const BLOBBASEFEE = define(0x4a, 'BLOBBASEFEE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.execution.block.blobBaseFee);
});
