// What every benchmark hands back, and how it is printed: a table for people, or one JSON object a line that ends with the summary.

import { availableParallelism, cpus, loadavg } from 'node:os';

/** One measurement: what was measured, and its figures by name (the unit stands last in the name). */
export type Row = { readonly name: string; readonly [figure: string]: string | number | null };

/** A benchmark's result. */
export type Summary = {
  readonly kind: 'summary';
  readonly bench: string;
  readonly rows: readonly Row[];
  /** Quotients of figures of the same run, which mean the same on every machine. */
  readonly ratios: Readonly<Record<string, number>>;
  /** What the figures are to stay within, and whether they do. */
  readonly goals?: readonly Goal[];
  readonly machine: Machine;
};

/** A limit for a figure of every program, and the programs that are worst or beyond it. */
export type Goal = {
  readonly name: string;
  readonly limit: number;
  readonly holds: boolean;
  readonly worst: readonly { readonly program: string; readonly value: number }[];
};

/** Where it was measured. `load` is the system's load average over a minute at the end: above the number of cores, the figures suffered. */
export type Machine = {
  readonly cores: number;
  readonly model: string;
  readonly node: string;
  readonly load: number;
};

/** Prints rows as they come and the summary last. */
export type Report = {
  readonly row: (row: Row) => void;
  readonly note: (text: string) => void;
  readonly finish: (ratios?: Readonly<Record<string, number>>, goals?: readonly Goal[]) => Summary;
};

export function createReport(bench: string, options: { readonly json: boolean }): Report {
  const rows: Row[] = [];
  return {
    row(row) {
      rows.push(row);
      process.stdout.write(options.json ? `${JSON.stringify({ kind: 'row', bench, ...row })}\n` : `${lineOf(row)}\n`);
    },
    note(text) {
      process.stderr.write(`${text}\n`);
    },
    finish(ratios = {}, goals) {
      const machine = describeMachine();
      const summary: Summary = { kind: 'summary', bench, rows, ratios, ...(goals && { goals }), machine };
      if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
      else {
        for (const [name, ratio] of Object.entries(ratios)) process.stdout.write(`ratio ${name}: ${ratio}\n`);
        for (const { name, limit, holds, worst } of goals ?? []) {
          const programs = worst.map(({ program, value }) => `${program} ${value}`).join('; ');
          process.stdout.write(`goal ${name} ≤ ${limit}: ${holds ? 'holds' : 'MISSED'} (${programs})\n`);
        }
      }
      return summary;
    },
  };
}

/** The number with that many significant digits: more would claim an exactness that no measurement here has. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}

/** The middle value. The list has at least one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number; // inside, since there is at least one
}

/** Milliseconds of processor time of this thread: what others do on the same cores counts less than with a clock. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    load: rounded(loadavg()[0] ?? 0),
  };
}

function lineOf({ name, ...figures }: Row): string {
  const cells = Object.entries(figures).map(([figure, value]) => `${figure} ${value ?? '-'}`.padEnd(24));
  return `${name.padEnd(44)} ${cells.join(' ')}`.trimEnd();
}
