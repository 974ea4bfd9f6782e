// The state under @ethereumjs/evm: plain maps with a list of what to undo, since its own managers copy everything at every checkpoint or hash
// with every commit. It holds values only; every rule is the other implementation's.

import type { AccountFields, StateManagerInterface } from '@ethereumjs/common';
import { OriginalStorageCache } from '@ethereumjs/statemanager';
import {
  Account,
  createAddressFromString,
  KECCAK256_NULL,
  KECCAK256_RLP,
  type Address as PeerAddress,
} from '@ethereumjs/util';
import { bytesToBigint, bytesToHex, EMPTY_BYTES, hexToBytes, wordToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import type { World } from './case.ts';
import { hashOf } from './tiers.ts';

type Fields = { readonly nonce: bigint; readonly balance: bigint; readonly codeHash: Uint8Array };
type Slots = Map<string, Uint8Array>;

/** A state manager that can be filled anew, and read. */
export type PeerState = StateManagerInterface & {
  readonly load: (world: World) => void;
  /** Everything, in our form. */
  readonly world: () => World;
};

/** Anything but the root of no storage: only that is ever asked (EIP-7610). */
const SOME_ROOT = new Uint8Array(32).fill(0x11);

/** Creates a state without accounts. */
export function createPeerState(): PeerState {
  const accounts = new Map<string, Fields>();
  const storages = new Map<string, Slots>();
  const codes = new Map<string, Uint8Array>();
  let undo: (() => void)[] = [];
  let marks: number[] = [];

  const set = <V>(map: Map<string, V>, key: string, value: V | undefined): void => {
    const before = map.get(key);
    if (value === undefined) map.delete(key);
    else map.set(key, value);
    undo.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  };
  const getAccount = async (address: PeerAddress): Promise<Account | undefined> => {
    const key = address.toString();
    const fields = accounts.get(key);
    if (fields === undefined) return undefined;
    const root = (storages.get(key)?.size ?? 0) === 0 ? KECCAK256_RLP : SOME_ROOT;
    return new Account(fields.nonce, fields.balance, root, fields.codeHash);
  };
  const putAccount = async (address: PeerAddress, account?: Account): Promise<void> => {
    const key = address.toString();
    if (account === undefined) return set(accounts, key, undefined);
    set(accounts, key, { nonce: account.nonce, balance: account.balance, codeHash: account.codeHash });
  };
  const getCode = async (address: PeerAddress): Promise<Uint8Array> => {
    const fields = accounts.get(address.toString());
    return fields === undefined ? EMPTY_BYTES : (codes.get(bytesToHex(fields.codeHash)) ?? EMPTY_BYTES);
  };
  const getStorage = async (address: PeerAddress, key: Uint8Array): Promise<Uint8Array> =>
    storages.get(address.toString())?.get(bytesToHex(key)) ?? EMPTY_BYTES;
  const notThere = async (): Promise<never> => {
    throw new Error('this state has no root');
  };

  return {
    getAccount,
    putAccount,
    async deleteAccount(address) {
      set(accounts, address.toString(), undefined);
      set(storages, address.toString(), undefined);
    },
    async modifyAccountFields(address, fields: AccountFields) {
      const account = (await getAccount(address)) ?? new Account();
      account.nonce = fields.nonce ?? account.nonce;
      account.balance = fields.balance ?? account.balance;
      account.codeHash = fields.codeHash ?? account.codeHash;
      await putAccount(address, account);
    },
    async putCode(address, value) {
      const codeHash = value.length === 0 ? KECCAK256_NULL : keccak256(value);
      codes.set(bytesToHex(codeHash), value);
      const { nonce = 0n, balance = 0n } = accounts.get(address.toString()) ?? {};
      set(accounts, address.toString(), { nonce, balance, codeHash });
    },
    getCode,
    getCodeSize: async (address) => (await getCode(address)).length,
    getStorage,
    async putStorage(address, key, value) {
      const at = address.toString();
      let slots = storages.get(at);
      if (slots === undefined) {
        slots = new Map();
        set(storages, at, slots);
      }
      set(slots, bytesToHex(key), value.every((byte) => byte === 0) ? undefined : value);
    },
    async clearStorage(address) {
      if (storages.has(address.toString())) set(storages, address.toString(), undefined);
    },
    async checkpoint() {
      marks.push(undo.length);
    },
    async commit() {
      marks.pop();
    },
    async revert() {
      const mark = marks.pop() ?? 0;
      while (undo.length > mark) undo.pop()?.();
    },
    getStateRoot: async () => EMPTY_BYTES, // stands in receipts from before Byzantium, which nobody looks at
    setStateRoot: notThere,
    hasStateRoot: notThere,
    originalStorageCache: new OriginalStorageCache(getStorage),
    clearCaches() {},
    shallowCopy(): never {
      throw new Error('this state is not copied');
    },
    load(world) {
      accounts.clear();
      storages.clear();
      codes.clear();
      undo = [];
      marks = [];
      for (const [address, { nonce, balance, code, storage }] of world) {
        const codeHash = code.length === 0 ? KECCAK256_NULL : hexToBytes(hashOf(code));
        accounts.set(address, { nonce, balance, codeHash });
        if (code.length > 0) codes.set(hashOf(code), code);
        if (storage.size === 0) continue;
        const slots: Slots = new Map();
        for (const [slot, value] of storage) slots.set(bytesToHex(wordToBytes(slot)), wordToBytes(value));
        storages.set(address, slots);
      }
    },
    world() {
      undo = []; // between transactions nothing is undone
      const world = new Map<Address, AllocAccount>();
      for (const [key, { nonce, balance, codeHash }] of accounts) {
        const storage = new Map<bigint, bigint>();
        for (const [slot, value] of storages.get(key) ?? []) storage.set(BigInt(slot), bytesToBigint(value));
        const code = codes.get(bytesToHex(codeHash)) ?? EMPTY_BYTES;
        world.set(key as Address, { nonce, balance, code, storage }); // the library's addresses are lower-case hex too
      }
      return world;
    },
  };
}

/** An address of ours as theirs. */
export function peerAddress(address: Address): PeerAddress {
  return createAddressFromString(address);
}
