// The process of one node: `node node/main.ts --config FILE`.

import { enableCompileCache } from 'node:module';

// Each thread would strip the types anew: from the cache a node starts sooner and is 30 MB smaller. A worker reads the variable.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory;

const { runProcess } = await import('./host/run-process.ts');
await runProcess(process.argv.slice(2));
