// Runs that once broke a property, each with what was wrong: as schedules, since a seed draws another run as soon as the drawing changes.
// They are played in every run of the tests, in their lane.

import type { LaneName } from '../../sim/explore/lane.ts';
import type { Schedule } from '../../sim/explore/schedule.ts';

export type KeptRun = { readonly lane: LaneName; readonly why: string; readonly schedule: Schedule };

const NETWORK = {
  authorities: 3,
  followers: 0,
  period: 1,
  signerLimit: null,
  epoch: null,
  faults: {},
  late: [],
} as const;

/** A node whose store gets damaged, and that is killed and started. */
function damaged(fault: 'lost-tail' | 'torn-tail' | 'bit-flip', seed: string): Schedule {
  return {
    seed,
    network: NETWORK,
    load: { everyMs: 1_000 },
    timeline: [
      { atMs: 6_000, kind: 'machine', order: { kind: 'disk', node: 'n2', fault } },
      { atMs: 6_000, kind: 'process', node: 'n2', order: 'kill' },
      { atMs: 7_000, kind: 'process', node: 'n2', order: 'start' },
    ],
    endMs: 8_000,
  };
}

export const KEPT_RUNS: readonly KeptRun[] = [
  { lane: 'model', why: 'P17 asked a node for what its disk had lost', schedule: damaged('lost-tail', 'kept-1') },
  { lane: 'model', why: 'P17 asked a node for what its disk had half lost', schedule: damaged('torn-tail', 'kept-2') },
  {
    lane: 'model',
    why: 'a node whose store was damaged ended again and again, and the comparison waited for it',
    schedule: damaged('bit-flip', 'kept-3'),
  },
  {
    lane: 'model',
    why: 'P19 wanted a node to remember a seal that its disk had lost',
    schedule: {
      seed: 'explore-310',
      network: { ...NETWORK, authorities: 1 },
      load: null,
      timeline: [
        { atMs: 2_084, kind: 'machine', order: { kind: 'disk', node: 'n1', fault: 'lost-tail' } },
        { atMs: 2_084, kind: 'process', node: 'n1', order: 'kill' },
        { atMs: 3_981, kind: 'process', node: 'n1', order: 'start' },
      ],
      endMs: 3_981,
    },
  },
  {
    lane: 'model',
    why: 'a proposal to a node that was paused ended the story',
    schedule: {
      seed: 'explore-1212',
      network: { ...NETWORK, authorities: 1 },
      load: null,
      timeline: [
        { atMs: 403, kind: 'process', node: 'n1', order: 'pause' },
        { atMs: 528, kind: 'propose', node: 'n1', candidate: `0x${'a1'.repeat(20)}`, authorize: true },
      ],
      endMs: 528,
    },
  },
  {
    lane: 'model',
    why: 'P20 knew only the last of the results that a node had for a block, before and after its store was emptied',
    schedule: {
      seed: 'explore-97',
      network: { ...NETWORK, authorities: 5, signerLimit: 1 },
      load: { everyMs: 1_676 },
      timeline: [
        { atMs: 6_970, kind: 'machine', order: { kind: 'sync', node: 'n5', delayMs: 545 } },
        { atMs: 7_804, kind: 'machine', order: { kind: 'clock', node: 'n4', offsetMs: 2_175 } },
        { atMs: 9_323, kind: 'machine', order: { kind: 'disk', node: 'n5', fault: 'bit-flip' } },
        { atMs: 9_323, kind: 'process', node: 'n5', order: 'kill' },
        { atMs: 13_816, kind: 'process', node: 'n5', order: 'start' },
      ],
      endMs: 18_481,
    },
  },
];
