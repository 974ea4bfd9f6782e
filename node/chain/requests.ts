// The requests of a block (EIP-7685): deposits from logs (EIP-6110), withdrawals and consolidations from system calls (EIP-7002, 7251),
// and the hash of them all. Nobody acts on them here; they are computed so that Osaka's header rules hold.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToBigint, bytesToHex, concatBytes } from '../lib/bytes.ts';
import type { Receipt } from '../types/receipt.ts';
import { mismatch, type Rejection } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';

/** EIP-6110, DEPOSIT_REQUEST_TYPE. */
export const DEPOSIT_REQUEST_TYPE = 0;
/** EIP-7002, WITHDRAWAL_REQUEST_TYPE. */
export const WITHDRAWAL_REQUEST_TYPE = 1;
/** EIP-7251, CONSOLIDATION_REQUEST_TYPE. */
export const CONSOLIDATION_REQUEST_TYPE = 2;

/** One type's requests of a block, without the type. */
export type Requests = { readonly type: number; readonly data: Uint8Array };

/** The hash of a block's requests: sha256 over the sha256 of each type's, those without data left out (EIP-7685). */
export function requestsHash(requests: readonly Requests[]): Hash {
  const hashes = requests
    .filter(({ data }) => data.length > 0)
    .map(({ type, data }) => sha256(concatBytes(Uint8Array.of(type), data)));
  return bytesToHex(sha256(concatBytes(...hashes)));
}

/** The hash of no requests. */
export const EMPTY_REQUESTS_HASH: Hash = requestsHash([]);

/** EIP-6110, DEPOSIT_EVENT_SIGNATURE_HASH: keccak of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`. */
const DEPOSIT_EVENT: Hash = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5';
/** Sizes of pubkey, withdrawal_credentials, amount, signature and index. */
const DEPOSIT_FIELD_SIZES = [48, 32, 8, 96, 8] as const;
/** The event's data: five offsets, then each field behind its length, padded to words. */
const DEPOSIT_DATA_SIZE = 576;

/** The deposits that the contract logged, in the order of the logs. A log of another layout makes the block invalid (EIP-6110). */
export function readDeposits(contract: Address, receipts: readonly Receipt[]): Uint8Array | Rejection {
  const deposits: Uint8Array[] = [];
  for (const { address, topics, data } of receipts.flatMap(({ logs }) => logs)) {
    if (address !== contract || topics[0] !== DEPOSIT_EVENT) continue;
    if (data.length !== DEPOSIT_DATA_SIZE)
      return mismatch('block-system-call', 'size of a deposit log', DEPOSIT_DATA_SIZE, data.length);
    let offset = 32 * DEPOSIT_FIELD_SIZES.length;
    for (const [i, size] of DEPOSIT_FIELD_SIZES.entries()) {
      const actualOffset = bytesToBigint(data.subarray(32 * i, 32 * i + 32));
      if (actualOffset !== BigInt(offset))
        return mismatch('block-system-call', `offset ${i} of a deposit log`, offset, actualOffset);
      const start = offset + 32;
      const actualSize = bytesToBigint(data.subarray(offset, start));
      if (actualSize !== BigInt(size))
        return mismatch('block-system-call', `size ${i} of a deposit log`, size, actualSize);
      deposits.push(data.subarray(start, start + size));
      offset = start + 32 * ((size + 31) >> 5);
    }
  }
  return concatBytes(...deposits);
}
