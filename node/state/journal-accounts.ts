// The journal's accounts: each is loaded once from the view, carries what was written since, and knows how to tell the difference.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import { keccakHex } from '../lib/hashing.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { type SlotKey, slotOfKey } from './slot-key.ts';
import { setUndoably, type UndoLog } from './undo.ts';
import type { Account, AccountDiff, StateDiff, StateView } from './view.ts';

/** What an account is without its storage. Replaced, never changed, so that its predecessor is its undo. */
type Fields = { readonly nonce: bigint; readonly balance: bigint; readonly codeHash: Hash };

type Entry = {
  /** As the view has it. */
  readonly base: Account | null;
  /** What was read from the view's storage; null until something is, as for `written`: most accounts have none. Never undone: it is a fact about the view. */
  read: Map<SlotKey, bigint> | null;
  fields: Fields | null;
  /** The code behind `fields.codeHash`, where it was set here. */
  code: Uint8Array | null;
  /** Whether the view's storage no longer counts. */
  cleared: boolean;
  written: Map<SlotKey, bigint> | null;
};

const NO_ACCOUNT: Fields = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

/** Accounts and storage over a view. Every write pushes its undo, but for `remove`. */
export type Accounts = {
  readonly exists: (address: Address) => boolean;
  readonly isEmpty: (address: Address) => boolean;
  /** Zeros and the hash of no code where there is no account. */
  readonly fields: (address: Address) => Fields;
  readonly code: (address: Address) => Uint8Array;
  readonly hasStorage: (address: Address) => boolean;
  readonly storage: (address: Address, slot: bigint) => bigint;
  /** Both create the account where there is none. */
  readonly setNonce: (address: Address, nonce: bigint) => void;
  readonly setBalance: (address: Address, balance: bigint) => void;
  /** Makes the account exist. */
  readonly create: (address: Address) => void;
  readonly setCode: (address: Address, code: Uint8Array) => void;
  readonly setStorage: (address: Address, slot: bigint, value: bigint) => void;
  /** Drops code and storage, sets the nonce, keeps the balance. */
  readonly begin: (address: Address, nonce: bigint) => void;
  /** Deletes the account with its storage, for good. */
  readonly remove: (address: Address) => void;
  readonly diff: () => StateDiff;
};

/** Creates the accounts of a journal, with which it shares the function that turns slots into keys. */
export function createAccounts(view: StateView, undo: UndoLog, keyOf: (slot: bigint) => SlotKey): Accounts {
  const entries = new Map<Address, Entry>();

  let lastAddress: Address | null = null;
  let lastEntry = newEntry(null);

  /** Remembers the last one: the machine and its callers ask several questions about one account. */
  const entryOf = (address: Address): Entry => {
    if (address === lastAddress) return lastEntry;
    let entry = entries.get(address);
    if (entry === undefined) {
      entry = newEntry(view.account(address));
      entries.set(address, entry);
    }
    lastAddress = address;
    lastEntry = entry;
    return entry;
  };

  const storage = (address: Address, slot: bigint): bigint => {
    const entry = entryOf(address);
    const key = keyOf(slot);
    const written = entry.written?.get(key);
    if (written !== undefined) return written;
    if (entry.cleared || entry.base === null) return 0n;
    entry.read ??= new Map();
    let value = entry.read.get(key);
    if (value === undefined) {
      value = view.storage(address, slot);
      entry.read.set(key, value);
    }
    return value;
  };

  const setFields = (entry: Entry, nonce: bigint, balance: bigint, codeHash: Hash): void => {
    const previous = entry.fields;
    entry.fields = { nonce, balance, codeHash };
    undo.push(() => {
      entry.fields = previous;
    });
  };

  return {
    exists: (address) => entryOf(address).fields !== null,
    isEmpty: (address) => isEmpty(entryOf(address).fields),
    fields: (address) => entryOf(address).fields ?? NO_ACCOUNT,
    code(address) {
      const { fields, code } = entryOf(address);
      if (fields === null || fields.codeHash === EMPTY_CODE_HASH) return EMPTY_BYTES;
      return code ?? view.code(fields.codeHash);
    },
    hasStorage(address) {
      const entry = entryOf(address);
      if (!entry.cleared && entry.base !== null && entry.base.storageRoot !== EMPTY_TRIE_ROOT) return true;
      if (entry.written !== null) for (const value of entry.written.values()) if (value !== 0n) return true;
      return false;
    },
    storage,
    setNonce(address, nonce) {
      const entry = entryOf(address);
      const { balance, codeHash } = entry.fields ?? NO_ACCOUNT;
      setFields(entry, nonce, balance, codeHash);
    },
    setBalance(address, balance) {
      const entry = entryOf(address);
      const { nonce, codeHash } = entry.fields ?? NO_ACCOUNT;
      setFields(entry, nonce, balance, codeHash);
    },
    create(address) {
      const entry = entryOf(address);
      if (entry.fields === null) setFields(entry, 0n, 0n, EMPTY_CODE_HASH);
    },
    setCode(address, code) {
      const entry = entryOf(address);
      const previous = entry.code;
      const { nonce, balance } = entry.fields ?? NO_ACCOUNT;
      setFields(entry, nonce, balance, code.length === 0 ? EMPTY_CODE_HASH : keccakHex(code));
      entry.code = code;
      undo.push(() => {
        entry.code = previous;
      });
    },
    setStorage(address, slot, value) {
      storage(address, slot); // so that the diff knows what was there before
      const entry = entryOf(address);
      if (entry.fields === null) setFields(entry, 0n, 0n, EMPTY_CODE_HASH);
      entry.written ??= new Map();
      setUndoably(undo, entry.written, keyOf(slot), value);
    },
    begin(address, nonce) {
      const entry = entryOf(address);
      const { code, cleared, written } = entry;
      setFields(entry, nonce, entry.fields?.balance ?? 0n, EMPTY_CODE_HASH);
      dropContents(entry);
      undo.push(() => {
        entry.code = code;
        entry.cleared = cleared;
        entry.written = written;
      });
    },
    remove(address) {
      const entry = entryOf(address);
      entry.fields = null;
      dropContents(entry);
    },
    diff: () => diffOf(entries),
  };
}

