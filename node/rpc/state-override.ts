// A state with some accounts changed for one call: what eth_call's third parameter describes. The state below is not touched.

import { precompileAt } from '../evm/precompiles/index.ts';
import { bytesToBigint, hexToBytes } from '../lib/bytes.ts';
import { keccakHex } from '../lib/hashing.ts';
import type { Account, StateView } from '../state/view.ts';
import type { Fork } from '../types/config.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { toChecksumAddress } from './checksum.ts';
import { invalidArgument, serverFault } from './errors.ts';
import {
  type Argument,
  field,
  type ObjectArgument,
  optional,
  toAddress,
  toBigint,
  toBytes,
  toHash,
  toObject,
  toUint64,
} from './params.ts';

/** What replaces an account's fields. `state` replaces the whole storage, `stateDiff` the slots that it names. */
export type AccountOverride = {
  readonly nonce: bigint | undefined;
  readonly balance: bigint | undefined;
  readonly code: Uint8Array | undefined;
  readonly state: ReadonlyMap<bigint, bigint> | undefined;
  readonly stateDiff: ReadonlyMap<bigint, bigint> | undefined;
};

export type StateOverrides = ReadonlyMap<Address, AccountOverride>;

/** Reads the object of overrides by address. Precompiled contracts are the machine's own and are neither moved nor replaced. */
export function toStateOverrides(arg: Argument, fork: Fork): StateOverrides {
  const object = toObject(arg);
  const overrides = new Map<Address, AccountOverride>();
  for (const key of Object.keys(object.fields)) {
    const address = toAddress({ index: arg.index, value: key });
    overrides.set(address, toAccountOverride(toObject(field(object, key)), address, fork));
  }
  return overrides;
}

/** The state with the overrides over it. */
export function overrideState(view: StateView, overrides: StateOverrides): StateView {
  const codes = new Map<Hash, Uint8Array>();
  const accounts = new Map<Address, Account>();
  for (const [address, override] of overrides) {
    const account = overrideAccount(view.account(address), override);
    accounts.set(address, account);
    if (override.code !== undefined) codes.set(account.codeHash, override.code);
  }
  return {
    account: (address) => accounts.get(address) ?? view.account(address),
    code: (codeHash) => codes.get(codeHash) ?? view.code(codeHash),
    storage(address, slot) {
      const override = overrides.get(address);
      if (override?.state !== undefined) return override.state.get(slot) ?? 0n;
      return override?.stateDiff?.get(slot) ?? view.storage(address, slot);
    },
  };
}

/** The storage root only says whether there is any storage: nobody hashes this state. */
function overrideAccount(account: Account | null, override: AccountOverride): Account {
  const { nonce, balance, code, state } = override;
  const replacedRoot = state?.size === 0 ? EMPTY_TRIE_ROOT : account?.storageRoot;
  return {
    nonce: nonce ?? account?.nonce ?? 0n,
    balance: balance ?? account?.balance ?? 0n,
    codeHash: code === undefined ? (account?.codeHash ?? EMPTY_CODE_HASH) : keccakHex(code),
    storageRoot: replacedRoot ?? EMPTY_TRIE_ROOT,
  };
}

function toAccountOverride(object: ObjectArgument, address: Address, fork: Fork): AccountOverride {
  const name = toChecksumAddress(address);
  if (field(object, 'movePrecompileToAddress').value !== undefined)
    throw invalidArgument(object.index, `account ${name}: movePrecompileToAddress is not supported`);
  const override = {
    nonce: optional(field(object, 'nonce'), toUint64),
    balance: optional(field(object, 'balance'), toBigint),
    code: optional(field(object, 'code'), toBytes),
    state: optional(field(object, 'state'), toSlots),
    stateDiff: optional(field(object, 'stateDiff'), toSlots),
  };
  if (override.state !== undefined && override.stateDiff !== undefined)
    throw serverFault(`account ${name} has both 'state' and 'stateDiff'`);
  if (override.code !== undefined && precompileAt(fork, address) !== null)
    throw invalidArgument(object.index, `account ${name} is a precompile, whose code cannot be overridden`);
  return override;
}

function toSlots(arg: Argument): ReadonlyMap<bigint, bigint> {
  const object = toObject(arg);
  return new Map(
    Object.keys(object.fields).map((key) => [wordOf({ index: arg.index, value: key }), wordOf(field(object, key))]),
  );
}

function wordOf(arg: Argument): bigint {
  return bytesToBigint(hexToBytes(toHash(arg)));
}
