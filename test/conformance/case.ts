// What every conformance suite is made of.

/** One official vector. `run` returns what is wrong, or null where nothing is. `skip` says why it is not to be run. */
export type Case = { readonly id: string; readonly run: () => string | null; readonly skip?: string };

/** Two values of a comparison, as one line; null where they are the same. */
export function difference(what: string, expected: string, actual: string): string | null {
  return expected === actual ? null : `${what}: expected ${expected}, got ${actual}`;
}
