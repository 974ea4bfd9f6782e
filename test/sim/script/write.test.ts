// What is written is what is read: over scripts drawn from every word of the vocabulary.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readScript } from '../../../sim/script/read.ts';
import { type Act, type Condition, EVENT_WORDS, type Expectation, type Script } from '../../../sim/script/script.ts';
import { writeScript } from '../../../sim/script/write.ts';

const NODES = ['n1', 'n2', 'n3', 'f1'];

const node = fc.constantFrom(...NODES);
const nodes = fc.option(fc.uniqueArray(node, { minLength: 1 }));
const ms = fc.oneof(fc.nat(60_000), fc.constantFrom(0, 1_000, 60_000, 1_500));
const percent = fc.nat(100);
const account = fc.nat(9);
const wei = fc.bigInt(0n, 10n ** 24n);
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((a) => `0x${Buffer.from(a).toString('hex')}` as const);
const event = fc.constantFrom(...EVENT_WORDS);
const record = fc.record;

const shape = fc
  .record(
    {
      state: fc.constantFrom('open' as const, 'stalled' as const, 'cut' as const),
      delayMs: ms,
      jitterMs: ms,
      bitsPerSecond: fc.option(fc.integer({ min: 1, max: 2_000_000_000 })),
      lossPercent: percent,
      duplicatePercent: percent,
      reorderPercent: percent,
    },
    { requiredKeys: [] },
  )
  .filter((words) => Object.keys(words).length > 0);
const pair = fc.uniqueArray(node, { minLength: 2, maxLength: 2 });
const sides = fc
  .uniqueArray(node, { minLength: 2 })
  .chain((all) => fc.nat(all.length - 2).map((cut) => [all.slice(0, cut + 1), all.slice(cut + 1)]));

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>({ kind: 'network', order: { kind: 'heal' } }),
  fc.constant<Act>({ kind: 'machine', order: { kind: 'repair' } }),
  sides.map((groups): Act => ({ kind: 'network', order: { kind: 'partition', groups } })),
  fc.tuple(pair, fc.constantFrom('both' as const, 'one-way' as const), shape).map(
    ([[from, to], direction, words]): Act => ({
      kind: 'network',
      order: { kind: 'link', from: from!, to: to!, direction, shape: words },
    }),
  ),
  fc
    .tuple(node, fc.constantFrom('open' as const, 'stalled' as const, 'cut' as const))
    .map(([at, state]): Act => ({ kind: 'network', order: { kind: 'node', node: at, state } })),
  fc
    .tuple(
      node,
      fc.constantFrom(
        'start' as const,
        'stop' as const,
        'kill' as const,
        'pause' as const,
        'resume' as const,
        'wipe' as const,
      ),
    )
    .map(([at, order]): Act => ({ kind: 'process', node: at, order })),
  fc
    .tuple(node, fc.integer({ min: -3_600_000, max: 3_600_000 }))
    .map(([at, offsetMs]): Act => ({ kind: 'machine', order: { kind: 'clock', node: at, offsetMs } })),
  fc
    .tuple(
      node,
      fc.constantFrom(
        'write-error' as const,
        'full' as const,
        'lost-tail' as const,
        'torn-tail' as const,
        'bit-flip' as const,
        'well' as const,
      ),
    )
    .map(([at, fault]): Act => ({ kind: 'machine', order: { kind: 'disk', node: at, fault } })),
  fc.tuple(node, ms).map(([at, delayMs]): Act => ({ kind: 'machine', order: { kind: 'sync', node: at, delayMs } })),
  fc
    .tuple(node, ms)
    .map(([at, msPerBlock]): Act => ({ kind: 'machine', order: { kind: 'slow', node: at, msPerBlock } })),
  record({
    kind: fc.constant('transfer' as const),
    name: fc.constant(null),
    via: node,
    from: account,
    to: account,
    wei,
    conflictsWith: fc.constant(null),
  }),
  record({
    kind: fc.constant('call' as const),
    name: fc.constant(null),
    via: node,
    from: account,
    to: fc.option(hex(20)),
    input: hex(7),
    gas: fc.integer({ min: 21_000, max: 1_000_000_000 }),
    wei,
  }),
  record({ kind: fc.constant('propose' as const), node, candidate: hex(20), authorize: fc.boolean() }),
  fc.string({ maxLength: 300 }).map((text): Act => ({ kind: 'say', text })),
);

const condition: fc.Arbitrary<Condition> = fc.oneof(
  record({ kind: fc.constant('height' as const), number: fc.nat(1_000), nodes }),
  record({ kind: fc.constant('blocks' as const), count: fc.integer({ min: 1, max: 1_000 }), nodes }),
  record({ kind: fc.constantFrom('time' as const, 'after' as const), ms }),
  record({ kind: fc.constant('event' as const), event, nodes }),
  record({ kind: fc.constant('agreement' as const), nodes }),
);

const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  record({ kind: fc.constant('agreement' as const), nodes }),
  record({ kind: fc.constant('height' as const), atLeast: fc.nat(1_000), nodes }),
  fc.tuple(fc.nat(9), fc.nat(9), nodes).map(
    ([a, b, at]): Expectation => ({
      kind: 'reorganised',
      depthMin: Math.min(a, b),
      depthMax: Math.max(a, b),
      nodes: at,
    }),
  ),
  record({ kind: fc.constantFrom('event' as const, 'never' as const), event, nodes }),
  fc.constant<Expectation>({ kind: 'reorganised', depthMin: 1, depthMax: 100_000, nodes: null }),
  fc.constant<Expectation>({ kind: 'one-survives', transactions: ['first', 'second'] }),
  fc.constantFrom<Expectation>(
    { kind: 'nowhere', transaction: 'first' },
    { kind: 'mined', transaction: 'second', nodes: ['n1'] },
  ),
);

const FIRST: Act = { kind: 'transfer', name: 'first', via: 'n1', from: 2, to: 3, wei: 1n, conflictsWith: null };
const SECOND: Act = { kind: 'transfer', name: 'second', via: 'n2', from: 2, to: 4, wei: 5n, conflictsWith: 'first' };

const script: fc.Arbitrary<Script> = fc.record({
  name: fc.constantFrom('a', 'seed-17'),
  title: fc.string(),
  seed: fc.option(fc.oneof(fc.string({ minLength: 1 }), fc.nat().map(String))),
  network: fc.record({
    authorities: fc.integer({ min: 3, max: 9 }),
    followers: fc.integer({ min: 1, max: 3 }),
    period: fc.integer({ min: 1, max: 15 }),
    signerLimit: fc.option(fc.integer({ min: 1, max: 3 })),
    epoch: fc.option(fc.integer({ min: 1, max: 1_000 })),
    late: fc.uniqueArray(node),
    faults: fc
      .dictionary(node, fc.constantFrom('spammer', 'clone-of-n1', 'sdiv-rounds-down'))
      .map((all) => ({ ...all })),
    tier: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
  load: fc.option(fc.record({ everyMs: ms })),
  timeline: fc
    .array(fc.record({ when: fc.option(condition), do: fc.array(act, { maxLength: 4 }) }), { maxLength: 6 })
    .map((steps) => [{ when: null, do: [FIRST, SECOND] }, ...steps]),
  expect: fc.array(expectation, { maxLength: 4 }),
});

it('reads what it writes, whatever the words', () => {
  fc.assert(
    fc.property(script, (drawn) => {
      expect(readScript(writeScript(drawn, ['a comment']), 'drawn.yaml')).toEqual(drawn);
    }),
    { numRuns: 300 },
  );
});
