import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { tableOf } from '../../node/evm/table.ts';
import { installBackends } from '../../node/host/backends.ts';
import { assert } from '../../node/lib/assert.ts';
import { TIERS } from '../../node/types/tier.ts';
import { runStateCase, type StateLine } from '../conformance/state-case.ts';
import type { FuzzCase } from './case.ts';
import { checkCase, type Machines } from './check-case.ts';
import { generateCase, type Ingredients, seedOfCase } from './generate-case.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { type Found, isSeenByStateTests, machinesOf, runFuzz } from './run-fuzz.ts';
import { instructionsOf } from './shrink-code.ts';
import { deployContracts } from './solidity.ts';

const SECONDS = Number(process.env['LOCKSTEP_FUZZ_SECONDS'] ?? (process.env['CI'] === undefined ? 5 : 60));
const FRESH_SEED = `${Date.now()}`;

let ingredients: Ingredients;
beforeAll(async () => {
  await installBackends();
  ingredients = { contracts: deployContracts() };
}, 120_000);

const out = (): string => mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'));

describe('random transactions', () => {
  it(
    `do the same on every tier and on @ethereumjs/evm, for ${SECONDS} s from seed ${FRESH_SEED}`,
    async () => {
      const found: Found[] = [];
      const { totals } = await runFuzz({
        seed: FRESH_SEED,
        seconds: SECONDS,
        transactions: null,
        caseIndex: null,
        createMachines: () => machinesOf(TIERS, { withPeer: true }),
        ingredients,
        out: out(),
        onMismatch: (mismatch) => found.push(mismatch),
      });
      console.info(`seed ${FRESH_SEED}: ${totals.transactions} transactions`);
      expect(found.map(({ caseIndex, mismatch, file }) => ({ seed: FRESH_SEED, caseIndex, mismatch, file }))).toEqual(
        [],
      );
      expect(totals.transactions).toBeGreaterThan(SECONDS * 10);
      expect(totals.haltedEarly * 3).toBeLessThan(totals.transactions); // most do something
    },
    SECONDS * 1000 + 120_000,
  );
});

describe('a case', () => {
  it('is the same each time it is made from its seed', () => {
    const make = (): FuzzCase => generateCase(seedOfCase('repeat', 7), ingredients);
    expect(make()).toEqual(make());
    expect(make()).not.toEqual(generateCase(seedOfCase('repeat', 8), ingredients));
  });

  it('reaches every opcode of the newest fork within a thousand others', async () => {
    const seen = new Set<number>();
    const machines = machinesOf([0], { withPeer: false });
    for (let i = 0; i < 1000; i++)
      await checkCase(machines, generateCase(seedOfCase('coverage', i), ingredients), {
        watch: ({ opcode }) => void seen.add(opcode),
      });
    const never = tableOf('Osaka').filter(({ name, code }) => name !== 'INVALID' && !seen.has(code));
    expect(never.map(({ name }) => name)).toEqual([]);
  }, 120_000);
});

describe('a planted bug', () => {
  it.each(PLANTED_BUGS.map((bug) => [bug.breaks, bug] as const))(
    'is found and made small: %s',
    async (_, bug) => {
      const found: Found[] = [];
      const createMachines = (): Machines => ({
        tiers: [
          { name: 'tier 0', machine: createInterpreter() },
          { name: 'broken', machine: bug.machine() },
        ],
        peer: null,
      });
      for (let index = 0; index < bug.casesMax && found.length === 0; index++)
        await runFuzz({
          seed: 'planted',
          seconds: null,
          transactions: null,
          caseIndex: index,
          createMachines,
          ingredients,
          out: out(),
          onMismatch: (mismatch) => found.push(mismatch),
        });
      const [first] = found;
      assert(first !== undefined, `found in ${bug.casesMax} cases`);
      expect(instructionCount(first.smallest)).toBeLessThanOrEqual(bug.instructionsMax);

      // the file is a state test that the right machine passes and the broken one does not
      const file = JSON.parse(readFileSync(first.file, 'utf8')) as Record<string, StateLine['test']>;
      const verdicts = Object.entries(file).map(([id, test]) => {
        const line: StateLine = { id, fork: Object.keys(test.post)[0] ?? '', test };
        return [runStateCase(createInterpreter(), line).wrong, runStateCase(bug.machine(), line).wrong];
      });
      expect(verdicts.map(([right]) => right)).toEqual(verdicts.map(() => null));
      if (!isSeenByStateTests(first.mismatch)) return;
      expect(verdicts.some(([, broken]) => broken !== null)).toBe(true);
    },
    180_000,
  );
});

function instructionCount({ world, transactions }: FuzzCase): number {
  const codes = [...world].filter(([address]) => !address.startsWith('0x0b')).map(([, { code }]) => code);
  const initCodes = transactions.flatMap(({ to, data }) => (to === null ? [data] : []));
  const instructions = [...codes, ...initCodes].flatMap(instructionsOf);
  return instructions.filter(({ bytes }) => bytes[0] !== 0).length; // zeros are data
}
