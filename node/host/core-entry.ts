// The core's thread of an ordinary node: the reference machine and nothing around the core.

import { createInterpreter } from '../evm/interpreter.ts';
import { runCoreWorker } from './core-worker.ts';

await runCoreWorker(() => ({ machine: createInterpreter() }));
