// Seeds that nobody has played yet: the tests look a little further each time, and CI for three minutes in each lane.

import { tmpdir } from 'node:os';
import { expect } from 'vitest';
import type { LaneName } from '../../sim/explore/lane.ts';
import { lockstep } from '../sim/cli/command.ts';

const BUDGET = process.env['CI'] === undefined ? '4s' : '3m';
/** Far more than a run explores, so that no two runs begun in different seconds share a seed. */
const SEEDS_EACH_SECOND = 1_000;

/** Explores seeds that follow from the time of day, prints them, and expects that none breaks a property. */
export async function exploreFreshSeeds(lane: LaneName): Promise<void> {
  const from = Math.floor(Date.now() / 1_000) * SEEDS_EACH_SECOND;
  const words = [
    'explore',
    '--lane',
    lane,
    '--from',
    String(from),
    '--budget',
    BUDGET,
    '--jobs',
    '1',
    '--out',
    tmpdir(),
  ];
  const { status, stdout, stderr } = await lockstep(...words);
  console.log(`${lane} lane from seed ${from}: ${stdout.trim().split('\n').at(-1)}`);
  expect({ status, told: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, told: '' });
}
