// What a block does to the state beside its transactions: the calls of EIP-4788 and 2935 before them, of EIP-7002 and 7251 after them.

import type { BlockContext, Hooks, Machine } from '../evm/machine.ts';
import { EMPTY_BYTES, hexToBytes } from '../lib/bytes.ts';
import type { Journal } from '../state/journal.ts';
import { type Fork, includesFork } from '../types/config.ts';
import type { Header } from '../types/header.ts';
import type { Receipt } from '../types/receipt.ts';
import { isRejection, type Rejection, reject } from '../types/rejection.ts';
import type { Address } from '../types/transaction.ts';
import {
  CONSOLIDATION_REQUEST_TYPE,
  DEPOSIT_REQUEST_TYPE,
  type Requests,
  readDeposits,
  WITHDRAWAL_REQUEST_TYPE,
} from './requests.ts';
import {
  BEACON_ROOTS_ADDRESS,
  CONSOLIDATION_REQUEST_ADDRESS,
  HISTORY_STORAGE_ADDRESS,
  SYSTEM_ADDRESS,
  SYSTEM_CALL_GAS,
  WITHDRAWAL_REQUEST_ADDRESS,
} from './system-contracts.ts';

/** What system calls are executed in. */
export type SystemEnv = {
  readonly fork: Fork;
  readonly machine: Machine;
  readonly journal: Journal;
  readonly block: BlockContext;
  readonly hooks?: Hooks;
};

/** Stores the beacon root and the parent's hash where contracts find them. What is not deployed, or fails, changes nothing. */
export function callBeforeTransactions(
  env: SystemEnv,
  header: Pick<Header, 'parentHash' | 'parentBeaconBlockRoot'>,
): void {
  if (includesFork(env.fork, 'Cancun') && header.parentBeaconBlockRoot !== undefined)
    callSystem(env, BEACON_ROOTS_ADDRESS, hexToBytes(header.parentBeaconBlockRoot));
  if (includesFork(env.fork, 'Prague')) callSystem(env, HISTORY_STORAGE_ADDRESS, hexToBytes(header.parentHash));
}

/** Gathers the block's requests since Prague, ascending by type. `block-system-call` where a contract is missing, fails, or logs nonsense. */
export function collectRequests(
  env: SystemEnv,
  receipts: readonly Receipt[],
  depositContract: Address | null,
): readonly Requests[] | Rejection {
  if (!includesFork(env.fork, 'Prague')) return [];
  const deposits = depositContract === null ? EMPTY_BYTES : readDeposits(depositContract, receipts);
  if (isRejection(deposits)) return deposits;
  const withdrawals = takeRequests(env, WITHDRAWAL_REQUEST_ADDRESS);
  if (isRejection(withdrawals)) return withdrawals;
  const consolidations = takeRequests(env, CONSOLIDATION_REQUEST_ADDRESS);
  if (isRejection(consolidations)) return consolidations;
  return [
    { type: DEPOSIT_REQUEST_TYPE, data: deposits },
    { type: WITHDRAWAL_REQUEST_TYPE, data: withdrawals },
    { type: CONSOLIDATION_REQUEST_TYPE, data: consolidations },
  ];
}

function takeRequests(env: SystemEnv, contract: Address): Uint8Array | Rejection {
  const output = callSystem(env, contract, EMPTY_BYTES);
  return output ?? reject('block-system-call', `system call to ${contract}: no contract, or it failed`);
}

/** The output; null where there is no code or the call failed. */
function callSystem(
  { fork, machine, journal, block, hooks }: SystemEnv,
  to: Address,
  data: Uint8Array,
): Uint8Array | null {
  if (journal.code(to).length === 0) return null;
  journal.beginTransaction();
  const result = machine.execute(
    {
      fork,
      journal,
      block,
      transaction: { origin: SYSTEM_ADDRESS, gasPrice: 0n, blobVersionedHashes: [] },
      stepBudget: null,
      ...(hooks !== undefined && { hooks }),
    },
    { kind: 'call', caller: SYSTEM_ADDRESS, to, value: 0n, data, gas: SYSTEM_CALL_GAS },
  );
  journal.endTransaction({ deleteEmpty: true });
  return result.status === 'success' ? result.output : null;
}
