// A core's thread with other parts: the wrapper says which fault its configuration names, and otherwise does what the core does.

import { createNode } from '../../node/core/node.ts';
import { createMachine } from '../../node/evm/create-machine.ts';
import { runCoreWorker } from '../../node/host/core-worker.ts';

await runCoreWorker((config) => ({
  machine: createMachine({ tier: 0 }),
  createCore(options, store) {
    const core = createNode(options, store);
    let isFirst = true;
    return {
      ...core,
      step(nowMs, input) {
        const effects = core.step(nowMs, input);
        if (config.fault === 'crash' && input.kind === 'ask') throw new Error('the planted crash');
        if (!isFirst) return effects;
        isFirst = false;
        return [...effects, { kind: 'event', event: { kind: 'host', message: `fault ${config.fault}` } }];
      },
    };
  },
}));
