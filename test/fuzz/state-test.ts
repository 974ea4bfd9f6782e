// A case as an official state test: one test a transaction, each with the state before it, in the order in which they ran.

import { bytesToHex, type Hex, quantity, wordToHex } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import type { Fork } from '../../node/types/config.ts';
import { logToItem } from '../../node/types/receipt.ts';
import { encodeTransaction, signTransaction, type UnsignedTransaction } from '../../node/types/transaction.ts';
import { BLOBS, CHAIN_ID, type FuzzBlock, type FuzzTransaction, senderOf, type World } from './case.ts';
import type { Outcome } from './outcome.ts';
import { transactionOf } from './tiers.ts';

/** A transaction between two states, and what a machine made of it. */
export type Transition = {
  readonly fork: Fork;
  readonly block: FuzzBlock;
  readonly before: World;
  readonly transaction: FuzzTransaction;
  readonly outcome: Outcome;
  readonly after: World;
};

/** The text of a file of state tests, for `npm run conformance -- --suite state --vectors DIR`. */
export function stateTestFile(
  name: string,
  transitions: readonly Transition[],
  info: Readonly<Record<string, string>>,
): string {
  const tests = transitions.map((transition, i) => [
    transitions.length === 1 ? name : `${name}-${i}`,
    stateTest(transition, info),
  ]);
  return `${JSON.stringify(Object.fromEntries(tests), null, 2)}\n`;
}

/** The names that the tests use where ours are others. */
const FORK_NAMES: Partial<Record<Fork, string>> = {
  Petersburg: 'ConstantinopleFix',
  TangerineWhistle: 'EIP150',
  SpuriousDragon: 'EIP158',
};

function stateTest(
  { fork, block, before, transaction, outcome, after }: Transition,
  info: Readonly<Record<string, string>>,
) {
  const name = FORK_NAMES[fork] ?? fork;
  const { address, key } = senderOf(transaction);
  const nonce = before.get(address)?.nonce ?? 0n;
  const unsigned: UnsignedTransaction = transactionOf(transaction, fork, nonce);
  const txbytes = bytesToHex(encodeTransaction(signTransaction(unsigned, key)));
  const post = {
    hash: createStateFromAlloc(after).root,
    logs: keccakHex(encodeRlp(outcome.logs.map(logToItem))),
    txbytes,
    indexes: { data: 0, gas: 0, value: 0 },
    state: stateOf(after),
    ...(outcome.status === 'refused' && { expectException: 'TransactionException.INTRINSIC_GAS_TOO_LOW' }),
  };
  return {
    _info: { ...info, status: `${outcome.status}${outcome.reason === null ? '' : ` (${outcome.reason})`}` },
    env: environmentOf(block),
    pre: stateOf(before),
    transaction: fieldsOf(transaction, nonce),
    post: { [name]: [post] },
    config: {
      chainid: quantity(CHAIN_ID),
      blobSchedule: Object.fromEntries(
        ['Cancun', 'Prague', 'Osaka'].map((each) => [
          each,
          {
            target: quantity(BLOBS.target),
            max: quantity(BLOBS.max),
            baseFeeUpdateFraction: quantity(BLOBS.baseFeeUpdateFraction),
          },
        ]),
      ),
    },
  };
}

function environmentOf(block: FuzzBlock) {
  return {
    currentCoinbase: block.coinbase,
    currentGasLimit: quantity(block.gasLimit),
    currentNumber: quantity(block.number),
    currentTimestamp: quantity(block.timestamp),
    currentDifficulty: quantity(block.difficulty),
    currentRandom: block.prevRandao,
    currentBaseFee: quantity(block.baseFee),
    currentExcessBlobGas: quantity(block.excessBlobGas),
  };
}

function stateOf(world: World) {
  const state: Record<string, { nonce: Hex; balance: Hex; code: Hex; storage: Record<Hex, Hex> }> = {};
  for (const [address, { nonce, balance, code, storage }] of world) {
    const slots = [...storage].map(([slot, value]) => [quantity(slot), wordToHex(value)]);
    state[address] = {
      nonce: quantity(nonce),
      balance: quantity(balance),
      code: bytesToHex(code),
      storage: Object.fromEntries(slots),
    };
  }
  return state;
}

function fieldsOf(transaction: FuzzTransaction, nonce: bigint) {
  const { type, to, value, data, gasLimit, maxFeePerGas, maxPriorityFeePerGas, accessList } = transaction;
  const { address, key } = senderOf(transaction);
  return {
    sender: address,
    secretKey: bytesToHex(key),
    nonce: quantity(nonce),
    to: to ?? '',
    value: [quantity(value)],
    data: [bytesToHex(data)],
    gasLimit: [quantity(gasLimit)],
    ...(type < 2
      ? { gasPrice: quantity(maxFeePerGas) }
      : { maxFeePerGas: quantity(maxFeePerGas), maxPriorityFeePerGas: quantity(maxPriorityFeePerGas) }),
    ...(type > 0 && { accessLists: [accessList] }),
    ...(type === 3 && {
      maxFeePerBlobGas: quantity(10n ** 9n),
      blobVersionedHashes: transaction.blobVersionedHashes,
    }),
    ...(type === 4 && {
      authorizationList: transaction.authorizationList.map((entry) => ({
        chainId: quantity(entry.chainId),
        address: entry.address,
        nonce: quantity(entry.nonce),
        v: quantity(entry.yParity),
        r: quantity(entry.r),
        s: quantity(entry.s),
      })),
    }),
  };
}
