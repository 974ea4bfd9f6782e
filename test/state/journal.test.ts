import { describe, expect, test } from 'vitest';
import { createJournal } from '../../node/state/journal.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Address } from '../../node/types/transaction.ts';
import { ALICE, type Alloc, BOB, CAROL, plainAccount, stateOf } from './accounts.ts';

const CODE = Uint8Array.of(0x60, 0x00);
const RIPEMD160: Address = `0x${'03'.padStart(40, '0')}`;
const IDENTITY: Address = `0x${'04'.padStart(40, '0')}`;

const journalOf = (alloc: Alloc) => createJournal(stateOf(alloc).view);
const contract = plainAccount({ nonce: 1n, balance: 5n, code: CODE, storage: new Map([[1n, 7n]]) });

describe('the diff of a block', () => {
  test('clears the storage of an account that is deleted and made again in a later transaction', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.beginTransaction();
    journal.setStorage(ALICE, 2n, 9n);
    journal.selfdestruct(ALICE);
    journal.endTransaction({ deleteEmpty: true });
    expect(journal.diff().get(ALICE)).toEqual({
      account: null,
      code: null,
      storageCleared: true,
      storageRoot: EMPTY_TRIE_ROOT,
      storage: new Map(),
    });

    journal.beginTransaction();
    expect([journal.exists(ALICE), journal.storage(ALICE, 1n), journal.hasStorage(ALICE)]).toEqual([false, 0n, false]);
    journal.createContract(ALICE, 1n);
    journal.setStorage(ALICE, 3n, 4n);
    journal.endTransaction({ deleteEmpty: true });
    const diff = journal.diff().get(ALICE);
    expect(diff).toMatchObject({ storageCleared: true, storage: new Map([[3n, 4n]]) });
    expect(diff?.account).toMatchObject({ nonce: 1n, balance: 0n });
  });

  test('leaves out a slot that is set back, and an account that is as it was', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.setStorage(ALICE, 1n, 8n);
    journal.setStorage(ALICE, 2n, 1n);
    expect(journal.diff().get(ALICE)?.storage).toEqual(
      new Map([
        [1n, 8n],
        [2n, 1n],
      ]),
    );
    journal.setStorage(ALICE, 1n, 7n);
    journal.setStorage(ALICE, 2n, 0n);
    journal.setNonce(ALICE, 2n);
    journal.setNonce(ALICE, 1n);
    expect(journal.diff()).toEqual(new Map());
  });

  test('says nothing of an account that is made and deleted, or only read', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.beginTransaction();
    journal.createContract(BOB, 1n);
    journal.setCode(BOB, CODE);
    journal.selfdestruct(BOB);
    journal.balance(CAROL);
    journal.storage(ALICE, 1n);
    journal.endTransaction({ deleteEmpty: true });
    expect(journal.diff()).toEqual(new Map());
  });

  test('is in the order of addresses and slots, whatever was touched first', () => {
    const journal = journalOf(new Map());
    for (const address of [CAROL, ALICE, BOB]) journal.addBalance(address, 1n);
    for (const slot of [300n, 2n, 1n << 200n]) journal.setStorage(ALICE, slot, 1n);
    expect([...journal.diff().keys()]).toEqual([ALICE, BOB, CAROL]);
    expect([...(journal.diff().get(ALICE)?.storage.keys() ?? [])]).toEqual([2n, 300n, 1n << 200n]);
  });

  test('names the code where it is new only', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.setCode(ALICE, CODE);
    journal.setNonce(ALICE, 2n);
    journal.setCode(BOB, Uint8Array.of(1));
    expect(journal.diff().get(ALICE)?.code).toBe(null);
    expect(journal.diff().get(BOB)?.code).toEqual(Uint8Array.of(1));
  });
});

describe('the end of a transaction', () => {
  test('deletes a touched empty account since Spurious Dragon and creates it before', () => {
    for (const deleteEmpty of [true, false]) {
      const journal = journalOf(new Map([[ALICE, plainAccount({})]]));
      journal.beginTransaction();
      journal.touch(ALICE);
      journal.touch(BOB);
      journal.addBalance(CAROL, 0n);
      journal.endTransaction({ deleteEmpty });
      expect([ALICE, BOB, CAROL].map(journal.exists)).toEqual(Array(3).fill(!deleteEmpty));
      expect([...journal.diff().keys()]).toEqual(deleteEmpty ? [ALICE] : [BOB, CAROL]);
    }
  });

  test('keeps an empty account that was not touched, or whose touch was undone', () => {
    const journal = journalOf(new Map([[ALICE, plainAccount({})]]));
    journal.beginTransaction();
    journal.balance(ALICE);
    const checkpoint = journal.checkpoint();
    journal.touch(ALICE);
    journal.revertTo(checkpoint);
    journal.endTransaction({ deleteEmpty: true });
    expect(journal.exists(ALICE)).toBe(true);
  });

  test('deletes the empty account of the RIPEMD-160 precompile, and of no other, though its touch was undone', () => {
    const journal = journalOf(
      new Map([
        [RIPEMD160, plainAccount({})],
        [IDENTITY, plainAccount({})],
      ]),
    );
    journal.beginTransaction();
    const checkpoint = journal.checkpoint();
    journal.touch(RIPEMD160);
    journal.touch(IDENTITY);
    journal.revertTo(checkpoint);
    journal.endTransaction({ deleteEmpty: true });
    expect([RIPEMD160, IDENTITY].map(journal.exists)).toEqual([false, true]);
  });

  test('leaves nothing to revert to', () => {
    const journal = journalOf(new Map());
    journal.beginTransaction();
    journal.addBalance(ALICE, 1n);
    const checkpoint = journal.checkpoint();
    journal.endTransaction({ deleteEmpty: true });
    expect(() => journal.revertTo(checkpoint)).toThrow('checkpoint');
  });
});

