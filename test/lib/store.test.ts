import { expect, test } from 'vitest';
import { createOverlay } from '../../node/lib/store.ts';

const bytes = (n: number): Uint8Array => Uint8Array.of(n);

test('an overlay answers from what was written, deletions too, and else from the store', () => {
  const overlay = createOverlay({ get: (key) => (key === 'a' || key === 'b' ? bytes(1) : undefined) });
  overlay.put('a', null);
  overlay.put('c', bytes(3));
  expect(['a', 'b', 'c', 'd'].map(overlay.get)).toEqual([undefined, bytes(1), bytes(3), undefined]);
});

test('an overlay hands out the last write per key once, ordered by key, and keeps answering until it is settled', () => {
  const overlay = createOverlay({ get: () => undefined });
  overlay.put('b', bytes(1));
  overlay.put('a', bytes(2));
  overlay.put('b', bytes(3));
  expect(overlay.take()).toEqual([
    { key: 'a', value: bytes(2) },
    { key: 'b', value: bytes(3) },
  ]);
  expect(overlay.take()).toEqual([]);
  expect(overlay.get('b')).toEqual(bytes(3));
  overlay.settle();
  expect(overlay.get('b')).toBe(undefined);
});

test('an overlay is not settled over writes that nobody took', () => {
  const overlay = createOverlay({ get: () => undefined });
  overlay.put('a', bytes(1));
  expect(() => overlay.settle()).toThrow('never taken');
});
