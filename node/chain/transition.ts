// The state transition of one transaction: checks, gas bought, message executed, gas refunded, fees paid (Yellow Paper 6). Which
// transactions stand in a block, and what the block itself does to the state, are its caller's affair.

import { createAddress } from '../evm/address.ts';
import { delegationOf } from '../evm/delegation.ts';
import type { BlockContext, Halt, Hooks, Machine, Message, MessageResult } from '../evm/machine.ts';
import { precompileAddresses } from '../evm/precompiles/index.ts';
import { bytesToBigint, hexToBytes } from '../lib/bytes.ts';
import { divide } from '../lib/integer.ts';
import { subtractWide, type Wide } from '../lib/wide.ts';
import type { Journal } from '../state/journal.ts';
import { type Fork, includesFork } from '../types/config.ts';
import type { Log } from '../types/receipt.ts';
import type { Rejection } from '../types/rejection.ts';
import {
  type AccessListEntry,
  type Address,
  type Authorization,
  accessListOf,
  effectiveTip,
  type Hash,
  type Transaction,
} from '../types/transaction.ts';
import { applyAuthorizations } from './authorizations.ts';
import { blobGasOf } from './fees.ts';
import { floorGas, type IntrinsicCost, intrinsicGas } from './intrinsic-gas.ts';
import {
  type BlockRoom,
  checkFunds,
  checkGas,
  checkRoom,
  checkSender,
  checkTransaction,
  type TransactionRules,
} from './transaction-checks.ts';

/** What a transaction is executed in. */
export type TransitionEnv = TransactionRules & {
  readonly machine: Machine;
  readonly journal: Journal;
  readonly block: BlockContext;
  /** The gas that the transactions before left in the block. */
  readonly gasAvailable: Wide;
  /** The blob gas that the transactions before left in the block. */
  readonly blobGasAvailable: number;
  readonly hooks?: Hooks;
  /** For calls that no block contains; null in blocks. */
  readonly stepBudget: number | null;
};

/** What an executed transaction did. */
export type TransactionOutcome = {
  readonly kind: 'outcome';
  /** 1 for success, 0 for a revert or a halt, as in the receipt. */
  readonly status: 0 | 1;
  /** Why all gas is gone; `revert` where the code gave up and kept the rest of it; null for success. */
  readonly halt: Halt | 'revert' | null;
  /** After the refund, and at least EIP-7623's floor. */
  readonly gasUsed: Wide;
  /** The gas that the refund counter gave back. */
  readonly gasRefunded: number;
  readonly logs: readonly Log[];
  /** The return data, or the deployed code. */
  readonly output: Uint8Array;
  /** The address of the contract that a creating transaction was to create, whether or not it succeeded. */
  readonly contractAddress: Address | null;
  /** In wei per gas. */
  readonly effectiveGasPrice: bigint;
  readonly blobGasUsed: number;
  readonly steps: number;
};

/** A call that no block contains, as eth_call and eth_estimateGas make it. Nobody signed it. */
export type SimulatedCall = {
  readonly from: Address;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: Wide;
  /** In wei; zero asks no balance for gas. */
  readonly gasPrice: bigint;
  readonly accessList: readonly AccessListEntry[];
  readonly blobVersionedHashes: readonly Hash[];
  readonly authorizationList: readonly Authorization[];
};

/**
 * Executes a transaction on the journal, or refuses it and leaves the journal alone. The sender is transactionSender's result. Checks in
 * this order: checkTransaction, checkRoom, checkSender.
 */
export function applyTransaction(env: TransitionEnv, tx: Transaction, sender: Address): TransactionOutcome | Rejection {
  const { journal, block } = env;
  const refusal = checkTransaction(env, tx) ?? checkRoom(roomOf(env), tx) ?? checkSender(journal, tx, sender);
  if (refusal !== null) return refusal;

  const tip = effectiveTip(tx, block.baseFee);
  const gasPrice = block.baseFee + tip;
  const blobGasUsed = blobGasOf(tx);
  journal.beginTransaction(warmAtFirst(env.fork));
  journal.subtractBalance(sender, BigInt(tx.gasLimit) * gasPrice + BigInt(blobGasUsed) * block.blobBaseFee);

  const outcome = execute(env, {
    from: sender,
    to: tx.to,
    value: tx.value,
    data: tx.data,
    gas: tx.gasLimit,
    gasPrice,
    accessList: accessListOf(tx),
    blobVersionedHashes: tx.type === 3 ? tx.blobVersionedHashes : [],
    authorizationList: tx.type === 4 ? tx.authorizationList : [],
  });

  journal.addBalance(sender, BigInt(subtractWide(tx.gasLimit, outcome.gasUsed)) * gasPrice);
  // Even a fee of zero touches the coinbase: before EIP-161 that creates it, since then it deletes it where it is empty.
  journal.addBalance(block.coinbase, BigInt(outcome.gasUsed) * tip);
  journal.endTransaction({ deleteEmpty: includesFork(env.fork, 'SpuriousDragon') });
  return { ...outcome, blobGasUsed };
}

