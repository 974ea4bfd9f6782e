// Nodes as children of this process. A child whose parent is gone ends too: its standard input closes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { present } from '../../node/lib/assert.ts';
import type { NodeName } from '../kernel/links.ts';
import { NetworkError } from './errors.ts';
import type { Exit, Launcher } from './launcher.ts';
import type { NodeLayout } from './layout.ts';

const ENTRY = fileURLToPath(new URL('node-process.ts', import.meta.url));
/** A node that has not said `ready` by then has failed: libp2p and the store take about one second on an idle core. */
const READY_MS_MAX = 30_000;
/** After a polite signal a node has this long to close its store. */
const STOP_MS_MAX = 5_000;

type Child = { readonly process: ChildProcess; ordered: boolean; paused: boolean };

/** Creates a launcher for the nodes of a layout. Starts nothing yet. */
export function createProcessLauncher(nodes: readonly NodeLayout[]): Launcher {
  const children = new Map<NodeName, Child>();
  const listeners: ((exit: Exit) => void)[] = [];
  const layoutOf = (node: NodeName): NodeLayout =>
    present(
      nodes.find((n) => n.name === node),
      `no node ${node}`,
    );

  const start = async (node: NodeName): Promise<void> => {
    const { configFile, logFile } = layoutOf(node);
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [ENTRY, '--config', configFile], { stdio: ['pipe', 'pipe', log] });
    closeSync(log);
    const entry: Child = { process: child, ordered: false, paused: false };
    children.set(node, entry);
    child.stdin?.on('error', () => undefined); // the child may end before its input is closed
    child.on('exit', (code, signal) => {
      children.delete(node);
      if (entry.ordered) return;
      for (const listener of listeners) listener({ node, code, signal, lastWords: lastLine(logFile) });
    });
    await ready(node, child, logFile);
  };

  const end = async (node: NodeName, signal: NodeJS.Signals): Promise<void> => {
    const child = children.get(node);
    if (child === undefined) return;
    child.ordered = true;
    const gone = once(child.process, 'exit');
    child.process.kill(signal);
    if (child.paused) child.process.kill('SIGCONT'); // a stopped process handles its signals when it continues
    const late = setTimeout(() => child.process.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(late);
  };

  const signal = (node: NodeName, name: NodeJS.Signals, paused: boolean): Promise<void> => {
    const child = children.get(node);
    if (child === undefined) return Promise.reject(new NetworkError('not-running', `${node} does not run`));
    child.process.kill(name);
    child.paused = paused;
    return Promise.resolve();
  };

  return {
    start,
    stop: (node) => end(node, 'SIGTERM'),
    kill: (node) => end(node, 'SIGKILL'),
    pause: (node) => signal(node, 'SIGSTOP', true),
    resume: (node) => signal(node, 'SIGCONT', false),
    wipe: (node) => rm(layoutOf(node).dataDir, { recursive: true, force: true }),
    isRunning: (node) => children.has(node),
    isPaused: (node) => children.get(node)?.paused === true,
    onExit: (listener) => listeners.push(listener),
    close: async () => {
      await Promise.all([...children.keys()].map((node) => end(node, 'SIGTERM')));
    },
  };
}

/** Resolves at the line `{"kind":"ready",…}` on the child's standard output. */
async function ready(node: NodeName, child: ChildProcess, logFile: string): Promise<void> {
  const output = present(child.stdout, 'standard output is piped');
  const lines = createInterface({ input: output });
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      const words = lastLine(logFile);
      reject(new NetworkError('node-failed', `${node} ${why}${words === '' ? '' : `: ${words}`} (log: ${logFile})`));
    };
    const late = setTimeout(() => fail(`was not ready within ${READY_MS_MAX} ms`), READY_MS_MAX);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(`ended with status ${code} before it was ready`);
    });
    lines.on('line', (line) => {
      if (!line.startsWith('{"kind":"ready"')) return;
      clearTimeout(late);
      resolve();
    });
  });
}

function lastLine(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  } catch {
    return ''; // no log, no last words
  }
}
