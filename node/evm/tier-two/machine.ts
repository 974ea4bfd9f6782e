// Tier 2: tier 1, whose hot blocks become WebAssembly of their own. Everything that is hard stays where it is: calls, creations, what the
// host is asked, and what halts are the interpreter's, to which compiled code returns before such an instruction.

import { createTierOne, type TierOne, type TierOneOptions } from '../tier-one/machine.ts';
import { type CompilerCounts, createCompiler, LIMITS } from './compiler.ts';
import type { Limits } from './units.ts';

export type TierTwoOptions = TierOneOptions & {
  /** Steps that a block does until it is hot; zero compiles everything. */
  readonly threshold?: number;
  /** What is kept of compiled code. */
  readonly limits?: Limits;
  /** Called where a block is not compiled, and stays tier 1's. */
  readonly onBlockRefusal?: (error: unknown) => void;
};

/** The machine, and what it has compiled so far. */
export type TierTwo = TierOne & { readonly compiled: () => Readonly<CompilerCounts> };

/**
 * A function costs milliseconds to compile, most of them on another thread. What has done so many steps, some tens of microseconds of tier 1,
 * may well do millions.
 */
export const THRESHOLD = 20_000;

/** Creates the machine. It keeps what it has compiled between messages. */
export function createTierTwo({
  threshold = THRESHOLD,
  limits = LIMITS,
  onBlockRefusal = () => {},
  ...options
}: TierTwoOptions = {}): TierTwo {
  const counts: CompilerCounts = { modules: 0, functions: 0, bytes: 0, refusals: 0 };
  const machine = createTierOne({
    ...options,
    createCompiler: (parts) => createCompiler(parts, { threshold, limits, onRefusal: onBlockRefusal }, counts),
  });
  return { ...machine, compiled: () => ({ ...counts }) };
}
