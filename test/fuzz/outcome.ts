// What came of a transaction, in a form that machines of any make share, and the first difference between two of them.

import { bytesToHex, equalBytes } from '../../node/lib/bytes.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { AccountDiff, StateDiff } from '../../node/state/view.ts';
import type { Log } from '../../node/types/receipt.ts';
import type { Address } from '../../node/types/transaction.ts';
import type { World } from './case.ts';

export type Outcome = {
  readonly status: 'success' | 'revert' | 'halt' | 'refused';
  /** The kind of halt, or the code of the refusal; null where the machine does not say. */
  readonly reason: string | null;
  readonly gasUsed: number;
  /** The refund counter in the end, before it is capped; null where the machine does not say. */
  readonly refund: number | null;
  readonly output: Uint8Array;
  readonly logs: readonly Log[];
  /** Null where nothing was to be created, or the machine does not say. */
  readonly created: Address | null;
  /** Null where the machine does not count them. */
  readonly steps: number | null;
};

/** The first difference, as a sentence; null for none. What either side does not say is not compared. */
export function outcomeDifference(expected: Outcome, actual: Outcome): string | null {
  if (expected.status !== actual.status) return `status: ${describe(expected)} but ${describe(actual)}`;
  if (expected.reason !== null && actual.reason !== null && expected.reason !== actual.reason)
    return `reason: ${expected.reason} but ${actual.reason}`;
  if (expected.gasUsed !== actual.gasUsed) return `gas used: ${expected.gasUsed} but ${actual.gasUsed}`;
  if (expected.refund !== null && actual.refund !== null && expected.refund !== actual.refund)
    return `refund: ${expected.refund} but ${actual.refund}`;
  if (!equalBytes(expected.output, actual.output))
    return `output: ${bytesToHex(expected.output)} but ${bytesToHex(actual.output)}`;
  if (expected.created !== null && actual.created !== null && expected.created !== actual.created)
    return `created: ${expected.created} but ${actual.created}`;
  if (expected.steps !== null && actual.steps !== null && expected.steps !== actual.steps)
    return `steps: ${expected.steps} but ${actual.steps}`;
  return logsDifference(expected.logs, actual.logs);
}

function describe({ status, reason }: Outcome): string {
  return reason === null ? status : `${status} (${reason})`;
}

function logsDifference(expected: readonly Log[], actual: readonly Log[]): string | null {
  if (expected.length !== actual.length) return `logs: ${expected.length} but ${actual.length}`;
  for (const [i, log] of expected.entries()) {
    const other = actual[i];
    if (other === undefined || log.address !== other.address)
      return `address of log ${i}: ${log.address} but ${other?.address}`;
    if (log.topics.join() !== other.topics.join()) return `topics of log ${i}: ${log.topics} but ${other.topics}`;
    if (!equalBytes(log.data, other.data))
      return `data of log ${i}: ${bytesToHex(log.data)} but ${bytesToHex(other.data)}`;
  }
  return null;
}

/** The first difference between two whole states; null for none. */
export function worldDifference(expected: World, actual: World): string | null {
  for (const [address, account] of expected) {
    const other = actual.get(address);
    if (other === undefined) return `${address}: ${summary(account)}, but no account there`;
    if (account.nonce !== other.nonce) return `${address}: nonce ${account.nonce} but ${other.nonce}`;
    if (account.balance !== other.balance) return `${address}: balance ${account.balance} but ${other.balance}`;
    if (account.code !== other.code && !equalBytes(account.code, other.code))
      return `${address}: code ${bytesToHex(account.code)} but ${bytesToHex(other.code)}`;
    const { storage } = account;
    for (const [slot, value] of storage)
      if (other.storage.get(slot) !== value) return `${address}: slot ${slot}: ${value} but ${other.storage.get(slot)}`;
    for (const [slot, value] of other.storage)
      if (!storage.has(slot)) return `${address}: slot ${slot}: nothing but ${value}`;
  }
  for (const [address, account] of actual)
    if (!expected.has(address)) return `${address}: no account, but ${summary(account)} there`;
  return null;
}

function summary({ nonce, balance, code }: AllocAccount): string {
  return `nonce ${nonce}, balance ${balance}, ${code.length} bytes of code`;
}

/** The first difference between two changes of the same state; null for none. */
export function diffDifference(expected: StateDiff, actual: StateDiff): string | null {
  for (const [address, account] of expected) {
    const other = actual.get(address);
    if (other === undefined) return `${address} changed, but not there`;
    const difference = accountDifference(account, other);
    if (difference !== null) return `${address}: ${difference}`;
  }
  for (const address of actual.keys()) if (!expected.has(address)) return `${address} did not change, but did there`;
  return null;
}

function accountDifference(expected: AccountDiff, actual: AccountDiff): string | null {
  const { account, storage } = expected;
  if (account === null || actual.account === null)
    return account === actual.account ? null : `${account === null ? 'deleted' : 'kept'}, but not there`;
  if (account.nonce !== actual.account.nonce) return `nonce ${account.nonce} but ${actual.account.nonce}`;
  if (account.balance !== actual.account.balance) return `balance ${account.balance} but ${actual.account.balance}`;
  if (account.codeHash !== actual.account.codeHash) return `code ${account.codeHash} but ${actual.account.codeHash}`;
  if (expected.storageCleared !== actual.storageCleared)
    return `storage cleared: ${expected.storageCleared}, but not there`;
  for (const slot of new Set([...storage.keys(), ...actual.storage.keys()]))
    if (storage.get(slot) !== actual.storage.get(slot))
      return `slot ${slot}: ${storage.get(slot)} but ${actual.storage.get(slot)}`;
  return null;
}
