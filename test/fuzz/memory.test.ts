import { beforeAll, describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import {
  CONTROL,
  LOGS,
  MEMORY_START,
  OPCODE_TABLE,
  PAGE_BYTES,
  RECORD,
  RECORDS,
  RETURN_DATA,
  SLOTS,
  STACK_TOP,
  WORD_BYTES,
  WRITES,
} from '../../node/evm/tier-one/layout.ts';
import { getControl } from '../../node/evm/tier-one/linear-memory.ts';
import { installBackends } from '../../node/host/backends.ts';
import { includesFork } from '../../node/types/config.ts';
import { generateCase, type Ingredients, seedOfCase } from './generate-case.ts';
import { createWatched, measureUse, type Watched } from './memory-watch.ts';
import { outcomeDifference } from './outcome.ts';
import { deployContracts } from './solidity.ts';
import { startCase, viewOf } from './tiers.ts';

/** More by LOCKSTEP_FUZZ_CASES, from another seed by LOCKSTEP_SEED. */
const CASES = Number(process.env['LOCKSTEP_FUZZ_CASES'] ?? (process.env['CI'] === undefined ? 150 : 300));
const SEED = process.env['LOCKSTEP_SEED'] ?? 'memory';
/** Tier 2 compiles everything here, which takes its time. */
const TIER_TWO_OF = 5;

let ingredients: Ingredients;
beforeAll(async () => {
  await installBackends();
  ingredients = { contracts: deployContracts() };
}, 120_000);

/** Runs cases on a machine and on the reference; the first thing that is wrong. */
function runWatched(watched: Watched, cases: number, machine: Machine = watched.machine): string | null {
  for (let i = 0; i < cases; i++) {
    const of = generateCase(seedOfCase(SEED, i), ingredients);
    if (!includesFork(of.fork, 'Cancun')) continue; // the reference's
    const view = viewOf(of.world);
    const reference = startCase(createInterpreter(), of, view);
    const run = startCase(machine, of, view);
    for (const [k, transaction] of of.transactions.entries()) {
      const measured = measureUse();
      const expected = reference.apply(transaction, measured);
      const wrong = outcomeDifference(expected, run.apply(transaction)) ?? watched.check(measured.use);
      if (wrong !== null) return `seed ${SEED}, case ${i}, transaction ${k}: ${wrong}`;
    }
    const wrong = i % 50 === 49 ? watched.checkAll() : null;
    if (wrong !== null) return `seed ${SEED}, up to case ${i}: ${wrong}`;
  }
  return watched.checkAll();
}

describe('random programs write nowhere but in their own stack and memory', () => {
  it(`on tier 1 (${CASES} cases from “${SEED}”)`, () => {
    expect(runWatched(createWatched(1), CASES)).toBeNull();
  }, 600_000);

  it(`on tier 2 (${CASES / TIER_TWO_OF} cases)`, () => {
    expect(runWatched(createWatched(2), CASES / TIER_TWO_OF)).toBeNull();
  }, 600_000);
});

describe('a write outside is noticed', () => {
  it.each([
    ['behind the memories', MEMORY_START + 15 * PAGE_BYTES],
    ['in the table of opcodes', OPCODE_TABLE + 24],
    ['between the table and the slots', SLOTS - 8],
    ['in a record of a frame that never was', RECORDS + 900 * RECORD.bytes],
    ['behind the writes', WRITES + 100_000],
    ['behind the logs', LOGS + 200_000],
    ['behind the return data', RETURN_DATA + 60_000],
    ['below the stacks', STACK_TOP - 2_000 * WORD_BYTES],
    ['far below the stacks', STACK_TOP - 500_000 * WORD_BYTES],
  ])('%s', (_, address) => {
    const watched = createWatched(1);
    let countdown = 20;
    const wild: Machine = {
      execute(environment, message) {
        if (--countdown === 0) watched.linear.bytes[address] = 0x77;
        return watched.machine.execute(environment, message);
      },
    };
    expect(runWatched(watched, 60, wild)).not.toBeNull();
  });

  it.each([
    ["in a waiting frame's memory", MEMORY_START + 7],
    ["on a waiting frame's stack", STACK_TOP - 4 * WORD_BYTES],
    ['in the record of a waiting frame', RECORDS + RECORD.bytes + CONTROL.msize],
  ])('%s, by what comes of it', (_, address) => {
    const watched = createWatched(1);
    const wild: Machine = {
      execute(environment, message) {
        const { journal } = environment;
        // a slot is made warm while a frame asks for it
        const warmSlot: typeof journal.warmSlot = (account, slot) => {
          if (getControl(watched.linear, CONTROL.depth) > 1) watched.linear.bytes[address] = 0x77;
          return journal.warmSlot(account, slot);
        };
        return watched.machine.execute({ ...environment, journal: { ...journal, warmSlot } }, message);
      },
    };
    expect(runWatched(watched, 60, wild)).not.toBeNull();
  });
});
