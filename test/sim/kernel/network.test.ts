import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/lib/random.ts';
import { createHeap } from '../../../sim/kernel/heap.ts';
import { applyOrder, EMPTY_TABLE, type LinkTable, type NetworkOrder } from '../../../sim/kernel/links.ts';
import {
  allPairs,
  CONGESTED_BYTES,
  createNetwork,
  type Frame,
  LATENCY_MS_MAX,
  LATENCY_MS_MIN,
  type NetworkEvent,
  REDIAL_MS_MAX,
  STALL_TIMEOUT_MS,
  UNCONGESTED_BYTES,
} from '../../../sim/kernel/network.ts';

type Delivery = { readonly atMs: number; readonly from: string; readonly to: string; readonly frame: Frame };

/** A network whose events are performed by hand, and what it told the world. */
function createBench(names: readonly string[] = ['a', 'b'], seed = 'bench') {
  const heap = createHeap<NetworkEvent>();
  const running = new Set(names);
  const delivered: Delivery[] = [];
  const told: string[] = [];
  let nowMs = 0;
  let table: LinkTable = EMPTY_TABLE;
  const network = createNetwork(names, allPairs(names), createRandom(seed), {
    schedule: (atMs, event) => heap.push(atMs, event),
    deliver: (from, to, frame) => delivered.push({ atMs: nowMs, from, to, frame }),
    connected: (a, b) => told.push(`${a}-${b} up`),
    disconnected: (a, b) => told.push(`${a}-${b} down`),
    congested: (from, to, congested) => told.push(`${from}>${to} ${congested ? 'congested' : 'free'}`),
    isRunning: (node) => running.has(node),
  });
  const run = (ms: number): void => {
    const untilMs = nowMs + ms;
    for (let next = heap.nextAtMs(); next !== null && next <= untilMs; next = heap.nextAtMs()) {
      const { atMs, event } = heap.pop();
      nowMs = atMs;
      network.happen(nowMs, event);
    }
    nowMs = untilMs;
  };
  const start = (node: string): void => {
    running.add(node);
    network.nodeUp(nowMs, node);
  };
  for (const name of names) start(name);
  run(100);
  return {
    network,
    delivered,
    told,
    run,
    start,
    now: () => nowMs,
    kill: (node: string) => {
      running.delete(node);
      network.nodeDown(nowMs, node);
    },
    order: (order: NetworkOrder) => {
      table = applyOrder(table, order, names);
      network.reshape(nowMs, table);
    },
    send: (from: string, to: string, id: number, size = 1) =>
      network.send(nowMs, from, to, { kind: 'request', id, bytes: new Uint8Array(size) }),
    /** The ids that arrived at a node, in order. */
    got: (to: string) => delivered.filter((d) => d.to === to).map((d) => (d.frame.kind === 'gossip' ? -1 : d.frame.id)),
  };
}

const link = (shape: Extract<NetworkOrder, { kind: 'link' }>['shape'], direction: 'both' | 'one-way' = 'both') =>
  ({ kind: 'link', from: 'a', to: 'b', direction, shape }) as const;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a connection of the virtual network', () => {
  it('comes up once per pair, although both sides dial', () => {
    const { told, network } = createBench(['a', 'b', 'c']);
    expect([...told].sort()).toEqual(['a-b up', 'a-c up', 'b-c up']);
    expect(network.peersOf('b')).toEqual(['a', 'c']);
  });

  it('delivers after a latency within its bounds', () => {
    const bench = createBench();
    for (const id of range(50)) {
      const sentMs = bench.now();
      bench.send('a', 'b', id);
      bench.run(10);
      const took = bench.delivered.at(-1)!.atMs - sentMs;
      expect(took).toBeGreaterThanOrEqual(LATENCY_MS_MIN);
      expect(took).toBeLessThanOrEqual(LATENCY_MS_MAX);
    }
  });

  it.each([
    ['plain', {}],
    ['with delay and jitter', { delayMs: 100, jitterMs: 90 }],
    ['on a slow line', { bitsPerSecond: 8_000 }],
  ])('keeps the order of each direction: %s', (_, shape) => {
    const bench = createBench();
    bench.order(link(shape));
    for (const id of range(100)) {
      bench.send('a', 'b', id);
      bench.send('b', 'a', id);
      bench.run(id % 3);
    }
    bench.run(2_000);
    expect(bench.got('b')).toEqual(range(100));
    expect(bench.got('a')).toEqual(range(100));
  });

  it('loses what is sent while it is down', () => {
    const bench = createBench();
    bench.order(link({ state: 'cut' }));
    bench.send('a', 'b', 1);
    bench.order({ kind: 'heal' });
    bench.run(5_000);
    expect(bench.got('b')).toEqual([]);
    expect(bench.network.isConnected('a', 'b')).toBe(true);
  });
});

