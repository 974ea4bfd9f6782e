// `lockstep explore`: seeds, each a network, a load and faults of its own, played until one breaks a property; that one is made small and
// written down.

import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Tier } from '../../node/types/tier.ts';
import { AUTHORITIES_MAX, DEFAULT_PLAN } from '../cluster/description.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import type { SeedReport } from '../explore/explore-seed.ts';
import { LANES, type LaneName } from '../explore/lane.ts';
import { defaultRange, faultKinds, type Range } from '../explore/range.ts';
import { commitOfTree } from './commit.ts';
import { EXIT } from './exit.ts';
import { JobError, type Jobs, startJobs } from './explore-jobs.ts';
import { type ExploreState, readState, writeState } from './explore-state.ts';
import { drawnLine, grouped, scheduleLines } from './explore-text.ts';
import { interruption } from './interruption.ts';
import { createOutput, type Output, shellWord } from './output.ts';
import { readDuration, readTierFlag, readWhole } from './words.ts';

export type ExploreFlags = {
  readonly seeds?: string;
  readonly from?: string;
  readonly budget?: string;
  readonly jobs?: string;
  readonly nodes?: string;
  readonly faults?: string;
  readonly lane?: string;
  readonly tier?: string;
  readonly state?: string;
  readonly out: string;
  readonly shrink: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
};

const SEEDS_DEFAULT = 100;
const SEED_MAX = Number.MAX_SAFE_INTEGER - 1;
const JOBS_MAX = 64;
const NODES_MIN = 2;
/** Runs that the shrinking of one failure may cost. */
const SHRINK_TRIES_MAX = 400;
const STATE_EVERY_MS = 5_000;
const PROGRESS_EVERY_MS = 10_000;

/** Everything that was asked for. */
type Wish = {
  readonly from: number;
  /** Infinity where only the budget ends it. */
  readonly seeds: number;
  readonly budgetMs: number;
  readonly jobs: number;
  readonly range: Range;
  readonly lane: LaneName;
  readonly tier: Tier;
  /** The flags that a repetition needs too. */
  readonly repeated: readonly string[];
};

/** What this run has done so far. */
type Tally = { seeds: number; violations: number; simulatedMs: number; cpuMs: number };

/** Explores; the exit status says whether a property was broken. */
export async function explore(flags: ExploreFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const asked = readWish(flags);
  const state = flags.state === undefined ? null : await readState(flags.state, await freshState(asked, flags));
  const wish = state === null ? asked : { ...asked, from: state.next };
  const { lane, range, tier, from } = wish;
  output.progress(describeWish(wish));

  const beganMs = performance.now();
  const tally: Tally = { seeds: 0, violations: 0, simulatedMs: 0, cpuMs: 0 };
  const jobs = startJobs(wish.jobs, { lane, range, tier });
  const stopped = interruption();
  let next = from;
  const save = async (): Promise<void> => {
    if (flags.state !== undefined && state !== null) await writeState(flags.state, addUp(state, tally, next));
  };

  try {
    let savedMs = beganMs;
    let toldMs = beganMs;
    await playSeeds(jobs, wish, beganMs, stopped.promise, async (seed, report, cpuMs) => {
      next = seed + 1;
      tally.seeds += 1;
      tally.cpuMs += cpuMs;
      tally.simulatedMs += report.kind === 'played' ? report.report.outcome.simulatedMs : 0;
      const violation = await tell(output, wish, seed, report);
      if (violation !== null) {
        tally.violations += 1;
        state?.violations.push({ seed, ...violation });
      }
      const nowMs = performance.now();
      if (violation !== null || nowMs - savedMs >= STATE_EVERY_MS) {
        savedMs = nowMs;
        await save();
      }
      if (nowMs - toldMs >= PROGRESS_EVERY_MS) {
        toldMs = nowMs;
        output.progress(summaryText(tally, (nowMs - beganMs) / 1_000));
      }
      if (violation === null) return true;
      if (flags.shrink && report.kind === 'played')
        await shrinkAndWrite(output, jobs, wish, flags.out, report.report, violation.property, stopped.promise);
      return flags.keepGoing === true && !stopped.isOver();
    });
    await save();
  } finally {
    await jobs.close();
    stopped.dispose();
  }

  const seconds = (performance.now() - beganMs) / 1_000;
  output.result(
    {
      kind: 'summary',
      lane,
      tier,
      from,
      next,
      ...figures(tally),
      seconds: Number(seconds.toFixed(3)),
      jobs: wish.jobs,
      memos: 'sender by transaction hash; execution not shared',
      ...(stopped.isOver() && { stopped: 'interrupted' }),
      ...(state !== null && { total: figures({ ...addUp(state, tally, next), violations: state.violations.length }) }),
    },
    summaryText(tally, seconds),
  );
  if (state !== null) {
    const total = addUp(state, tally, next);
    output.progress(
      `${flags.state}: ${grouped(total.seeds)} seeds in all, ${total.violations.length} violations, ${hours(total.simulatedMs)} simulated hours; seed ${next} is next`,
    );
  }
  if (tally.violations > 0) return EXIT.scenarioFailed;
  return stopped.isOver() ? EXIT.interrupted : EXIT.fine;
}

