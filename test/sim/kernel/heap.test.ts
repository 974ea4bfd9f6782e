import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeap } from '../../../sim/kernel/heap.ts';

describe('the event heap', () => {
  it('gives the earliest event first', () => {
    const heap = createHeap<string>();
    heap.push(30, 'c');
    heap.push(10, 'a');
    heap.push(20, 'b');
    expect(heap.nextAtMs()).toBe(10);
    expect([heap.pop(), heap.pop(), heap.pop()].map(({ event }) => event)).toEqual(['a', 'b', 'c']);
  });

  it('keeps the order of events that are due at one time', () => {
    const heap = createHeap<number>();
    for (let i = 0; i < 100; i++) heap.push(7, i);
    expect(Array.from({ length: 100 }, () => heap.pop().event)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('says null where nothing is due, and asserts when it is asked for an event then', () => {
    const heap = createHeap<string>();
    expect(heap.nextAtMs()).toBeNull();
    expect(heap.size()).toBe(0);
    expect(() => heap.pop()).toThrow('heap index 0 of 0');
  });

  it('is a stable sorted list under any mixture of pushes and pops', () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('pop' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = createHeap<number>();
        const list: { readonly atMs: number; readonly event: number }[] = [];
        for (const [event, what] of steps.entries()) {
          if (what === 'pop') {
            if (list.length > 0) expect(heap.pop()).toEqual(list.shift());
          } else {
            heap.push(what, event);
            const after = list.findIndex(({ atMs }) => atMs > what);
            list.splice(after === -1 ? list.length : after, 0, { atMs: what, event });
          }
          expect(heap.size()).toBe(list.length);
          expect(heap.nextAtMs()).toBe(list[0]?.atMs ?? null);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
