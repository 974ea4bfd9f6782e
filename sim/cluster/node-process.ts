// The process entry of a node in a local network: the ordinary node, with a core thread that can be given a planted fault, and whose clock,
// disk and speed change as its launcher says on standard input.

import { enableCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { setEnvironmentData } from 'node:worker_threads';

// As in node/main.ts: stripped types and compiled code are shared between threads, processes and starts.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory;

const { sibling } = await import('../../node/lib/sibling.ts');
const { runProcess } = await import('../../node/host/run-process.ts');
const { readMachineMessage } = await import('./machine-state.ts');
const { createMachineMemory, MACHINE_MEMORY, freezeThread, tellMachine, viewMachine } = await import('./ailing.ts');

const memory = createMachineMemory();
const machine = viewMachine(memory);
setEnvironmentData(MACHINE_MEMORY, memory);
createInterface({ input: process.stdin }).on('line', (line) => {
  const message = readMachineMessage(line);
  if (message === null) return;
  tellMachine(machine, message);
  if (message.freezeMs > 0) freezeThread(message.freezeMs);
});

await runProcess(process.argv.slice(2), {
  workerUrl: new URL(sibling('./node-core', import.meta.url), import.meta.url),
});
