import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../sim/explain/explanation.ts';
import { tellExplanation } from '../../../sim/explain/story.ts';
import { count, describeWord, describeWords, joinNames, thousands } from '../../../sim/explain/words.ts';

const hash = (digit: string) => `0x${digit.repeat(64)}` as const;
const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const word = (value: bigint) => `0x${BigInt.asUintN(256, value).toString(16).padStart(64, '0')}`;
const result = { stateRoot: hash('1'), receiptsRoot: hash('2'), gasUsed: 21_000 };
const receipt = { status: 1, gasUsed: 21_000, logs: 0, logsHash: hash('3') };
const side = (top: string, gasCost = 5) => ({
  gas: 1_000,
  gasCost,
  stackAfter: [top],
  written: null,
  next: { pc: 2, op: 0, depth: 1 },
  steps: 10,
});

const BASE: Explanation = {
  kind: 'explanation',
  block: { number: 7, hash: hash('a'), sealer: address('b'), sealedBy: 'n2', transactions: 2 },
  common: { height: 6, heads: [9, 6], compared: 3 },
  groups: [
    { nodes: ['n1', 'n2'], result, refusal: null, isClaimed: true },
    { nodes: ['n4'], result: { ...result, stateRoot: hash('9') }, refusal: null, isClaimed: false },
  ],
  silent: [],
  culprits: ['n4'],
  compared: ['n1', 'n4'],
  repeats: [true, true],
  part: {
    part: 1,
    transaction: { hash: hash('c'), from: address('d'), to: address('e') },
    roots: [hash('4'), hash('5')],
    receipts: [receipt, receipt],
    refusals: [null, null],
  },
  state: {
    behind: 'part',
    isCut: false,
    accounts: [
      {
        address: address('e'),
        key: hash('6'),
        fields: [{ field: 'balance', values: ['1000', null] }],
        slots: [{ slot: null, key: hash('7'), values: [word(-3n), word(-4n)] }],
      },
    ],
  },
  step: {
    kind: 'parted',
    kept: [false, false],
    step: {
      ...{ index: 4, pc: 1, op: 5, opName: 'SDIV', depth: 2, address: address('e'), codeAddress: address('f') },
      ...{ codeHash: null, stack: ['0x2', '0x7'], stackHeight: 9, differs: 'effect', source: null },
      sides: [side('0x3'), side('0x4')],
    },
  },
  referee: { result, agrees: ['n1', 'n2'] },
  questions: 30,
};

const told = (change: Partial<Explanation> = {}): string => tellExplanation({ ...BASE, ...change }).join('\n');

