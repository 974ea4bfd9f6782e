// The core's thread of an ordinary node: a machine of the tier that its configuration asks for, and nothing around the core.

import { createMachine } from '../evm/create-machine.ts';
import { runCoreWorker } from './core-worker.ts';

await runCoreWorker(({ tier }) => ({ machine: createMachine({ tier }) }));
