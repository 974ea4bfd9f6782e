// Runs that once broke a property, each with what was wrong: as schedules, since a seed draws another run as soon as the drawing changes.
// They are played in every run of the tests, in their lane.

import type { LaneName } from '../../sim/explore/lane.ts';
import type { Schedule } from '../../sim/explore/schedule.ts';

export type KeptRun = { readonly lane: LaneName; readonly why: string; readonly schedule: Schedule };

const NETWORK = { authorities: 3, followers: 0, period: 1, signerLimit: null, faults: {}, late: [] } as const;

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
];
