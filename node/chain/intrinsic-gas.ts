// What a transaction costs before its first step: EIP-2, 2028, 2930, 3860, 7702, and the floor of EIP-7623.

import { divideUp } from '../lib/integer.ts';
import { type Fork, includesFork } from '../types/config.ts';
import type { AccessListEntry, Address } from '../types/transaction.ts';

const TX_BASE_COST = 21_000;
const TX_CREATE_COST = 32_000;
const ZERO_BYTE_COST = 4;
const NONZERO_BYTE_COST_FRONTIER = 68;
/** EIP-2028. */
const NONZERO_BYTE_COST = 16;
/** EIP-2930. */
const ACCESS_LIST_ADDRESS_COST = 2400;
const ACCESS_LIST_STORAGE_KEY_COST = 1900;
/** EIP-3860. */
const INITCODE_WORD_COST = 2;
/** EIP-7623: tokens are zero bytes, and four for each other byte. */
const NONZERO_BYTE_TOKENS = 4;
const TOTAL_COST_FLOOR_PER_TOKEN = 10;

/** What is charged for every authorization in the list (EIP-7702). */
export const PER_EMPTY_ACCOUNT_COST = 25_000;
/** What an authorization costs whose authority exists: the rest is refunded (EIP-7702). */
export const PER_AUTH_BASE_COST = 12_500;

/** What of a transaction or a call decides on its intrinsic gas. */
export type IntrinsicCost = {
  readonly to: Address | null;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  readonly authorizations: number;
};

/** The gas that is charged before execution. */
export function intrinsicGas(fork: Fork, { to, data, accessList, authorizations }: IntrinsicCost): number {
  const zeros = countZeros(data);
  const nonzeroCost = includesFork(fork, 'Istanbul') ? NONZERO_BYTE_COST : NONZERO_BYTE_COST_FRONTIER;
  let gas = TX_BASE_COST + zeros * ZERO_BYTE_COST + (data.length - zeros) * nonzeroCost;
  if (to === null && includesFork(fork, 'Homestead')) gas += TX_CREATE_COST;
  if (to === null && includesFork(fork, 'Shanghai')) gas += INITCODE_WORD_COST * divideUp(data.length, 32);
  for (const { storageKeys } of accessList)
    gas += ACCESS_LIST_ADDRESS_COST + storageKeys.length * ACCESS_LIST_STORAGE_KEY_COST;
  return gas + authorizations * PER_EMPTY_ACCOUNT_COST;
}

/** The least gas that a transaction with this data uses, whatever it executes (EIP-7623, Prague); zero before. */
export function floorGas(fork: Fork, data: Uint8Array): number {
  if (!includesFork(fork, 'Prague')) return 0;
  const zeros = countZeros(data);
  const tokens = zeros + (data.length - zeros) * NONZERO_BYTE_TOKENS;
  return TX_BASE_COST + tokens * TOTAL_COST_FLOOR_PER_TOKEN;
}

function countZeros(data: Uint8Array): number {
  let zeros = 0;
  for (const byte of data) if (byte === 0) zeros++;
  return zeros;
}
