import { describe, expect, test } from 'vitest';
import { keccak256 } from '../../node/lib/hashing.ts';
import { createNodeTable } from '../../node/state/node-table.ts';

const hashOf = (n: number): Uint8Array => keccak256(Uint8Array.of(n & 255, n >> 8, n >> 16));

describe('a table of nodes', () => {
  test('tells nothing but what it was told, whatever shares a place, and keeps what fits while it grows', () => {
    const table = createNodeTable(4_096);
    let kept = 0;
    for (let n = 0; n < 20_000; n++) {
      const hash = Uint8Array.of(9, 9, ...hashOf(n), 9);
      expect(table.get(hash, 2)).toBeUndefined();
      table.set(hash, 2, Uint8Array.of(n & 255, n >> 8));
    }
    for (let n = 0; n < 20_000; n++) {
      const node = table.get(hashOf(n), 0);
      if (node === undefined) continue;
      expect(node).toEqual(Uint8Array.of(n & 255, n >> 8));
      kept++;
    }
    expect(kept).toBeGreaterThan(3_500);
    expect(kept).toBeLessThanOrEqual(4_096);
  });

  test('keeps nearly all of half as many as it may hold, through all its growing', () => {
    const table = createNodeTable(4_096);
    for (let n = 0; n < 2_048; n++) table.set(hashOf(n), 0, Uint8Array.of(n & 255));
    const kept = Array.from({ length: 2_048 }, (_, n) => table.get(hashOf(n), 0)).filter((node) => node !== undefined);
    expect(kept.length).toBeGreaterThan(2_000);
  });

  test('holds a node once, however often it is told', () => {
    const table = createNodeTable(8);
    for (let n = 0; n < 10; n++)
      expect(table.set(hashOf(1), 0, Uint8Array.of(n))?.[0]).toBe(n === 0 ? undefined : n - 1);
    for (const n of [2, 3, 4, 5, 6, 7, 8]) table.set(hashOf(n), 0, Uint8Array.of(n));
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => table.get(hashOf(n), 0)?.[0])).toEqual([9, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('is not fooled by a hash that differs in its last byte', () => {
    const table = createNodeTable(4_096);
    const hash = hashOf(1);
    table.set(hash, 0, Uint8Array.of(1));
    const other = hash.slice();
    other[31]! ^= 1;
    expect(table.get(other, 0)).toBeUndefined();
  });
});
