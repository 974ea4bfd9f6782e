// A node as a process: arguments in, one line of JSON on stdout when it listens, exit status out. Entries of sim/cluster call it with
// another core's thread.

import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { EXIT_STATUS, HostError, messageOf } from './host-error.ts';
import { loadNodeConfig } from './load-config.ts';
import { startNode } from './start-node.ts';
import { watchUncaught } from './uncaught.ts';

export type ProcessOptions = { readonly workerUrl?: URL };

/** How long a stop may take before the process ends anyway. What is durable is durable already. */
const CLOSE_MS = 5_000;
const PARENT_MS = 1_000;

const USAGE =
  'usage: node node/main.ts --config FILE [--clock-offset MS] [--events] [--parent-pid PID] [--until-stdin-closes]';

/**
 * Runs until a signal (SIGTERM, SIGINT), the end of the parent (`--parent-pid`) or of standard input (`--until-stdin-closes`), then ends
 * the process. stdout: `{"kind":"ready",…}` with the ports, or `{"kind":"failed","code",…}`; with `--events` every event, too.
 */
export async function runProcess(argv: readonly string[], options: ProcessOptions = {}): Promise<void> {
  try {
    const args = parseArguments(argv);
    const loaded = loadNodeConfig(args.config);
    const config = { ...loaded, clockOffsetMs: args.clockOffsetMs ?? loaded.clockOffsetMs };
    const node = await startNode(config, {
      ...options,
      ...(args.events ? { onEvent: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
      onFatal: (message) => die(`${config.name}: ${message}`, EXIT_STATUS.unexpected),
    });
    watchUncaught({
      failed: node.report,
      fatal: (error) => die(`${config.name}: ${stackOf(error)}`, EXIT_STATUS.unexpected),
    });
    const { p2p, rpc, admin } = node.ports;
    print({ kind: 'ready', name: node.name, rpc, admin, p2p, peerId: node.peerId });
    flushCompileCache(); // a killed process writes none
    endWith(args, node.close);
  } catch (error) {
    const code = error instanceof HostError ? error.code : 'unexpected';
    print({ kind: 'failed', code, message: messageOf(error) });
    die(error instanceof HostError ? messageOf(error) : stackOf(error), EXIT_STATUS[code]);
  }
}

type Arguments = {
  readonly config: string;
  /** Instead of the configuration's; null where the flag is absent. */
  readonly clockOffsetMs: number | null;
  readonly events: boolean;
  readonly parentPid: number | null;
  readonly untilStdinCloses: boolean;
};

function parseArguments(argv: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        'clock-offset': { type: 'string' },
        events: { type: 'boolean', default: false },
        'parent-pid': { type: 'string' },
        'until-stdin-closes': { type: 'boolean', default: false },
      },
    });
    const parent = values['parent-pid'];
    const offset = values['clock-offset'];
    if (values.config === undefined) throw new Error('--config is missing');
    if (parent !== undefined && !/^[1-9]\d*$/.test(parent)) throw new Error('--parent-pid: expected a process id');
    if (offset !== undefined && !/^-?\d{1,15}$/.test(offset))
      throw new Error(`--clock-offset '${offset}': expected whole milliseconds, as in --clock-offset=-5000`);
    return {
      config: values.config,
      clockOffsetMs: offset === undefined ? null : Number(offset),
      events: values.events,
      parentPid: parent === undefined ? null : Number(parent),
      untilStdinCloses: values['until-stdin-closes'],
    };
  } catch (error) {
    throw new HostError('configuration', `${messageOf(error)}; ${USAGE}`, { cause: error });
  }
}

function endWith(args: Arguments, close: () => Promise<void>): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(0), CLOSE_MS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => die(messageOf(error), EXIT_STATUS.unexpected),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // Whoever read our output is gone: there is nobody left to write for.
  process.stdout.on('error', end);
  if (args.untilStdinCloses) process.stdin.on('end', end).on('error', end).resume();
  const { parentPid } = args;
  if (parentPid !== null) setInterval(() => isAlive(parentPid) || end(), PARENT_MS).unref();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // there, but somebody else's
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

// Written synchronously: a pipe's asynchronous write would be lost at exit.
function die(message: string, status: number): never {
  try {
    writeSync(2, `lockstep: ${message}\n`);
  } catch {
    // nobody reads it
  }
  process.exit(status);
}
