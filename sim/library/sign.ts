// Transactions as a test names them: signed already, or by who shall send what.

import { type Hex, hexToBytes, isHex } from '../../node/lib/bytes.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from '../cluster/wallet.ts';
import type { NodeName } from '../kernel/links.ts';

/** A signed transaction as hex, or what a development account shall send; its nonce is the account's next one at that moment. */
export type TransactionWish =
  | Hex
  | {
      /** A development account, 0 to 9. */
      readonly from?: number;
      readonly to?: Hex | null;
      /** Wei. */
      readonly value?: bigint;
      readonly data?: Hex;
      readonly gas?: number;
      readonly nonce?: number;
    };

/** Gas of a transaction with data, where the test names none. */
const DATA_GAS = 1_000_000;

/** The signed bytes, as hex. The nonce is read from the node where the wish has none. */
export async function signCall(cluster: Cluster, via: NodeName, wish: TransactionWish): Promise<Hex> {
  if (typeof wish === 'string') return wish;
  const { from = 0, to = null, value = 0n, data = '0x', gas, nonce } = wish;
  if (to === null && data === '0x')
    throw new NetworkError('usage', 'a transaction needs `to`, or `data` that creates a contract');
  if (!isHex(data)) throw new NetworkError('usage', `data '${data}': expected hex digits in pairs after 0x`);
  const address = accountOf(from).address;
  const next = nonce ?? Number(await cluster.rpc(via, 'eth_getTransactionCount', [address, 'pending']));
  return signDraft({
    chainId: BigInt(String(await cluster.rpc(via, 'eth_chainId', []))),
    from,
    to,
    wei: value,
    nonce: BigInt(next),
    gas: gas ?? (data === '0x' ? TRANSFER_GAS : DATA_GAS),
    data: hexToBytes(data),
    ...ORDINARY_FEES,
  }).raw;
}
