// How much may be compiled: as much as the steps that were done are worth, so that code which is hot for a moment and never again, contract
// after contract, costs about twice what tier 1 takes for it. Steps decide, as everywhere, not time.

export type Allowance = {
  /** Whether something may be compiled after so many steps, of all messages so far. */
  readonly isThere: (steps: number) => boolean;
  /** Takes off what was compiled: bytes of WebAssembly. The last module may be larger than what was left. */
  readonly spend: (bytes: number) => void;
};

/** What may be compiled at once: some 70 ms of work, more than most contracts become. */
export const ALLOWANCE_BYTES_MAX = 128 * 1024;
/**
 * What is earned by as many steps as make a block hot, which take 200 µs on tier 1; to compile and to optimise a byte takes 0.6 µs, half of it on
 * another thread.
 */
export const BYTES_PER_THRESHOLD = 312;

/** Begins with all that may be compiled at once. Where everything is to be compiled, with a threshold of zero, there is no bound. */
export function createAllowance(threshold: number): Allowance {
  let left = ALLOWANCE_BYTES_MAX * threshold; // in bytes times the threshold, so that nothing is rounded
  let counted = 0;
  return {
    isThere(steps) {
      left = Math.min(left + (steps - counted) * BYTES_PER_THRESHOLD, ALLOWANCE_BYTES_MAX * threshold);
      counted = steps;
      return left > 0 || threshold === 0;
    },
    spend(bytes) {
      left -= bytes * threshold;
    },
  };
}
