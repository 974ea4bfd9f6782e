// The loop: cases from a seed, each run everywhere, until the time or the number of transactions is reached; mismatches shrunk and written.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../../node/evm/machine.ts';
import { tableOf } from '../../node/evm/table.ts';
import { createRandom } from '../../node/lib/random.ts';
import type { Tier } from '../../node/types/tier.ts';
import { type FuzzCase, worldAfter } from './case.ts';
import { type CaseReport, checkCase, type Machines, type Mismatch, PEER_NAME } from './check-case.ts';
import { createPeer } from './ethereumjs.ts';
import { sweepGas } from './gas-sweep.ts';
import { generateCase, type Ingredients, seedOfCase } from './generate-case.ts';
import { withObserver } from './observer.ts';
import { shrinkCase, sizeOfCase } from './shrink.ts';
import { stateTestFile, type Transition } from './state-test.ts';
import { startCase, TIERS, viewOf } from './tiers.ts';
import { noTotals, type Totals } from './totals.ts';

export type FuzzOptions = {
  readonly seed: string;
  /** Null: this one is not the limit. */
  readonly seconds: number | null;
  readonly transactions: number | null;
  /** Only this case. */
  readonly caseIndex: number | null;
  /** Creates the machines anew: shrinking does so to see that a failure does not hang on what ran before. */
  readonly createMachines: () => Machines;
  readonly ingredients: Ingredients;
  /** Where failing cases are written. */
  readonly out: string;
  readonly onMismatch: (found: Found) => void;
};

/** A mismatch with its smallest case. */
export type Found = {
  readonly caseIndex: number;
  readonly mismatch: Mismatch;
  readonly smallest: FuzzCase;
  readonly file: string;
};

export type FuzzReport = { readonly totals: Totals; readonly coverage: Coverage };

/** Names of opcodes that ran, of those that the newest fork has. */
export type Coverage = { readonly ran: readonly string[]; readonly never: readonly string[] };

/** Of so many cases one is run with a watch on its steps, for the coverage; so many have one transaction swept; of so many the
 * root of the last state is compared. */
const WATCHED_OF = 16;
const SWEPT_OF = 60;
const ROOTED_OF = 20;
const EARLY_STEPS = 20;
const ATTEMPTS_MAX = 6_000;
/** Mismatches that are shrunk and written; the others are counted. */
const FOUND_MAX = 20;

/** The machines of the tiers, with or without the other implementation. */
export function machinesOf(tiers: readonly Tier[], options: { readonly withPeer: boolean }): Machines {
  return {
    tiers: tiers.map((tier) => ({ name: `tier ${tier}`, machine: TIERS[tier]() })),
    peer: options.withPeer ? createPeer() : null,
  };
}

/** Runs cases until a limit is reached. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, createMachines, ingredients } = options;
  const totals: Totals = { ...noTotals(), seeds: [seed] };
  const seen = new Set<number>();
  const machines = createMachines();
  const start = performance.now();
  const isOver = (): boolean =>
    (options.seconds !== null && performance.now() - start > options.seconds * 1000) ||
    (options.transactions !== null && totals.transactions >= options.transactions);

  for (let index = options.caseIndex ?? 0; !isOver(); index++) {
    const of = generateCase(seedOfCase(seed, index), ingredients);
    const report = await checkCase(machines, of, {
      ...(index % WATCHED_OF === 0 && { watch: ({ opcode }: Step): void => void seen.add(opcode) }),
      ...(index % ROOTED_OF === 2 && { withRoot: true }),
    });
    count(totals, report);
    if (report.mismatch !== null) await handle(options, totals, index, of, report.mismatch);
    else if (index % SWEPT_OF === 1) {
      const random = createRandom(`${seedOfCase(seed, index)}/sweep`);
      const sweep = await sweepGas(machines, of, random.below(of.transactions.length), random);
      totals.transactions += sweep.transactions;
      totals.swept += sweep.transactions;
      if (sweep.failing !== null && sweep.report?.mismatch != null)
        await handle(options, totals, index, sweep.failing, sweep.report.mismatch);
    }
    if (options.caseIndex !== null) break;
  }
  totals.seconds = (performance.now() - start) / 1000;
  return { totals, coverage: coverageOf(seen) };
}

function count(totals: Totals, { outcomes, known }: CaseReport): void {
  totals.cases++;
  totals.transactions += outcomes.length;
  totals.known += known.length;
  for (const { status, steps } of outcomes)
    if (status === 'halt' && steps !== null && steps <= EARLY_STEPS) totals.haltedEarly++;
}

async function handle(
  options: FuzzOptions,
  totals: Totals,
  index: number,
  of: FuzzCase,
  first: Mismatch,
): Promise<void> {
  totals.mismatches++;
  if (totals.mismatches > FOUND_MAX) return;
  const { out, seed } = options;
  const createMachines = (): Machines => onlyBetween(options.createMachines(), first);
  const [visible, mismatch] = await makeVisible(createMachines, of, first);
  const smallest = await shrinkMismatch(createMachines, visible, mismatch);
  const name = `evm-${seed}-${index}`;
  const file = join(out, `${name}.json`);
  mkdirSync(out, { recursive: true });
  writeFileSync(file, await stateTestOf(options, name, smallest, mismatch));
  options.onMismatch({ caseIndex: index, mismatch, smallest, file });
}

/** The two machines that differ. */
function onlyBetween({ tiers, peer }: Machines, { between }: Mismatch): Machines {
  return { tiers: tiers.filter(({ name }) => between.includes(name)), peer: between.includes(PEER_NAME) ? peer : null };
}