describe('the beginning of a transaction', () => {
  test('forgets warmth, transient storage, logs, the refund and what was created, and keeps values', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.beginTransaction();
    journal.createContract(BOB, 1n);
    journal.warmAddress(ALICE);
    journal.warmSlot(ALICE, 1n);
    journal.setTransientStorage(ALICE, 1n, 2n);
    journal.addRefund(10);
    journal.addLog({ address: ALICE, topics: [], data: CODE });
    journal.setStorage(ALICE, 1n, 8n);
    expect(journal.originalStorage(ALICE, 1n)).toBe(7n);
    const logs = journal.logs();
    journal.endTransaction({ deleteEmpty: true });

    journal.beginTransaction();
    expect(logs.length).toBe(1);
    expect([journal.isCreated(BOB), journal.isWarmAddress(ALICE), journal.isWarmSlot(ALICE, 1n)]).toEqual(
      Array(3).fill(false),
    );
    expect([journal.transientStorage(ALICE, 1n), journal.refund(), journal.logs().length]).toEqual([0n, 0, 0]);
    expect([journal.storage(ALICE, 1n), journal.originalStorage(ALICE, 1n)]).toEqual([8n, 8n]);
  });

  test('leaves the logs of the one before alone, even where there are none', () => {
    const journal = journalOf(new Map());
    journal.beginTransaction();
    const none = journal.logs();
    journal.beginTransaction();
    journal.addLog({ address: ALICE, topics: [], data: CODE });
    expect([none.length, journal.logs().length]).toEqual([0, 1]);
  });
});

describe('an account', () => {
  test('has storage if the trie or this block says so', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    expect([journal.hasStorage(ALICE), journal.hasStorage(BOB)]).toEqual([true, false]);
    journal.setStorage(BOB, 1n, 1n);
    expect(journal.hasStorage(BOB)).toBe(true);
    journal.setStorage(BOB, 1n, 0n);
    expect(journal.hasStorage(BOB)).toBe(false);
  });

  test('made anew has no code and no storage, and keeps its balance', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    journal.beginTransaction();
    journal.setStorage(ALICE, 2n, 1n);
    const checkpoint = journal.checkpoint();
    journal.createContract(ALICE, 1n);
    expect([journal.storage(ALICE, 1n), journal.storage(ALICE, 2n), journal.originalStorage(ALICE, 1n)]).toEqual([
      0n,
      0n,
      0n,
    ]);
    expect([journal.code(ALICE).length, journal.balance(ALICE)]).toEqual([0, 5n]);
    journal.revertTo(checkpoint);
    expect([journal.storage(ALICE, 1n), journal.storage(ALICE, 2n), journal.originalStorage(ALICE, 1n)]).toEqual([
      7n,
      1n,
      7n,
    ]);
    expect(journal.code(ALICE)).toEqual(CODE);
  });

  test('gives its whole balance and not one wei more', () => {
    const journal = journalOf(new Map([[ALICE, contract]]));
    expect(() => journal.subtractBalance(ALICE, 6n)).toThrow('does not cover 6');
    journal.subtractBalance(ALICE, 5n);
    expect(journal.balance(ALICE)).toBe(0n);
  });

  test('asks the view once for a slot and never for one that it has cleared', () => {
    const { view } = stateOf(new Map([[ALICE, contract]]));
    const asked: bigint[] = [];
    const journal = createJournal({
      ...view,
      storage: (address, slot) => {
        asked.push(slot);
        return view.storage(address, slot);
      },
    });
    journal.storage(ALICE, 1n);
    journal.setStorage(ALICE, 1n, 2n);
    journal.storage(ALICE, 1n);
    journal.createContract(ALICE, 1n);
    journal.storage(ALICE, 9n);
    expect(asked).toEqual([1n]);
  });
});

test('a refund never becomes negative', () => {
  const journal = journalOf(new Map());
  journal.addRefund(4);
  journal.subtractRefund(4);
  expect(journal.refund()).toBe(0);
  expect(() => journal.subtractRefund(1)).toThrow('refund of -1');
});

// A map with bigint keys needs minutes for this: V8 hashes them by their low 64 bits.
test('slots that differ in their high bits only cost no more than others', { timeout: 5_000 }, () => {
  const journal = journalOf(new Map());
  journal.beginTransaction();
  for (let i = 0n; i < 100_000n; i++) {
    journal.setTransientStorage(ALICE, i << 64n, i);
    journal.warmSlot(ALICE, i << 64n);
  }
  expect(journal.transientStorage(ALICE, 99_999n << 64n)).toBe(99_999n);
});
