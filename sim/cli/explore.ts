// `lockstep explore`: seeds, each a network, a load and faults of its own, played until one breaks a property; that one is made small and
// written down.

import { messageOf, NetworkError } from '../cluster/errors.ts';
import { faultKinds } from '../explore/range.ts';
import { commitOfTree } from './commit.ts';
import { EXIT } from './exit.ts';
import { JobError, type Jobs, startJobs } from './explore-jobs.ts';
import { expectFolder, outcomeLine, type Played, shrinkAndWrite, tellSeed, violationLines } from './explore-report.ts';
import { type ExploreState, readState, writeState } from './explore-state.ts';
import { counted } from './explore-text.ts';
import { type ExploreFlags, readWish, type Wish } from './explore-wish.ts';
import { interruption } from './interruption.ts';
import { loadScript } from './load-script.ts';
import { createOutput, type Output } from './output.ts';

const STATE_EVERY_MS = 5_000;
const PROGRESS_EVERY_MS = 10_000;

/** What this run has done so far. Times in milliseconds, `cpuMs` of the jobs' threads. */
type Tally = { seeds: number; violations: number; simulatedMs: number; cpuMs: number };

/** Explores, or plays one schedule again; the exit status says whether a property was broken. */
export async function explore(flags: ExploreFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const asked = readWish(flags);
  if (flags.schedule !== undefined) return playFile(output, asked, flags.schedule);
  const state = flags.state === undefined ? null : await readState(flags.state, await freshState(asked, flags));
  if (flags.shrink) await expectFolder(flags.out);
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
    await save(); // a file that cannot be written is told now
    let savedMs = beganMs;
    let toldMs = beganMs;
    await playSeeds(jobs, wish, beganMs, stopped.promise, async (seed, played, cpuMs) => {
      next = seed + 1;
      tally.seeds += 1;
      tally.cpuMs += cpuMs;
      tally.simulatedMs += played.kind === 'played' ? played.report.outcome.simulatedMs : 0;
      const violation = tellSeed(output, wish, seed, played);
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
      if (flags.shrink && played.kind === 'played')
        await shrinkAndWrite(output, jobs, wish, flags.out, played.report, violation.property, stopped.promise);
      return flags.keepGoing === true && !stopped.isOver();
    });
    await save();
  } finally {
    await jobs.close();
    stopped.dispose();
  }

  const seconds = (performance.now() - beganMs) / 1_000;
  const total = state === null ? null : addUp(state, tally, next);
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
      memos: 'whose signature it is; execution is not shared',
      ...(stopped.isOver() && { stopped: 'interrupted' }),
      ...(total !== null && { total: figures({ ...total, violations: total.violations.length }) }),
    },
    summaryText(tally, seconds),
  );
  if (total !== null) {
    output.progress(
      `${flags.state}: ${counted(total.seeds, 'seed')} in all, ${counted(total.violations.length, 'violation')}, ${hours(total.simulatedMs)} simulated hours; seed ${next} is next`,
    );
  }
  if (tally.violations > 0) return EXIT.scenarioFailed;
  return stopped.isOver() ? EXIT.interrupted : EXIT.fine;
}

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
  let next = from;
  let isEnough = false;
  const done = new Map<number, Awaited<ReturnType<typeof play>>>();
  let taken = from;
  /** Hands over what comes next, one after the other. */
  let taking: Promise<void> = Promise.resolve();
  const takeInOrder = async (): Promise<void> => {
    for (let result = done.get(taken); result !== undefined && !isEnough; result = done.get(taken)) {
      done.delete(taken);
      taken += 1;
      if (!(await take(taken - 1, result.played, result.cpuMs))) isEnough = true;
    }
  };
  const work = async (): Promise<void> => {
    while (!isEnough && next < from + seeds && performance.now() - beganMs < budgetMs) {
      const seed = next;
      next += 1;
      done.set(seed, await play(seed));
      taking = taking.then(takeInOrder);
      await taking;
    }
  };
  await Promise.race([Promise.all(Array.from({ length: jobs.count }, work)), interrupted]);
  isEnough = true;
  await taking; // it may be writing the state file, which is written once more behind this
}

/** Plays one schedule that was written down, in the lane that is asked for. */
async function playFile(output: Output, { lane, range, tier }: Wish, file: string): Promise<number> {
  const script = await loadScript(file);
  const jobs = startJobs(1, { lane, range, tier });
  const stopped = interruption();
  try {
    const played = jobs.run({ kind: 'play', script }, 'play');
    const result = await Promise.race([played, stopped.promise.then(() => null)]);
    if (result === null) return EXIT.interrupted;
    const { checks: _, ...outcome } = result.outcome;
    const { violations } = outcome;
    output.result(
      { kind: 'summary', lane, schedule: file, passed: violations.length === 0, ...outcome },
      [
        outcomeLine(result.outcome).trim(),
        ...(violations.length === 0 ? ['it breaks no property'] : violationLines(script.name, violations)),
      ].join('\n'),
    );
    return violations.length === 0 ? EXIT.fine : EXIT.scenarioFailed;
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw new NetworkError('deadline', `${file}: ${messageOf(error)}`);
  } finally {
    await jobs.close();
    stopped.dispose();
  }
}

function describeWish({ lane, from, seeds, budgetMs, jobs, range, tier }: Wish): string {
  const { least, most } = range.nodes;
  return [
    `exploring in the ${lane} lane from seed ${from}`,
    Number.isFinite(seeds) ? `, ${counted(seeds, 'seed')}` : '',
    Number.isFinite(budgetMs) ? `, ${budgetMs / 1_000} s` : '',
    `; ${counted(jobs, 'job')}, ${least === most ? least : `${least} to ${most}`} nodes`,
    lane === 'full' ? `, tier ${tier}` : '',
    `; faults: ${range.faults.length === 0 ? 'none' : range.faults.length === faultKinds().length ? 'all' : range.faults.join(', ')}`,
  ].join('');
}

function summaryText(tally: Tally, seconds: number): string {
  const { seeds, violations, simulatedHours, realTimeFactor } = figures(tally);
  return `${counted(seeds, 'seed')}, ${counted(violations, 'violation')}, ${simulatedHours} simulated hours in ${seconds.toFixed(0)} s: ${realTimeFactor} times real time per core`;
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
    cpuMs: state.cpuMs + Math.round(tally.cpuMs),
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
