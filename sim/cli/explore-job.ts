// A job of `lockstep explore`: a thread that plays the schedules that it is given, one after the other.

import { parentPort, workerData } from 'node:worker_threads';
import { createFastSignatures, installBackends } from '../../node/host/backends.ts';
import { present } from '../../node/lib/assert.ts';
import { signatureReference } from '../../node/lib/signatures.ts';
import { exploreSeed } from '../explore/explore-seed.ts';
import { openLane } from '../explore/lane.ts';
import { playSchedule, playScript } from '../explore/play.ts';
import { shrink } from '../explore/shrink.ts';
import type { FromJob, JobData, ToJob } from './explore-messages.ts';

const port = present(parentPort, 'a job runs in a worker thread');
const { lane: name, range, tier } = workerData as JobData; // from explore-jobs.ts, same process

await installBackends();
const real = typeof WebAssembly === 'undefined' ? signatureReference : await createFastSignatures();
const lane = openLane(name, real);

port.on('message', (message: ToJob) => void answer(message));

async function answer(message: ToJob): Promise<void> {
  const before = process.threadCpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  const post = (reply: FromJob): void => port.postMessage(reply);
  switch (message.kind) {
    case 'seed': {
      const report = await exploreSeed(message.seed, range, lane, tier);
      return post({ kind: 'seed', report, cpuMs: cpuMs() });
    }
    case 'play': {
      const outcome = await playScript(message.script, lane);
      return post({ kind: 'play', outcome, cpuMs: cpuMs() });
    }
    case 'shrink': {
      const { schedule, property, triesMax } = message;
      const judge = async (candidate: typeof schedule): Promise<readonly string[]> =>
        (await playSchedule(candidate, lane, tier)).violations.map((violation) => violation.property);
      const shrunk = await shrink(schedule, property, judge, { triesMax });
      return post({ kind: 'shrunk', ...shrunk, cpuMs: cpuMs() });
    }
  }
}
