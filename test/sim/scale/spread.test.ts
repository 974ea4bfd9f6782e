import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/lib/random.ts';
import { createMesh } from '../../../sim/scale/mesh.ts';
import { drawPlaces, oneWayTicks, sendingTicks } from '../../../sim/scale/regions.ts';
import { createSpread, type Spread, type SpreadOptions } from '../../../sim/scale/spread.ts';

const HANDLING = 30;
const BYTES = 900;

function spreadOver(nodes: number, { seed = 'spread', ...options }: Partial<SpreadOptions> & { seed?: string } = {}) {
  const places = drawPlaces(nodes, createRandom(seed));
  const mesh = createMesh(places, createRandom(`${seed}/mesh`));
  return {
    mesh,
    places,
    spread: createSpread({ mesh, salt: 7, handlingTicks: HANDLING, hopeless: 'dropped', ...options }),
  };
}

/** Opens a message at a node and passes it on everywhere; who had it when. */
function flood(spread: Spread, options: { number: number; from: number; tick: number }): Map<number, number> {
  const slot = spread.open(options.number, BYTES);
  spread.give(slot, options.from);
  spread.forward(slot, options.from, options.tick);
  const when = new Map<number, number>([[options.from, options.tick]]);
  for (let tick = spread.nextTick(); tick !== null; tick = spread.nextTick()) {
    const at = tick;
    spread.arrive(at, (which, node) => {
      expect([which, when.has(node)]).toEqual([slot, false]);
      when.set(node, at);
      spread.forward(which, node, at);
    });
  }
  expect(spread.underWay(slot)).toBe(0);
  spread.close(slot);
  return when;
}

describe('a message', () => {
  it('arrives at a peer after handling, sending and the way, and at most a quarter of the way later', () => {
    const { spread, places } = spreadOver(2);
    const [a = 0, b = 0] = places;
    const least = 100 + HANDLING + sendingTicks(a, BYTES) + oneWayTicks(a, b);
    const arrivals = Array.from({ length: 40 }, (_, number) => {
      const start = 100 + 5_000 * number;
      return (flood(spread, { number, from: 0, tick: start }).get(1) ?? 0) - start + 100;
    });
    expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...arrivals)).toBeLessThan(least + oneWayTicks(a, b) / 4);
    expect(new Set(arrivals).size).toBeGreaterThan(1); // each message draws its own jitter
  });

  it.each([5, 60, 400])('reaches each of %i nodes once, and as fast where hopeless sends are dropped', (nodes) => {
    for (const seed of ['a', 'b', 'c']) {
      const dropped = spreadOver(nodes, { seed }).spread;
      const sent = spreadOver(nodes, { seed, hopeless: 'sent' }).spread;
      for (const number of [1, 2, 3]) {
        const options = { number, from: number % nodes, tick: 10_000 * number };
        const arrivals = flood(dropped, options);
        expect(arrivals.size).toBe(nodes);
        expect(flood(sent, options)).toEqual(arrivals);
      }
      expect(dropped.counts().offered).toBe(sent.counts().offered);
      expect(dropped.counts().queued).toBe(dropped.counts().offered - dropped.counts().hopeless);
      expect(sent.counts().queued).toBe(sent.counts().offered);
      expect(dropped.counts().hopeless).toBeGreaterThan(0);
    }
  });

  it('comes no way that is longer than another one: the first arrival is the shortest path', () => {
    // The delays of single links, learned from messages that only their maker passes on, give the shortest paths by themselves.
    const nodes = 40;
    const number = 9;
    const { spread, mesh } = spreadOver(nodes);
    const links: { from: number; to: number; ticks: number }[] = [];
    for (let from = 0; from < nodes; from++) {
      const slot = spread.open(number, BYTES);
      spread.give(slot, from);
      const start = (from + 1) * 10_000;
      spread.forward(slot, from, start);
      for (let tick = spread.nextTick(); tick !== null; tick = spread.nextTick()) {
        const at = tick;
        spread.arrive(at, (_, to) => links.push({ from, to, ticks: at - start }));
      }
      spread.close(slot);
    }
    expect(links.length).toBe(mesh.targets.length);
    const shortest = new Map([[0, 1_000_000]]);
    for (let round = 0; round < nodes; round++) {
      for (const { from, to, ticks } of links) {
        const through = (shortest.get(from) ?? Number.POSITIVE_INFINITY) + ticks;
        if (through < (shortest.get(to) ?? Number.POSITIVE_INFINITY)) shortest.set(to, through);
      }
    }
    const arrivals = flood(spread, { number, from: 0, tick: 1_000_000 });
    expect(new Map([...arrivals].sort())).toEqual(new Map([...shortest].sort()));
  });

  it('does not cross a cut, and reaches the other side when those who have it offer it again', () => {
    const nodes = 60;
    const { spread } = spreadOver(nodes);
    const sides = Uint8Array.from({ length: nodes }, (_, node) => node % 2);
    spread.cut(sides);
    const slot = spread.open(1, BYTES);
    spread.give(slot, 0);
    spread.forward(slot, 0, 10);
    const have = [0];
    const run = (): void => {
      for (let tick = spread.nextTick(); tick !== null; tick = spread.nextTick()) {
        const at = tick;
        spread.arrive(at, (_, node) => {
          have.push(node);
          spread.forward(slot, node, at);
        });
      }
    };
    run();
    expect(have.length).toBeGreaterThan(1);
    expect(have.every((node) => node % 2 === 0)).toBe(true);
    spread.cut(null);
    for (const node of [...have]) spread.forward(slot, node, 50_000);
    run();
    expect(new Set(have).size).toBe(nodes);
    expect(have.length).toBe(nodes);
  });
});

describe('a slot', () => {
  it('is used again when nothing of it is under way, and not before', () => {
    const { spread } = spreadOver(2);
    const slot = spread.open(1, BYTES);
    spread.give(slot, 0);
    spread.forward(slot, 0, 0);
    expect(() => spread.close(slot)).toThrow('1 arrivals under way');
    spread.arrive(spread.nextTick() ?? 0, () => {});
    expect([spread.has(slot, 0), spread.has(slot, 1)]).toEqual([true, true]);
    spread.close(slot);
    const again = spread.open(2, BYTES);
    expect([again, spread.has(again, 0), spread.has(again, 1)]).toEqual([slot, false, false]);
  });
});
