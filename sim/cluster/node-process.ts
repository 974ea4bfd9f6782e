// The process entry of a node in a local network: the ordinary node, with a core thread that can be given a planted fault.

import { runProcess } from '../../node/host/run-process.ts';

await runProcess(process.argv.slice(2), { workerUrl: new URL('./node-core.ts', import.meta.url) });
