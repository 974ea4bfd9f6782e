// What may be drawn: the kinds of faults of an exploration by name, each with the acts that it becomes. Nothing here knows what a network
// does with them; the vocabulary is the scenarios'.

import type { Random } from '../../node/lib/random.ts';
import type { LinkShape, NodeName } from '../kernel/links.ts';
import type { DiskFault } from '../kernel/machine-order.ts';
import { allPairs } from '../kernel/network.ts';
import { FROZEN_MS_MAX, SKEW_PERIODS_MAX, type TimedAct } from './schedule.ts';

/** What a fault is drawn from. */
export type Drawing = {
  readonly random: Random;
  readonly nodes: readonly NodeName[];
  readonly periodMs: number;
  readonly atMs: number;
  /** Nodes that an earlier act took down. They may be up by themselves later: the player passes over what means nothing. */
  readonly down: Set<NodeName>;
  /** How many stores may still be emptied or damaged. */
  losses: number;
};

type Draw = (drawing: Drawing) => readonly TimedAct[];

const DOWN_MS_MAX = 8_000;
const SLOW_MS_MAX = 800;
const DELAY_MS_MAX = 5_000;

/** The kind that votes. */
export const VOTE = 'vote';
/** Kinds that take a signer out for long. */
export const LOSING: readonly string[] = ['wipe', 'damage'];
/** Nobody has their keys. */
const STRANGERS = [`0x${'a1'.repeat(20)}`] as const;

/** By the name that `--faults` knows. Every act of a fault happens at its moment or later. */
export const TIMED_FAULTS: ReadonlyMap<string, Draw> = new Map<string, Draw>([
  // F1, F2: some nodes hear each other only.
  [
    'partition',
    ({ random, nodes, atMs }) => {
      const order = random.shuffle(nodes);
      const first = random.between(1, order.length - 1);
      const second = random.chance(1, 5) ? random.between(first, order.length) : order.length;
      const groups = [order.slice(0, first), order.slice(first, second), order.slice(second)];
      return [
        partition(
          atMs,
          groups.filter((group) => group.length > 0),
        ),
      ];
    },
  ],
  // F3.
  [
    'isolate',
    ({ random, nodes, atMs }) => [
      {
        atMs,
        kind: 'network',
        order: { kind: 'node', node: random.pick(nodes), state: random.pick(['stalled', 'cut'] as const) },
      },
    ],
  ],
  // F4.
  [
    'one-way',
    ({ random, nodes, atMs }) => [
      link(atMs, pair(random, nodes), 'one-way', { state: random.pick(['stalled', 'stalled', 'cut'] as const) }),
    ],
  ],
  // F5: two sides, and one node that hears both.
  [
    'bridge',
    ({ random, nodes, atMs }) => {
      const [middle = '', ...rest] = random.shuffle(nodes);
      if (rest.length < 2) return []; // two nodes have no sides
      const first = random.between(1, rest.length - 1);
      const [left, right] = [rest.slice(0, first), rest.slice(first)];
      return [
        partition(atMs, [[middle, ...left], right]),
        ...right.map((node) => link(atMs, [middle, node], 'both', { state: 'open' })),
      ];
    },
  ],
  // F6 to F9, F11.
  ['loss', shaped((random) => ({ lossPercent: random.between(1, 30) }))],
  [
    'delay',
    shaped((random) => ({
      delayMs: random.below(random.pick([200, 1_000, DELAY_MS_MAX])),
      jitterMs: random.below(800),
    })),
  ],
  ['duplicate', shaped((random) => ({ duplicatePercent: random.between(1, 40) }))],
  ['reorder', shaped((random) => ({ reorderPercent: random.between(1, 40), jitterMs: random.below(300) }))],
  ['narrow', shaped((random) => ({ bitsPerSecond: random.pick([10_000, 20_000, 100_000]) }))],
  // F10.
  [
    'flap',
    ({ random, nodes, atMs }) => {
      const ends = pair(random, nodes);
      const everyMs = random.between(100, 1_500);
      const state = random.pick(['stalled', 'cut'] as const);
      return Array.from({ length: 2 * random.between(1, 4) }, (_, i) =>
        link(atMs + i * everyMs, ends, 'both', { state: i % 2 === 0 ? state : 'open' }),
      );
    },
  ],
  // Opens what is cut; a heal takes away every other shape too.
  [
    'heal',
    ({ random, nodes, atMs }) => [
      random.chance(1, 2) ? { atMs, kind: 'network', order: { kind: 'heal' } } : partition(atMs, [nodes]),
    ],
  ],
  // F12, F13: what a node keeps is the same either way.
  [
    'kill',
    ({ random, nodes, atMs, down }) => {
      const node = random.pick(nodes);
      if (random.chance(1, 2)) return [process(atMs, node, 'kill'), process(laterThan(random, atMs), node, 'start')];
      down.add(node);
      return [process(atMs, node, random.pick(['kill', 'stop'] as const))];
    },
  ],
  [
    'start',
    ({ random, atMs, down }) => {
      const [node] = random.shuffle([...down]);
      if (node === undefined) return [];
      down.delete(node);
      return [process(atMs, node, 'start')];
    },
  ],
  // F14.
  [
    'pause',
    ({ random, nodes, atMs }) => {
      const node = random.pick(nodes);
      return [process(atMs, node, 'pause'), process(atMs + random.between(100, FROZEN_MS_MAX), node, 'resume')];
    },
  ],
  // F16.
  [
    'freeze',
    ({ random, nodes, atMs }) => [
      {
        atMs,
        kind: 'machine',
        order: { kind: 'freeze', node: random.pick(nodes), ms: random.between(1, FROZEN_MS_MAX) },
      },
    ],
  ],
  // F15.
  [
    'all-crash',
    ({ random, nodes, atMs, down }) => {
      down.clear();
      return [
        ...nodes.map((node) => process(atMs, node, 'kill')),
        ...nodes.map((node) => process(laterThan(random, atMs), node, 'start')),
      ];
    },
  ],
  // F18. A wipe takes a signer out for long, so there is no second.
  [
    'wipe',
    losing(({ random, nodes, atMs }) => {
      const node = random.pick(nodes);
      return [process(atMs, node, 'wipe'), process(laterThan(random, atMs), node, 'start')];
    }),
  ],
  // F19, F20.
  [
    'clock',
    ({ random, nodes, atMs, periodMs }) => {
      const skewMs = SKEW_PERIODS_MAX * periodMs;
      const offsetMs = random.between(0, 2 * skewMs) - skewMs;
      return [{ atMs, kind: 'machine', order: { kind: 'clock', node: random.pick(nodes), offsetMs } }];
    },
  ],
  // F21.
  ['write-error', disk(['write-error'])],
  ['full', disk(['full'])],
  // F22 to F24: the store is not what its node wrote when it comes back.
  [
    'damage',
    losing(({ random, nodes, atMs }) => {
      const node = random.pick(nodes);
      const fault = random.pick(['lost-tail', 'torn-tail', 'bit-flip'] as const);
      return [
        { atMs, kind: 'machine', order: { kind: 'disk', node, fault } },
        process(atMs, node, 'kill'),
        process(laterThan(random, atMs), node, 'start'),
      ];
    }),
  ],
  // F25, F32.
  [
    'slow-sync',
    ({ random, nodes, atMs }) => [
      {
        atMs,
        kind: 'machine',
        order: { kind: 'sync', node: random.pick(nodes), delayMs: random.between(1, SLOW_MS_MAX) },
      },
    ],
  ],
  [
    'slow',
    ({ random, nodes, atMs }) => [
      {
        atMs,
        kind: 'machine',
        order: { kind: 'slow', node: random.pick(nodes), msPerBlock: random.between(1, SLOW_MS_MAX) },
      },
    ],
  ],
  // No fault, but what faults must not mix up: an authority wants somebody else among the signers.
  [
    VOTE,
    ({ random, nodes, atMs }) => {
      const node = random.pick(nodes.filter((name) => name.startsWith('n')));
      return [{ atMs, kind: 'propose', node, candidate: random.pick(STRANGERS), authorize: true }];
    },
  ],
  ['repair', ({ atMs }) => [{ atMs, kind: 'machine', order: { kind: 'repair' } }]],
]);

