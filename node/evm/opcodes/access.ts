// EIP-2929: the first access of a transaction to an account or a slot costs more than the next ones. Each function also makes warm.

import type { Address } from '../../types/transaction.ts';
import type { Frame } from '../frame.ts';

/** COLD_ACCOUNT_ACCESS_COST. */
export const COLD_ACCOUNT_GAS = 2_600;
/** COLD_SLOAD_COST. */
export const COLD_SLOT_GAS = 2_100;
/** WARM_STORAGE_READ_COST. */
export const WARM_GAS = 100;

/** The gas for reaching an account, which is warm then. */
export function accountAccessGas(frame: Frame, address: Address): number {
  return frame.execution.journal.warmAddress(address) ? COLD_ACCOUNT_GAS : WARM_GAS;
}

/** The gas for reaching a slot of the frame's own storage, which is warm then. */
export function slotAccessGas(frame: Frame, slot: bigint): number {
  return frame.execution.journal.warmSlot(frame.address, slot) ? COLD_SLOT_GAS : WARM_GAS;
}
