// Runs a suite in several processes: each takes every nth case, and hands its records over as JSON lines.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { addTally, type Print, type Tally } from './tally.ts';

/** Starts so many processes with the same arguments, passes on what they report, and adds up what they counted. */
export async function runInParts(args: readonly string[], jobs: number, print: Print, tally: Tally): Promise<void> {
  const parts = Array.from({ length: jobs }, (_, index) => runPart(args, `${index}/${jobs}`, print));
  for (const part of await Promise.all(parts)) addTally(tally, part);
}

async function runPart(args: readonly string[], part: string, print: Print): Promise<Tally> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args, '--json', '--part', part], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let tally: Tally | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line) as { readonly kind: string };
    if (record.kind === 'suite')
      tally = record as unknown as Tally; // written by this very program
    else if (record.kind !== 'summary') print(record);
  }
  if (tally === null) throw new Error(`part ${part} ended without a result`);
  return tally;
}
