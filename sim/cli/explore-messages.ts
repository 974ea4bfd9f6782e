// What the command and its jobs say to each other, from thread to thread.

import type { Tier } from '../../node/types/tier.ts';
import type { SeedReport } from '../explore/explore-seed.ts';
import type { LaneName } from '../explore/lane.ts';
import type { Range } from '../explore/range.ts';
import type { Schedule } from '../explore/schedule.ts';
import type { Script } from '../script/script.ts';

/** What a job is told at its birth. */
export type JobData = { readonly lane: LaneName; readonly range: Range; readonly tier: Tier };

export type ToJob =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'play'; readonly script: Script }
  | {
      readonly kind: 'shrink';
      readonly schedule: Schedule;
      readonly property: string;
      readonly triesMax: number;
    };

/** One for each message. `cpuMs` is the processor time that the job's thread took for it. */
export type FromJob =
  | { readonly kind: 'seed'; readonly report: SeedReport; readonly cpuMs: number }
  | { readonly kind: 'play'; readonly outcome: SeedReport['outcome']; readonly cpuMs: number }
  | { readonly kind: 'shrunk'; readonly schedule: Schedule; readonly tries: number; readonly cpuMs: number };
