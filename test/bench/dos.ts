// What a block costs at worst: every program fills blocks of two sizes on two states, and its time must grow with its gas and with nothing else.
// The genesis gas limit is what the slowest executes in half a period.

import { DEFAULT_GAS_LIMIT, DEFAULT_PERIOD_MS } from '../../node/chain/default-genesis.ts';
import { createMachine } from '../../node/evm/create-machine.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { CALL_GAS_MAX } from '../../node/rpc/limits.ts';
import type { Tier } from '../../node/types/tier.ts';
import { type Program, programs } from './dos-programs.ts';
import { callOf, executeBlock, measureCall, openSite, type Site } from './dos-site.ts';
import { cpuMs, type Goal, median, type Report, rounded } from './report.ts';

export type DosOptions = {
  readonly tier: Tier;
  /** Only programs whose name contains it. */
  readonly only: string | null;
};

const SMALL_GAS = 1_000_000;
const LARGE_GAS = 16_000_000;
const FEW_ACCOUNTS = 100;
const MANY_ACCOUNTS = 10_000;
/** Rounds over both sizes and both states; fewer where they are slow. An odd number, so that there is a middle. */
const ROUNDS = { least: 3, most: 5 };
const ROUNDS_MS_MAX = 400;
/** As many where a quotient is beyond its goal: of few rounds, the middle one may be one that was disturbed. */
const ROUNDS_OF_DOUBT = 15;
const TIME_16_TO_1_MAX = 20;
const ACCOUNTS_10000_TO_100_MAX = 2;
/** A sample is so many executions that they take so long: the clock of a thread's processor time ticks in milliseconds. */
const SAMPLE_MS = 40;
/** Of a bomb, which explodes once a machine. */
const SAMPLE_MACHINES = 6;
const HALF_PERIOD_MS = DEFAULT_PERIOD_MS / 2;
/** What the default gas limit leaves out. */
const KZG = 'KZG point evaluation';
/** Of each goal, the summary names so many programs, and all that are beyond it. */
const WORST = 5;

/** Measures all programs, says which goals hold, and what half a period executes of the slowest. */
export async function measureDenialOfService(report: Report, { tier, only }: DosOptions): Promise<void> {
  await installBackends();
  const all = programs().filter(({ name }) => only === null || name.includes(only));
  report.note(`preparing two states for ${all.length} programs …`);
  const few = await openSite(all, FEW_ACCOUNTS);
  const many = await openSite(all, MANY_ACCOUNTS);
  try {
    const bench: Bench = { few, many, makeMachine: () => machineOf(tier), machine: machineOf(tier) };
    const results = all.map((program, index) => {
      const result = measure(bench, program, index);
      report.row({ name: program.name, group: program.kind, ...result });
      return { ...program, ...result };
    });
    for (const kind of KINDS) {
      const worst = sortedBy(
        results.filter((result) => result.kind === kind),
        'msPerMgas',
      )[0];
      if (worst === undefined) continue;
      const row = measureCall(many, bench.machine, results.indexOf(worst));
      report.row({ name: `eth_call of ${CALL_GAS_MAX / 1e6} Mgas: ${worst.name}`, ...row });
    }
    summarise(report, results);
  } finally {
    await few.close();
    await many.close();
  }
}

const KINDS: readonly Program['kind'][] = ['opcodes', 'state', 'calls', 'bombs', 'precompiles'];

type Bench = {
  readonly few: Site;
  readonly many: Site;
  readonly machine: Machine;
  readonly makeMachine: () => Machine;
};

type Figures = {
  /** The largest of all sizes and states. */
  readonly msPerMgas: number;
  /** Of the first block of all, in which code is met, prepared and compiled. */
  readonly firstMsPerMgas: number;
  /** Time of 16 million gas by that of one; what the programs left unused is reckoned out. */
  readonly time16to1: number;
  /** Time of both sizes on many accounts by that on few. */
  readonly accounts10000to100: number;
};

type Result = Program & Figures;

function machineOf(tier: Tier): Machine {
  return createMachine({
    tier,
    onRefusal(error) {
      throw error; // a slower machine would be measured
    },
  });
}