/** Makes a failing case smaller. Where the failure hangs on what the machines ran before, the case is left as it is. */
export async function shrinkMismatch(
  createMachines: () => Machines,
  of: FuzzCase,
  mismatch: Mismatch,
): Promise<FuzzCase> {
  const failsIn = async (machines: Machines, candidate: FuzzCase): Promise<boolean> => {
    const found = (await checkCase(machines, candidate)).mismatch;
    return found !== null && isLike(found, mismatch);
  };
  if (!(await failsIn(createMachines(), of))) return of;
  const machines = createMachines();
  const smallest = await shrinkCase(of, (candidate) => failsIn(machines, candidate), ATTEMPTS_MAX);
  if (await failsIn(createMachines(), smallest)) return smallest;
  return shrinkCase(of, (candidate) => failsIn(createMachines(), candidate), ATTEMPTS_MAX / 10);
}

/** A state test knows the state, with the gas that was paid, and the logs: not what was returned, nor how it came to that. */
export function isSeenByStateTests({ difference }: Mismatch): boolean {
  return !/^(output|steps|reason|refund)/.test(difference);
}

/** The case with contracts in between that store what was returned, where the mismatch shows in a state test only so. */
async function makeVisible(
  createMachines: () => Machines,
  of: FuzzCase,
  mismatch: Mismatch,
): Promise<readonly [FuzzCase, Mismatch]> {
  if (isSeenByStateTests(mismatch)) return [of, mismatch];
  const wrapped = withObserver(of);
  const found = (await checkCase(createMachines(), wrapped)).mismatch;
  return found !== null && isSeenByStateTests(found) ? [wrapped, found] : [of, mismatch];
}

/** Whether a mismatch shows the same: between the same machines, a failure of the machine where that was one, and no less visible. */
function isLike(found: Mismatch, original: Mismatch): boolean {
  const isFailure = ({ difference }: Mismatch): boolean => difference.startsWith('threw');
  return (
    found.between.join() === original.between.join() &&
    isFailure(found) === isFailure(original) &&
    (isSeenByStateTests(found) || !isSeenByStateTests(original))
  );
}

/** The case as state tests. Their results are the other implementation's where that is what differs, and the reference's otherwise. */
async function stateTestOf(
  { createMachines, seed }: FuzzOptions,
  name: string,
  of: FuzzCase,
  mismatch: Mismatch,
): Promise<string> {
  const machines = createMachines();
  const { tiers, peer } = machines;
  const run = startCase((tiers[0] as (typeof tiers)[number]).machine, of, viewOf(of.world)); // it ran before
  const transitions: Transition[] = [];
  let before = of.world;
  for (const transaction of of.transactions) {
    let outcome = run.apply(transaction);
    let after = worldAfter(of.world, run.diff());
    if (mismatch.between[1] === PEER_NAME && peer !== null) {
      const other = await peer.startCase({ ...of, world: before });
      outcome = await other.apply(transaction);
      after = other.world();
    }
    transitions.push({ fork: of.fork, block: of.block, before, transaction, outcome, after });
    before = after;
  }
  const [first, second] = mismatch.between;
  return stateTestFile(name, transitions, {
    comment: `${first} and ${second} differ: ${mismatch.difference}`,
    repeat: `npm run fuzz -- evm --seed ${seed} --case ${name.slice(name.lastIndexOf('-') + 1)}`,
    size: `${sizeOfCase(of)}`,
  });
}

function coverageOf(seen: ReadonlySet<number>): Coverage {
  const names = tableOf('Osaka').filter(({ name }) => name !== 'INVALID');
  return {
    ran: names.filter(({ code }) => seen.has(code)).map(({ name }) => name),
    never: names.filter(({ code }) => !seen.has(code)).map(({ name }) => name),
  };
}
