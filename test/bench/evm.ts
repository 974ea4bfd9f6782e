// The virtual machine's tiers beside @ethereumjs/evm and anvil's eth_call: the same programs in the same state, in turns, with equal output
// and gas in every round. Processor time counts, of the process that executes; an empty call's is taken off.

import { createMachine } from '../../node/evm/create-machine.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { coldWorld, measureCold } from './evm-cold.ts';
import { figures, measureRounds, type Time, type Times, type Work } from './evm-measure.ts';
import { createAnvilSide, createEthereumjsSide } from './evm-peers.ts';
import { evmPrograms, type Program } from './evm-programs.ts';
import { createTierSide, type Side } from './evm-side.ts';
import { EMPTY, SURROUNDINGS, type World } from './evm-world.ts';
import { type Report, rounded } from './report.ts';

/** Our machines, by the name that they have in ratios. */
const TIERS: Readonly<Record<string, () => Machine>> = {
  tier0: () => createMachine({ tier: 0 }),
  tier1: () => createMachine({ tier: 1, onRefusal: refused }),
  tier2: () => createMachine({ tier: 2, onRefusal: refused }),
};

/** The slowest last. */
const PEERS: Readonly<Record<string, (world: World) => Promise<Side>>> = {
  anvil: createAnvilSide,
  ethereumjs: createEthereumjsSide,
};

export type EvmOptions = {
  /** Only programs whose name has this in it. */
  readonly only: string | null;
  /** Less work and fewer rounds, for those who compare their own changes. */
  readonly quick: boolean;
  /** Names of sides, or null for all. */
  readonly sides: readonly string[] | null;
};

/** How long a program runs on anvil: a fifth above what is promised, since the next rounds may be faster. */
const ANVIL_MS = 140;
const ANVIL_MS_PROMISED = 100;
const ANVIL_MS_QUICK = 25;
type Rounds = { readonly most: number; readonly [side: string]: number };

/** Rounds that a side takes part in. The slow ones take seconds for each, and vary little. */
const ROUNDS: Rounds = { most: 5, tier0: 3, ethereumjs: 3 };
const ROUNDS_QUICK: Rounds = { most: 3, tier0: 2, ethereumjs: 1 };
const ROUNDS_EMPTY = 60;
/** ethereumjs does a fifth of the work, and its time counts five times. */
const ETHEREUMJS_PARTS = 5;
/** Its time is proportional to the work: checked with so much more of it. */
const GROWTH = 4;
/** The share of the work that warms a side up, and how often it is done. */
const WARM_UP_SHARE = 0.1;
const WARM_UP_SHARE_QUICK = 0.5;
const WARM_UPS = 3;

/** Measures all programs on all sides, then cold calls. */
export async function measureMachines(report: Report, options: EvmOptions): Promise<void> {
  await installBackends();
  const programs = evmPrograms().filter(({ name }) => options.only === null || name.includes(options.only));
  const isCold = options.only === null;
  const accounts = [...programs.flatMap(({ accounts }) => [...accounts]), ...(isCold ? coldWorld() : [])];
  const sides = await createSides(report, options, new Map([...SURROUNDINGS, ...accounts]));
  try {
    const empty = await measureRounds(sides, ROUNDS_EMPTY, () => ({
      target: EMPTY,
      input: new Uint8Array(32),
      scale: 1,
    }));
    report.row({ name: 'empty call', ...figures(empty) });
    const results: Times[] = [];
    for (const program of programs) results.push(await measureProgram({ report, options, sides, empty }, program));
    if (isCold) await measureCold(report, sides);
    report.note('Ms: processor time of the process that executes, without an empty call. _wall: by the clock instead.');
    report.finish({
      ...ratiosOf(results, ({ cpuMs }) => cpuMs, ''),
      ...ratiosOf(results, ({ wallMs }) => wallMs, '_wall'),
    });
  } finally {
    for (const side of sides) await side.close();
  }
}