function measure(bench: Bench, program: Program, index: number): Figures {
  const firstMsPerMgas = sample(bench, program, bench.many, index, SMALL_GAS, 0);
  const rounds: Round[] = [];
  const measureRound = (): void => {
    const few1 = sample(bench, program, bench.few, index, SMALL_GAS, SAMPLE_MS);
    const many1 = sample(bench, program, bench.many, index, SMALL_GAS, SAMPLE_MS);
    const few16 = sample(bench, program, bench.few, index, LARGE_GAS, 0);
    const many16 = sample(bench, program, bench.many, index, LARGE_GAS, 0);
    rounds.push({ few1, many1, few16, many16 });
  };
  const beganMs = cpuMs();
  while (rounds.length < ROUNDS.least || (rounds.length < ROUNDS.most && cpuMs() - beganMs < ROUNDS_MS_MAX))
    measureRound();
  const isBeyond = (): boolean => {
    const { time16to1, accounts10000to100 } = quotientsOf(rounds);
    return time16to1 > TIME_16_TO_1_MAX || accounts10000to100 > ACCOUNTS_10000_TO_100_MAX;
  };
  while (rounds.length < ROUNDS_OF_DOUBT && isBeyond()) for (let i = 0; i < 2; i++) measureRound();
  // What shares the machine only adds to a time. A quotient's two sides stand side by side; it may err to both sides.
  const least = (of: (round: Round) => number): number => Math.min(...rounds.map(of));
  const sides = [(r: Round) => r.few1, (r: Round) => r.many1, (r: Round) => r.few16, (r: Round) => r.many16];
  return {
    msPerMgas: rounded(Math.max(...sides.map(least))),
    firstMsPerMgas: rounded(firstMsPerMgas),
    ...quotientsOf(rounds),
  };
}

function quotientsOf(rounds: readonly Round[]): Pick<Figures, 'time16to1' | 'accounts10000to100'> {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const [fewGrow, manyGrow] = [middle((r) => r.few16 / r.few1), middle((r) => r.many16 / r.many1)];
  const [small, large] = [middle((r) => r.many1 / r.few1), middle((r) => r.many16 / r.few16)];
  return {
    time16to1: rounded(16 * Math.max(fewGrow, manyGrow)),
    accounts10000to100: rounded(Math.max(small, large)),
  };
}

/** Milliseconds per million gas on few and on many accounts, of a million gas and of 16. */
type Round = { readonly few1: number; readonly many1: number; readonly few16: number; readonly many16: number };

/** Executes a program's block for at least so long, once at least; milliseconds per million gas. */
function sample(bench: Bench, program: Program, site: Site, index: number, gas: number, atLeastMs: number): number {
  const tx = callOf(site, index, gas);
  const fresh = program.kind === 'bombs' ? Array.from({ length: SAMPLE_MACHINES }, bench.makeMachine) : null;
  let totalGas = 0;
  const beganMs = cpuMs();
  for (let ms = 0; ; ) {
    // What has been compiled once is no bomb any more.
    const machine = fresh === null ? bench.machine : fresh.pop();
    if (machine === undefined) return (ms / totalGas) * 1e6;
    const gasUsed = executeBlock(site, machine, tx);
    assert(gasUsed > gas / 4, `${program.name} used ${gasUsed} gas only`);
    totalGas += gasUsed;
    ms = cpuMs() - beganMs;
    if (ms > atLeastMs) return (ms / totalGas) * 1e6;
  }
}

type Figure = keyof Figures;

function sortedBy(results: readonly Result[], figure: Figure): readonly Result[] {
  return [...results].sort((a, b) => b[figure] - a[figure]);
}

function summarise(report: Report, results: readonly Result[]): void {
  const code = results.filter(({ kind }) => kind !== 'precompiles');
  const precompiles = results.filter(({ kind }) => kind === 'precompiles');
  const goals = [
    goalOf('opcodesMsPerMgas', code, 'msPerMgas', 100),
    goalOf('precompilesMsPerMgas', precompiles, 'msPerMgas', 300),
    goalOf('time16to1', results, 'time16to1', TIME_16_TO_1_MAX),
    goalOf('accounts10000to100', results, 'accounts10000to100', ACCOUNTS_10000_TO_100_MAX),
  ];
  const halfPeriodMgas = (worst: Figures): number => rounded(HALF_PERIOD_MS / worst.msPerMgas);
  const ratios: Record<string, number> = { genesisMgas: DEFAULT_GAS_LIMIT / 1e6 };
  for (const [name, among] of [
    ['halfPeriodMgasOfCode', code],
    ['halfPeriodMgasBesideKzg', results.filter(({ name }) => name !== KZG)],
    ['halfPeriodMgas', results],
  ] as const) {
    const worst = sortedBy(among, 'msPerMgas')[0];
    if (worst !== undefined) ratios[name] = halfPeriodMgas(worst);
  }
  report.finish(ratios, goals);
}

function goalOf(name: string, results: readonly Result[], figure: Figure, limit: number): Goal {
  const sorted = sortedBy(results, figure);
  const beyond = sorted.filter((result) => result[figure] > limit).length;
  const worst = sorted.slice(0, Math.max(WORST, beyond));
  return {
    name,
    limit,
    holds: beyond === 0,
    worst: worst.map((result) => ({ program: result.name, value: present(result[figure], 'a figure') })),
  };
}
