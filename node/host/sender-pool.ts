// Threads that recover senders, so that the core's thread does not stall on signatures. They are started when they are first needed. What a
// thread does not answer, or not in time, is simply not known: the core recovers it itself.

import { Worker } from 'node:worker_threads';
import { keccakHex } from '../lib/hashing.ts';
import { sibling } from '../lib/sibling.ts';
import { type Address, type Hash, knowsSenderOf, primeSenderOf } from '../types/transaction.ts';
import { messageOf } from './host-error.ts';

export type SenderPool = {
  /**
   * Recovers the senders of encoded transactions that are not known yet, and tells them to the memo of this thread; never rejects. Undefined
   * where there are too few for it to pay.
   */
  readonly prime: (transactions: readonly Uint8Array[]) => Promise<void> | undefined;
  readonly close: () => Promise<void>;
};

/** A thread as the pool sees it. */
export type SenderWorker = {
  readonly post: (request: SenderRequest) => void;
  readonly onReply: (listener: (reply: SenderReply) => void) => void;
  /** The thread has ended, for whatever reason. Called once at most. */
  readonly onEnd: (listener: () => void) => void;
  readonly terminate: () => Promise<unknown>;
};

export type SenderRequest = { readonly id: number; readonly transactions: readonly Uint8Array[] };
/** In the order of the request; null where there is none. */
export type SenderReply = { readonly id: number; readonly senders: readonly (Address | null)[] };

/** Fewer signatures than this (2 ms of work) are recovered faster than another thread is asked. */
const BATCH_MIN = 16;
/** Of one call: what a thread recovers while an input waits. Hostile bytes are not to buy more of our time than honest ones. */
const BATCH_MAX = 2_048;
/** Under way in all threads together. */
const UNDER_WAY_MAX = 2 * BATCH_MAX;
/**
 * How long an input waits at most, and what is behind it; answers that come later are remembered all the same. Two threads recover a thousand
 * honest senders meanwhile, more than two full blocks have; BATCH_MAX bad signatures cost those behind them a tenth of the default period.
 */
const WAIT_MS_MAX = 100;
/** Longer than any batch takes on a busy machine: a thread that is silent for so long is stuck. */
const ANSWER_MS_MAX = 20_000;
/** After so many threads that ended, or did not start, the work stays with the core. */
const FAILURES_MAX = 3;
/** More would halve the wait for the largest batch once more, which is below 100 ms then, and cost every node their memory. */
const THREADS_MAX = 4;

type Batch = {
  readonly worker: SenderWorker;
  readonly hashes: readonly Hash[];
  readonly timer: NodeJS.Timeout;
  readonly resolve: () => void;
};

/** Creates a pool of at most that many threads, within THREADS_MAX, at least one. */
export function createSenderPool(parts: {
  readonly size: number;
  readonly createWorker: () => SenderWorker;
  readonly waitMsMax?: number;
  readonly answerMsMax?: number;
}): SenderPool {
  const size = Math.min(Math.max(parts.size, 1), THREADS_MAX);
  const workers: SenderWorker[] = [];
  const batches = new Map<number, Batch>();
  let turn = 0;
  let requests = 0;
  let underWay = 0;
  let failures = 0;
  let isClosed = false;

  const settle = (id: number, senders: SenderReply['senders']): void => {
    const batch = batches.get(id);
    if (batch === undefined) return;
    batches.delete(id);
    clearTimeout(batch.timer);
    underWay -= batch.hashes.length;
    for (const [i, hash] of batch.hashes.entries()) {
      const sender = senders[i];
      if (sender !== null && sender !== undefined) primeSenderOf(hash, sender);
    }
    batch.resolve();
  };
  const drop = (worker: SenderWorker): void => {
    const at = workers.indexOf(worker);
    if (at < 0) return;
    workers.splice(at, 1);
    failures++;
    for (const [id, batch] of [...batches]) if (batch.worker === worker) settle(id, []);
  };
  const start = (): void => {
    try {
      const worker = parts.createWorker();
      workers.push(worker);
      worker.onReply(({ id, senders }) => settle(id, senders));
      worker.onEnd(() => drop(worker));
    } catch (error) {
      failures++; // the machine has no thread to give
      warn(error);
    }
  };
  const ask = (worker: SenderWorker, part: readonly (readonly [Hash, Uint8Array])[]): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      drop(worker);
      void worker.terminate();
    };
    const id = ++requests;
    const timer = setTimeout(giveUp, parts.answerMsMax ?? ANSWER_MS_MAX);
    batches.set(id, { worker, hashes: part.map(([hash]) => hash), timer, resolve });
    underWay += part.length;
    worker.post({ id, transactions: part.map(([, bytes]) => bytes) });
    return promise;
  };

  return {
    prime(transactions) {
      if (isClosed || transactions.length < BATCH_MIN || failures >= FAILURES_MAX) return undefined;
      const unknown = findUnknown(transactions);
      if (unknown.length < BATCH_MIN || underWay + unknown.length > UNDER_WAY_MAX) return undefined;
      const wanted = Math.min(size, Math.floor(unknown.length / BATCH_MIN));
      while (workers.length < wanted && failures < FAILURES_MAX) start();
      if (workers.length === 0) return undefined;
      const share = Math.ceil(unknown.length / Math.min(wanted, workers.length));
      const answers: Promise<void>[] = [];
      for (let from = 0; from < unknown.length; from += share) {
        const worker = workers[turn++ % workers.length];
        if (worker !== undefined) answers.push(ask(worker, unknown.slice(from, from + share)));
      }
      return withinTime(Promise.all(answers), parts.waitMsMax ?? WAIT_MS_MAX);
    },
    async close() {
      isClosed = true;
      const threads = [...workers];
      for (const worker of threads) drop(worker);
      await Promise.all(threads.map((worker) => worker.terminate()));
    },
  };
}

function findUnknown(transactions: readonly Uint8Array[]): readonly (readonly [Hash, Uint8Array])[] {
  const unknown = new Map<Hash, Uint8Array>();
  for (const bytes of transactions) {
    const hash = keccakHex(bytes);
    if (!knowsSenderOf(hash)) unknown.set(hash, bytes);
    if (unknown.size === BATCH_MAX) break;
  }
  return [...unknown];
}

function withinTime(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Without the pool a node is slower, not wrong. */
function warn(error: unknown): void {
  process.emitWarning(`a thread that recovers senders failed: ${messageOf(error)}`);
}

/** Starts a real thread. It does not keep the process alive. */
export function startSenderWorker(): SenderWorker {
  const worker = new Worker(new URL(sibling('./sender-worker', import.meta.url), import.meta.url), { name: 'senders' });
  worker.unref();
  return {
    post: (request) => worker.postMessage(request),
    onReply: (listener) => worker.on('message', listener),
    onEnd(listener) {
      worker.on('error', warn); // an exit follows
      worker.once('exit', listener);
    },
    terminate: () => worker.terminate(),
  };
}
