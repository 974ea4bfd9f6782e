// anvil as a peer to measure against: started on a free loopback port, ended by its own process, and how much processor time it has taken.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { assert } from '../../node/lib/assert.ts';
import { call } from './batch-client.ts';

export type Anvil = { readonly process: ChildProcess; readonly url: string };

/** Starts anvil with these flags, and waits until it answers. Rejects where there is no anvil for this platform. */
export async function startAnvil(flags: readonly string[]): Promise<Anvil> {
  const binary = fileURLToPath(new URL('../../node_modules/.bin/anvil', import.meta.url));
  const port = await freePort();
  const child = spawn(binary, ['--port', String(port), '--silent', ...flags], { stdio: 'ignore' });
  const failure = once(child, 'error').then(([error]) => {
    throw error;
  });
  await Promise.race([once(child, 'spawn'), failure]);
  process.once('exit', () => child.kill('SIGINT')); // where nobody came to end it
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`anvil ended with status ${child.exitCode}`);
    await new Promise((done) => setTimeout(done, 20));
    const height = await call(url, 'eth_blockNumber').catch(() => null);
    if (height !== null) return { process: child, url };
  }
}

/** Ends the process and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGINT');
  await gone;
}

/**
 * Reads the processor time of a process, in milliseconds since some moment that stays the same: a difference of two readings counts.
 * Linux counts nanoseconds by thread in /proc; null where there is nothing to read.
 */
export function createProcessClock(pid: number): () => number | null {
  const spent = new Map<string, number>(); // threads that have ended keep their last figure
  return () => {
    try {
      const tasks = `/proc/${pid}/task`;
      for (const thread of readdirSync(tasks)) {
        const nanoseconds = Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]);
        spent.set(thread, nanoseconds / 1e6);
      }
    } catch {
      return spent.size === 0 ? null : sum(spent);
    }
    return sum(spent);
  };
}

function sum(spent: ReadonlyMap<string, number>): number {
  return [...spent.values()].reduce((total, ms) => total + ms, 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  assert(typeof address === 'object' && address !== null, 'a TCP server has an address');
  return address.port;
}
