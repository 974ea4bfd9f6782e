// `npm run contracts`: compiles what `lockstep explain` knows the sources of to scenarios/contracts/compiled.json. The compiler is a
// development tool: whoever uses the network has the file.

import { writeFileSync } from 'node:fs';
import { buildContracts, COMPILED } from './compiled.ts';

writeFileSync(COMPILED, `${JSON.stringify(buildContracts(), null, 2)}\n`);