/** Faults that a network is born with. */
export const BORN_FAULTS = ['late', 'clone', 'byzantine', 'machine'] as const;

/** What mends; it is always among what is drawn, or else every run would end in ruins. */
export const MENDING: readonly string[] = ['heal', 'start', 'repair'];

function shaped(drawShape: (random: Random) => Partial<LinkShape>): Draw {
  return ({ random, nodes, atMs }) => {
    const shape = drawShape(random);
    const ends = random.chance(1, 3) ? allPairs(nodes) : [pair(random, nodes)];
    const direction = random.pick(['one-way', 'both'] as const);
    return ends.map((two) => link(atMs, two, direction, shape));
  };
}

function disk(faults: readonly DiskFault[]): Draw {
  return ({ random, nodes, atMs, down }) => {
    const node = random.pick(nodes);
    down.add(node);
    return [{ atMs, kind: 'machine', order: { kind: 'disk', node, fault: random.pick(faults) } }];
  };
}

function losing(draw: Draw): Draw {
  return (drawing) => {
    if (drawing.losses === 0) return [];
    drawing.losses -= 1;
    return draw(drawing);
  };
}

function laterThan(random: Random, atMs: number): number {
  return atMs + random.between(1, DOWN_MS_MAX);
}

function pair(random: Random, nodes: readonly NodeName[]): readonly [NodeName, NodeName] {
  const [from = '', to = ''] = random.shuffle(nodes);
  return [from, to];
}

function partition(atMs: number, groups: readonly (readonly NodeName[])[]): TimedAct {
  return { atMs, kind: 'network', order: { kind: 'partition', groups } };
}

/** Shapes a link at a moment. */
export function link(
  atMs: number,
  [from, to]: readonly [NodeName, NodeName],
  direction: 'both' | 'one-way',
  shape: Partial<LinkShape>,
): TimedAct {
  return { atMs, kind: 'network', order: { kind: 'link', from, to, direction, shape } };
}

function process(
  atMs: number,
  node: NodeName,
  order: 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'wipe',
): TimedAct {
  return { atMs, kind: 'process', node, order };
}
