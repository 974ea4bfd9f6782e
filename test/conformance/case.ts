// What every conformance suite is made of: cases, what became of them, and which are wanted.

/** One official vector of the small suites. `run` returns what is wrong, or null where nothing is. */
export type Case = { readonly id: string; readonly run: () => string | null };

/** What became of one vector. */
export type Report = {
  readonly id: string;
  /** The fork or network, where the suite has them. */
  readonly fork: string | null;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** The first difference, or why the case was skipped. */
  readonly detail: string | null;
  /** A refusal whose official name the map of reasons does not know: that it was refused is all that is proven. */
  readonly unnamedReason: string | null;
  readonly milliseconds: number;
};

/** The cases of slow.json are a lane of their own. */
export type Lane = 'quick' | 'slow';

/** Which cases are wanted. */
export type Selection = {
  /** Only this fork or network, in any case of letters; null for all. */
  readonly fork: string | null;
  /** Only ids that contain this text; null for all. */
  readonly filter: string | null;
  /** Null for both. */
  readonly lane: Lane | null;
  /** Of so many parts of the cases, this one: for several processes, and for samples. */
  readonly shard: { readonly index: number; readonly of: number };
};

/** Every case of both lanes. */
export const EVERYTHING: Selection = { fork: null, filter: null, lane: null, shard: { index: 0, of: 1 } };

/** Whether a selection wants a case. */
export function isWanted({ fork, filter }: Selection, id: string, forkOfCase: string): boolean {
  if (fork !== null && fork.toLowerCase() !== forkOfCase.toLowerCase()) return false;
  return filter === null || id.includes(filter);
}

/** Two values of a comparison, as one line; null where they are the same. */
export function difference(what: string, expected: string, actual: string): string | null {
  return expected === actual ? null : `${what}: expected ${expected}, got ${actual}`;
}

/** Runs a case and takes its time. What it throws is its failure. */
export function report(
  id: string,
  fork: string | null,
  run: () => Pick<Report, 'verdict' | 'detail'> & Partial<Report>,
): Report {
  const start = performance.now();
  const found = attempt(run);
  return { id, fork, unnamedReason: null, milliseconds: performance.now() - start, ...found };
}

function attempt<T>(run: () => T): T | Pick<Report, 'verdict' | 'detail'> {
  try {
    return run();
  } catch (error) {
    return { verdict: 'failed', detail: `threw ${error instanceof Error ? (error.stack ?? error.message) : error}` };
  }
}
