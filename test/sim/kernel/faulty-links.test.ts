import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/lib/random.ts';
import { createHeap } from '../../../sim/kernel/heap.ts';
import { applyOrder, EMPTY_TABLE, type LinkShape, linkShape } from '../../../sim/kernel/links.ts';
import { createNetwork, type NetworkEvent } from '../../../sim/kernel/network.ts';

const COUNT = 1_000;

/** The ids that arrive, in order, of a thousand messages over a link of that shape; and which of them were copies. */
function arrivals(shape: Partial<LinkShape>) {
  const heap = createHeap<NetworkEvent>();
  const got: { readonly id: number; readonly isCopy: boolean }[] = [];
  let nowMs = 0;
  const network = createNetwork(['a', 'b'], [['a', 'b']], createRandom('faulty'), {
    schedule: (atMs, event) => heap.push(atMs, event),
    deliver: (_, __, frame) => {
      if (frame.kind === 'request') got.push({ id: frame.id, isCopy: frame.isCopy === true });
    },
    connected: () => {},
    disconnected: () => {},
    congested: () => {},
    isRunning: () => true,
  });
  const run = (): void => {
    while (heap.size() > 0) {
      const { atMs, event } = heap.pop();
      nowMs = atMs;
      network.happen(nowMs, event);
    }
  };
  network.nodeUp(0, 'a');
  run();
  network.reshape(
    nowMs,
    applyOrder(EMPTY_TABLE, { kind: 'link', from: 'a', to: 'b', direction: 'one-way', shape }, ['a', 'b']),
  );
  for (let id = 0; id < COUNT; id++) network.send(nowMs, 'a', 'b', { kind: 'request', id, bytes: new Uint8Array(1) });
  for (let id = 0; id < 10; id++) network.send(nowMs, 'b', 'a', { kind: 'request', id: -1, bytes: new Uint8Array(1) });
  run();
  expect(got.filter(({ id }) => id === -1)).toHaveLength(10); // the other direction is in order
  return got.filter(({ id }) => id !== -1);
}

const ids = (got: ReturnType<typeof arrivals>): number[] => got.map(({ id }) => id);
const ALL = Array.from({ length: COUNT }, (_, id) => id);

describe('a link', () => {
  it('without faults carries everything once and in order', () => {
    expect(ids(arrivals({ lossPercent: 0, duplicatePercent: 0, reorderPercent: 0 }))).toEqual(ALL);
  });

  it('that loses 30 % loses about so many, and keeps the order of the others', () => {
    const got = ids(arrivals({ lossPercent: 30 }));
    expect(got.length).toBeGreaterThan(650);
    expect(got.length).toBeLessThan(750);
    expect(got).toEqual([...got].sort((a, b) => a - b));
    expect(arrivals({ lossPercent: 100 })).toEqual([]);
  });

  it('that repeats delivers everything, and a part of it a second time, later, and never a third time', () => {
    const got = arrivals({ duplicatePercent: 30 });
    expect(ids(got.filter(({ isCopy }) => !isCopy))).toEqual(ALL);
    const copies = got.filter(({ isCopy }) => isCopy);
    expect(copies.length).toBeGreaterThan(250);
    expect(copies.length).toBeLessThan(350);
    for (const { id } of copies)
      expect(got.findIndex((one) => one.id === id && !one.isCopy)).toBeLessThan(
        got.findIndex((one) => one.id === id && one.isCopy),
      );
    expect(arrivals({ duplicatePercent: 100 })).toHaveLength(2 * COUNT);
  });

  it('that changes the order delivers everything once', () => {
    const got = ids(arrivals({ reorderPercent: 10 }));
    expect(got).not.toEqual(ALL);
    expect([...got].sort((a, b) => a - b)).toEqual(ALL);
  });

  it('is plain again after healing', () => {
    const shape = { lossPercent: 1, duplicatePercent: 1, reorderPercent: 1 };
    const nodes = ['a', 'b'];
    const faulty = applyOrder(EMPTY_TABLE, { kind: 'link', from: 'a', to: 'b', direction: 'both', shape }, nodes);
    expect(linkShape(faulty, 'b', 'a')).toMatchObject(shape);
    expect(applyOrder(faulty, { kind: 'heal' }, nodes)).toEqual(EMPTY_TABLE);
    const back = { lossPercent: 0, duplicatePercent: 0, reorderPercent: 0 };
    expect(applyOrder(faulty, { kind: 'link', from: 'a', to: 'b', direction: 'both', shape: back }, nodes)).toEqual(
      EMPTY_TABLE,
    );
  });
});