type Played =
  | { readonly kind: 'played'; readonly report: SeedReport }
  | { readonly kind: 'broke'; readonly why: string };

/** Keeps every job busy and hands the results over in the order of the seeds, until there is no more to do or `take` has enough. */
async function playSeeds(
  jobs: Jobs,
  { from, seeds, budgetMs }: Wish,
  beganMs: number,
  interrupted: Promise<void>,
  take: (seed: number, played: Played, cpuMs: number) => Promise<boolean>,
): Promise<void> {
  const play = async (seed: number): Promise<{ readonly played: Played; readonly cpuMs: number }> => {
    try {
      const { report, cpuMs } = await jobs.run({ kind: 'seed', seed }, 'seed');
      return { played: { kind: 'played', report }, cpuMs };
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      return { played: { kind: 'broke', why: error.message }, cpuMs: 0 };
    }
  };
  const ended = interrupted.then(() => null);
  const underWay: { readonly seed: number; readonly result: ReturnType<typeof play> }[] = [];
  for (let ahead = from; ; ) {
    // Some more than there are jobs, so that a long seed does not keep the others waiting.
    while (underWay.length < 4 * jobs.count && ahead < from + seeds && performance.now() - beganMs < budgetMs) {
      underWay.push({ seed: ahead, result: play(ahead) });
      ahead += 1;
    }
    const first = underWay.shift();
    if (first === undefined) return;
    const result = await Promise.race([first.result, ended]);
    if (result === null || !(await take(first.seed, result.played, result.cpuMs))) return;
  }
}

/** Prints what came of a seed; what it broke, or null. */
async function tell(
  output: Output,
  wish: Wish,
  seed: number,
  played: Played,
): Promise<{ readonly property: string; readonly evidence: string } | null> {
  const repeat = repeatLine(wish, seed);
  if (played.kind === 'broke') {
    const violation = { property: 'end', evidence: played.why };
    output.result(
      { kind: 'violation', seed, lane: wish.lane, ...violation, repeat },
      violationText(seed, [violation], repeat),
    );
    return violation;
  }
  const { drawn, outcome } = played.report;
  const { schedule, weights, latency } = drawn;
  const { violations, checks: _, ...figuresOfSeed } = outcome;
  const { timeline, ...options } = schedule;
  const isAlone = wish.seeds === 1;
  const [first = null] = violations;
  const lines = [...scheduleLines(schedule), drawnLine(drawn)];
  output.result(
    {
      kind: 'seed',
      seed,
      lane: wish.lane,
      passed: first === null,
      options: {
        ...options,
        latency,
        weights,
        acts: timeline.length,
        ...((isAlone || first !== null) && { timeline }),
      },
      ...figuresOfSeed,
    },
    isAlone || first !== null
      ? [...lines, `  ${outcome.blocks} blocks, ${outcome.reorgs} reorganisations, trace ${outcome.traceHash}`].join(
          '\n',
        )
      : null,
  );
  if (first === null) return null;
  output.result(
    { kind: 'violation', seed, lane: wish.lane, ...first, violations, repeat },
    violationText(seed, violations, repeat),
  );
  return first;
}

function violationText(
  seed: number,
  violations: readonly { readonly property: string; readonly evidence: string }[],
  repeat: string,
): string {
  return [
    ...violations.map(
      ({ property, evidence }) => `${styleText('red', `seed ${seed} breaks ${property}`)}: ${evidence}`,
    ),
    `repeat it with: ${repeat}`,
  ].join('\n');
}

/** Makes the failure small and writes it down. */
async function shrinkAndWrite(
  output: Output,
  jobs: Jobs,
  wish: Wish,
  out: string,
  { seed, drawn }: SeedReport,
  property: string,
  interrupted: Promise<void>,
): Promise<void> {
  output.progress(`making it small: at most ${SHRINK_TRIES_MAX} runs …`);
  let shrunk: { readonly schedule: SeedReport['drawn']['schedule']; readonly tries: number } | null;
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
  const file = join(out, `explore-${wish.lane}-${seed}.json`);
  try {
    await writeFile(file, `${JSON.stringify({ lane: wish.lane, property, schedule }, null, 2)}\n`);
  } catch (error) {
    throw new NetworkError('usage', `--out ${out}: ${messageOf(error)}`);
  }
  output.result(
    { kind: 'shrunk', seed, property, tries, acts: schedule.timeline.length, file, schedule },
    [
      `what is left of it after ${tries} runs breaks ${property} alike:`,
      ...scheduleLines(schedule),
      `written to ${file}`,
    ].join('\n'),
  );
}

function repeatLine({ lane, repeated }: Wish, seed: number): string {
  const words = ['explore', '--lane', lane, '--from', String(seed), '--seeds', '1', ...repeated];
  return `npm run lockstep -- ${words.map(shellWord).join(' ')}`;
}

