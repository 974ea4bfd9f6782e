// What a seed may draw from: how many nodes, and which kinds of faults.

import { BORN_FAULTS, MENDING, TIMED_FAULTS } from './fault-kinds.ts';

export type Range = {
  readonly nodes: { readonly least: number; readonly most: number };
  /** Names of `faultKinds`. */
  readonly faults: readonly string[];
};

/** Every name that `--faults` takes. */
export function faultKinds(): readonly string[] {
  return [...[...TIMED_FAULTS.keys()].filter((kind) => !MENDING.includes(kind)), ...BORN_FAULTS];
}

/** From three nodes, the fewest that can disagree with a majority, to nine. */
export function defaultRange(): Range {
  return { nodes: { least: 3, most: 9 }, faults: faultKinds() };
}
