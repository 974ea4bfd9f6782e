import { describe, expect, test } from 'vitest';
import { keccakHex } from '../../node/lib/hashing.ts';
import { encodeAccount } from '../../node/state/account-codec.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import { commitState } from '../../node/state/commit.ts';
import { createJournal } from '../../node/state/journal.ts';
import { proveAccount } from '../../node/state/proof.ts';
import { accountTrieKey, slotTrieKey } from '../../node/state/store-keys.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { verifyProof } from '../../node/trie/proof.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { ALICE, BOB, CAROL, createMemoryStore, plainAccount, stateOf } from './accounts.ts';

const CODE = Uint8Array.of(0x60, 0x00);
const contract = plainAccount({
  nonce: 1n,
  balance: 5n,
  code: CODE,
  storage: new Map([
    [0n, 7n],
    [(1n << 256n) - 1n, (1n << 256n) - 1n],
  ]),
});

describe('a state made from accounts', () => {
  test('is read as it was given', () => {
    const { view } = stateOf(new Map([[ALICE, contract]]));
    expect(view.account(ALICE)).toMatchObject({ nonce: 1n, balance: 5n, codeHash: keccakHex(CODE) });
    expect(view.code(keccakHex(CODE))).toEqual(CODE);
    expect([0n, 1n, (1n << 256n) - 1n].map((slot) => view.storage(ALICE, slot))).toEqual([7n, 0n, (1n << 256n) - 1n]);
    expect(view.account(BOB)).toBe(null);
    expect(view.storage(BOB, 0n)).toBe(0n);
    expect(view.code(EMPTY_CODE_HASH)).toEqual(new Uint8Array(0));
  });

  test('of nothing has the empty root and no writes', () => {
    expect(createStateFromAlloc(new Map())).toMatchObject({ root: EMPTY_TRIE_ROOT, writes: [] });
  });

  test('leaves out slots of value zero and keeps accounts with nothing in them', () => {
    const { view, root } = stateOf(new Map([[ALICE, plainAccount({ storage: new Map([[1n, 0n]]) })]]));
    expect(view.account(ALICE)?.storageRoot).toBe(EMPTY_TRIE_ROOT);
    expect(root).not.toBe(EMPTY_TRIE_ROOT);
  });

  test('writes each thing once, under its room and hash', () => {
    const { writes } = createStateFromAlloc(
      new Map([
        [ALICE, contract],
        [BOB, contract],
      ]),
    );
    const keys = writes.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key.startsWith('c/'))).toEqual([`c/${keccakHex(CODE).slice(2)}`]);
    for (const { key, value } of writes) expect(key).toBe(`${key[0]}/${keccakHex(value!).slice(2)}`);
  });
});

describe('the code of a hash', () => {
  test('is the same object from every state of a store, though the store gives another at each read', () => {
    const { root, writes } = createStateFromAlloc(new Map([[ALICE, contract]]));
    const values = new Map(writes.map(({ key, value }) => [key, value!]));
    const store = { get: (key: string) => values.get(key)?.slice() };
    const before = createStateView(store, root);
    const journal = createJournal(before);
    journal.addBalance(BOB, 1n);
    const next = commitState(store, root, journal.diff());
    for (const { key, value } of next.writes) values.set(key, value!);
    const after = createStateView(store, next.root);
    expect(after.code(keccakHex(CODE))).toBe(before.code(keccakHex(CODE)));
    expect(createStateView({ ...store }, root).code(keccakHex(CODE))).not.toBe(before.code(keccakHex(CODE)));
  });
});

describe('committing a diff', () => {
  test('gives the root of the state that results, and leaves the old one readable', () => {
    const { store, root, view } = stateOf(
      new Map([
        [ALICE, contract],
        [BOB, contract],
      ]),
    );
    const journal = createJournal(view);
    journal.beginTransaction();
    journal.setStorage(ALICE, 0n, 0n);
    journal.setStorage(ALICE, 5n, 6n);
    journal.selfdestruct(BOB);
    journal.addBalance(CAROL, 1n);
    journal.endTransaction({ deleteEmpty: true });
    const next = commitState(store, root, journal.diff());
    store.apply(next.writes);

    const storage = new Map([
      [5n, 6n],
      [(1n << 256n) - 1n, (1n << 256n) - 1n],
    ]);
    const expected = stateOf(
      new Map([
        [ALICE, { ...contract, storage }],
        [CAROL, plainAccount({ balance: 1n })],
      ]),
    );
    expect(next.root).toBe(expected.root);
    expect(createStateView(store, next.root).account(BOB)).toBe(null);
    expect(createStateView(store, root).storage(ALICE, 0n)).toBe(7n);
  });

  test('of nothing changes nothing', () => {
    const { store, root } = stateOf(new Map([[ALICE, contract]]));
    expect(commitState(store, root, new Map())).toMatchObject({ root, writes: [] });
  });

  test('asserts that the nodes it needs are there', () => {
    const { root, view } = stateOf(new Map([[ALICE, contract]]));
    const journal = createJournal(view);
    journal.addBalance(ALICE, 1n);
    expect(() => commitState(createMemoryStore(), root, journal.diff())).toThrow('trie node');
    expect(() => createStateView(createMemoryStore(), root).account(ALICE)).toThrow('trie node');
  });
});

test('an account and its slots are proven against the root, absent ones too', () => {
  const { store, root } = stateOf(
    new Map([
      [ALICE, contract],
      [BOB, plainAccount({ balance: 1n })],
    ]),
  );
  const proof = proveAccount(store, root, ALICE, [0n, 1n]);
  expect(verifyProof(root, accountTrieKey(ALICE), proof.proof)).toEqual(encodeAccount(proof.account!));
  expect(proof.slots.map(({ value }) => value)).toEqual([7n, 0n]);
  const shown = proof.slots.map(({ slot, proof: nodes }) =>
    verifyProof(proof.account!.storageRoot, slotTrieKey(slot), nodes),
  );
  expect(shown).toEqual([Uint8Array.of(7), null]);

  const absent = proveAccount(store, root, CAROL, [0n]);
  expect(absent.account).toBe(null);
  expect(verifyProof(root, accountTrieKey(CAROL), absent.proof)).toBe(null);
  expect(absent.slots).toEqual([{ slot: 0n, value: 0n, proof: [] }]);
});
