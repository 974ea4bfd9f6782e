// The wish of whoever started a command that it ends: Ctrl-C, a signal, or a terminal that closes.

export type Interruption = {
  readonly promise: Promise<void>;
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  /** Gives the signals back to their ordinary meaning. */
  readonly dispose: () => void;
};

/** Takes the signals from here on. */
export function interruption(): Interruption {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    abort.abort();
    resolve();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  return {
    promise,
    signal: abort.signal,
    isOver: () => abort.signal.aborted,
    dispose: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
