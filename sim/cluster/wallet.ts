// Signs for the development accounts, so that scenarios, load and the command line can send transactions without a client library.

import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { bytesToHex, EMPTY_BYTES, type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { encodeTransaction, signTransaction, transactionHash } from '../../node/types/transaction.ts';
import { NetworkError } from './errors.ts';

export type Draft = {
  readonly chainId: bigint;
  /** The index of the development account that sends. */
  readonly from: number;
  readonly to: Hex | null;
  readonly wei: bigint;
  readonly nonce: bigint;
  readonly gas: number;
  readonly data?: Uint8Array;
  /** In wei per gas: what is paid at most, and of it to the sealer. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
};

/** Gas of a plain transfer. */
export const TRANSFER_GAS = 21_000;

/** Fees that stay above the base fee of any network that is not under heavy load: 100 gwei at most, 1 gwei to the sealer. */
export const ORDINARY_FEES = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n } as const;

/** A signed transaction of type 2, ready for eth_sendRawTransaction, with its hash. */
export function signDraft(draft: Draft): { readonly raw: Hex; readonly hash: Hex } {
  const { from, to, wei, data, gas, ...fields } = draft;
  const tx = signTransaction(
    { type: 2, ...fields, to, value: wei, gasLimit: gas, data: data ?? EMPTY_BYTES, accessList: [] },
    keyOf(from),
  );
  return { raw: bytesToHex(encodeTransaction(tx)), hash: transactionHash(tx) };
}

const keys = new Map<number, Uint8Array>();

/** One byte array per account: whoever remembers what a key signed knows it again. */
function keyOf(index: number): Uint8Array {
  const key = keys.get(index) ?? hexToBytes(accountOf(index).privateKey);
  keys.set(index, key);
  return key;
}

/** A development account by its index, 0 to 9. */
export function accountOf(index: number): (typeof DEVELOPMENT_ACCOUNTS)[number] {
  const account = DEVELOPMENT_ACCOUNTS[index];
  if (account === undefined) {
    throw new NetworkError(
      'usage',
      `no development account ${index}: there are ${DEVELOPMENT_ACCOUNTS.length}, from 0`,
    );
  }
  return account;
}
