// The transaction object of eth_call and eth_estimateGas: what it says, with nothing filled in but what the standard leaves no choice about.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import { ZERO_ADDRESS } from '../types/header.ts';
import type { AccessListEntry, Address, Authorization, Hash } from '../types/transaction.ts';
import { serverFault } from './errors.ts';
import {
  type Argument,
  field,
  optional,
  toAddress,
  toBigint,
  toBytes,
  toGas,
  toHash,
  toList,
  toObject,
  toUint64,
} from './params.ts';

/** A call that no signature covers. Fees in wei, gas in gas. */
export type CallArguments = {
  readonly from: Address;
  /** Null creates a contract. */
  readonly to: Address | null;
  /** Null where the caller leaves it to the cap. */
  readonly gas: number | null;
  readonly feeCap: bigint;
  readonly tipCap: bigint;
  /** Whether `gasPrice` was given: both caps are it then. */
  readonly isLegacyPrice: boolean;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly authorizationList: readonly Authorization[];
  readonly blobVersionedHashes: readonly Hash[];
};

/** Reads the object. `input` is preferred to `data`; mixed fee styles and another chain's id are refused. */
export function toCallArguments(arg: Argument, chainId: bigint): CallArguments {
  const object = toObject(arg);
  const read = <T>(name: string, decode: (value: Argument) => T): T | undefined =>
    optional(field(object, name), decode);

  const gasPrice = read('gasPrice', toBigint);
  const maxFee = read('maxFeePerGas', toBigint);
  const maxTip = read('maxPriorityFeePerGas', toBigint);
  if (gasPrice !== undefined && (maxFee !== undefined || maxTip !== undefined))
    throw serverFault('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified');
  const wanted = read('chainId', toBigint);
  if (wanted !== undefined && wanted !== chainId)
    throw serverFault(`chainId does not match node's (have=${wanted}, want=${chainId})`);

  return {
    from: read('from', toAddress) ?? ZERO_ADDRESS,
    to: read('to', toAddress) ?? null,
    gas: read('gas', toGas) ?? null,
    feeCap: gasPrice ?? maxFee ?? 0n,
    tipCap: gasPrice ?? maxTip ?? 0n,
    isLegacyPrice: gasPrice !== undefined,
    value: read('value', toBigint) ?? 0n,
    data: read('input', toBytes) ?? read('data', toBytes) ?? EMPTY_BYTES,
    accessList: read('accessList', (list) => toList(list, toAccessListEntry)) ?? [],
    authorizationList: read('authorizationList', (list) => toList(list, toAuthorization)) ?? [],
    blobVersionedHashes: read('blobVersionedHashes', (list) => toList(list, toHash)) ?? [],
  };
}

function toAccessListEntry(arg: Argument): AccessListEntry {
  const object = toObject(arg);
  return {
    address: toAddress(field(object, 'address')),
    storageKeys: optional(field(object, 'storageKeys'), (keys) => toList(keys, toHash)) ?? [],
  };
}

function toAuthorization(arg: Argument): Authorization {
  const object = toObject(arg);
  return {
    chainId: toBigint(field(object, 'chainId')),
    address: toAddress(field(object, 'address')),
    nonce: toUint64(field(object, 'nonce')),
    yParity: toBigint(field(object, 'yParity')),
    r: toWord(field(object, 'r')),
    s: toWord(field(object, 's')),
  };
}

/** Signatures' numbers come as quantities from some tools and as 32-byte words from others. */
function toWord(arg: Argument): bigint {
  const isPadded = typeof arg.value === 'string' && arg.value.length === 66;
  return isPadded ? BigInt(toHash(arg)) : toBigint(arg);
}