describe('a story', () => {
  it('goes from the block to the step, each machine’s value under the other’s', () => {
    expect(told()).toBe(
      `n4 differs from n1 and n2 at block 7 0xaaaaaaaa…, sealed by n2.

  chain         n1 and n4 have the same blocks up to 6; n1 stands at 9, n4 at 6 (3 heights compared)
  result        n1 n2  state 0x11111111…  receipts 0x22222222…  gas 21,000  as its header says
                n4     state 0x99999999…  receipts 0x22222222…  gas 21,000
  transaction   2 of 2, ${hash('c')}
                from ${address('d')} to ${address('e')}
                before it the states are the same on both
                succeeds on both, 21,000 units of gas
  state         ${address('e')}
                  balance  n1  1,000 wei
                           n4  no account
                  slot hashed to 0x77777777…  n1  0xffffffffffff…fffffffffffd = -3
                                              n4  0xffffffffffff…fffffffffffc = -4
  step          5 of 10: SDIV at pc 1 (0x1), depth 2, in ${address('e')}, code of ${address('f')}
  stack before  0x7 | 0x2 | 7 more
  stack after   n1  0x3
                n4  0x4
  gas           1,000 left, costs 5  (the same on both)

Culprit: n4. 2 of 3 nodes have another result.
A fresh machine of tier 0 computes from the same block and state what n1 and n2 computed.`,
    );
  });

  it.each<[string, Partial<Explanation>, RegExp]>([
    [
      'a difference before the transactions',
      { part: { ...BASE.part!, part: -1, transaction: null } },
      /none: they part before the first one, in the calls that a block makes itself/,
    ],
    [
      'a difference behind them',
      { part: { ...BASE.part!, part: 2, transaction: null } },
      /none: they part behind the last one/,
    ],
    [
      'a creation',
      { part: { ...BASE.part!, transaction: { hash: hash('c'), from: null, to: null } } },
      /from nobody creates a contract/,
    ],
    [
      'a machine that refuses the transaction',
      { part: { ...BASE.part!, receipts: [receipt, null], refusals: [null, 'insufficient funds'] } },
      /n4 {2}refuses it: insufficient funds/,
    ],
    [
      'two receipts',
      { part: { ...BASE.part!, receipts: [receipt, { ...receipt, status: 0, logs: 1 }] } },
      /n1 {2}succeeds, gas 21,000, no logs\n +n4 {2}reverts, gas 21,000, 1 log 0x33333333…/,
    ],
    [
      'a difference that does not come back',
      { part: null, step: null },
      /agree on every transaction when they execute the block again: the difference does not come back/,
    ],
    [
      'a machine that does not repeat itself',
      { repeats: [true, false] },
      /n4 gives another result each time it executes the block: its machine is not deterministic/,
    ],
    ['a node that cannot say', { silent: ['n5'] }, /n5 cannot say: .* not known there, or it is too old/],
    ['a state that is gone', { state: null }, /state {9}not kept any more/],
    ['states that are alike', { state: { behind: 'part', isCut: false, accounts: [] } }, /no account differs/],
    [
      'steps that are alike',
      { step: { kind: 'same', steps: 8, cut: false } },
      /all 8 steps are the same: what differs is how the transaction is paid/,
    ],
    [
      'more steps than are looked at',
      { step: { kind: 'same', steps: 4_000_000, cut: true } },
      /the first 4,000,000 steps are the same; a node looks at no more/,
    ],
    ['other code', { step: { kind: 'from-the-start', steps: [3, 4] } }, /not even the first step is the same/],
    [
      'a tie',
      { culprits: [] },
      /^n1 and n2 \/ n4 differ at block 7.*; n1 and n4 are compared\.[\s\S]*No culprit: no result has more than half of the 3 nodes behind it\./,
    ],
    ['a third result', { referee: { result, agrees: [] } }, /A fresh machine of tier 0 computes a third result/],
    [
      'no referee',
      { referee: { why: 'the state is gone' } },
      /A fresh machine could not be asked: the state is gone\./,
    ],
  ])('tells of %s', (_, change, line) => {
    expect(told(change)).toMatch(line);
  });
});

describe('words', () => {
  it('spell small numbers in both ways and long ones by their ends', () => {
    expect(describeWord('0x0')).toBe('0x0');
    expect(describeWord('0x9')).toBe('0x9');
    expect(describeWord('0xa')).toBe('0xa = 10');
    expect(describeWord(word(1_234_567n))).toBe('0x12d687 = 1,234,567');
    expect(describeWord(word(-1n))).toBe('0xffffffffffff…ffffffffffff = -1');
    expect(describeWord(address('e'))).toBe(address('e'));
  });

  it('spell two values whole where their ends do not tell them apart', () => {
    const [a, b] = [`0x${'1'.repeat(30)}0${'1'.repeat(33)}`, `0x${'1'.repeat(30)}2${'1'.repeat(33)}`];
    expect(describeWords(a, b)).toEqual([a, b]);
    expect(describeWords('0x1', '0x2')).toEqual(['0x1', '0x2']);
  });

  it('join names and count', () => {
    expect([joinNames([]), joinNames(['a']), joinNames(['a', 'b']), joinNames(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
    expect([thousands(999), thousands(1_000), thousands(10n ** 18n), count(1, 'step'), count(0, 'step')]).toEqual([
      '999',
      '1,000',
      '1,000,000,000,000,000,000',
      '1 step',
      '0 steps',
    ]);
  });
});
