// The tiers of the virtual machine side by side: every program on each, in turns, with equal results, over a journal of its own each time.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { assert } from '../../node/lib/assert.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { type Result, run } from '../evm/run.ts';
import { evmPrograms, type Program } from './evm-programs.ts';
import { median, type Report, rounded } from './report.ts';

/** Rounds that count, after so many that warm up. */
const ROUNDS = 9;
const WARM_UP = 4;
/** Enough for every program. */
const GAS = 2 ** 40;

/** Measures every program on tier 0 and tier 1. */
export async function measureMachines(report: Report): Promise<void> {
  const start = performance.now();
  const tierOne = createTierOne({
    onRefusal: (error) => {
      throw error;
    },
  });
  report.note(`tier 1 was ready after ${rounded(performance.now() - start)} ms`);
  const machines: readonly Machine[] = [createInterpreter(), tierOne];
  const ratios: number[] = [];
  for (const program of evmPrograms()) {
    const [tier0Ms = 0, tier1Ms = 0] = measure(program, machines);
    const ratio = tier0Ms / tier1Ms;
    ratios.push(ratio);
    report.row({ name: program.name, tier0Ms: rounded(tier0Ms), tier1Ms: rounded(tier1Ms), ratio: rounded(ratio) });
  }
  report.finish({ tier1_tier0: rounded(Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length)) });
}

function measure({ name, code, setting }: Program, machines: readonly Machine[]): readonly number[] {
  const times = machines.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const results = machines.map((machine, i) => {
      const begin = performance.now();
      const result = run(code, { ...setting, machine, gas: GAS });
      if (round >= 0) times[i]?.push(performance.now() - begin);
      return summaryOf(result);
    });
    assert(new Set(results).size === 1, `${name}: ${results.join(' but ')}`);
    assert(results[0]?.startsWith('success') === true, `${name}: ${results[0]}`);
  }
  return times.map(median);
}

function summaryOf({ status, gasUsed, steps, output, journal }: Result): string {
  return `${status}, ${gasUsed} gas, ${steps} steps, ${journal.logs().length} logs, output ${bytesToHex(output)}`;
}
