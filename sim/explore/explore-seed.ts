// One seed of an exploration: drawn, played, and told.

import type { Tier } from '../../node/types/tier.ts';
import { type Drawn, drawSchedule } from './draw.ts';
import type { Lane } from './lane.ts';
import { type Outcome, playSchedule } from './play.ts';
import type { Range } from './range.ts';

/** What came of one seed. Plain data: it crosses from thread to thread. */
export type SeedReport = {
  readonly seed: number;
  readonly drawn: Drawn;
  readonly outcome: Outcome;
};

/** Draws and plays one seed in this thread, which is prepared for the lane. */
export async function exploreSeed(seed: number, range: Range, lane: Lane, tier: Tier): Promise<SeedReport> {
  const drawn = drawSchedule(seed, range);
  return { seed, drawn, outcome: await playSchedule(drawn.schedule, lane, tier) };
}