/**
 * Executes a call as if it were a transaction, without nonce, signature, fee or block limits. The journal keeps what it did and is to
 * be thrown away. Refused are only calls that cannot pay: too little gas for the intrinsic cost, too little balance.
 */
export function simulateCall(env: TransitionEnv, call: SimulatedCall): TransactionOutcome | Rejection {
  const { journal } = env;
  const cost = BigInt(call.gas) * call.gasPrice;
  const refusal = checkFunds(journal, call.from, cost + call.value) ?? checkGas(env.fork, call.gas, costOf(call));
  if (refusal !== null) return refusal;
  journal.beginTransaction(warmAtFirst(env.fork));
  journal.subtractBalance(call.from, cost);
  return execute(env, call);
}

const REFUND_QUOTIENT_FRONTIER = 2;
/** EIP-3529. */
const REFUND_QUOTIENT = 5;

/** From the nonce's increment to the gas that is used in the end. The gas is bought already; the caller pays what is left back. */
function execute(env: TransitionEnv, call: SimulatedCall): TransactionOutcome {
  const { fork, journal } = env;
  const nonce = journal.nonce(call.from);
  const target = call.to ?? createAddress(call.from, nonce);
  journal.setNonce(call.from, nonce + 1n);
  if (includesFork(fork, 'Berlin')) warm(env, call, target);
  applyAuthorizations(journal, env.chainId, call.authorizationList);
  warmDelegate(env, call.to);

  const gas = subtractWide(call.gas, intrinsicGas(fork, costOf(call)));
  const result = env.machine.execute(
    {
      fork,
      journal,
      block: env.block,
      transaction: {
        origin: call.from,
        gasPrice: call.gasPrice,
        blobVersionedHashes: call.blobVersionedHashes,
      },
      stepBudget: env.stepBudget,
      ...(env.hooks !== undefined && { hooks: env.hooks }),
    },
    messageOf(call, target, gas),
  );

  const spent = subtractWide(call.gas, result.gasLeft);
  const quotient = includesFork(fork, 'London') ? REFUND_QUOTIENT : REFUND_QUOTIENT_FRONTIER;
  const gasRefunded = refundOf(spent, journal.refund(), quotient);
  const gasUsed = subtractWide(spent, gasRefunded);
  const floor = floorGas(fork, call.data);
  return {
    kind: 'outcome',
    status: result.status === 'success' ? 1 : 0,
    halt: haltOf(result),
    gasUsed: gasUsed > floor ? gasUsed : floor,
    gasRefunded,
    logs: journal.logs(),
    output: result.output,
    contractAddress: call.to === null ? target : null,
    effectiveGasPrice: call.gasPrice,
    blobGasUsed: 0,
    steps: result.steps,
  };
}

/** At most that part of what was spent. */
function refundOf(spent: Wide, counter: number, quotient: number): number {
  return typeof spent === 'number' ? Math.min(counter, divide(spent, quotient)) : counter;
}

function messageOf(call: SimulatedCall, target: Address, gas: Wide): Message {
  const { from: caller, to, value, data } = call;
  if (to === null) return { kind: 'create', caller, address: target, value, initCode: data, gas };
  return { kind: 'call', caller, to, value, data, gas };
}

function costOf({ to, data, accessList, authorizationList }: SimulatedCall): IntrinsicCost {
  return { to, data, accessList, authorizations: authorizationList.length };
}

function haltOf(result: MessageResult): Halt | 'revert' | null {
  return result.status === 'revert' ? 'revert' : result.halt;
}

/** The precompiled contracts (EIP-2929); no account was warm or cold before. */
function warmAtFirst(fork: Fork): ReadonlySet<Address> {
  let addresses = precompiles.get(fork);
  if (addresses === undefined) {
    addresses = new Set(includesFork(fork, 'Berlin') ? precompileAddresses(fork) : []);
    precompiles.set(fork, addresses);
  }
  return addresses;
}

const precompiles = new Map<Fork, ReadonlySet<Address>>();

/** What else is warm from the beginning: EIP-2929, the access list of EIP-2930, the coinbase of EIP-3651. */
function warm({ fork, journal, block }: TransitionEnv, call: SimulatedCall, target: Address): void {
  journal.warmAddress(call.from);
  journal.warmAddress(target);
  if (includesFork(fork, 'Shanghai')) journal.warmAddress(block.coinbase);
  for (const { address, storageKeys } of call.accessList) {
    journal.warmAddress(address);
    for (const key of storageKeys) journal.warmSlot(address, bytesToBigint(hexToBytes(key)));
  }
}

/** The account whose code a delegated target runs is warm too (EIP-7702). */
function warmDelegate({ fork, journal }: TransitionEnv, to: Address | null): void {
  if (to === null || !includesFork(fork, 'Prague')) return;
  const delegate = delegationOf(journal.code(to));
  if (delegate !== null) journal.warmAddress(delegate);
}

function roomOf({ block, gasAvailable, blobGasAvailable }: TransitionEnv): BlockRoom {
  return { baseFee: block.baseFee, blobBaseFee: block.blobBaseFee, gasAvailable, blobGasAvailable };
}
