// What the official tests call forks, and which blobs they mean where they do not say.

import { type BlobSchedule, FORKS, type Fork, includesFork } from '../../node/types/config.ts';

/** The names that the tests use where ours are others; a fork of blob parameters has Osaka's rules and a schedule of its own. */
const FORK_OF: Readonly<Record<string, Fork>> = {
  EIP150: 'TangerineWhistle',
  EIP158: 'SpuriousDragon',
  ConstantinopleFix: 'Petersburg',
  Merge: 'Paris',
  BPO1: 'Osaka',
  BPO2: 'Osaka',
  BPO3: 'Osaka',
  BPO4: 'Osaka',
};

/** Our name of a fork that a test names; null where there are no rules of that name. */
export function findFork(name: string): Fork | null {
  return FORK_OF[name] ?? FORKS.find((fork) => fork === name) ?? null;
}

/** The same for a name that is known to be one. */
export function forkNamed(name: string): Fork {
  const fork = findFork(name);
  if (fork === null) throw new Error(`no rules for ${name}`);
  return fork;
}

/** Schedules by the tests' names of forks, as their files have them: quantities in hexadecimal. */
export type ScheduleText = Readonly<Record<string, Readonly<Record<string, string>>>>;

const CANCUN_BLOBS: BlobSchedule = { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 };
const PRAGUE_BLOBS: BlobSchedule = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 };

/** The blobs of a fork: what the test's schedule says, or the fork's own. Before Cancun nothing asks for them. */
export function blobsNamed(name: string, schedule: ScheduleText): BlobSchedule {
  const blobs = schedule[name];
  if (blobs === undefined) return includesFork(forkNamed(name), 'Prague') ? PRAGUE_BLOBS : CANCUN_BLOBS;
  const read = (field: keyof BlobSchedule): number => Number(blobs[field]);
  return {
    target: read('target'),
    max: read('max'),
    baseFeeUpdateFraction: read('baseFeeUpdateFraction'),
  };
}
