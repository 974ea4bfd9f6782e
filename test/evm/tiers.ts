// Runs a program on the reference machine and on a faster one, over states of their own, and says in one value each what came of it.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { createTierTwo } from '../../node/evm/tier-two/machine.ts';
import { type Result, run, type Setting } from './run.ts';

const reference = createInterpreter();
/** The machine that is compared. A refusal of its module is a failure here. */
export const tierOne = createTierOne({
  onRefusal: (error) => {
    throw error;
  },
});

/** The machine that compiles everything, and one that compiles what is warm. */
export const tierTwo = createTierTwo({
  threshold: 0,
  onRefusal: (error) => {
    throw error;
  },
  onBlockRefusal: (error) => refusals.push(error),
});
/** What the second tier did not compile, which it should have. */
export const refusals: unknown[] = [];
export const warmTierTwo = createTierTwo({ threshold: 40 });

/** What is compared with the reference where nothing else is said. */
const compared = process.env['LOCKSTEP_TIER'] === '2' ? tierTwo : tierOne;

/** What of a result two machines must have in common: everything. */
export type Traits = ReturnType<typeof traitsOf>;

export function runOnBoth(
  text: string | Uint8Array,
  setting: Setting = {},
  machine: Machine = compared,
): { readonly expected: Traits; readonly actual: Traits } {
  return {
    expected: traitsOf(run(text, { ...setting, machine: reference })),
    actual: traitsOf(run(text, { ...setting, machine })),
  };
}

function traitsOf({ status, halt, gasLeft, output, steps, journal }: Result) {
  return { status, halt, gasLeft, output, steps, logs: journal.logs(), refund: journal.refund(), diff: journal.diff() };
}
