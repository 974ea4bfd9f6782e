// Makes a failing case smaller as long as it fails in the same way: fewer transactions, fewer accounts, shorter code, smaller numbers.

import { delegationOf } from '../../node/evm/delegation.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import type { FuzzCase, FuzzTransaction, World } from './case.ts';
import { shrinkCode } from './shrink-code.ts';
import { straightCodes } from './straighten.ts';

/** Whether a case fails in the way that is looked for. */
export type StillFails = (of: FuzzCase) => Promise<boolean>;

/** The smallest case that was found within so many attempts. */
export async function shrinkCase(failing: FuzzCase, stillFails: StillFails, attemptsMax: number): Promise<FuzzCase> {
  let best = failing;
  let attempts = 0;
  const tryOut = async (candidate: FuzzCase): Promise<boolean> => {
    if (attempts++ >= attemptsMax || !(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  while (attempts < attemptsMax) {
    const size = sizeOfCase(best);
    for (const step of STEPS) {
      // every success begins the step again, since what it proposes depends on what is left
      for (let again = true; again; ) {
        again = false;
        for (const candidate of step(best)) {
          again = await tryOut(candidate);
          if (again) break;
        }
      }
    }
    for (const address of [...best.world.keys()]) {
      const account = best.world.get(address);
      if (account !== undefined)
        await shrinkCode(account.code, (code) => tryOut(withAccount(best, address, { ...account, code })));
    }
    for (const [i, { to, data }] of best.transactions.entries())
      if (to === null) await shrinkCode(data, (shorter) => tryOut(withData(best, i, shorter)));
    if (sizeOfCase(best) === size) break;
  }
  return best;
}

/** How much a case holds: what shrinking brings down. */
export function sizeOfCase({ transactions, world }: FuzzCase): number {
  let size = 0;
  for (const { data } of transactions) size += 1 + data.length;
  for (const { code, storage } of world.values()) size += 1 + code.length + storage.size;
  return size;
}

type Step = (of: FuzzCase) => Iterable<FuzzCase>;

const STEPS: readonly Step[] = [
  function* fewerTransactions(of) {
    const { transactions } = of;
    for (let i = transactions.length - 1; i >= 0; i--)
      if (transactions.length > 1) yield { ...of, transactions: transactions.toSpliced(i, 1) };
  },
  function* fewerAccounts(of) {
    for (const address of of.world.keys()) {
      const world = new Map(of.world);
      world.delete(address);
      yield { ...of, world };
    }
  },
  function* emptierAccounts(of) {
    for (const [address, account] of of.world)
      for (const smaller of smallerAccounts(account)) yield withAccount(of, address, smaller);
  },
  function* simplerTransactions(of) {
    for (const [i, transaction] of of.transactions.entries())
      for (const simpler of [...simplerTransactionsOf(transaction), ...behindDelegation(of.world, transaction)])
        yield { ...of, transactions: of.transactions.with(i, simpler) };
  },
  function* straightCode(of) {
    for (const [address, code] of straightCodes(of)) {
      const account = of.world.get(address);
      if (account !== undefined) yield withAccount(of, address, { ...account, code });
    }
  },
  function* shorterData(of) {
    for (const [i, { to, data }] of of.transactions.entries())
      if (to !== null) for (const shorter of shorterBytes(data)) yield withData(of, i, shorter);
  },
];

function withAccount(of: FuzzCase, address: Address, account: AllocAccount): FuzzCase {
  const world: World = new Map(of.world).set(address, account);
  return { ...of, world };
}

function withData(of: FuzzCase, i: number, data: Uint8Array): FuzzCase {
  const transaction = of.transactions[i];
  return transaction === undefined ? of : { ...of, transactions: of.transactions.with(i, { ...transaction, data }) };
}

const NO_CODE = new Uint8Array(0);

function* smallerAccounts(account: AllocAccount): Iterable<AllocAccount> {
  const { code, storage, balance, nonce } = account;
  if (code.length > 0) yield { ...account, code: NO_CODE };
  if (storage.size > 0) yield { ...account, storage: new Map() };
  if (storage.size > 1)
    for (const slot of storage.keys()) {
      const fewer = new Map(storage);
      fewer.delete(slot);
      yield { ...account, storage: fewer };
    }
  for (const [slot, value] of storage) if (value > 1n) yield { ...account, storage: new Map(storage).set(slot, 1n) };
  if (balance > 0n && balance < 100n) yield { ...account, balance: 0n };
  if (nonce > 1n) yield { ...account, nonce: 1n };
  if (nonce > 0n) yield { ...account, nonce: 0n };
}

function* simplerTransactionsOf(transaction: FuzzTransaction): Iterable<FuzzTransaction> {
  const { type, value, sender, accessList, authorizationList, maxPriorityFeePerGas, gasLimit } = transaction;
  if (type !== 0) yield { ...transaction, type: 0, accessList: [], authorizationList: [], blobVersionedHashes: [] };
  if (accessList.length > 0) yield { ...transaction, accessList: accessList.slice(1) };
  if (authorizationList.length > 1) yield { ...transaction, authorizationList: authorizationList.slice(1) };
  if (value > 0n) yield { ...transaction, value: 0n };
  if (sender > 0) yield { ...transaction, sender: 0 };
  if (maxPriorityFeePerGas > 0n) yield { ...transaction, maxPriorityFeePerGas: 0n };
  for (const round of [100_000, 200_000, 1_000_000])
    if (gasLimit % 100_000 !== 0) yield { ...transaction, gasLimit: round };
}

/** The transaction to where its target delegates (EIP-7702). */
function behindDelegation(world: World, transaction: FuzzTransaction): readonly FuzzTransaction[] {
  const { to } = transaction;
  const delegate = to === null ? null : delegationOf(world.get(to)?.code ?? NO_CODE);
  return delegate === null ? [] : [{ ...transaction, to: delegate }];
}

function* shorterBytes(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let size = 0; size < bytes.length; size = Math.floor((size + bytes.length + 1) / 2)) {
    yield bytes.slice(0, size);
    if (size === bytes.length - 1) break;
  }
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first >= 0) yield bytes.map((byte, i) => (i === first ? 0 : byte));
}
