// When a process that was told to stop has stopped: a signal is sent at once and obeyed a little later, thread by thread, and whoever copies
// a store must not race the thread that writes it.

import { readdir, readFile } from 'node:fs/promises';
import { systemCodeOf } from './errors.ts';

/** A thread in a system call that cannot be interrupted stops when it comes back from it. */
const HALT_MS_MAX = 2_000;
const ASK_EVERY_MS = 5;

/**
 * Resolves when every thread of the process stands still, or it is gone. Where the system has no /proc, after a while that no write of a
 * few kilobytes takes.
 */
export async function halted(pid: number): Promise<void> {
  const endMs = performance.now() + HALT_MS_MAX;
  while (performance.now() < endMs) {
    const states = await statesOf(pid);
    if (states?.every((state) => state === 'T' || state === 't' || state === 'Z')) return;
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
  }
}

/** The state of each thread, as a letter (proc_pid_stat(5)); null where there is nothing to read. */
async function statesOf(pid: number): Promise<readonly string[] | null> {
  try {
    const tasks = await readdir(`/proc/${pid}/task`);
    const lines = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'latin1')));
    return lines.map((line) => line.slice(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3)); // the name before it may hold anything
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT' && process.platform === 'linux' ? [] : null;
  }
}
