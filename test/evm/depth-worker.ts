// Runs a contract that calls itself as deep as it can, in a thread with a small stack, and posts how deep that was.

import { parentPort } from 'node:worker_threads';
import { CONTRACT, run } from './run.ts';

let deepest = 0;
const result = run(`0 0 0 0 0 ${CONTRACT} GAS CALL STOP`, {
  gas: Number.MAX_SAFE_INTEGER,
  hooks: {
    step: ({ depth }) => {
      deepest = Math.max(deepest, depth);
    },
  },
});
parentPort?.postMessage({ status: result.status, deepest });