async function createSides(report: Report, options: EvmOptions, world: World): Promise<readonly Side[]> {
  const isWanted = (name: string): boolean => options.sides?.includes(name) ?? true;
  const sides: Side[] = [];
  for (const [name, create] of Object.entries(TIERS))
    if (isWanted(name)) sides.push(createTierSide(name, create(), world));
  for (const [name, create] of Object.entries(PEERS)) {
    if (!isWanted(name)) continue;
    try {
      sides.push(await create(world));
    } catch (error) {
      report.note(`without ${name}: ${String(error)}`);
    }
  }
  return sides;
}

type Bench = {
  readonly report: Report;
  readonly options: EvmOptions;
  readonly sides: readonly Side[];
  readonly empty: Times;
};

async function measureProgram({ report, options, sides, empty }: Bench, program: Program): Promise<Times> {
  const { name, input } = program;
  const count = await suitableCount(program, options, sides);
  const part = Math.ceil(count / ETHEREUMJS_PARTS);
  await warmUp(sides, program, Math.ceil(count * (options.quick ? WARM_UP_SHARE_QUICK : WARM_UP_SHARE)));
  const growth = await measureGrowth(sides, program, part);
  const works = {
    whole: { target: program, input: input(count), scale: 1 },
    part: { target: program, input: input(part), scale: count / part },
  };
  const { most, ...fewer } = options.quick ? ROUNDS_QUICK : ROUNDS;
  const workOf = ({ name }: Side, round: number): Work | null => {
    if (round >= (fewer[name] ?? most)) return null;
    return name === 'ethereumjs' ? works.part : works.whole;
  };
  const times = await measureRounds(sides, most, workOf, empty);
  const anvilMs = times.get('anvil')?.cpuMs ?? Infinity;
  if (!options.quick && anvilMs < ANVIL_MS_PROMISED)
    report.note(`${name}: ${rounded(anvilMs)} ms on anvil is too short`);
  report.row({
    name,
    count,
    ...figures(times),
    ...ratiosOf([times], ({ cpuMs }) => cpuMs, ''),
    ...growth,
  });
  return times;
}

async function warmUp(sides: readonly Side[], program: Program, count: number): Promise<void> {
  const small = program.input(count);
  for (const side of sides)
    if (side.name !== 'ethereumjs') for (let i = 0; i < WARM_UPS; i++) await side.call(program, small);
}

/** What ethereumjs needs for a count, by what it needs for as much work in pieces: 1 where its time may be scaled. */
async function measureGrowth(
  sides: readonly Side[],
  program: Program,
  count: number,
): Promise<{ readonly ethereumjsGrowth?: number }> {
  const side = sides.find(({ name }) => name === 'ethereumjs');
  if (side === undefined) return {};
  const piece = Math.ceil(count / GROWTH);
  await side.call(program, program.input(piece));
  const few = await side.call(program, program.input(piece));
  const many = await side.call(program, program.input(piece * GROWTH));
  return { ethereumjsGrowth: rounded(many.cpuMs / (few.cpuMs * GROWTH)) };
}

/** How often a program must do its work to take long enough on anvil; where there is no anvil, what the program says. */
async function suitableCount(program: Program, options: EvmOptions, sides: readonly Side[]): Promise<number> {
  const share = options.quick ? ANVIL_MS_QUICK / ANVIL_MS : 1;
  const anvil = sides.find(({ name }) => name === 'anvil');
  let count = Math.ceil(program.count * share);
  if (anvil === undefined) return count;
  for (let i = 0; i < 3; i++) {
    const { cpuMs } = await anvil.call(program, program.input(count));
    count = Math.ceil((count * ANVIL_MS * share) / cpuMs);
  }
  return count;
}

/** Each tier against each peer: the peer's time by ours, as a geometric mean over programs. */
function ratiosOf(results: readonly Times[], of: (time: Time) => number, suffix: string): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const tier of Object.keys(TIERS))
    for (const peer of Object.keys(PEERS)) {
      const logs = results.flatMap((times) => {
        const [ours, theirs] = [times.get(tier), times.get(peer)];
        return ours === undefined || theirs === undefined ? [] : [Math.log(of(theirs) / of(ours))];
      });
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      if (logs.length > 0) ratios[`${tier}_${peer}${suffix}`] = rounded(Math.exp(mean));
    }
  return ratios;
}

function refused(error: unknown): never {
  throw error;
}
