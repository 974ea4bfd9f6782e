// Tier 1: the machine that interprets decoded code in one fixed WebAssembly module. It serves Cancun, Prague and Osaka; older forks, messages
// that are watched, and engines that refuse the module are served by the reference machine, with the same results.

import type { Fork } from '../../types/config.ts';
import { type Alterations, assemble, createInterpreter, execute, type ForkParts } from '../interpreter.ts';
import type { Machine } from '../machine.ts';
import type { Counts, EngineOptions } from './engine.ts';
import { ROOMS, type Rooms } from './layout.ts';
import { PAGES_MAX } from './module.ts';
import { createEngine, type Engine } from './runner.ts';

/** The forks whose opcodes the module knows. */
const SERVED: readonly Fork[] = ['Cancun', 'Prague', 'Osaka'];

export type TierOneOptions = {
  /** Called once where the engine refuses the module, and everything runs on the reference machine. */
  readonly onRefusal?: (error: unknown) => void;
  /** Pages of 64 KiB that the module's memory may have. */
  readonly pagesMax?: number;
  /** Where the parts that fill up end; less than all of them for tests. */
  readonly rooms?: Rooms;
  /** Makes the compiler of hot blocks (tier 2); without one nothing is compiled. */
  readonly createCompiler?: EngineOptions['createCompiler'] & object;
};

/** The machine, and how many steps were done by the module and by the reference machine so far: for metrics, which decide nothing. */
export type TierOne = Machine & { readonly counts: () => Readonly<Counts> };

/** Creates the machine. It keeps decoded code between messages. */
export function createTierOne(options: TierOneOptions = {}): TierOne {
  const reference = createInterpreter();
  const engine = startEngine(options);
  const counts = engine?.counts ?? { compiled: 0, module: 0, reference: 0 };
  const forks = new Map<Fork, ForkParts>(SERVED.map((fork) => [fork, assemble(fork, NO_ALTERATIONS)]));
  return {
    counts: () => ({ ...counts }),
    execute(environment, message) {
      const parts = environment.hooks === undefined ? forks.get(environment.fork) : undefined;
      if (parts === undefined || engine === null) {
        const result = reference.execute(environment, message);
        counts.reference += result.steps;
        return result;
      }
      return execute(parts, environment, message, engine.createRunner);
    },
  };
}

const NO_ALTERATIONS: Alterations = {};

function startEngine({ onRefusal, pagesMax = PAGES_MAX, rooms = ROOMS, ...compiler }: TierOneOptions): Engine | null {
  try {
    return createEngine({ pagesMax, rooms, ...compiler });
  } catch (error) {
    onRefusal?.(error);
    return null;
  }
}
