// The contracts that block processing itself calls, and who calls them.

import type { Address } from '../types/transaction.ts';

/** EIP-4788, BEACON_ROOTS_ADDRESS. */
export const BEACON_ROOTS_ADDRESS: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02';
/** EIP-2935, HISTORY_STORAGE_ADDRESS. */
export const HISTORY_STORAGE_ADDRESS: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';
/** EIP-7002, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS. */
export const WITHDRAWAL_REQUEST_ADDRESS: Address = '0x00000961ef480eb55e80d19ad83579a64c007002';
/** EIP-7251, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS. */
export const CONSOLIDATION_REQUEST_ADDRESS: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251';

/** EIP-4788, SYSTEM_ADDRESS: the caller of all of them. */
export const SYSTEM_ADDRESS: Address = '0xfffffffffffffffffffffffffffffffffffffffe';
/** EIP-4788: what a system call may burn. It counts nowhere. */
export const SYSTEM_CALL_GAS = 30_000_000;