describe('a stalled link', () => {
  it('holds what is sent and what is under way, and lets it go in order when it heals', () => {
    const bench = createBench();
    bench.send('a', 'b', 1);
    bench.order({ kind: 'partition', groups: [['a']] });
    bench.send('a', 'b', 2);
    bench.send('a', 'b', 3);
    bench.run(5_000);
    expect(bench.got('b')).toEqual([]);
    expect(bench.told).toEqual(['a-b up']);
    bench.order({ kind: 'heal' });
    bench.send('a', 'b', 4);
    bench.run(100);
    expect(bench.got('b')).toEqual([1, 2, 3, 4]);
  });

  it('is given up after 12 s, loses what it held, and is dialled again only when it is open', () => {
    const bench = createBench();
    bench.order({ kind: 'partition', groups: [['a']] });
    bench.send('a', 'b', 1);
    bench.run(STALL_TIMEOUT_MS - 1);
    expect(bench.told).toEqual(['a-b up']);
    bench.run(1);
    expect(bench.told).toEqual(['a-b up', 'a-b down']);
    bench.run(60_000);
    expect(bench.told).toHaveLength(2);
    bench.order({ kind: 'heal' });
    bench.run(REDIAL_MS_MAX);
    expect(bench.told).toEqual(['a-b up', 'a-b down', 'a-b up']);
    bench.run(1_000);
    expect(bench.got('b')).toEqual([]);
  });

  it('counts its 12 s anew when it was open in between', () => {
    const bench = createBench();
    for (let i = 0; i < 3; i++) {
      bench.order({ kind: 'partition', groups: [['a']] });
      bench.run(STALL_TIMEOUT_MS - 1);
      bench.order({ kind: 'heal' });
    }
    bench.run(STALL_TIMEOUT_MS);
    expect(bench.told).toEqual(['a-b up']);
  });

  it('keeps the connection where it is stalled one way, and carries the other way', () => {
    const bench = createBench();
    bench.order(link({ state: 'stalled' }, 'one-way'));
    bench.send('a', 'b', 1);
    bench.send('b', 'a', 2);
    bench.run(5 * STALL_TIMEOUT_MS);
    expect(bench.told).toEqual(['a-b up']);
    expect([bench.got('a'), bench.got('b')]).toEqual([[2], []]);
    bench.order({ kind: 'heal' });
    bench.run(10);
    expect(bench.got('b')).toEqual([1]);
  });
});

describe('a cut link and a dead node', () => {
  it('breaks at once, one way or both, and comes back within the redial time after it heals', () => {
    for (const direction of ['one-way', 'both'] as const) {
      const bench = createBench();
      bench.send('a', 'b', 1);
      bench.order(link({ state: 'cut' }, direction));
      expect(bench.told).toEqual(['a-b up', 'a-b down']);
      bench.run(30_000);
      expect(bench.told).toHaveLength(2);
      bench.order({ kind: 'heal' });
      bench.run(REDIAL_MS_MAX);
      expect(bench.told).toEqual(['a-b up', 'a-b down', 'a-b up']);
      expect(bench.got('b')).toEqual([]);
    }
  });

  it('breaks all connections of a node that dies, and dials when it is back', () => {
    const bench = createBench(['a', 'b', 'c']);
    bench.send('a', 'b', 1);
    bench.send('c', 'b', 2);
    bench.kill('b');
    bench.run(10_000);
    expect(bench.told.slice(3)).toEqual(['a-b down', 'b-c down']);
    expect(bench.network.peersOf('b')).toEqual([]);
    bench.start('b');
    bench.run(100);
    expect(bench.network.peersOf('b')).toEqual(['a', 'c']);
    expect(bench.got('b')).toEqual([]);
  });

  it('never has two dials under way for one pair, however often a node was restarted while the link was closed', () => {
    const heap: NetworkEvent[] = [];
    const network = createNetwork(['a', 'b'], [['a', 'b']], createRandom('dials'), {
      schedule: (_, event) => heap.push(event),
      deliver: () => {},
      connected: () => {},
      disconnected: () => {},
      congested: () => {},
      isRunning: () => true,
    });
    network.reshape(0, applyOrder(EMPTY_TABLE, { kind: 'partition', groups: [['a']] }, ['a', 'b']));
    for (let i = 0; i < 10; i++) network.nodeUp(0, 'a');
    const dials = heap.splice(0);
    for (const event of dials) network.happen(event.kind === 'dial' ? event.dueMs : 0, event);
    expect(heap).toHaveLength(1);
  });

  it('dials again after a node has hung up on a peer', () => {
    const bench = createBench();
    bench.network.disconnect(bench.now(), 'b', 'a');
    bench.run(REDIAL_MS_MAX);
    expect(bench.told).toEqual(['a-b up', 'a-b down', 'a-b up']);
  });
});

