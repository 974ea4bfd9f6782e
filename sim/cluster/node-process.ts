// The process entry of a node in a local network: the ordinary node, with a core thread that can be given a planted fault.

import { enableCompileCache } from 'node:module';

// As in node/main.ts: stripped types and compiled code are shared between threads, processes and starts.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory;

const { runProcess } = await import('../../node/host/run-process.ts');
await runProcess(process.argv.slice(2), { workerUrl: new URL('./node-core.ts', import.meta.url) });
