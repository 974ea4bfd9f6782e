// P22: a seed tells a run. A property of two runs, so it is asked for and not watched with the others.

import type { Hex } from '../../node/lib/bytes.ts';
import type { CheckResult, Observation } from './property.ts';

const STATEMENT = 'same seed and commit: byte-identical trace';

/** Notes a run as far as two can be compared: what was observed, in its order. The trace's hash says that the effects are the same too. */
export type RunNotes = {
  readonly observe: (observation: Observation) => void;
  readonly observed: () => readonly string[];
};

export function createRunNotes(): RunNotes {
  const notes: string[] = [];
  return {
    observe: (observation) => {
      notes.push(JSON.stringify(observation));
    },
    observed: () => notes,
  };
}

export type TracedRun = { readonly traceHash: Hex | null; readonly observed: readonly string[] };

/** Compares two runs of one seed; says where they parted first, as far as an observer sees. */
export function judgeTraces(first: TracedRun, second: TracedRun): CheckResult {
  const say = (passed: boolean, evidence: string): CheckResult => ({ id: 'P22', passed, evidence });
  if (first.traceHash === null || second.traceHash === null)
    return say(true, 'not asked: real time does not repeat, this arm has no trace');
  const length = Math.max(first.observed.length, second.observed.length);
  for (let at = 0; at < length; at++) {
    const [a = 'nothing', b = 'nothing'] = [first.observed[at], second.observed[at]];
    if (a !== b)
      return say(false, `observation ${at}: first ${excerpt(a)}, then ${excerpt(b)}; expected: ${STATEMENT}`);
  }
  if (first.traceHash !== second.traceHash)
    return say(
      false,
      `traces ${first.traceHash} and ${second.traceHash} of the same observations; expected: ${STATEMENT}`,
    );
  return say(true, `two runs, ${length} observations, one trace ${first.traceHash}`);
}

const EXCERPT_LENGTH = 160;

function excerpt(text: string): string {
  return text.length <= EXCERPT_LENGTH ? text : `${text.slice(0, EXCERPT_LENGTH)}…`;
}
