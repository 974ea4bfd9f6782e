import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../node/core/contract.ts';
import { createDisk } from '../../../sim/kernel/disk.ts';
import { createTrace } from '../../../sim/kernel/trace.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe('the virtual disk', () => {
  it('holds what a batch wrote, forgets what a batch deleted, and is empty after a wipe', () => {
    const disk = createDisk();
    disk.apply([
      { key: 'a', value: bytes(1) },
      { key: 'b', value: bytes(2) },
    ]);
    disk.apply([
      { key: 'a', value: null },
      { key: 'b', value: bytes(3) },
    ]);
    expect([disk.get('a'), disk.get('b'), disk.size()]).toEqual([undefined, bytes(3), 1]);
    disk.wipe();
    expect([disk.get('b'), disk.size()]).toEqual([undefined, 0]);
  });
});

describe('the trace', () => {
  const EFFECTS: readonly Effect[] = [
    { kind: 'persist', writes: [{ key: 'k', value: bytes(1, 2) }] },
    { kind: 'publish', topic: 'blocks', bytes: bytes(9) },
    { kind: 'request', to: 'n2', id: 1, bytes: bytes(1) },
    { kind: 'respond', id: 1, bytes: bytes(1) },
    { kind: 'verdict', id: 'm', verdict: 'accept' },
  ];
  const hashOf = (...steps: readonly (readonly [number, string, Effect])[]): string => {
    const trace = createTrace();
    for (const [atMs, node, effect] of steps) trace.record(atMs, node, effect);
    expect(trace.length()).toBe(steps.length);
    return trace.hash();
  };
  const all: readonly (readonly [number, string, Effect])[] = EFFECTS.map((effect, i) => [i, 'n1', effect]);

  it('has one hash for one list of effects, and may be asked for it on the way', () => {
    const trace = createTrace();
    for (const [atMs, node, effect] of all) {
      trace.record(atMs, node, effect);
      trace.hash();
    }
    expect(trace.hash()).toBe(hashOf(...all));
  });

  it.each<[string, number, readonly [number, string, Effect]]>([
    ['a time', 0, [1, 'n1', EFFECTS[0]!]],
    ['a node', 0, [0, 'n2', EFFECTS[0]!]],
    ['a written value', 0, [0, 'n1', { kind: 'persist', writes: [{ key: 'k', value: bytes(1, 3) }] }]],
    ['a deletion for an empty value', 0, [0, 'n1', { kind: 'persist', writes: [{ key: 'k', value: null }] }]],
    ['a topic', 1, [1, 'n1', { kind: 'publish', topic: 'evidence', bytes: bytes(9) }]],
    ['published bytes', 1, [1, 'n1', { kind: 'publish', topic: 'blocks', bytes: bytes(8) }]],
    ['a receiver', 2, [2, 'n1', { kind: 'request', to: 'n3', id: 1, bytes: bytes(1) }]],
    ['a response', 3, [3, 'n1', { kind: 'respond', id: 1, bytes: bytes(2) }]],
    ['a verdict', 4, [4, 'n1', { kind: 'verdict', id: 'm', verdict: 'ignore' }]],
  ])('has another hash for another value of %s', (_, at, changed) => {
    expect(hashOf(...all.with(at, changed))).not.toBe(hashOf(...all));
  });

  it('has another hash for another order', () => {
    expect(hashOf(...[...all].reverse())).not.toBe(hashOf(...all));
  });

  it('tells apart effects whose bytes lie differently between their parts', () => {
    const publish = (...blobs: readonly Uint8Array[]) =>
      hashOf(...blobs.map((blob) => [0, 'n1', { kind: 'publish', topic: 'blocks', bytes: blob } as const] as const));
    expect(publish(bytes(1, 2), bytes(3))).not.toBe(publish(bytes(1), bytes(2, 3)));
  });

  it('folds more bytes than it holds back, with the same hash however often it is asked', () => {
    const large = Array.from(
      { length: 20 },
      (_, i) => [i, 'n1', { kind: 'publish', topic: 'blocks', bytes: new Uint8Array(10_000).fill(i) }] as const,
    );
    const trace = createTrace();
    const seen = new Set<string>();
    for (const step of large) {
      trace.record(...step);
      seen.add(trace.hash());
    }
    expect(seen.size).toBe(large.length);
    expect(trace.hash()).toBe(hashOf(...large));
  });
});
