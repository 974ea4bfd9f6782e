import { describe, expect, it } from 'vitest';
import type { Effect, Input, NodeCore } from '../../../node/core/contract.ts';
import type { NodeView } from '../../../node/core/view.ts';
import type { StoreReader } from '../../../node/lib/store.ts';
import type { Observation } from '../../../sim/check/property.ts';
import { createWorld, type WorldOptions } from '../../../sim/kernel/world.ts';

type Heard = { readonly atMs: number; readonly node: string; readonly life: number; readonly input: Input };
type Behaviour = (context: {
  readonly nowMs: number;
  readonly node: string;
  readonly input: Input;
  readonly store: StoreReader;
  readonly wakeAt: (atMs: number) => void;
}) => readonly Effect[];

const NEVER = Number.POSITIVE_INFINITY;
const BYTES = Uint8Array.of(1, 2, 3);

/** A world of cores that do what the test says, and remember what they heard. */
function createBench(behave: Behaviour = () => [], options: Partial<WorldOptions> = {}) {
  const heard: Heard[] = [];
  const observed: Observation[] = [];
  const createCore = (node: string, store: StoreReader, life: number): NodeCore => {
    let wakeAtMs = NEVER;
    return {
      step(nowMs, input) {
        heard.push({ atMs: nowMs, node, life, input });
        if (input.kind === 'wake' && wakeAtMs <= nowMs) wakeAtMs = NEVER;
        const wakeAt = (atMs: number): void => {
          wakeAtMs = atMs;
        };
        const effects = behave({ nowMs, node, input, store, wakeAt });
        return input.kind === 'ask'
          ? [...effects, { kind: 'answer', id: input.id, outcome: { kind: 'accepted' } }]
          : effects;
      },
      wakeAtMs: () => wakeAtMs,
      view: () => ({}) as NodeView,
    };
  };
  const world = createWorld({
    seed: 'world',
    startMs: 1_000,
    nodes: ['a', 'b', 'c'],
    pairs: null,
    observe: (observation) => observed.push(observation),
    createCore,
    ...options,
  });
  const run = (ms: number): void => {
    const untilMs = world.nowMs() + ms;
    while (world.advance(untilMs));
  };
  return {
    world,
    heard,
    observed,
    run,
    startAll: () => {
      for (const node of ['a', 'b', 'c']) world.start(node);
      run(100);
      heard.length = 0;
    },
    inputs: (node: string, kind: Input['kind']) => heard.filter((h) => h.node === node && h.input.kind === kind),
  };
}

const say = (message: string): Effect => ({ kind: 'event', event: { kind: 'host', message } });
const ASK = { kind: 'set-sealing', enabled: true } as const;

describe('the life of a node in the world', () => {
  it('begins with a wake, and with peers after that', () => {
    const bench = createBench();
    bench.world.start('a');
    bench.world.start('b');
    expect(bench.heard.map(({ node, input }) => `${node} ${input.kind}`)).toEqual(['a wake', 'b wake']);
    bench.run(100);
    expect(bench.heard.slice(2).map(({ node, input }) => `${node} ${input.kind}`)).toEqual(['a peer-up', 'b peer-up']);
  });

  it('ends at once, its peers hear of it, and the next life counts one more over the same disk', () => {
    const bench = createBench(({ input, store }) =>
      input.kind === 'wake' && store.get('k') === undefined
        ? [{ kind: 'persist', writes: [{ key: 'k', value: BYTES }] }]
        : [],
    );
    bench.startAll();
    bench.world.kill('a');
    expect(bench.world.isRunning('a')).toBe(false);
    expect(bench.world.view('a')).toBeNull();
    expect(bench.inputs('b', 'peer-down')).toHaveLength(1);
    bench.world.start('a');
    expect(bench.inputs('a', 'wake')).toMatchObject([{ life: 2 }]);
    expect(bench.world.disk('a').get('k')).toEqual(BYTES);
    bench.world.wipe('a');
    expect([bench.world.isRunning('a'), bench.world.disk('a').size()]).toEqual([false, 0]);
    expect(bench.observed.filter((o) => o.kind === 'process' && o.node === 'a')).toMatchObject([
      { change: 'started' },
      { change: 'killed' },
      { change: 'started' },
      { change: 'killed' },
      { change: 'wiped' },
    ]);
  });

  it('asserts that a node which runs is not started again, and that one which does not is not killed', () => {
    const bench = createBench();
    expect(() => bench.world.kill('a')).toThrow('a does not run');
    bench.world.start('a');
    expect(() => bench.world.start('a')).toThrow('a runs already');
  });
});

