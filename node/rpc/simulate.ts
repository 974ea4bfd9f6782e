// Executes a call that no block contains, on a header's state and in its context. Nothing of it remains. Fees follow go-ethereum: a call
// without a price sees a base fee of zero; one with a price must cover the block's.

import { INITCODE_BYTES_MAX } from '../chain/transaction-checks.ts';
import { simulateCall, type TransactionOutcome } from '../chain/transition.ts';
import type { NodeView } from '../core/view.ts';
import type { BlockContext } from '../evm/machine.ts';
import { createJournal } from '../state/journal.ts';
import type { StateView } from '../state/view.ts';
import { includesFork } from '../types/config.ts';
import { type Header, ZERO_HASH } from '../types/header.ts';
import { type Rejection, reject } from '../types/rejection.ts';
import type { Hash } from '../types/transaction.ts';
import type { CallArguments } from './call-arguments.ts';
import { toChecksumAddress } from './checksum.ts';
import { blobBaseFeeOf, rulesOfHeader } from './pending.ts';

/** Where a call is executed. */
export type CallSite = { readonly view: NodeView; readonly header: Header; readonly state: StateView };

/** What a call may consume: gas, and steps of the interpreter. */
export type CallLimits = { readonly gas: number; readonly steps: number };

/** Executes the call once with that much gas, or says why no transaction of this kind could begin. */
export function simulate(site: CallSite, call: CallArguments, limits: CallLimits): TransactionOutcome | Rejection {
  const { view, header } = site;
  const { fork, blobs } = rulesOfHeader(view, header);
  const baseFee = header.baseFeePerGas ?? 0n;
  const gasPrice = priceOf(call, baseFee);
  const journal = createJournal(site.state);
  const refusal =
    checkFees(call, baseFee) ??
    checkBalance(site.state, call, limits.gas) ??
    (includesFork(fork, 'Shanghai') ? checkInitCode(call) : null);
  if (refusal !== null) return refusal;

  return simulateCall(
    {
      fork,
      blobs,
      chainId: view.config.chainId,
      machine: view.machine,
      journal,
      block: contextOf(view, header, gasPrice === 0n ? 0n : baseFee),
      gasAvailable: limits.gas,
      blobGasAvailable: Number.MAX_SAFE_INTEGER,
      stepBudget: limits.steps,
    },
    { ...call, gas: limits.gas, gasPrice },
  );
}

/** What the call pays per unit of gas, in wei: nothing where it names no price. */
function priceOf(call: CallArguments, baseFee: bigint): bigint {
  if (call.isLegacyPrice || (call.feeCap === 0n && call.tipCap === 0n)) return call.feeCap;
  const wanted = call.tipCap + baseFee;
  return wanted < call.feeCap ? wanted : call.feeCap;
}

function checkFees(call: CallArguments, baseFee: bigint): Rejection | null {
  const { feeCap, tipCap } = call;
  if (feeCap === 0n && tipCap === 0n) return null;
  const who = `address ${toChecksumAddress(call.from)}`;
  if (tipCap > feeCap) {
    const evidence = `${who}, maxPriorityFeePerGas: ${tipCap}, maxFeePerGas: ${feeCap}`;
    return reject('tx-tip-above-fee', `max priority fee per gas higher than max fee per gas: ${evidence}`);
  }
  if (feeCap >= baseFee) return null;
  const evidence = `${who}, maxFeePerGas: ${feeCap}, baseFee: ${baseFee}`;
  return reject('tx-fee-below-base-fee', `max fee per gas less than block base fee: ${evidence}`);
}

/** The balance must cover all the gas at the highest price that the call names, not at the one that it would pay. */
function checkBalance(state: StateView, call: CallArguments, gas: number): Rejection | null {
  const balance = state.account(call.from)?.balance ?? 0n;
  const wanted = BigInt(gas) * call.feeCap + call.value;
  if (balance >= wanted) return null;
  const evidence = `address ${toChecksumAddress(call.from)} have ${balance} want ${wanted}`;
  return reject('tx-insufficient-funds', `insufficient funds for gas * price + value: ${evidence}`);
}

/** EIP-3860. */
function checkInitCode(call: CallArguments): Rejection | null {
  if (call.to !== null || call.data.length <= INITCODE_BYTES_MAX) return null;
  const evidence = `code size ${call.data.length} limit ${INITCODE_BYTES_MAX}`;
  return reject('tx-initcode-size', `max initcode size exceeded: ${evidence}`);
}

/** The fields that the engines here take from a header are the header's own: COINBASE is the miner, PREVRANDAO the mixHash. */
function contextOf(view: NodeView, header: Header, baseFee: bigint): BlockContext {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: header.miner,
    prevRandao: header.mixHash,
    difficulty: header.difficulty,
    gasLimit: header.gasLimit,
    baseFee,
    blobBaseFee: blobBaseFeeOf(view, header) ?? 0n,
    chainId: view.config.chainId,
    blockHash: (number) => ancestorHash(view, header, number),
  };
}

/** The hash at a height of the branch that ends in the header: a walk of parents, 256 at most, since the machine asks for no older ones. */
function ancestorHash(view: NodeView, header: Header, number: number): Hash {
  let cursor: Header | null = header;
  while (cursor !== null && cursor.number > number + 1) cursor = view.headerByHash(cursor.parentHash);
  return cursor?.parentHash ?? ZERO_HASH;
}
