// `npm run mutants -- [NAME…] [--from SEED] [--seeds N] [--jobs N] [--json]`: plants each bug in a copy of the tree and lets exploration look for it.
// Exit 1 where one is not found within its seeds, where a text to replace is gone, or where the tree itself fails on the seed that found it.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ExploreError, readFinding, type Violation } from './finding.ts';
import { type Mutant, plant, StalePatchError } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const TREE = resolve(import.meta.dirname, '../..');
/** Everything that exploration reads. */
const COPIED = ['node', 'sim', 'scenarios', 'package.json', 'tsconfig.json'] as const;
/** Within so many seeds a mutant must be found. */
const SEEDS_MAX = { safety: 5_000, liveness: 40_000 } as const;

/** What came of a mutant. `seeds` are those that were played, the one that found it included. */
type Finding =
  | {
      readonly kind: 'found';
      readonly seed: number;
      readonly seeds: number;
      readonly property: string;
      readonly evidence: string;
    }
  | { readonly kind: 'missed'; readonly seeds: number }
  | { readonly kind: 'failed'; readonly why: string };

/** Most lines, which say nothing that is asked here. */
const SEED_LINE = '{"kind":"seed"';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string', default: '0' },
      seeds: { type: 'string', default: `${SEEDS_MAX.liveness}` },
      jobs: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
  const wrong = [values.from, values.seeds, values.jobs].find((number) => !/^\d+$/.test(number));
  if (unknown !== undefined || wrong !== undefined) {
    const what =
      unknown === undefined
        ? `'${wrong}' is no whole number`
        : `no mutant '${unknown}' (there are ${MUTANTS.map(({ name }) => name).join(', ')})`;
    process.stderr.write(`mutants: ${what}\n`);
    return 2;
  }
  const chosen = positionals.length === 0 ? MUTANTS : MUTANTS.filter(({ name }) => positionals.includes(name));
  const print = (line: object, text: string): void => {
    process.stdout.write(`${values.json ? JSON.stringify(line) : text}\n`);
  };

  let found = 0;
  for (const mutant of chosen) {
    const beganMs = performance.now();
    const seeds = Math.min(Number(values.seeds), SEEDS_MAX[mutant.kind]);
    const finding = await hunt(mutant, { from: Number(values.from), seeds, jobs: Number(values.jobs) });
    const seconds = Number(((performance.now() - beganMs) / 1_000).toFixed(1));
    if (finding.kind === 'found') found += 1;
    const { name, mistake, kind: breaks, lane = 'model' } = mutant;
    const { kind: outcome, ...rest } = finding;
    print(
      { kind: 'mutant', name, mistake, breaks, lane, outcome, ...rest, seconds },
      describe(mutant, finding, seconds),
    );
  }
  print(
    { kind: 'summary', mutants: chosen.length, found, from: Number(values.from) },
    `${found} of ${chosen.length} mutants found, from seed ${values.from}`,
  );
  return found === chosen.length ? 0 : 1;
}

function describe({ name, mistake }: Mutant, finding: Finding, seconds: number): string {
  switch (finding.kind) {
    case 'found':
      return `${name} (${mistake}): ${finding.property} at seed ${finding.seed}, ${finding.seeds} played, ${seconds} s`;
    case 'missed':
      return `${name} (${mistake}): NOT FOUND in ${finding.seeds} seeds, ${seconds} s`;
    case 'failed':
      return `${name} (${mistake}): FAILED: ${finding.why}`;
  }
}

/** Plants one bug, looks for it, and makes sure that it is the bug that was found: without it the same seed breaks nothing. */
async function hunt(
  mutant: Mutant,
  { from, seeds, jobs }: { readonly from: number; readonly seeds: number; readonly jobs: number },
): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), `lockstep-mutant-${mutant.name}-`));
  try {
    for (const name of COPIED) await cp(join(TREE, name), join(folder, name), { recursive: true });
    await symlink(join(TREE, 'node_modules'), join(folder, 'node_modules'));
    await plant(folder, mutant);
    const lane = mutant.lane ?? 'model';
    const violation = await explore(folder, [
      '--lane',
      lane,
      '--from',
      `${from}`,
      '--seeds',
      `${seeds}`,
      '--jobs',
      `${jobs}`,
    ]);
    if (violation === null) return { kind: 'missed', seeds };
    const { seed, property, evidence } = violation;
    // A tree that does not even run breaks everything: that finds nothing.
    if (property === 'end') return { kind: 'failed', why: `seed ${seed} ended the program: ${evidence}` };
    const clean = await explore(TREE, ['--lane', lane, '--from', `${seed}`, '--seeds', '1', '--jobs', '1']);
    if (clean !== null)
      return { kind: 'failed', why: `seed ${seed} breaks ${clean.property} without the mutant: ${clean.evidence}` };
    return { kind: 'found', seed, seeds: seed - from + 1, property, evidence };
  } catch (error) {
    if (error instanceof StalePatchError || error instanceof ExploreError)
      return { kind: 'failed', why: error.message };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first violation of an exploration in a tree; null where there is none. */
async function explore(folder: string, flags: readonly string[]): Promise<Violation | null> {
  const child = spawn(process.execPath, ['sim/cli.ts', 'explore', '--json', '--no-shrink', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-2_000);
  });
  const ended = new Promise<number | null>((settle) => child.on('close', settle));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (!line.startsWith(SEED_LINE)) lines.push(line);
  const status = await ended;
  return readFinding(lines, `explore ended with status ${status}: ${errors.trim().split('\n').at(-1) ?? ''}`);
}