describe('a shaped link', () => {
  it('takes a delay longer', () => {
    const bench = createBench();
    bench.order(link({ delayMs: 1_000 }, 'one-way'));
    bench.send('a', 'b', 1);
    bench.send('b', 'a', 2);
    bench.run(500);
    expect([bench.got('a'), bench.got('b')]).toEqual([[2], []]);
    bench.run(600);
    expect(bench.got('b')).toEqual([1]);
  });

  it('spreads its deliveries over the jitter', () => {
    const bench = createBench();
    bench.order(link({ jitterMs: 200 }));
    const took = range(100).map((id) => {
      const sentMs = bench.now();
      bench.send('a', 'b', id);
      bench.run(300);
      return bench.delivered.at(-1)!.atMs - sentMs;
    });
    expect(Math.min(...took)).toBeLessThan(40);
    expect(Math.max(...took)).toBeGreaterThan(160);
    expect(Math.max(...took)).toBeLessThanOrEqual(200 + LATENCY_MS_MAX);
  });

  it('carries no more bits a second than it is given', () => {
    const bench = createBench();
    bench.order(link({ bitsPerSecond: 80_000 }));
    const sentMs = bench.now();
    for (const id of range(10)) bench.send('a', 'b', id, 1_000);
    bench.run(5_000);
    const times = bench.delivered.map(({ atMs }) => atMs - sentMs);
    times.forEach((ms, i) => {
      expect(ms).toBeGreaterThanOrEqual(100 * (i + 1));
      expect(ms).toBeLessThanOrEqual(100 * (i + 1) + LATENCY_MS_MAX);
    });
  });

  it('delivers at once what waited on a slow line when the line is healed', () => {
    const bench = createBench();
    bench.order(link({ bitsPerSecond: 8 }));
    for (const id of range(5)) bench.send('a', 'b', id, 1_000);
    bench.run(10_000);
    expect(bench.got('b')).toEqual([]);
    bench.order({ kind: 'heal' });
    bench.run(LATENCY_MS_MAX);
    expect(bench.got('b')).toEqual(range(5));
  });

  it('leaves links alone that an order does not change', () => {
    const bench = createBench(['a', 'b', 'c']);
    bench.order(link({ delayMs: 1_000 }));
    bench.send('a', 'b', 1);
    bench.run(900);
    bench.order({ kind: 'link', from: 'a', to: 'c', direction: 'both', shape: { delayMs: 5 } });
    bench.run(200);
    expect(bench.got('b')).toEqual([1]);
  });
});

describe('congestion', () => {
  it('is told above one bound, and is over at the other', () => {
    const bench = createBench();
    bench.order(link({ state: 'stalled' }));
    bench.send('a', 'b', 1, CONGESTED_BYTES - UNCONGESTED_BYTES);
    bench.send('a', 'b', 2, UNCONGESTED_BYTES);
    expect(bench.told).toEqual(['a-b up']);
    bench.send('a', 'b', 3, 1);
    expect(bench.told.slice(1)).toEqual(['a>b congested']);
    bench.order(link({ state: 'open', bitsPerSecond: 8 * UNCONGESTED_BYTES }));
    bench.run(2_900); // the first three quarters take 3 s
    expect(bench.told.slice(1)).toEqual(['a>b congested']);
    bench.run(200);
    expect(bench.told.slice(1)).toEqual(['a>b congested']); // one byte above the lower bound
    bench.run(1_000);
    expect(bench.told.slice(1)).toEqual(['a>b congested', 'a>b free']);
  });

  it('ends with the connection, without a word', () => {
    const bench = createBench();
    bench.order(link({ state: 'stalled' }));
    bench.send('a', 'b', 1, CONGESTED_BYTES + 1);
    bench.order(link({ state: 'cut' }));
    bench.order({ kind: 'heal' });
    bench.run(REDIAL_MS_MAX);
    bench.send('a', 'b', 2, CONGESTED_BYTES);
    bench.run(100);
    expect(bench.told.slice(1)).toEqual(['a>b congested', 'a-b down', 'a-b up']);
  });
});