function newEntry(base: Account | null): Entry {
  const fields = base && { nonce: base.nonce, balance: base.balance, codeHash: base.codeHash };
  return { base, read: null, fields, code: null, cleared: false, written: null };
}

function dropContents(entry: Entry): void {
  entry.code = null;
  entry.cleared = true;
  entry.written = null;
}

/** EIP-161's emptiness; an account that does not exist is empty too. */
function isEmpty(fields: Fields | null): boolean {
  return fields === null || (fields.nonce === 0n && fields.balance === 0n && fields.codeHash === EMPTY_CODE_HASH);
}

/** The changed accounts, by address: the order does not tell in which order they were touched. */
function diffOf(entries: ReadonlyMap<Address, Entry>): StateDiff {
  const diff = new Map<Address, AccountDiff>();
  for (const address of [...entries.keys()].sort()) {
    const entry = entries.get(address);
    const changed = entry === undefined ? null : accountDiff(entry);
    if (changed !== null) diff.set(address, changed);
  }
  return diff;
}

function accountDiff(entry: Entry): AccountDiff | null {
  const { base, fields, cleared } = entry;
  if (fields === null)
    return base && { account: null, code: null, storageCleared: true, storageRoot: EMPTY_TRIE_ROOT, storage: NO_SLOTS };

  const storageCleared = cleared && base !== null;
  const storage = changedSlots(entry);
  if (base !== null && !storageCleared && storage.size === 0 && sameFields(base, fields)) return null;
  const isNewCode = fields.codeHash !== EMPTY_CODE_HASH && fields.codeHash !== base?.codeHash;
  const storageRoot = cleared || base === null ? EMPTY_TRIE_ROOT : base.storageRoot;
  return { account: fields, code: isNewCode ? entry.code : null, storageCleared, storageRoot, storage };
}

const NO_SLOTS: ReadonlyMap<bigint, bigint> = new Map();

function changedSlots(entry: Entry): ReadonlyMap<bigint, bigint> {
  if (entry.written === null) return NO_SLOTS;
  const changed: [bigint, bigint][] = [];
  for (const [key, value] of entry.written) {
    const before = entry.cleared ? 0n : (entry.read?.get(key) ?? 0n);
    if (value !== before) changed.push([slotOfKey(key), value]);
  }
  return new Map(changed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function sameFields(a: Fields, b: Fields): boolean {
  return a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash;
}
