// Signed transfers of the accounts that the harness funds.

import { type Address, encodeTransaction, signTransaction } from '../../node/types/transaction.ts';
import { ACCOUNT_KEYS } from './harness.ts';

const GWEI = 1_000_000_000n;

export const SINK: Address = `0x${'77'.repeat(20)}`;

export function transfer(nonce: number, { chainId = 1337n, key = ACCOUNT_KEYS[0]!, dataBytes = 0 } = {}) {
  return signTransaction(
    {
      type: 2,
      chainId,
      nonce: BigInt(nonce),
      maxPriorityFeePerGas: GWEI,
      maxFeePerGas: 20n * GWEI,
      gasLimit: 21_000 + 10 * dataBytes, // EIP-7623's floor: a token for each zero byte
      to: SINK,
      value: 1n,
      data: new Uint8Array(dataBytes),
      accessList: [],
    },
    key,
  );
}

export const transferBytes = (nonce: number, options = {}): Uint8Array => encodeTransaction(transfer(nonce, options));
