// A state test's transaction as published by fields, where its encoding is not: nobody has to sign it, since the sender is named or its key is.

import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { toWide } from '../../node/lib/wide.ts';
import { type Rejection, reject } from '../../node/types/rejection.ts';
import type { Address, Authorization, Hash, Transaction } from '../../node/types/transaction.ts';

/** The fields, each list resolved to its one element. */
export type TransactionFields = {
  readonly nonce: string;
  readonly gasLimit: readonly string[];
  readonly value: readonly string[];
  readonly data: readonly string[];
  readonly to?: string | null;
  readonly sender?: string;
  readonly secretKey?: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
  readonly maxFeePerBlobGas?: string;
  readonly blobVersionedHashes?: readonly string[];
  readonly accessLists?: readonly (
    | readonly { readonly address: string; readonly storageKeys: readonly string[] }[]
    | null
  )[];
  readonly authorizationList?: readonly Readonly<Record<string, string>>[];
};

export type SignedTransaction = { readonly tx: Transaction; readonly sender: Address };

/** Nobody looks at it: the sender is known. */
const NO_SIGNATURE = { r: 1n, s: 1n, yParity: 0 };

/** The transaction and its sender. A quantity that no encoding holds is refused as one. */
export function transactionOfFields(fields: TransactionFields): SignedTransaction | Rejection {
  const value = quantityOf(fields.value[0]);
  const gas = quantityOf(fields.gasLimit[0]);
  if (value >> 256n !== 0n || gas >> 64n !== 0n) return reject('encoding', 'transaction: a quantity of too many bits');
  const common = {
    nonce: quantityOf(fields.nonce),
    gasLimit: toWide(gas),
    to: fields.to === undefined || fields.to === null || fields.to === '' ? null : lower(fields.to),
    value,
    data: hexToBytes(withPrefix(fields.data[0] ?? '0x')),
    signature: NO_SIGNATURE,
  };
  const fees = {
    chainId: 1n,
    maxFeePerGas: quantityOf(fields.maxFeePerGas),
    maxPriorityFeePerGas: quantityOf(fields.maxPriorityFeePerGas),
    accessList: accessListOf(fields),
  };
  return { tx: typed(fields, common, fees), sender: senderOf(fields) };
}

type Common = Pick<Transaction, 'nonce' | 'gasLimit' | 'to' | 'value' | 'data' | 'signature'>;
type Fees = Pick<
  Transaction & { readonly type: 2 },
  'chainId' | 'maxFeePerGas' | 'maxPriorityFeePerGas' | 'accessList'
>;

/** The type is the highest one whose fields are there. */
function typed(fields: TransactionFields, common: Common, fees: Fees): Transaction {
  const { authorizationList, blobVersionedHashes, maxFeePerBlobGas } = fields;
  if (authorizationList !== undefined)
    return { type: 4, ...common, ...fees, authorizationList: authorizationList.map(authorizationOf) };
  if (maxFeePerBlobGas !== undefined || blobVersionedHashes !== undefined) {
    const hashes = (blobVersionedHashes ?? []).map((hash): Hash => lower(hash));
    return { type: 3, ...common, ...fees, maxFeePerBlobGas: quantityOf(maxFeePerBlobGas), blobVersionedHashes: hashes };
  }
  if (fields.maxFeePerGas !== undefined) return { type: 2, ...common, ...fees };
  const gasPrice = quantityOf(fields.gasPrice);
  if (fields.accessLists?.[0] !== undefined && fields.accessLists[0] !== null)
    return { type: 1, ...common, chainId: 1n, gasPrice, accessList: fees.accessList };
  return { type: 0, ...common, chainId: null, gasPrice };
}

function accessListOf({ accessLists }: TransactionFields) {
  return (accessLists?.[0] ?? []).map(({ address, storageKeys }) => ({
    address: lower(address),
    storageKeys: storageKeys.map((key): Hash => `0x${BigInt(key).toString(16).padStart(64, '0')}`),
  }));
}

function authorizationOf(fields: Readonly<Record<string, string>>): Authorization {
  return {
    chainId: quantityOf(fields['chainId']),
    address: lower(fields['address'] ?? ''),
    nonce: quantityOf(fields['nonce']),
    yParity: quantityOf(fields['yParity'] ?? fields['v']),
    r: quantityOf(fields['r']),
    s: quantityOf(fields['s']),
  };
}

function senderOf({ sender, secretKey }: TransactionFields): Address {
  if (sender !== undefined) return lower(sender);
  if (secretKey === undefined) throw new Error('neither a sender nor a key');
  return addressOfKey(hexToBytes(secretKey));
}

/** Hex, decimal, or the form that ethereum/tests has for what is too large: `0x:bigint 0x10...`. */
function quantityOf(text: string | undefined): bigint {
  const digits = (text ?? '0x0').replace(/^0x:bigint /, '');
  return digits === '' || digits === '0x' ? 0n : BigInt(digits);
}

function lower(text: string): Hex {
  return withPrefix(text.toLowerCase());
}

function withPrefix(text: string): Hex {
  return text.startsWith('0x') ? (text as Hex) : `0x${text}`;
}
