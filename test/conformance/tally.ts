// What a run came to: counted, printed, and summed up in one line.

import type { Tier } from '../../node/types/tier.ts';
import type { Report } from './case.ts';

/** What a suite, or a lane of one, came to; also the record that one process hands to another. */
export type Tally = {
  readonly suite: string;
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  /** Refusals whose official name the map of reasons does not know. */
  unnamed: number;
  seconds: number;
  readonly forks: Record<string, { passed: number; failed: number }>;
  /** By the tier that did them, `tier0` and so on. */
  readonly steps: Record<string, number>;
  /** Those among them of forks that the tier which was asked for leaves to tier 0. */
  stepsLeft: number;
};

/** Prints a record: as JSON, or as a line for people. */
export type Print = (record: Readonly<Record<string, unknown>>) => void;

/** A tier must do at least so many percent of the steps of its forks itself. */
const SHARE_PERCENT_MIN = 99;
/** Of fewer steps, as a filter leaves them, the share says nothing: one case that halts at once may be all there is. */
const STEPS_JUDGED_MIN = 1_000_000;
/** Which forks and networks the tiers above 0 serve (node/evm/tier-one/machine.ts): Cancun and later. */
const SERVED = /Cancun|Prague|Osaka|BPO/;

/** From here on a case is worth a line of its own. */
const SLOW_MS = 5000;

export function createTally(suite: string): Tally {
  return {
    suite,
    total: 0,
    passed: 0,
    failed: 0,
    skipped: 0,
    unnamed: 0,
    seconds: 0,
    forks: {},
    steps: {},
    stepsLeft: 0,
  };
}

/** Counts what the tiers did for a case of a fork or network; null is a chain that has them all. */
export function countSteps(
  tally: Tally,
  tier: Tier,
  fork: string | null,
  done: Readonly<Record<string, number>>,
): void {
  for (const [name, steps] of Object.entries(done)) if (steps > 0) tally.steps[name] = (tally.steps[name] ?? 0) + steps;
  if (tier !== 0 && (fork === null || !SERVED.test(fork))) tally.stepsLeft += done['tier0'] ?? 0;
}

/** Counts a case and prints what is worth a line. */
export function count(tally: Tally, report: Report, print: Print): void {
  const { suite } = tally;
  const { id, fork, verdict, detail, unnamedReason, milliseconds } = report;
  tally.total++;
  tally[verdict]++;
  if (verdict === 'skipped') return print({ kind: 'skipped', suite, id, reason: detail });
  if (fork !== null) {
    tally.forks[fork] ??= { passed: 0, failed: 0 };
    tally.forks[fork][verdict]++;
  }
  if (verdict === 'failed') print({ kind: 'failure', suite, id, wrong: detail });
  if (unnamedReason !== null) {
    tally.unnamed++;
    print({ kind: 'unnamed', suite, id, reason: unnamedReason });
  }
  if (milliseconds > SLOW_MS) print({ kind: 'slow', suite, id, milliseconds: Math.round(milliseconds) });
}

/** Adds one part's figures to the whole. The time is not added: parts run side by side. */
export function addTally(whole: Tally, part: Tally): void {
  for (const field of ['total', 'passed', 'failed', 'skipped', 'unnamed', 'stepsLeft'] as const)
    whole[field] += part[field];
  for (const [fork, { passed, failed }] of Object.entries(part.forks)) {
    whole.forks[fork] ??= { passed: 0, failed: 0 };
    whole.forks[fork].passed += passed;
    whole.forks[fork].failed += failed;
  }
  for (const [tier, steps] of Object.entries(part.steps)) whole.steps[tier] = (whole.steps[tier] ?? 0) + steps;
}

/** Prints a record for people. */
export function printText(record: Readonly<Record<string, unknown>>): void {
  const { kind, id, reason } = record;
  if (kind === 'failure') console.log(`FAILED ${id}\n       ${record['wrong']}`);
  else if (kind === 'skipped') console.log(`skipped ${id}: ${reason}`);
  else if (kind === 'unnamed') console.log(`refused, for a reason of unknown name, ${reason}: ${id}`);
  else if (kind === 'note') console.log(record['text']);
  else if (kind === 'slow') console.log(`slow: ${record['milliseconds']} ms ${id}`);
}

/** Prints the suites and the summary; returns the exit status: 1 where a case failed or a tier left its work to another, 4 where nothing matched. */
export function summarize(tallies: readonly Tally[], tier: Tier, style: 'json' | 'text'): 0 | 1 | 4 {
  const all = createTally('all');
  for (const tally of tallies) addTally(all, tally);
  const seconds = Math.round(tallies.reduce((sum, tally) => sum + tally.seconds, 0) * 10) / 10;
  const percent = sharePercent(all, tier);
  const isShared = percent !== null && percent < SHARE_PERCENT_MIN && stepsOf(all) >= STEPS_JUDGED_MIN;
  const { total, passed, failed, skipped, unnamed, steps, stepsLeft } = all;
  const summary = {
    kind: 'summary',
    total,
    passed,
    failed,
    skipped,
    unnamed,
    seconds,
    tier,
    steps,
    stepsLeft,
    sharePercent: percent,
  };
  if (style === 'json') {
    for (const tally of tallies) console.log(JSON.stringify({ kind: 'suite', ...tally }));
    console.log(JSON.stringify(summary));
  } else {
    for (const tally of tallies) printTally(tally);
    const left = stepsLeft > 0 ? `, ${stepsLeft} of them for forks that it alone has` : '';
    if (Object.keys(steps).length > 0) console.log(`steps: ${listSteps(steps)}${left}`);
    if (percent !== null) console.log(`${percent} % of its forks' steps on tier ${tier}, which was asked for`);
    if (isShared) console.log(`FAILED: tier ${tier} did less than ${SHARE_PERCENT_MIN} % of them`);
    console.log(`total: ${total}, ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`);
  }
  if (total === 0) return 4;
  return failed > 0 || isShared ? 1 : 0;
}

function printTally({ suite, total, passed, failed, skipped, seconds, forks }: Tally): void {
  const aside = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${suite}: ${passed} of ${total - skipped} passed, ${failed} failed${aside}, ${seconds} s`);
  for (const [fork, of] of Object.entries(forks)) console.log(`  ${fork}: ${of.passed} passed, ${of.failed} failed`);
}

/** Of the steps of the forks that the tier has, to a hundredth, rounded down; null where there were none. */
function sharePercent(tally: Tally, tier: Tier): number | null {
  const whole = stepsOf(tally);
  return whole === 0 ? null : Math.floor(((tally.steps[`tier${tier}`] ?? 0) / whole) * 10_000) / 100;
}

function stepsOf({ steps, stepsLeft }: Tally): number {
  return Object.values(steps).reduce((sum, each) => sum + each, 0) - stepsLeft;
}

function listSteps(steps: Tally['steps']): string {
  return Object.entries(steps)
    .map(([tier, done]) => `${done} on ${tier.replace('tier', 'tier ')}`)
    .join(', ');
}
