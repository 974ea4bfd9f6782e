// What `lockstep explore --json` has found, read from its lines. A command that fails prints a summary too: one that says so is no result.

export type Violation = {
  readonly kind: 'violation';
  readonly seed: number;
  readonly property: string;
  readonly evidence: string;
};

/** Exploration ended otherwise than with a result. */
export class ExploreError extends Error {
  override readonly name = 'ExploreError';
}

/** The first violation of its lines; null where there is none. ExploreError, with the given words, where it has not come to its end. */
export function readFinding(lines: readonly string[], whyNot: string): Violation | null {
  const said = lines.map((line) => JSON.parse(line) as { readonly kind: string; readonly error?: unknown }); // our own command's lines
  const summary = said.findLast(({ kind }) => kind === 'summary');
  if (summary === undefined || summary.error !== undefined) throw new ExploreError(whyNot);
  return (said.find(({ kind }) => kind === 'violation') as Violation | undefined) ?? null;
}
