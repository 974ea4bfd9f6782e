// The journal as a reader of its contract would write it in an afternoon: everything is copied at every checkpoint. Slow and obvious.

import { keccakHex } from '../../node/lib/hashing.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Alloc, plainAccount } from './accounts.ts';

type ModelAccount = {
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  storage: Map<bigint, bigint>;
  /** Whether the trie below still has storage for it. */
  stale: boolean;
};

type Everything = {
  accounts: Map<Address, ModelAccount>;
  atBegin: Map<Address, Map<bigint, bigint>>;
  touched: Set<Address>;
  created: Set<Address>;
  selfdestructed: Set<Address>;
  warm: Set<string>;
  transient: Map<string, bigint>;
  refund: number;
  logs: string[];
};

export type JournalModel = ReturnType<typeof createJournalModel>;

export function createJournalModel(base: Alloc) {
  let now: Everything = {
    accounts: new Map(
      [...base].map(([address, account]) => [
        address,
        {
          ...account,
          storage: new Map(account.storage),
          stale: [...account.storage.values()].some((value) => value !== 0n),
        },
      ]),
    ),
    atBegin: new Map(),
    touched: new Set(),
    created: new Set(),
    selfdestructed: new Set(),
    warm: new Set(),
    transient: new Map(),
    refund: 0,
    logs: [],
  };
  const copies: Everything[] = [];

  const change = (address: Address, edit: (account: ModelAccount) => void): void => {
    const account = now.accounts.get(address) ?? { ...plainAccount({}), storage: new Map(), stale: false };
    edit(account);
    now.accounts.set(address, account);
  };
  const changeAndTouch = (address: Address, edit: (account: ModelAccount) => void): void => {
    change(address, edit);
    now.touched.add(address);
  };
  const isEmpty = (address: Address): boolean => {
    const account = now.accounts.get(address);
    return account === undefined || (account.nonce === 0n && account.balance === 0n && account.code.length === 0);
  };
  const storage = (address: Address, slot: bigint): bigint => now.accounts.get(address)?.storage.get(slot) ?? 0n;
  const warm = (key: string): boolean => {
    const isCold = !now.warm.has(key);
    now.warm.add(key);
    return isCold;
  };

  return {
    setBalance: (address: Address, balance: bigint) =>
      changeAndTouch(address, (account) => {
        account.balance = balance;
      }),
    addBalance: (address: Address, amount: bigint) =>
      changeAndTouch(address, (account) => {
        account.balance += amount;
      }),
    setNonce: (address: Address, nonce: bigint) =>
      changeAndTouch(address, (account) => {
        account.nonce = nonce;
      }),
    setCode: (address: Address, code: Uint8Array) =>
      changeAndTouch(address, (account) => {
        account.code = code;
      }),
    setStorage: (address: Address, slot: bigint, value: bigint) =>
      change(address, (account) => {
        account.storage.set(slot, value);
      }),
    touch: (address: Address) => changeAndTouch(address, () => {}),
    createContract(address: Address, nonce: bigint) {
      const balance = now.accounts.get(address)?.balance ?? 0n;
      now.accounts.set(address, { ...plainAccount({ nonce, balance }), storage: new Map(), stale: false });
      now.touched.add(address);
      now.created.add(address);
    },
    selfdestruct: (address: Address) => void now.selfdestructed.add(address),
    setTransientStorage: (address: Address, slot: bigint, value: bigint) =>
      void now.transient.set(`${address} ${slot}`, value),
    warmAddress: (address: Address) => warm(address),
    warmSlot: (address: Address, slot: bigint) => warm(`${address} ${slot}`),
    addRefund(gas: number) {
      now.refund += gas;
    },
    addLog: (text: string) => void now.logs.push(text),

    checkpoint: () => copies.push(structuredClone(now)) - 1,
    revertTo(at: number) {
      now = copies[at]!;
      copies.length = at;
    },
    beginTransaction() {
      now.atBegin = new Map([...now.accounts].map(([address, account]) => [address, new Map(account.storage)]));
      now.created.clear();
      now.selfdestructed.clear();
      now.warm.clear();
      now.transient.clear();
      now.refund = 0;
      now.logs = [];
    },
    endTransaction(deleteEmpty: boolean) {
      for (const address of now.selfdestructed) now.accounts.delete(address);
      if (deleteEmpty) for (const address of now.touched) if (isEmpty(address)) now.accounts.delete(address);
      now.touched.clear();
      copies.length = 0;
    },

    /** Everything that the journal can be asked, about these addresses and slots. */
    observe: (addresses: readonly Address[], slots: readonly bigint[]) => ({
      accounts: addresses.map((address) => {
        const account = now.accounts.get(address);
        return {
          exists: account !== undefined,
          isEmpty: isEmpty(address),
          nonce: account?.nonce ?? 0n,
          balance: account?.balance ?? 0n,
          code: account?.code ?? new Uint8Array(0),
          codeHash: keccakHex(account?.code ?? new Uint8Array(0)),
          hasStorage: account?.stale === true || [...(account?.storage.values() ?? [])].some((value) => value !== 0n),
          isCreated: now.created.has(address),
          isSelfdestructed: now.selfdestructed.has(address),
          isWarm: now.warm.has(address),
          slots: slots.map((slot) => ({
            value: storage(address, slot),
            original: now.created.has(address) ? 0n : (now.atBegin.get(address)?.get(slot) ?? 0n),
            transient: now.transient.get(`${address} ${slot}`) ?? 0n,
            isWarm: now.warm.has(`${address} ${slot}`),
          })),
        };
      }),
      refund: now.refund,
      logs: now.logs,
    }),
    alloc: (): Alloc => new Map(now.accounts),
  };
}