describe('wakes', () => {
  it('come exactly when they were last wished for, and once', () => {
    const bench = createBench(({ input, nowMs, wakeAt }) => {
      if (input.kind === 'ask') wakeAt(nowMs + 500);
      return [];
    });
    bench.startAll();
    const { world } = bench;
    world.ask('a', ASK);
    bench.run(200);
    world.ask('a', ASK); // moves the wish to 700
    bench.run(2_000);
    expect(bench.inputs('a', 'wake').map(({ atMs }) => atMs)).toEqual([1_000 + 100 + 700]);
  });

  it('come earlier where the wish was moved forward', () => {
    let waitMs = 500;
    const bench = createBench(({ input, nowMs, wakeAt }) => {
      if (input.kind === 'ask') wakeAt(nowMs + waitMs);
      return [];
    });
    bench.startAll();
    bench.world.ask('a', ASK);
    waitMs = 50;
    bench.world.ask('a', ASK);
    bench.run(2_000);
    expect(bench.inputs('a', 'wake').map(({ atMs }) => atMs)).toEqual([1_150]);
  });

  it('do not reach a later life', () => {
    const bench = createBench(({ input, nowMs, wakeAt }) => {
      if (input.kind === 'ask') wakeAt(nowMs + 500);
      return [];
    });
    bench.startAll();
    bench.world.ask('a', ASK);
    bench.world.kill('a');
    bench.world.start('a');
    bench.run(2_000);
    expect(bench.inputs('a', 'wake')).toHaveLength(1); // the first input of the second life
  });

  it('may be given early, and then leave the planned one in its place', () => {
    const bench = createBench(({ input, nowMs, wakeAt }) => {
      if (input.kind === 'ask') wakeAt(nowMs + 500);
      return [];
    });
    bench.startAll();
    bench.world.ask('a', ASK);
    bench.run(100);
    bench.world.wakeEarly('a');
    bench.run(2_000);
    expect(bench.inputs('a', 'wake').map(({ atMs }) => atMs)).toEqual([1_200, 1_600]);
  });
});

describe('effects', () => {
  it('of one step are all performed before any input that they cause', () => {
    const performed: string[] = [];
    const bench = createBench(
      ({ node, input }) => {
        if (input.kind === 'ask')
          return [say('first'), { kind: 'disconnect', peer: 'b', code: 'wire-wrong-network' }, say('last')];
        return input.kind === 'peer-down' ? [say(`${node} peer-down`)] : [];
      },
      {
        observe: (o) => {
          if (o.kind === 'event' && o.event.kind === 'host') performed.push(o.event.message);
        },
      },
    );
    bench.startAll();
    bench.world.ask('a', ASK);
    expect(performed).toEqual(['first', 'last', 'a peer-down', 'b peer-down']);
  });

  it('persist before what follows in the list', () => {
    const sizes: number[] = [];
    const bench = createBench(
      ({ input }) =>
        input.kind === 'ask' ? [{ kind: 'persist', writes: [{ key: 'k', value: BYTES }] }, say('x')] : [],
      {
        observe: (o) => {
          if (o.kind === 'event') sizes.push(bench.world.disk('a').size());
        },
      },
    );
    bench.startAll();
    bench.world.ask('a', ASK);
    expect(sizes).toEqual([1]);
  });

  it('carry a request to its peer and the response back under the number that the asker gave', () => {
    const bench = createBench(({ input }) => {
      if (input.kind === 'ask') return [{ kind: 'request', to: 'b', id: 77, bytes: BYTES }];
      return input.kind === 'request' ? [{ kind: 'respond', id: input.id, bytes: Uint8Array.of(9) }] : [];
    });
    bench.startAll();
    bench.world.ask('a', ASK);
    bench.run(20);
    expect(bench.inputs('b', 'request')).toMatchObject([{ input: { from: 'a', bytes: BYTES } }]);
    expect(bench.inputs('a', 'response')).toMatchObject([{ input: { id: 77, bytes: Uint8Array.of(9) } }]);
    expect(bench.inputs('c', 'request')).toEqual([]);
  });

  it('carry no response twice, nor one to a request that nobody sent', () => {
    const bench = createBench(({ node, input }) => {
      if (node === 'a' && input.kind === 'ask') return [{ kind: 'request', to: 'b', id: 1, bytes: BYTES }];
      if (input.kind !== 'request') return [];
      return [
        { kind: 'respond', id: input.id, bytes: BYTES },
        { kind: 'respond', id: input.id, bytes: BYTES },
        { kind: 'respond', id: 999, bytes: BYTES },
      ];
    });
    bench.startAll();
    bench.world.ask('a', ASK);
    bench.run(20);
    expect(bench.inputs('a', 'response')).toHaveLength(1);
  });

  it('bring gossip once to everybody, passed on only by who accepts it', () => {
    for (const verdict of ['accept', 'ignore'] as const) {
      const bench = createBench(
        ({ input }) => {
          if (input.kind === 'ask') return [{ kind: 'publish', topic: 'blocks', bytes: BYTES }];
          return input.kind === 'gossip' ? [{ kind: 'verdict', id: input.id, verdict }] : [];
        },
        {
          pairs: [
            ['a', 'b'],
            ['b', 'c'],
          ],
        },
      );
      bench.startAll();
      bench.world.ask('a', ASK);
      bench.world.ask('a', ASK); // publishing again does nothing
      bench.run(50);
      expect(['a', 'b', 'c'].map((node) => bench.inputs(node, 'gossip').length)).toEqual(
        verdict === 'accept' ? [0, 1, 1] : [0, 1, 0],
      );
    }
  });
});

