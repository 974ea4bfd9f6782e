import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Write } from '../../node/lib/store.ts';
import { commitState } from '../../node/state/commit.ts';
import { createFlatState, type StateChange } from '../../node/state/flat-state.ts';
import { createJournal } from '../../node/state/journal.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Address, Hash } from '../../node/types/transaction.ts';
import { ALICE, BOB, CAROL } from './accounts.ts';

const ADDRESSES: readonly Address[] = [ALICE, BOB, CAROL];
const SLOTS = [0n, 1n, 1n << 200n];

const action = fc.oneof(
  fc.record({ kind: fc.constant('pay' as const), who: fc.nat(2), amount: fc.nat(3) }),
  fc.record({ kind: fc.constant('store' as const), who: fc.nat(2), slot: fc.nat(2), value: fc.nat(2) }),
  fc.record({ kind: fc.constant('destroy' as const), who: fc.nat(2) }),
  fc.record({ kind: fc.constant('create' as const), who: fc.nat(2), isUndone: fc.boolean() }),
);
/** A block on any earlier one, or a move of the head to any block there is. */
const event = fc.record({
  parent: fc.nat(),
  actions: fc.array(action, { maxLength: 4 }),
  isHead: fc.boolean(),
  isForgotten: fc.constantFrom(false, false, false, true),
});

type Block = { readonly root: Hash; readonly parent: Block | null; readonly change: StateChange | null };

describe('the flat state', () => {
  test('tells what the tries tell, over any tree of blocks and any way of the head through it', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 14 }), fc.constantFrom(2, 6, 1_000), (events, valuesMax) => {
        const values = new Map<string, Uint8Array | undefined>();
        const store = { get: (key: string) => values.get(key) };
        const write = (writes: readonly Write[]) => {
          for (const { key, value } of writes) values.set(key, value ?? undefined);
        };
        const blocks: Block[] = [{ root: EMPTY_TRIE_ROOT, parent: null, change: null }];
        let head = blocks[0]!;
        const flat = createFlatState(store, head.root, valuesMax);
        for (const { parent: index, actions, isHead, isForgotten } of events) {
          const parent = blocks[index % blocks.length]!;
          const journal = createJournal(flat.view(parent.root));
          for (const each of actions) {
            const who = ADDRESSES[each.who]!;
            journal.beginTransaction();
            if (each.kind === 'pay') journal.addBalance(who, BigInt(each.amount));
            if (each.kind === 'store') journal.setStorage(who, SLOTS[each.slot]!, BigInt(each.value));
            if (each.kind === 'destroy') journal.selfdestruct(who);
            const checkpoint = journal.checkpoint();
            if (each.kind === 'create') journal.createContract(who, 1n);
            if (each.kind === 'create' && each.isUndone) journal.revertTo(checkpoint);
            journal.endTransaction({ deleteEmpty: false });
          }
          const diff = journal.diff();
          const { root, writes, accounts } = commitState(store, parent.root, diff);
          write(writes);
          const block = { root, parent, change: isForgotten ? null : { diff, accounts } };
          blocks.push(block);
          if (isHead) {
            flat.move(block.root, wayBetween(head, block));
            head = block;
          }
          expect(flat.size()).toBeLessThanOrEqual(valuesMax + 1);
          for (const { root: any } of [head, parent, block])
            expect(read(flat.view(any))).toEqual(read(createStateView({ ...store }, any)));
        }
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });
});

function wayBetween(from: Block, to: Block) {
  const ancestors = (block: Block): Block[] => (block.parent === null ? [block] : [block, ...ancestors(block.parent)]);
  const [old, fresh] = [ancestors(from), ancestors(to)];
  const undone = old.filter((block) => !fresh.includes(block)).map(({ change }) => change);
  const redone = fresh.filter((block) => !old.includes(block)).map(({ change }) => change);
  return { undone, redone: redone.reverse() };
}

function read(view: ReturnType<typeof createStateView>) {
  return ADDRESSES.map((address) => [view.account(address), SLOTS.map((slot) => view.storage(address, slot))]);
}
