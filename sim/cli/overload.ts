// Whether this machine has time for real nodes: properties of real time break on one that has none, and whoever reads so should know.

import { availableParallelism, loadavg } from 'node:os';

/** Waiting processes per core from which on a node's thread may sleep for whole periods. */
const CROWD = 3;

/** One line where many more processes want to run than there are cores, else null. Of the last minute; systems without the figure say 0. */
export function overloadLine(load: number = loadavg()[0] ?? 0, cores: number = availableParallelism()): string | null {
  if (load <= CROWD * cores) return null;
  return `this machine is crowded (load ${load.toFixed(0)} on ${cores} cores): nodes may have had no time to keep their deadlines`;
}