function describeWish({ lane, from, seeds, budgetMs, jobs, range, tier }: Wish): string {
  const { least, most } = range.nodes;
  return [
    `exploring in the ${lane} lane from seed ${from}`,
    Number.isFinite(seeds) ? `, ${grouped(seeds)} seeds` : '',
    Number.isFinite(budgetMs) ? `, ${budgetMs / 1_000} s` : '',
    `; ${jobs} jobs, ${least === most ? least : `${least} to ${most}`} nodes`,
    lane === 'full' ? `, tier ${tier}` : '',
    `; faults: ${range.faults.length === 0 ? 'none' : range.faults.join(', ')}`,
  ].join('');
}

function summaryText(tally: Tally, seconds: number): string {
  const { seeds, violations, simulatedHours, realTimeFactor } = figures(tally);
  return `${grouped(seeds)} seeds, ${violations} violations, ${simulatedHours} simulated hours in ${seconds.toFixed(0)} s: ${realTimeFactor} times real time per core`;
}

/** `realTimeFactor` is virtual time by processor time: of one core, whatever else the machine does. */
function figures({ seeds, violations, simulatedMs, cpuMs }: Tally): {
  readonly seeds: number;
  readonly violations: number;
  readonly simulatedHours: number;
  readonly realTimeFactor: number;
} {
  const realTimeFactor = cpuMs === 0 ? 0 : Number((simulatedMs / cpuMs).toFixed(1));
  return { seeds, violations, simulatedHours: hours(simulatedMs), realTimeFactor };
}

function hours(ms: number): number {
  return Number((ms / 3_600_000).toFixed(3));
}

function addUp(state: ExploreState, tally: Tally, next: number): ExploreState {
  return {
    ...state,
    next,
    seeds: state.seeds + tally.seeds,
    simulatedMs: state.simulatedMs + tally.simulatedMs,
    cpuMs: Math.round(state.cpuMs + tally.cpuMs),
  };
}

async function freshState({ from, range, lane, tier }: Wish, flags: ExploreFlags): Promise<ExploreState> {
  const { least, most } = range.nodes;
  return {
    kind: 'lockstep-explore',
    commit: await commitOfTree(),
    lane,
    nodes: `${least}..${most}`,
    faults: flags.faults ?? 'all',
    tier,
    next: from,
    seeds: 0,
    violations: [],
    simulatedMs: 0,
    cpuMs: 0,
  };
}

function readWish(flags: ExploreFlags): Wish {
  const budgetMs = flags.budget === undefined ? Number.POSITIVE_INFINITY : readDuration(flags.budget, '--budget');
  const seedsDefault = flags.budget === undefined ? SEEDS_DEFAULT : Number.POSITIVE_INFINITY;
  const given = (name: 'nodes' | 'faults' | 'tier'): readonly string[] => {
    const value = flags[name];
    return value === undefined ? [] : [`--${name}`, value];
  };
  return {
    from: flags.from === undefined ? 0 : readWhole(flags.from, '--from', 0, SEED_MAX),
    seeds: flags.seeds === undefined ? seedsDefault : readWhole(flags.seeds, '--seeds', 1, SEED_MAX),
    budgetMs,
    jobs:
      flags.jobs === undefined
        ? Math.min(availableParallelism(), JOBS_MAX)
        : readWhole(flags.jobs, '--jobs', 1, JOBS_MAX),
    range: { nodes: readNodes(flags.nodes), faults: readFaults(flags.faults) },
    lane: readLane(flags.lane),
    tier: flags.tier === undefined ? DEFAULT_PLAN.tier : readTierFlag(flags.tier),
    repeated: [...given('nodes'), ...given('faults'), ...given('tier')],
  };
}

/** `5` or `3..9`. */
function readNodes(text: string | undefined): Range['nodes'] {
  if (text === undefined) return defaultRange().nodes;
  const [low = '', high = low] = text.split('..');
  const least = Number(low);
  const most = Number(high);
  const isRange = /^\d+(\.\.\d+)?$/.test(text) && least >= NODES_MIN && most <= AUTHORITIES_MAX && least <= most;
  if (!isRange)
    throw new NetworkError(
      'usage',
      `--nodes '${text}': expected a number or a range within ${NODES_MIN} to ${AUTHORITIES_MAX}, as in 5 or 3..9`,
    );
  return { least, most };
}

/** `partition,kill`, or `none`. */
function readFaults(text: string | undefined): readonly string[] {
  if (text === undefined) return defaultRange().faults;
  if (text === 'none') return [];
  const known = faultKinds();
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name))
      throw new NetworkError('usage', `--faults: no fault '${name}': there are ${known.join(', ')}; or none`);
  }
  return known.filter((name) => names.includes(name));
}

function readLane(text: string | undefined): LaneName {
  const lane = LANES.find((name) => name === (text ?? 'full'));
  if (lane === undefined) throw new NetworkError('usage', `--lane '${text}': expected one of ${LANES.join(', ')}`);
  return lane;
}