describe('a paused node', () => {
  it('hears nothing until it is resumed, then a wake and everything in its order', () => {
    let id = 0;
    const bench = createBench(({ input, node, nowMs, wakeAt }) => {
      if (input.kind === 'ask' && node === 'b') wakeAt(nowMs + 10);
      id += 1;
      return input.kind === 'ask' && node === 'a' ? [{ kind: 'request', to: 'b', id, bytes: BYTES }] : [];
    });
    bench.startAll();
    bench.world.ask('b', ASK);
    bench.world.pause('b');
    expect(bench.world.isPaused('b')).toBe(true);
    expect(() => bench.world.ask('b', ASK)).toThrow('b is paused');
    bench.heard.length = 0;
    for (let i = 0; i < 3; i++) {
      bench.world.ask('a', ASK);
      bench.run(1_000);
    }
    bench.world.kill('c');
    expect(bench.heard.filter(({ node }) => node === 'b')).toEqual([]);
    bench.world.resume('b');
    const kinds = bench.heard.filter(({ node }) => node === 'b').map(({ input }) => input.kind);
    expect(kinds).toEqual(['wake', 'request', 'request', 'request', 'peer-down']);
    expect(bench.world.isPaused('b')).toBe(false);
  });

  it('may be killed, and then starts anew without what waited', () => {
    const bench = createBench(({ input, node }) =>
      input.kind === 'ask' && node === 'a' ? [{ kind: 'request', to: 'b', id: 1, bytes: BYTES }] : [],
    );
    bench.startAll();
    bench.world.pause('b');
    bench.world.ask('a', ASK);
    bench.run(100);
    bench.world.kill('b');
    bench.world.start('b');
    bench.run(100);
    expect(bench.inputs('b', 'request')).toEqual([]);
    expect(bench.world.isPaused('b')).toBe(false);
  });
});

describe('an operator', () => {
  it('gets the answer of the very step', () => {
    const bench = createBench();
    bench.startAll();
    expect(bench.world.ask('a', ASK)).toEqual({ kind: 'accepted' });
  });

  it('hears of an order to the network before anything that the order causes', () => {
    const bench = createBench();
    bench.startAll();
    bench.observed.length = 0;
    bench.world.order({ kind: 'node', node: 'a', state: 'cut' });
    expect(bench.observed[0]).toMatchObject({ kind: 'network', order: { kind: 'node' } });
    expect(bench.inputs('a', 'peer-down')).toHaveLength(2);
  });
});

describe('congestion', () => {
  it('is told to the sender alone, above a mebibyte and down to a quarter of it', () => {
    const bench = createBench(({ input, node }) =>
      input.kind === 'ask' && node === 'a' ? [{ kind: 'request', to: 'b', id: 1, bytes: new Uint8Array(400_000) }] : [],
    );
    bench.startAll();
    bench.world.order({ kind: 'link', from: 'a', to: 'b', direction: 'one-way', shape: { state: 'stalled' } });
    for (let i = 0; i < 3; i++) bench.world.ask('a', ASK);
    bench.world.order({ kind: 'heal' });
    bench.run(100);
    expect(bench.inputs('a', 'congested').map(({ input }) => input)).toEqual([
      { kind: 'congested', peer: 'b', congested: true },
      { kind: 'congested', peer: 'b', congested: false },
    ]);
    expect(bench.inputs('b', 'congested')).toEqual([]);
  });
});
