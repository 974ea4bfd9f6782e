// The load of a large network: transfers between development accounts that are a function of the height, so that rival blocks of one height
// hold the same ones and a reorganisation loses none.

import { createBoundedMap } from '../../node/chain/bounded-map.ts';
import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { EMPTY_BYTES, hexToBytes } from '../../node/lib/bytes.ts';
import { divide } from '../../node/lib/integer.ts';
import { signTransaction, type Transaction } from '../../node/types/transaction.ts';

const KEYS: readonly Uint8Array[] = DEVELOPMENT_ACCOUNTS.map(({ privateKey }) => hexToBytes(privateKey));

const TRANSFER_GAS = 21_000;
/** In wei per gas: above what the base fee ever is under such a load. */
const FEES = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n } as const;

/** Heights whose transfers are remembered: rival blocks are made within a few heights of each other. */
const HEIGHTS_MAX = 16;

/** Signs so many transfers for each height, 1 and above: the accounts in turn, each with its next nonce. */
export function createTransfers(chainId: bigint, count: number): (height: number) => readonly Transaction[] {
  const known = createBoundedMap<number, readonly Transaction[]>(HEIGHTS_MAX);
  return (height) => {
    const made = known.get(height) ?? transfersOf(chainId, height, count);
    known.set(height, made);
    return made;
  };
}

function transfersOf(chainId: bigint, height: number, count: number): readonly Transaction[] {
  const accounts = KEYS.length;
  return Array.from({ length: count }, (_, i) => {
    const index = (height - 1) * count + i;
    const [from, nonce] = [index % accounts, BigInt(divide(index, accounts))];
    const to = DEVELOPMENT_ACCOUNTS[(from + 1) % accounts]?.address ?? null;
    const gas = { gasLimit: TRANSFER_GAS, ...FEES };
    return signTransaction(
      { type: 2, chainId, nonce, to, value: 1_000n, data: EMPTY_BYTES, accessList: [], ...gas },
      KEYS[from] ?? EMPTY_BYTES,
    );
  });
}
