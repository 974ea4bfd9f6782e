// The process of one node: `node node/main.ts --config FILE`.

import { runProcess } from './host/run-process.ts';

await runProcess(process.argv.slice(2));
