// What gas and blob gas cost: the base fee (EIP-1559) and the blob base fee (EIP-4844, 7691, 7840, 7918). Arithmetic over headers only.

import { divideBigint, scale } from '../lib/integer.ts';
import type { Wide } from '../lib/wide.ts';
import { type BlobSchedule, type Fork, includesFork } from '../types/config.ts';
import type { Transaction } from '../types/transaction.ts';

/** The base fee of the first block that has one, in wei (EIP-1559). */
export const INITIAL_BASE_FEE = 1_000_000_000n;
const ELASTICITY_MULTIPLIER = 2n;
const BASE_FEE_MAX_CHANGE_DENOMINATOR = 8n;

/** The gas of one blob (EIP-4844). */
export const GAS_PER_BLOB = 131_072;
const MIN_BASE_FEE_PER_BLOB_GAS = 1n;
/** The execution gas that a blob is worth at least since Osaka, per blob (EIP-7918). */
const BLOB_BASE_COST = 8192n;

/** The base fee of a block by its parent's header, in wei (EIP-1559). A parent without one is the last before London. */
export function nextBaseFee(parent: {
  readonly gasLimit: Wide;
  readonly gasUsed: number;
  readonly baseFeePerGas?: bigint;
}): bigint {
  const { baseFeePerGas: fee } = parent;
  if (fee === undefined) return INITIAL_BASE_FEE;
  const target = divideBigint(BigInt(parent.gasLimit), ELASTICITY_MULTIPLIER);
  const used = BigInt(parent.gasUsed);
  if (used === target || target === 0n) return fee;
  const distance = used > target ? used - target : target - used;
  const change = divideBigint(divideBigint(fee * distance, target), BASE_FEE_MAX_CHANGE_DENOMINATOR);
  if (used < target) return fee - change;
  return fee + (change > 1n ? change : 1n);
}

/** The price of a unit of blob gas, in wei, where so much excess has gathered (EIP-4844). */
export function blobBaseFee(excessBlobGas: number, blobs: BlobSchedule): bigint {
  return fakeExponential(MIN_BASE_FEE_PER_BLOB_GAS, BigInt(excessBlobGas), BigInt(blobs.baseFeeUpdateFraction));
}

/** The blob gas that a block may use (EIP-7840). */
export function blobGasLimit(blobs: BlobSchedule): number {
  return blobs.max * GAS_PER_BLOB;
}

/** The blob gas that a transaction uses: zero unless it is of type 3. */
export function blobGasOf(tx: Transaction): number {
  return tx.type === 3 ? tx.blobVersionedHashes.length * GAS_PER_BLOB : 0;
}

/** The header's excessBlobGas by the parent's header and the child's rules (EIP-4844; since Osaka with EIP-7918's reserve price). */
export function nextExcessBlobGas(
  rules: { readonly fork: Fork; readonly blobs: BlobSchedule },
  parent: { readonly excessBlobGas?: number; readonly blobGasUsed?: number; readonly baseFeePerGas?: bigint },
): number {
  const { fork, blobs } = rules;
  const excess = parent.excessBlobGas ?? 0;
  const used = parent.blobGasUsed ?? 0;
  const target = blobs.target * GAS_PER_BLOB;
  if (excess + used < target) return 0;
  if (includesFork(fork, 'Osaka') && blobs.max > 0) {
    const reserve = BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n);
    if (reserve > BigInt(GAS_PER_BLOB) * blobBaseFee(excess, blobs))
      return excess + scale(used, blobs.max - blobs.target, blobs.max);
  }
  return excess + used - target;
}

/** factor × e^(numerator / denominator), by the Taylor series that EIP-4844 fixes term by term. */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let sum = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = divideBigint(term * numerator, denominator * i);
  }
  return divideBigint(sum, denominator);
}
