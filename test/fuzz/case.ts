// What the fuzzer runs: accounts, a block, and several transactions on them. Plain data, so that it can be made smaller and printed.

import { blobBaseFee } from '../../node/chain/fees.ts';
import type { BlockContext } from '../../node/evm/machine.ts';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { StateDiff } from '../../node/state/view.ts';
import type { BlobSchedule, Fork } from '../../node/types/config.ts';
import type { AccessListEntry, Address, Authorization, Hash } from '../../node/types/transaction.ts';

/** Accounts by address. */
export type World = ReadonlyMap<Address, AllocAccount>;

/** The block that all transactions of a case stand in. Its ancestors' hashes are those that state tests take for granted. */
export type FuzzBlock = Omit<BlockContext, 'blockHash' | 'blobBaseFee' | 'chainId'> & {
  readonly excessBlobGas: number;
};

/** A transaction without signature and nonce: the nonce is its sender's at that moment. Fees are the legacy price's for types 0 and 1. */
export type FuzzTransaction = {
  readonly type: 0 | 1 | 2 | 3 | 4;
  /** An index of SENDERS. */
  readonly sender: number;
  readonly to: Address | null;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gasLimit: number;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly accessList: readonly AccessListEntry[];
  readonly blobVersionedHashes: readonly Hash[];
  readonly authorizationList: readonly Authorization[];
};

export type FuzzCase = {
  readonly fork: Fork;
  readonly block: FuzzBlock;
  readonly world: World;
  readonly transactions: readonly FuzzTransaction[];
};

/** As in the official state tests. */
export const CHAIN_ID = 1n;
/** Enough for every case's blobs. */
export const BLOBS: BlobSchedule = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 };

/** Who signs: transactions and authorizations. */
export const SENDERS: readonly { readonly key: Uint8Array; readonly address: Address }[] = [0, 1, 2].map((i) => {
  const key = keccak256(utf8ToBytes(`fuzz sender ${i}`));
  return { key, address: addressOfKey(key) };
});

/** The sender of a transaction. */
export function senderOf({ sender }: FuzzTransaction): (typeof SENDERS)[number] {
  const found = SENDERS[sender];
  if (found === undefined) throw new Error(`no sender ${sender}`);
  return found;
}

/** The block as the machine sees it. */
export function contextOf({ excessBlobGas, ...fields }: FuzzBlock): BlockContext {
  return { ...fields, blobBaseFee: blobBaseFee(excessBlobGas, BLOBS), chainId: CHAIN_ID, blockHash };
}

/** The hash that state tests give every number. */
export function blockHash(number: number): Hash {
  let hash = hashes.get(number);
  if (hash === undefined) {
    hash = keccakHex(utf8ToBytes(String(number)));
    if (hashes.size < 4096) hashes.set(number, hash);
  }
  return hash;
}

const hashes = new Map<number, Hash>();

/** The accounts after a change. */
export function worldAfter(world: World, diff: StateDiff): World {
  const after = new Map(world);
  for (const [address, { account, code, storageCleared, storage }] of diff) {
    if (account === null) {
      after.delete(address);
      continue;
    }
    const before = world.get(address);
    const slots = new Map(storageCleared ? [] : (before?.storage ?? []));
    for (const [slot, value] of storage)
      if (value === 0n) slots.delete(slot);
      else slots.set(slot, value);
    const keptCode = account.codeHash === EMPTY_HASH ? EMPTY : (before?.code ?? EMPTY);
    after.set(address, { nonce: account.nonce, balance: account.balance, code: code ?? keptCode, storage: slots });
  }
  return after;
}

const EMPTY = new Uint8Array(0);
const EMPTY_HASH = keccakHex(EMPTY);
