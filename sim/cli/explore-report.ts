// What `lockstep explore` says of a seed, and what it makes of one that failed.

import { access, constants, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import type { SeedReport } from '../explore/explore-seed.ts';
import type { Outcome } from '../explore/play.ts';
import { scriptOf } from '../explore/schedule.ts';
import type { Shrunk } from '../explore/shrink.ts';
import { writeScript } from '../script/write.ts';
import { JobError, type Jobs } from './explore-jobs.ts';
import { counted, drawnLine, scheduleLines } from './explore-text.ts';
import { repeatLine, type Wish } from './explore-wish.ts';
import { COMMAND, type Output, shellWord } from './output.ts';

/** What came of a seed, or why its job broke. */
export type Played =
  | { readonly kind: 'played'; readonly report: SeedReport }
  | { readonly kind: 'broke'; readonly why: string };

type Violation = Outcome['violations'][number];

/** Runs that the shrinking of one failure may cost. */
const SHRINK_TRIES_MAX = 400;

/** Prints what came of a seed; the first property that it broke, or null. */
export function tellSeed(output: Output, wish: Wish, seed: number, played: Played): Violation | null {
  const { lane } = wish;
  const repeat = repeatLine(wish, seed);
  if (played.kind === 'broke') {
    const violation = { property: 'end', evidence: played.why };
    const text = [...violationLines(`seed ${seed}`, [violation]), `repeat it with: ${repeat}`].join('\n');
    output.result({ kind: 'violation', seed, lane, ...violation, repeat }, text);
    return violation;
  }
  const { drawn, outcome } = played.report;
  const { timeline, ...options } = drawn.schedule;
  const { violations, checks: _, ...figures } = outcome;
  const [first = null] = violations;
  const isWhole = wish.seeds === 1 || first !== null;
  const drawing = { ...options, latency: drawn.latency, weights: drawn.weights, acts: timeline.length };
  output.result(
    {
      kind: 'seed',
      seed,
      lane,
      passed: first === null,
      options: { ...drawing, ...(isWhole && { timeline }) },
      ...figures,
    },
    isWhole ? [...scheduleLines(drawn.schedule), drawnLine(drawn), outcomeLine(outcome)].join('\n') : null,
  );
  if (first === null) return null;
  output.result(
    { kind: 'violation', seed, lane, ...first, violations, repeat },
    [...violationLines(`seed ${seed}`, violations), `repeat it with: ${repeat}`].join('\n'),
  );
  return first;
}

/** Refuses a folder that failures cannot be written to, before there are any. */
export async function expectFolder(out: string): Promise<void> {
  try {
    await access(out, constants.W_OK);
  } catch (error) {
    throw new NetworkError('usage', `--out ${out}: ${messageOf(error)}`);
  }
}

/** One line of figures. */
export function outcomeLine({ blocks, transactions, reorgs, traceHash }: Outcome): string {
  return `  ${blocks} blocks, ${transactions} transfers, ${reorgs} reorganisations, trace ${traceHash}`;
}

/** A line for each property that was broken. */
export function violationLines(what: string, violations: readonly Violation[]): readonly string[] {
  return violations.map(({ property, evidence }) => `${styleText('red', `${what} breaks ${property}`)}: ${evidence}`);
}

/** Makes the failure small and writes it down; does nothing more once it is interrupted. */
export async function shrinkAndWrite(
  output: Output,
  jobs: Jobs,
  wish: Wish,
  out: string,
  { seed, drawn }: SeedReport,
  property: string,
  interrupted: Promise<void>,
): Promise<void> {
  output.progress(`making it small: at most ${SHRINK_TRIES_MAX} runs …`);
  let shrunk: Shrunk | null;
  try {
    const work = { kind: 'shrink', schedule: drawn.schedule, property, triesMax: SHRINK_TRIES_MAX } as const;
    shrunk = await Promise.race([jobs.run(work, 'shrunk'), interrupted.then(() => null)]);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    output.progress(`it could not be made small: ${error.message}`);
    return;
  }
  if (shrunk === null) return;
  const { schedule, tries } = shrunk;
  const file = join(out, `explore-${wish.lane}-${seed}.yaml`);
  const play = wish.lane === 'full' ? ['run', file] : ['explore', '--lane', wish.lane, '--schedule', file];
  const repeat = `${COMMAND} ${play.map(shellWord).join(' ')}`;
  const comment = [`Breaks ${property} in the ${wish.lane} lane: what is left of seed ${seed}.`, repeat];
  try {
    await writeFile(file, writeScript(scriptOf(schedule, wish.tier), comment));
  } catch (error) {
    throw new NetworkError('usage', `--out ${out}: ${messageOf(error)}`);
  }
  output.result(
    { kind: 'shrunk', seed, property, tries, acts: schedule.timeline.length, file, repeat, schedule },
    [
      `what is left of it after ${counted(tries, 'run')} breaks ${property} alike:`,
      ...scheduleLines(schedule),
      `written to ${file}; play it with: ${repeat}`,
    ].join('\n'),
  );
}
