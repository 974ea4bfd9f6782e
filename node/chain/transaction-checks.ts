// Whether a transaction may be executed at all. What needs no state is apart, for the mempool asks it first. Texts are go-ethereum's,
// since client libraries tell the cases apart by them. Executes nothing, changes nothing.

import { delegationOf } from '../evm/delegation.ts';
import type { Wide } from '../lib/wide.ts';
import type { Journal } from '../state/journal.ts';
import { type BlobSchedule, type Fork, includesFork } from '../types/config.ts';
import { type Rejection, type RejectionCode, reject } from '../types/rejection.ts';
import {
  type Address,
  accessListOf,
  type BlobTransaction,
  maxFeePerGas,
  type SetCodeTransaction,
  type Transaction,
} from '../types/transaction.ts';
import { blobGasLimit, blobGasOf } from './fees.ts';
import { floorGas, type IntrinsicCost, intrinsicGas } from './intrinsic-gas.ts';

/** The rules by which a transaction is judged without a state. */
export type TransactionRules = {
  readonly fork: Fork;
  readonly blobs: BlobSchedule;
  readonly chainId: bigint;
};

/** The block that a transaction is to enter, and what is left in it. */
export type BlockRoom = {
  /** In wei. */
  readonly baseFee: bigint;
  /** In wei. */
  readonly blobBaseFee: bigint;
  readonly gasAvailable: Wide;
  readonly blobGasAvailable: number;
};

/** What the check of the sender reads: a journal has it, and a state view is easily given it. */
export type SenderState = Pick<Journal, 'nonce' | 'balance' | 'code'>;

/** EIP-2681. */
export const NONCE_MAX = 0xffff_ffff_ffff_ffffn;
/** EIP-7825: since Osaka no transaction has more gas. */
export const TX_GAS_LIMIT_CAP = 16_777_216;
/** EIP-3860: since Shanghai, in bytes. */
export const INITCODE_BYTES_MAX = 49_152;
/** EIP-7594: since Osaka no transaction carries more blobs. */
const BLOBS_PER_TX_MAX = 6;
const VERSIONED_HASH_KZG = '0x01';

/**
 * Judges a transaction by the rules alone; null where nothing is wrong. In this order: type, chain id, nonce below 2^64 − 1
 * (EIP-2681), gas limit cap (EIP-7825), size of the initcode (EIP-3860), tip not above the fee (EIP-1559), gas times price of at most 256 bits, blobs (EIP-4844),
 * authorizations (EIP-7702), intrinsic gas, floor (EIP-7623). The signature is transactionSender's affair.
 */
export function checkTransaction(rules: TransactionRules, tx: Transaction): Rejection | null {
  return (
    checkType(rules.fork, tx) ??
    checkChainId(rules, tx) ??
    checkLimits(rules.fork, tx) ??
    checkPrice(tx) ??
    (tx.type === 3 ? checkBlobs(rules, tx) : null) ??
    (tx.type === 4 ? checkSetCode(tx) : null) ??
    checkGas(rules.fork, tx.gasLimit, {
      to: tx.to,
      data: tx.data,
      accessList: accessListOf(tx),
      authorizations: tx.type === 4 ? tx.authorizationList.length : 0,
    })
  );
}

/**
 * Judges a transaction that passed checkTransaction by its sender's account; null where nothing is wrong. In this order: nonce,
 * no code but a delegation (EIP-3607, EIP-7702), balance for everything that it may cost.
 */
export function checkSender(state: SenderState, tx: Transaction, sender: Address): Rejection | null {
  const nonce = state.nonce(sender);
  if (tx.nonce !== nonce) {
    const nonces = `address ${sender}, tx: ${tx.nonce} state: ${nonce}`;
    if (tx.nonce < nonce) return refuse('tx-nonce-too-low', `nonce too low: ${nonces}`, nonce, tx.nonce);
    return refuse('tx-nonce-too-high', `nonce too high: ${nonces}`, nonce, tx.nonce);
  }
  const code = state.code(sender);
  if (code.length > 0 && delegationOf(code) === null)
    return reject('tx-sender-has-code', `sender not an eoa: address ${sender}`);
  return checkFunds(state, sender, maximumCost(tx));
}

/** Judges whether an account has so many wei. */
export function checkFunds(state: Pick<Journal, 'balance'>, sender: Address, cost: bigint): Rejection | null {
  const balance = state.balance(sender);
  if (balance >= cost) return null;
  const evidence = `address ${sender} have ${balance} want ${cost}`;
  return refuse('tx-insufficient-funds', `insufficient funds for gas * price + value: ${evidence}`, cost, balance);
}

/** Judges whether a gas limit covers what is charged before execution, and EIP-7623's floor. */
export function checkGas(fork: Fork, gasLimit: Wide, cost: IntrinsicCost): Rejection | null {
  const intrinsic = intrinsicGas(fork, cost);
  if (gasLimit < intrinsic) {
    const message = `intrinsic gas too low: have ${gasLimit}, want ${intrinsic}`;
    return refuse('tx-intrinsic-gas', message, intrinsic, gasLimit);
  }
  const floor = floorGas(fork, cost.data);
  if (gasLimit >= floor) return null;
  const message = `insufficient gas for floor data gas cost: have ${gasLimit}, want ${floor}`;
  return refuse('tx-floor-gas', message, floor, gasLimit);
}

