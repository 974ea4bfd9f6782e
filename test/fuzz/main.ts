// `npm run fuzz -- evm [--seconds N] [--transactions N] [--seed S] [--case K] [--tiers 0,1,2] [--no-ethereumjs] [--state FILE] [--out DIR] [--json]`:
// random cases on every tier and on @ethereumjs/evm. Exit 1 on a mismatch.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { installBackends } from '../../node/host/backends.ts';
import { readTier, TIERS } from '../../node/types/tier.ts';
import { type Found, machinesOf, runFuzz } from './run-fuzz.ts';
import { deployContracts } from './solidity.ts';

import { addToFile, type Totals } from './totals.ts';

const OPTIONS = {
  seconds: { type: 'string' },
  transactions: { type: 'string' },
  seed: { type: 'string' },
  case: { type: 'string' },
  tiers: { type: 'string', default: TIERS.join() },
  'no-ethereumjs': { type: 'boolean', default: false },
  state: { type: 'string' },
  out: { type: 'string', default: 'fuzz-failures' },
  json: { type: 'boolean', default: false },
} as const;
const SECONDS = 60;

process.exitCode = await main();

async function main(): Promise<number> {
  const read = readArguments();
  if (read === null) {
    process.stderr.write(
      'usage: npm run fuzz -- evm [--seconds N] [--transactions N] [--seed S] [--case K] [--tiers 0,1,2] [--no-ethereumjs] [--state FILE] [--out DIR] [--json]\n',
    );
    return 2;
  }
  const { values, tiers } = read;
  const seed = values.seed ?? randomBytes(6).toString('hex');
  if (!values.json) process.stdout.write(`seed ${seed}\n`);
  await installBackends();
  const transactions = values.transactions === undefined ? null : Number(values.transactions);
  const { totals, coverage } = await runFuzz({
    seed,
    seconds: values.seconds !== undefined ? Number(values.seconds) : transactions === null ? SECONDS : null,
    transactions,
    caseIndex: values.case === undefined ? null : Number(values.case),
    createMachines: () => machinesOf(tiers, { withPeer: !values['no-ethereumjs'] }),
    ingredients: { contracts: deployContracts() },
    out: values.out,
    onMismatch: (found) => report(found, seed, { json: values.json }),
  });
  if (values.state !== undefined) print(addToFile(values.state, totals), 'total', values);
  const summary = {
    kind: 'summary',
    seed,
    cases: totals.cases,
    transactions: totals.transactions,
    mismatches: totals.mismatches,
    seconds: rounded(totals.seconds),
    perSecond: rounded(totals.transactions / totals.seconds),
    halted: rounded(totals.haltedEarly / Math.max(1, totals.transactions - totals.swept)),
    swept: totals.swept,
    known: totals.known,
    tiers,
    ethereumjs: !values['no-ethereumjs'],
    opcodes: coverage.ran.length,
    never: coverage.never,
  };
  if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    print(totals, 'run', values);
    process.stdout.write(`${coverage.ran.length} opcodes ran; never: ${coverage.never.join(' ') || 'none'}\n`);
  }
  return totals.mismatches === 0 ? 0 : 1;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
    const tiers = values.tiers.split(',').map(readTier);
    if (positionals.join() !== 'evm' || !tiers.every((tier) => tier !== null)) return null;
    return { values, tiers };
  } catch {
    return null; // an unknown flag
  }
}

function report({ caseIndex, mismatch, file }: Found, seed: string, options: { readonly json: boolean }): void {
  const [first, second] = mismatch.between;
  const repeat = `npm run fuzz -- evm --seed ${seed} --case ${caseIndex}`;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ kind: 'mismatch', seed, case: caseIndex, ...mismatch, file, repeat })}\n`
      : `case ${caseIndex}, ${first} and ${second}: ${mismatch.difference}\n  ${file}\n  ${repeat}\n`,
  );
}

function print(totals: Totals, what: string, options: { readonly json: boolean }): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ kind: what, ...totals })}\n`);
    return;
  }
  const { cases, transactions, swept, mismatches, known, haltedEarly, seconds } = totals;
  const early = ((100 * haltedEarly) / Math.max(1, transactions - swept)).toFixed(1);
  process.stdout.write(
    `${what}: ${transactions} transactions (${swept} of gas sweeps) in ${cases} cases, ${mismatches} mismatches, ` +
      `${known} known differences, ${early} % halted within 20 steps, ${seconds.toFixed(0)} s, ${(transactions / seconds).toFixed(0)} a second\n`,
  );
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
