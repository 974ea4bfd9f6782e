// Runs the state suite in several processes: each takes every nth line of the packs, and hands its records over as JSON lines.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Tally } from './main.ts';

/** Starts so many processes with the same arguments, passes on what they report, and adds up what they counted. */
export async function runInParts(
  args: readonly string[],
  jobs: number,
  report: (record: Readonly<Record<string, unknown>>) => void,
  tally: Omit<Tally, 'seconds'>,
): Promise<void> {
  const parts = Array.from({ length: jobs }, (_, index) => runPart(args, `${index}/${jobs}`, report));
  for (const part of await Promise.all(parts)) {
    for (const field of ['total', 'passed', 'failed', 'skipped'] as const) tally[field] += part[field];
    for (const [fork, { passed, failed }] of Object.entries(part.forks)) {
      tally.forks[fork] ??= { passed: 0, failed: 0 };
      tally.forks[fork].passed += passed;
      tally.forks[fork].failed += failed;
    }
  }
}

async function runPart(
  args: readonly string[],
  part: string,
  report: (record: Readonly<Record<string, unknown>>) => void,
): Promise<Tally> {
  const own = ['--suite', 'state', '--jobs', '1', '--json', '--part', part];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args, ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let tally: Tally | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line) as { readonly kind: string };
    if (record.kind === 'suite')
      tally = record as unknown as Tally; // written by this very program
    else if (record.kind !== 'summary') report(record);
  }
  if (tally === null) throw new Error(`part ${part} ended without a result`);
  return tally;
}