/** Judges a transaction by the block: there is room for its gas and its blobs, and its fees cover the block's. */
export function checkRoom(room: BlockRoom, tx: Transaction): Rejection | null {
  if (tx.gasLimit > room.gasAvailable)
    return refuse('tx-gas-allowance', 'gas limit reached', room.gasAvailable, tx.gasLimit);
  const blobGas = blobGasOf(tx);
  if (blobGas > room.blobGasAvailable)
    return refuse('tx-blob-count', 'blob gas limit reached', room.blobGasAvailable, blobGas);
  const fee = maxFeePerGas(tx);
  if (fee < room.baseFee) {
    const evidence = `maxFeePerGas: ${fee}, baseFee: ${room.baseFee}`;
    const message = `max fee per gas less than block base fee: ${evidence}`;
    return refuse('tx-fee-below-base-fee', message, room.baseFee, fee);
  }
  if (tx.type === 3 && tx.maxFeePerBlobGas < room.blobBaseFee) {
    const evidence = `maxFeePerBlobGas: ${tx.maxFeePerBlobGas}, blobBaseFee: ${room.blobBaseFee}`;
    const message = `max fee per blob gas less than block blob gas fee: ${evidence}`;
    return refuse('tx-blob-fee', message, room.blobBaseFee, tx.maxFeePerBlobGas);
  }
  return null;
}

/** The most that a transaction may take from its sender, in wei: all gas and blob gas at the highest price, and the value. */
export function maximumCost(tx: Transaction): bigint {
  const blobs = tx.type === 3 ? BigInt(blobGasOf(tx)) * tx.maxFeePerBlobGas : 0n;
  return BigInt(tx.gasLimit) * maxFeePerGas(tx) + blobs + tx.value;
}

const TYPE_SINCE: readonly Fork[] = ['Frontier', 'Berlin', 'London', 'Cancun', 'Prague'];

function checkType(fork: Fork, tx: Transaction): Rejection | null {
  const since = TYPE_SINCE[tx.type];
  if (since !== undefined && includesFork(fork, since)) return null;
  return reject('tx-type-not-supported', `transaction type not supported: ${tx.type} in ${fork}`);
}

function checkChainId({ fork, chainId }: TransactionRules, tx: Transaction): Rejection | null {
  if (tx.chainId === null) return null; // the unprotected form stays valid
  if (!includesFork(fork, 'SpuriousDragon'))
    return reject('tx-wrong-chain', 'only replay-protected transactions name a chain, and not before EIP-155');
  if (tx.chainId === chainId) return null;
  const message = `invalid chain id for signer: have ${tx.chainId} want ${chainId}`;
  return refuse('tx-wrong-chain', message, chainId, tx.chainId);
}

function checkLimits(fork: Fork, tx: Transaction): Rejection | null {
  if (tx.nonce >= NONCE_MAX) return reject('tx-nonce-max', 'nonce has max value');
  if (includesFork(fork, 'Osaka') && tx.gasLimit > TX_GAS_LIMIT_CAP) {
    const message = `transaction gas limit too high (cap: ${TX_GAS_LIMIT_CAP}, tx: ${tx.gasLimit})`;
    return refuse('tx-gas-limit-cap', message, TX_GAS_LIMIT_CAP, tx.gasLimit);
  }
  if (includesFork(fork, 'Shanghai') && tx.to === null && tx.data.length > INITCODE_BYTES_MAX) {
    const message = `max initcode size exceeded: code size ${tx.data.length} limit ${INITCODE_BYTES_MAX}`;
    return refuse('tx-initcode-size', message, INITCODE_BYTES_MAX, tx.data.length);
  }
  if (tx.type === 0 || tx.type === 1 || tx.maxPriorityFeePerGas <= tx.maxFeePerGas) return null;
  const evidence = `maxPriorityFeePerGas: ${tx.maxPriorityFeePerGas}, maxFeePerGas: ${tx.maxFeePerGas}`;
  const message = `max priority fee per gas higher than max fee per gas: ${evidence}`;
  return refuse('tx-tip-above-fee', message, tx.maxFeePerGas, tx.maxPriorityFeePerGas);
}

/** No balance covers such a price. */
function checkPrice(tx: Transaction): Rejection | null {
  if ((BigInt(tx.gasLimit) * maxFeePerGas(tx)) >> 256n === 0n) return null;
  return reject('tx-fee-too-large', 'gas * price is higher than 2^256 - 1');
}

function checkBlobs({ fork, blobs }: TransactionRules, tx: BlobTransaction): Rejection | null {
  if (tx.to === null) return reject('tx-create-type', 'blob transaction of type create');
  const count = tx.blobVersionedHashes.length;
  if (count === 0) return reject('tx-blob-count', 'blob transaction missing blob hashes');
  const perTransaction = includesFork(fork, 'Osaka') ? Math.min(BLOBS_PER_TX_MAX, blobs.max) : blobs.max;
  if (count > perTransaction || blobGasOf(tx) > blobGasLimit(blobs)) {
    const message = `too many blobs in transaction: have ${count}, permitted ${perTransaction}`;
    return refuse('tx-blob-count', message, perTransaction, count);
  }
  const wrong = tx.blobVersionedHashes.findIndex((hash) => !hash.startsWith(VERSIONED_HASH_KZG));
  if (wrong < 0) return null;
  return reject('tx-blob-version', `blob ${wrong} has invalid hash version: ${tx.blobVersionedHashes[wrong]}`);
}

function checkSetCode(tx: SetCodeTransaction): Rejection | null {
  if (tx.to === null) return reject('tx-create-type', 'EIP-7702 transaction cannot be used to create contract');
  if (tx.authorizationList.length === 0)
    return reject('tx-authorization-list-empty', 'EIP-7702 transaction with empty auth list');
  return null;
}

function refuse(code: RejectionCode, message: string, expected: Wide, actual: Wide): Rejection {
  return { kind: 'rejection', code, message, expected: String(expected), actual: String(actual) };
}
