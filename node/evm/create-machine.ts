// Which machine a node runs. Tiers are faster or slower, never different: the same message gives the same result, gas and state on each.

import type { Tier } from '../types/tier.ts';
import { createInterpreter } from './interpreter.ts';
import type { Machine } from './machine.ts';
import { createTierOne } from './tier-one/machine.ts';
import { createTierTwo } from './tier-two/machine.ts';

/** Steps so far by the tier that did them, for metrics, which decide nothing. */
export type TierCounts = { readonly tier0: number; readonly tier1: number; readonly tier2: number };

/** A machine that counts its steps. */
export type CountingMachine = Machine & { readonly counts: () => TierCounts };

export type MachineOptions = {
  readonly tier: Tier;
  /** Of tier 2: steps that a block does until it is compiled. */
  readonly threshold?: number;
  /** Called once where the engine refuses the module, and everything runs on the reference. */
  readonly onRefusal?: (error: unknown) => void;
};

/** Creates a machine that prefers a tier. It holds no state of a chain: one serves all the nodes of a thread. */
export function createMachine({ tier, ...options }: MachineOptions): CountingMachine {
  if (tier === 0) return countSteps(createInterpreter());
  const machine = tier === 1 ? createTierOne(options) : createTierTwo(options);
  const counts = (): TierCounts => {
    const { compiled, module, reference } = machine.counts();
    return { tier0: reference, tier1: module, tier2: compiled };
  };
  return { execute: machine.execute, counts };
}

/** Counts the steps of a machine of tier 0, an altered one too. */
export function countSteps(machine: Machine): CountingMachine {
  let steps = 0;
  return {
    execute(environment, message) {
      const result = machine.execute(environment, message);
      steps += result.steps;
      return result;
    },
    counts: () => ({ tier0: steps, tier1: 0, tier2: 0 }),
  };
}
