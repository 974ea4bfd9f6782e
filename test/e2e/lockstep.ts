// The command line as a test uses it: real processes, their JSON lines, their exit statuses, and what they leave behind.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const CLI = fileURLToPath(new URL('../../sim/cli.ts', import.meta.url));

export type Line = Readonly<Record<string, unknown>>;

/** How a command ended, and what it printed. */
export type Ended = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly Line[];
  readonly stdout: string;
  readonly stderr: string;
};

/** A command that runs. */
export type Running = {
  readonly pid: number;
  /** The first JSON line, of those printed already too, that the test accepts. Rejects where the command ends before, or at the deadline. */
  readonly line: (what: string, test: (line: Line) => boolean) => Promise<Line>;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
};

/** Generous: a network of six processes starts in 3 s on two idle cores, and in half a minute on busy ones. */
export const PATIENCE_MS = 120_000;
const ASK_EVERY_MS = 100;

/** Starts `lockstep …`. The caller sees to its end. */
export function lockstep(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Line[] = [];
  const seen = new Set<() => void>();
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes));
  createInterface({ input: child.stdout }).on('line', (text) => {
    stdout += `${text}\n`;
    const line = parseLine(text);
    if (line === null) return;
    lines.push(line);
    for (const look of seen) look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status, signal) => resolve({ status, signal, lines, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (signal) => void child.kill(signal),
    line: (what, test) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(late);
          seen.delete(look);
          act();
        };
        const fail = (why: string): void => settle(() => reject(new Error(`${what}: ${why}\n${stderr}`)));
        const look = (): void => {
          const line = lines.find(test);
          if (line !== undefined) settle(() => resolve(line));
        };
        const late = setTimeout(() => fail(`not within ${PATIENCE_MS} ms`), PATIENCE_MS);
        seen.add(look);
        look();
        void ended.then(({ status }) => fail(`the command ended with ${status}`));
      }),
  };
}

/** Runs a command to its end. */
export function run(...args: readonly string[]): Promise<Ended> {
  return lockstep(...args).ended;
}

/** The last JSON line of a command that ended. */
export function summary(ended: Ended): Line {
  const last = ended.lines.at(-1);
  if (last?.['kind'] !== 'summary') throw new Error(`no summary: ${ended.stdout}${ended.stderr}`);
  return last;
}

/** A new folder's path, removed with everything in it after the test. */
export function newFolder(remove: (clean: () => void) => void = onTestFinished): string {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-e2e-'));
  remove(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** A network started by `up --json`, as its `ready` line says. */
export type Up = {
  readonly command: Running;
  readonly data: string;
  readonly genesis: string;
  readonly control: string;
  readonly accounts: readonly string[];
  readonly nodes: readonly string[];
  /** The JSON-RPC address of a node. */
  readonly rpc: (node: string) => string;
};

/** Starts a network and waits until it is ready. */
export async function up(data: string, ...flags: readonly string[]): Promise<Up> {
  const command = lockstep('up', '--data', data, '--rpc-port', '0', '--json', ...flags);
  const ready = (await command.line('ready', (line) => line['kind'] === 'ready')) as unknown as {
    readonly genesis: string;
    readonly control: string;
    readonly accounts: readonly string[];
    readonly nodes: readonly { readonly name: string; readonly rpc: string }[];
  };
  const addresses = new Map(ready.nodes.map(({ name, rpc }) => [name, rpc]));
  return {
    command,
    data,
    genesis: ready.genesis,
    control: ready.control,
    accounts: ready.accounts,
    nodes: [...addresses.keys()],
    rpc: (node) => {
      const address = addresses.get(node);
      if (address === undefined) throw new Error(`no node ${node}`);
      return address;
    },
  };
}

/** Interrupts a network and waits for its end. */
export function interrupt({ command }: Pick<Up, 'command'>): Promise<Ended> {
  command.signal('SIGINT');
  return command.ended;
}

/** Waits until the condition gives something; asks again and again, and fails loudly at the deadline. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, null | undefined | false>> {
  const endMs = Date.now() + PATIENCE_MS;
  let last: unknown;
  while (Date.now() < endMs) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) {
        return answer as Exclude<T, null | undefined | false>; // just looked at
      }
    } catch (error) {
      last = error; // a node that starts does not answer yet
    }
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
  }
  throw new Error(`waited ${PATIENCE_MS} ms for ${what}${last === undefined ? '' : ` (${String(last)})`}`);
}

/** The processes that have the folder among their arguments: a network's nodes, each with its configuration in it, and who started them. */
export async function processesOn(folder: string): Promise<number[]> {
  const rows = await output('ps', '-A', '-ww', '-o', 'pid=,args=');
  return rows
    .split('\n')
    .filter((row) => row.includes(folder))
    .map((row) => Number.parseInt(row, 10));
}

/** Runs a program to its end: standard output, or an error with what it printed. */
export async function output(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], {
    maxBuffer: 16 * 1024 * 1024,
    timeout: PATIENCE_MS,
  });
  return stdout;
}

function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null; // a line for people
  }
}
