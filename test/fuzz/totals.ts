// What a run counts, and a file that adds up several runs.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Counts of one run, or of several. */
export type Totals = {
  cases: number;
  transactions: number;
  /** Transactions of gas sweeps, which `transactions` holds too. */
  swept: number;
  mismatches: number;
  /** Differences that are known to be the other implementation's. */
  known: number;
  /** Transactions that ended with a halt within the first 20 steps. */
  haltedEarly: number;
  seconds: number;
  /** The seeds of the runs. */
  seeds: string[];
};

export function noTotals(): Totals {
  return { cases: 0, transactions: 0, swept: 0, mismatches: 0, known: 0, haltedEarly: 0, seconds: 0, seeds: [] };
}

/** Adds a run to what the file holds; the file is created where there is none. Returns the sum. */
export function addToFile(path: string, run: Totals): Totals {
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Totals) : noTotals(); // written below
  const sum: Totals = {
    cases: before.cases + run.cases,
    transactions: before.transactions + run.transactions,
    swept: before.swept + run.swept,
    mismatches: before.mismatches + run.mismatches,
    known: before.known + run.known,
    haltedEarly: before.haltedEarly + run.haltedEarly,
    seconds: before.seconds + run.seconds,
    seeds: [...before.seeds, ...run.seeds],
  };
  writeFileSync(path, `${JSON.stringify(sum, null, 2)}\n`);
  return sum;
}
