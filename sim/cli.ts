// The command `lockstep`, as a process. What its words mean is in cli/program.ts.

import { enableCompileCache } from 'node:module';

// As in node/main.ts: a command should not strip the types of the whole project anew each time.
enableCompileCache();
await import('./cli/program.ts');
