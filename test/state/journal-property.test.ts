import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToUtf8, utf8ToBytes } from '../../node/lib/bytes.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import { commitState } from '../../node/state/commit.ts';
import { createJournal, type Journal } from '../../node/state/journal.ts';
import type { Address } from '../../node/types/transaction.ts';
import { ALICE, type Alloc, BOB, CAROL, stateOf } from './accounts.ts';
import { createJournalModel, type JournalModel } from './journal-model.ts';

const SEED = { seed: 20_240_315, numRuns: 300 };
const ADDRESSES = [ALICE, BOB, CAROL];
const SLOTS = [0n, 1n, 1n << 64n, (1n << 256n) - 1n];

const address = fc.constantFrom(...ADDRESSES);
const slot = fc.constantFrom(...SLOTS);
const small = fc.bigInt({ min: 0n, max: 2n });
const code = fc.constantFrom(new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0x60, 0));

const account = fc.record({
  nonce: small,
  balance: small,
  code,
  storage: fc.array(fc.tuple(slot, small), { maxLength: 3 }).map((entries) => new Map(entries)),
});
const alloc: fc.Arbitrary<Alloc> = fc
  .array(fc.tuple(address, account), { maxLength: 3 })
  .map((entries) => new Map(entries));

/** One operation, done to the journal and to the model; both results are compared. */
type Operation = (journal: Journal, model: JournalModel) => void;

const both = (run: (target: Journal | JournalModel) => void): Operation => {
  return (journal, model) => {
    run(journal);
    run(model);
  };
};

const change: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(address, small).map(([a, n]) => both((target) => target.setBalance(a, n))),
  fc.tuple(address, small).map(([a, n]) => both((target) => target.addBalance(a, n))),
  fc.tuple(address, small).map(([a, n]) => both((target) => target.setNonce(a, n))),
  fc.tuple(address, code).map(([a, bytes]) => both((target) => target.setCode(a, bytes))),
  fc.tuple(address, slot, small).map(([a, s, n]) => both((target) => target.setStorage(a, s, n))),
  fc.tuple(address, slot, small).map(([a, s, n]) => both((target) => target.setStorage(a, s, n))),
  fc.tuple(address, slot, small).map(([a, s, n]) => both((target) => target.setTransientStorage(a, s, n))),
  address.map((a) => both((target) => target.touch(a))),
  fc.tuple(address, small).map(([a, n]) => both((target) => target.createContract(a, n))),
  address.map((a) => both((target) => target.selfdestruct(a))),
  address.map(
    (a): Operation =>
      (journal, model) =>
        expect(journal.warmAddress(a)).toBe(model.warmAddress(a)),
  ),
  fc.tuple(address, slot).map(
    ([a, s]): Operation =>
      (journal, model) =>
        expect(journal.warmSlot(a, s)).toBe(model.warmSlot(a, s)),
  ),
  fc.nat(5).map((gas) => both((target) => target.addRefund(gas))),
  fc.tuple(address, fc.constantFrom('one', 'two')).map(([a, text]): Operation => {
    return (journal, model) => {
      journal.addLog({ address: a, topics: [], data: utf8ToBytes(text) });
      model.addLog(`${a} ${text}`);
    };
  }),
);

type Frame = {
  readonly before: Operation[];
  readonly inner: Frame[];
  readonly after: Operation[];
  readonly fails: boolean;
};

/** Calls within calls, each of which may fail and be undone. */
const frameOf = (inner: fc.Arbitrary<Frame[]>): fc.Arbitrary<Frame> =>
  fc.record({
    before: fc.array(change, { maxLength: 6 }),
    inner,
    after: fc.array(change, { maxLength: 4 }),
    fails: fc.boolean(),
  });
const deepest = frameOf(fc.constant([]));
const frame = frameOf(fc.array(frameOf(fc.array(deepest, { maxLength: 2 })), { maxLength: 2 }));

function run(journal: Journal, model: JournalModel, { before, inner, after, fails }: Frame): void {
  const [checkpoint, copy] = [journal.checkpoint(), model.checkpoint()];
  for (const operation of before) operation(journal, model);
  for (const each of inner) run(journal, model, each);
  for (const operation of after) operation(journal, model);
  if (fails) {
    journal.revertTo(checkpoint);
    model.revertTo(copy);
  }
  expect(observe(journal)).toEqual(model.observe(ADDRESSES, SLOTS));
}

describe('the journal', () => {
  test('answers like a model that copies everything, through calls that fail and several transactions', () => {
    const transactions = fc.array(fc.tuple(frame, fc.boolean()), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(alloc, transactions, (base, list) => {
        const { view, store, root } = stateOf(base);
        const journal = createJournal(view);
        const model = createJournalModel(base);
        for (const [outer, deleteEmpty] of list) {
          for (const target of [journal, model]) target.beginTransaction();
          run(journal, model, outer);
          journal.endTransaction({ deleteEmpty });
          model.endTransaction(deleteEmpty);
        }
        // The diff, applied to the tries, is the state that the model ended with.
        const committed = commitState(store, root, journal.diff());
        expect(committed.root).toBe(createStateFromAlloc(model.alloc()).root);
        store.apply(committed.writes);
        expect(createStateFromAlloc(base).root).toBe(root);
      }),
      SEED,
    );
  });

  test('has an empty diff when everything was undone', () => {
    fc.assert(
      fc.property(alloc, frame, (base, outer) => {
        const journal = createJournal(stateOf(base).view);
        const model = createJournalModel(base);
        for (const target of [journal, model]) target.beginTransaction();
        run(journal, model, { ...outer, fails: true });
        expect(journal.diff()).toEqual(new Map());
      }),
      { ...SEED, numRuns: 100 },
    );
  });
});

function observe(journal: Journal) {
  const text = (a: Address, data: Uint8Array): string => `${a} ${bytesToUtf8(data)}`;
  return {
    accounts: ADDRESSES.map((a) => ({
      exists: journal.exists(a),
      isEmpty: journal.isEmpty(a),
      nonce: journal.nonce(a),
      balance: journal.balance(a),
      code: journal.code(a),
      codeHash: journal.codeHash(a),
      hasStorage: journal.hasStorage(a),
      isCreated: journal.isCreated(a),
      isSelfdestructed: journal.isSelfdestructed(a),
      isWarm: journal.isWarmAddress(a),
      slots: SLOTS.map((s) => ({
        value: journal.storage(a, s),
        original: journal.originalStorage(a, s),
        transient: journal.transientStorage(a, s),
        isWarm: journal.isWarmSlot(a, s),
      })),
    })),
    refund: journal.refund(),
    logs: journal.logs().map((log) => text(log.address, log.data)),
  };
}
