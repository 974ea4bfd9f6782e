// The main thread's end of the core's thread: starts it, gives it inputs, asks it questions, hears its effects and events.

import { Worker } from 'node:worker_threads';
import type { Input } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import type { Hash } from '../types/transaction.ts';
import { HostError } from './host-error.ts';
import type { NetworkEffect } from './network.ts';
import type { CoreQuery, CoreReply, CoreThreadData, EventText, FromCore, ToCore } from './thread-messages.ts';

export type CoreThreadHandlers = {
  readonly effects: (effects: readonly NetworkEffect[]) => void;
  readonly events: (events: readonly EventText[]) => void;
  /** The core is broken: the process must end. Called once. */
  readonly fatal: (message: string) => void;
};

export type CoreThread = {
  readonly genesis: Hash;
  /** Lets the core take its first step. */
  readonly start: () => void;
  /** Hands over an input; bytes in it are moved away from this thread. */
  readonly input: (input: Input) => void;
  /** Asks; rejects only when the thread ends. */
  readonly query: <Q extends CoreQuery>(query: Q) => Promise<Extract<CoreReply, { readonly kind: Q['kind'] }>>;
  /** Waits for writes under way, then ends the thread. */
  readonly stop: () => Promise<void>;
};

/** How long a stopping core may take for its last writes. */
const STOP_MS = 3_000;

/** Starts the thread and waits until its store is open. Throws HostError where it cannot be. */
export async function startCoreThread(
  url: URL,
  data: CoreThreadData,
  handlers: CoreThreadHandlers,
): Promise<CoreThread> {
  const worker = new Worker(url, { workerData: data, name: `core ${data.config.name}` });
  const queries = new Map<number, (reply: CoreReply) => void>();
  const ready = Promise.withResolvers<Hash>();
  const stopped = Promise.withResolvers<void>();
  let queryCount = 0;
  let isOver = false;

  const over = (message: string): void => {
    ready.reject(new HostError('unexpected', message));
    stopped.resolve();
    if (isOver) return;
    isOver = true;
    handlers.fatal(message);
  };

  worker.on('message', (message: FromCore) => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve(message.genesis);
      case 'failed':
        isOver = true;
        return ready.reject(new HostError(message.code, message.message));
      case 'fatal':
        return over(message.message);
      case 'effects':
        return handlers.effects(message.effects);
      case 'events':
        return handlers.events(message.events);
      case 'reply':
        queries.get(message.id)?.(message.reply);
        queries.delete(message.id);
        return;
      case 'stopped':
        return stopped.resolve();
    }
  });
  worker.on('error', (error) => over(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  worker.on('exit', (status) => over(`the core's thread ended with status ${status}`));

  const post = (message: ToCore, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  const genesis = await ready.promise.catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });

  return {
    genesis,
    start: () => post({ kind: 'start' }),
    input: (input) => post({ kind: 'input', input }, transferOf(input)),
    query: <Q extends CoreQuery>(query: Q) =>
      new Promise<Extract<CoreReply, { readonly kind: Q['kind'] }>>((resolve) => {
        const id = ++queryCount;
        queries.set(id, (reply) => {
          assert(reply.kind === query.kind, `a reply to ${query.kind} of the kind ${reply.kind}`);
          resolve(reply as Extract<CoreReply, { readonly kind: Q['kind'] }>); // checked above
        });
        post({ kind: 'query', id, query });
      }),
    async stop() {
      isOver = true;
      post({ kind: 'stop' });
      const timer = setTimeout(stopped.resolve, STOP_MS);
      await stopped.promise;
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}

// Bytes from libp2p are this thread's own copies; moving them makes the message cheap.
function transferOf(input: Input): readonly ArrayBuffer[] {
  if (!('bytes' in input) || input.bytes === null) return [];
  const { buffer, byteLength } = input.bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
