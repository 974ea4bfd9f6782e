// The jobs of `lockstep explore`: threads that each take the next piece of work. A thread that throws, or does not come to an end, is a
// finding, not a failure of the command.

import { Worker } from 'node:worker_threads';
import { sibling } from '../../node/lib/sibling.ts';
import { messageOf } from '../cluster/errors.ts';
import type { FromJob, JobData, ToJob } from './explore-messages.ts';

/** A job that broke: what it threw, or that it did not end. Its thread is gone, another one has its place. */
export class JobError extends Error {
  override readonly name = 'JobError';
}

export type Jobs = {
  readonly count: number;
  /** Gives the work to a free thread, waiting for one. Rejects with JobError. */
  readonly run: <K extends FromJob['kind']>(work: ToJob, kind: K) => Promise<Extract<FromJob, { kind: K }>>;
  /** Ends all threads at once. Work under way never answers. */
  readonly close: () => Promise<void>;
};

type Waiting = {
  readonly work: ToJob;
  readonly resolve: (reply: FromJob) => void;
  readonly reject: (error: JobError) => void;
};

/** Of processor time for one piece of work: a run takes a second, and a shrinking some hundred runs. A busy machine makes neither longer. */
const CPU_MS_MAX = { seed: 120_000, play: 120_000, shrink: 1_200_000 } as const;
const LOOK_EVERY_MS = 5_000;

export type JobLimits = {
  readonly cpuMsMax: Readonly<Record<ToJob['kind'], number>>;
  readonly lookEveryMs: number;
};

/** Starts that many threads. */
export function startJobs(
  count: number,
  data: JobData,
  { cpuMsMax, lookEveryMs }: JobLimits = { cpuMsMax: CPU_MS_MAX, lookEveryMs: LOOK_EVERY_MS },
): Jobs {
  const waiting: Waiting[] = [];
  const threads = new Set<Worker>();
  const free: Worker[] = [];
  let isClosed = false;

  const begin = (): Worker => {
    const thread = new Worker(new URL(sibling('./explore-job', import.meta.url), import.meta.url), {
      workerData: data,
    });
    thread.setMaxListeners(0);
    threads.add(thread);
    return thread;
  };

  const give = (): void => {
    while (!isClosed && waiting.length > 0) {
      const thread = free.pop();
      if (thread === undefined) return;
      const next = waiting.shift();
      if (next === undefined) return;
      perform(thread, next);
    }
  };

  const perform = (thread: Worker, { work, resolve, reject }: Waiting): void => {
    const settle = (): void => {
      isSettled = true;
      clearInterval(watch);
      thread.off('message', answered);
      thread.off('error', broken);
      thread.off('exit', ended);
    };
    const replace = (why: string): void => {
      settle();
      threads.delete(thread);
      thread.on('error', () => {}); // it is given up already
      void thread.terminate();
      if (isClosed) return;
      free.push(begin());
      reject(new JobError(why));
      give();
    };
    const answered = (reply: FromJob): void => {
      settle();
      free.push(thread);
      resolve(reply);
      give();
    };
    const broken = (error: unknown): void => replace(`it threw: ${messageOf(error)}`);
    const ended = (): void => replace('its thread ended');
    const limitMs = cpuMsMax[work.kind];
    let beganMs: number | null = null;
    let isSettled = false;
    const look = async (): Promise<void> => {
      const cpuMs = await cpuMsOf(thread);
      beganMs ??= cpuMs;
      if (!isSettled && cpuMs !== null && beganMs !== null && cpuMs - beganMs > limitMs)
        replace(`it did not end within ${limitMs / 1_000} s of processor time`);
    };
    const watch = setInterval(() => void look(), lookEveryMs);
    thread.on('message', answered);
    thread.on('error', broken);
    thread.on('exit', ended);
    thread.postMessage(work);
  };

  for (let i = 0; i < count; i++) free.push(begin());

  return {
    count,
    run(work, kind) {
      return new Promise((resolve, reject) => {
        waiting.push({
          work,
          resolve: (reply) => {
            if (reply.kind === kind)
              resolve(reply as Extract<FromJob, { kind: typeof kind }>); // the kind was compared
            else reject(new JobError(`it answered '${reply.kind}' where '${kind}' was asked`));
          },
          reject,
        });
        give();
      });
    },
    async close() {
      isClosed = true;
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
}

/** Of a thread, whatever it does; null for one that has ended. */
async function cpuMsOf(thread: Worker): Promise<number | null> {
  try {
    const { user, system } = await thread.cpuUsage();
    return (user + system) / 1_000;
  } catch {
    return null;
  }
}
