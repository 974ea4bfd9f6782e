// One node as a child of this process: how it is started, ended, paused. What the launcher of processes and the supervisor of a container
// share. A child whose parent is gone ends too: its standard input closes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { sibling } from '../../node/lib/sibling.ts';
import type { NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import { NetworkError } from './errors.ts';
import { halted } from './halted.ts';
import { cutJournal } from './journal-tail.ts';
import type { Exit } from './launcher.ts';
import { afterOrder, type MachineMessage, WELL } from './machine-state.ts';

export type ChildNodeOptions = {
  readonly name: NodeName;
  readonly configFile: string;
  /** The folder of its store. */
  readonly dataDir: string;
  /** Where its standard error goes: a file that is appended to, or null for this process's own. */
  readonly logFile: string | null;
  /** Called when the process ends and nobody had ordered it to. */
  readonly onExit: (exit: Exit) => void;
};

export type ChildNode = {
  /** Starts the process and resolves when the node says that it is ready. Rejects with NetworkError where it ends before. */
  readonly start: () => Promise<void>;
  /** Ends it: `stop` in good order and by force after a deadline, `kill` at once. Resolves when it is gone. */
  readonly end: (how: 'stop' | 'kill') => Promise<void>;
  /** Halts it, and resolves when it stands still, or lets it go on. Rejects where it does not run. */
  readonly halt: (what: 'pause' | 'resume') => Promise<void>;
  /** Changes its clock, disk or speed, in this life and in those to come. */
  readonly treat: (order: MachineOrder) => void;
  readonly state: () => 'down' | 'starting' | 'up';
  readonly isPaused: () => boolean;
};

const ENTRY = fileURLToPath(new URL(sibling('node-process', import.meta.url), import.meta.url));
/** A node that has not said `ready` by then has failed. One takes about two seconds of a core; six start at once, beside other work. */
const READY_MS_MAX = 90_000;
/** After a polite signal a node has this long to close its store. */
const STOP_MS_MAX = 5_000;
/** Of a node's last line this much is told. */
const WORDS_MAX = 500;
/** Lines in which it is looked for: a stack stands below it. */
const LINES_MAX = 50;

type Life = { readonly process: ChildProcess; isOrdered: boolean; isReady: boolean; isPaused: boolean };

/** Prepares a child; starts nothing yet. */
export function createChildNode({ name, configFile, dataDir, logFile, onExit }: ChildNodeOptions): ChildNode {
  let life: Life | null = null;
  let machine = WELL;
  let said: readonly string[] = [];
  let logBegins = 0;
  const lastWords = (): string => wordsOf(logFile === null ? said : linesOf(logFile, logBegins)).slice(0, WORDS_MAX);

  const tell = ({ process: child }: Life, freezeMs: number): void => {
    child.stdin?.write(`${JSON.stringify({ state: machine, freezeMs } satisfies MachineMessage)}\n`);
    if (machine.failing === 'next') machine = { ...machine, failing: 'none' }; // it is this life's
  };

  const start = async (): Promise<void> => {
    if (life !== null) throw new NetworkError('already-running', `${name} runs already`);
    const log = logFile === null ? 'pipe' : openSync(logFile, 'a');
    if (typeof log === 'number') logBegins = fstatSync(log).size; // what stands there already is of an earlier life
    const clock = machine.offsetMs === 0 ? [] : [`--clock-offset=${machine.offsetMs}`];
    const child = spawn(process.execPath, [ENTRY, '--config', configFile, '--until-stdin-closes', ...clock], {
      stdio: ['pipe', 'pipe', log],
    });
    if (typeof log === 'number') closeSync(log);
    said = [];
    const own: Life = { process: child, isOrdered: false, isReady: false, isPaused: false };
    life = own;
    child.stdin?.on('error', () => undefined); // the child may end before its input is closed
    if (child.stderr !== null) forward(child.stderr, (line) => (said = [...said, line].slice(-LINES_MAX)));
    child.once('error', () => {
      if (child.pid === undefined) life = null; // it never was: no other event follows
    });
    child.once('close', (code, signal) => {
      life = null;
      if (machine.tail !== null) cutJournal(dataDir, machine.tail);
      machine = { ...machine, tail: null };
      if (!own.isOrdered) onExit({ node: name, code, signal, lastWords: lastWords() });
    });
    await ready(name, child, lastWords, logFile);
    own.isReady = true;
    // Also where an order came while it started: it may have taken back what this life was started with.
    if (machine !== WELL || clock.length > 0) tell(own, 0);
  };

  return {
    start,
    async end(how) {
      if (life === null) return;
      const { process: child, isPaused } = life;
      life.isOrdered = true;
      const gone = once(child, 'close');
      child.kill(how === 'stop' ? 'SIGTERM' : 'SIGKILL');
      if (isPaused) child.kill('SIGCONT'); // a stopped process handles its signals when it continues
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await gone;
      clearTimeout(late);
    },
    async halt(what) {
      if (life === null) throw new NetworkError('not-running', `${name} does not run`);
      life.process.kill(what === 'pause' ? 'SIGSTOP' : 'SIGCONT');
      life.isPaused = what === 'pause';
      if (what === 'pause' && life.process.pid !== undefined) await halted(life.process.pid);
    },
    treat(order) {
      machine = afterOrder(machine, order);
      if (life?.isReady === true) tell(life, order.kind === 'freeze' ? order.ms : 0);
    },
    state: () => (life === null ? 'down' : life.isReady ? 'up' : 'starting'),
    isPaused: () => life?.isPaused === true,
  };
}

/** Resolves at the line `{"kind":"ready",…}` on the child's standard output. */
async function ready(
  name: NodeName,
  child: ChildProcess,
  lastWords: () => string,
  logFile: string | null,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let reason = '';
    const fail = (why: string): void => {
      clearTimeout(late);
      const words = reason === '' ? lastWords() : reason;
      const where = logFile === null ? '' : ` (log: ${logFile})`;
      reject(new NetworkError('node-failed', `${name} ${why}${words === '' ? '' : `: ${words}`}${where}`));
    };
    const late = setTimeout(() => {
      fail(`was not ready within ${READY_MS_MAX} ms`);
      child.kill('SIGKILL');
    }, READY_MS_MAX);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => fail(`ended with ${signal ?? `status ${code}`} before it was ready`));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = readLine(line);
      if (said.kind === 'failed') reason = said.message;
      if (said.kind !== 'ready') return;
      clearTimeout(late);
      resolve();
    });
  });
}

/** What a node's process says of itself in a line of standard output. */
function readLine(line: string): { readonly kind: string; readonly message: string } {
  try {
    const { kind, message } = JSON.parse(line) as { readonly kind?: unknown; readonly message?: unknown }; // checked below
    return { kind: String(kind), message: typeof message === 'string' ? message : '' };
  } catch {
    return { kind: 'other', message: '' };
  }
}

function forward(stream: Readable, remember: (line: string) => void): void {
  createInterface({ input: stream }).on('line', (line) => {
    remember(line);
    process.stderr.write(`${line}\n`);
  });
}

/** What a node said last in its own name, which is above its stack; else whatever it said last. */
function wordsOf(lines: readonly string[]): string {
  return lines.findLast((line) => line.startsWith('lockstep: ')) ?? lines.at(-1) ?? '';
}

function linesOf(logFile: string, from: number): readonly string[] {
  try {
    return readFileSync(logFile).subarray(from).toString('utf8').trimEnd().split('\n').slice(-LINES_MAX);
  } catch {
    return []; // no log, no last words
  }
}
