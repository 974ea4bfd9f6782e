// Performs a core's effects in order, in real time: a persist is on the disk before whatever follows it. One timer for `wakeAtMs`.
// It knows no thread, no network and no RPC: what a publish or an answer is, `perform` knows.

import type { Effect, Input, NodeCore } from '../core/contract.ts';
import type { HostStore } from './store.ts';

/** An effect that is not the store's affair. */
export type OuterEffect = Exclude<Effect, { readonly kind: 'persist' }>;

export type DriverParts = {
  readonly core: NodeCore;
  readonly store: Pick<HostStore, 'persist'>;
  /** Milliseconds since 1970; may step back. */
  readonly clock: () => number;
  /** Performs effects of one step that follow each other. */
  readonly perform: (effects: readonly OuterEffect[]) => void;
  /** The core threw or a write failed: the process must end. Nothing is performed any more. */
  readonly fatal: (error: unknown) => void;
};

export type Driver = {
  /** Gives the core its first input, a wake. Inputs before it wait. */
  readonly start: () => void;
  readonly input: (input: Input) => void;
  /** Takes no further input and forgets what was not performed yet. Writes under way go on. */
  readonly stop: () => void;
};

/** setTimeout's longest delay; a later wake is waited for in pieces. */
const TIMER_MS_MAX = 2 ** 31 - 1;

type Queued = { readonly effects: readonly OuterEffect[] } | { readonly durable: Promise<void> };

export function createDriver(parts: DriverParts): Driver {
  const { core } = parts;
  const now = createMonotonicClock(parts.clock);
  const inputs: Input[] = [];
  const queue: Queued[] = [];
  let state: 'new' | 'running' | 'stopped' = 'new';
  let isStepping = false;
  let isWaiting = false;
  let timer: NodeJS.Timeout | null = null;
  let timerAtMs = Number.POSITIVE_INFINITY;

  const stop = (): void => {
    state = 'stopped';
    inputs.length = 0;
    queue.length = 0;
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  const fail = (error: unknown): void => {
    if (state === 'stopped') return;
    stop();
    parts.fatal(error);
  };

  const enqueue = (effects: readonly Effect[]): void => {
    let run: OuterEffect[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'persist') {
        run.push(effect);
        continue;
      }
      if (run.length > 0) queue.push({ effects: run });
      run = [];
      // Begun at once, so that reads see it and the disk is never idle; the queue keeps later effects behind it.
      const durable = parts.store.persist(effect.writes);
      durable.catch(fail);
      queue.push({ durable });
    }
    if (run.length > 0) queue.push({ effects: run });
  };

  const drain = (): void => {
    while (!isWaiting) {
      const next = queue.shift();
      if (next === undefined) return;
      if ('effects' in next) {
        parts.perform(next.effects);
        continue;
      }
      isWaiting = true;
      const resume = (): void => {
        isWaiting = false;
        run(drain);
      };
      next.durable.then(resume, fail);
    }
  };

  const step = (input: Input): void => {
    enqueue(core.step(now(), input));
  };

  const stepAll = (): void => {
    if (isStepping) return; // whoever steps takes what came meanwhile
    isStepping = true;
    try {
      for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
        // A flood of inputs must not delay a wake: the timer would fire behind them all.
        if (input.kind !== 'wake' && now() >= core.wakeAtMs()) step({ kind: 'wake' });
        step(input);
        drain();
      }
    } finally {
      isStepping = false;
    }
    arm();
  };

  const arm = (): void => {
    if (state !== 'running') return;
    const wakeAtMs = core.wakeAtMs();
    if (timer !== null && timerAtMs === wakeAtMs) return;
    if (timer !== null) clearTimeout(timer);
    timerAtMs = wakeAtMs;
    const delayMs = Math.min(Math.max(Math.ceil(wakeAtMs - now()), 1), TIMER_MS_MAX);
    timer = setTimeout(() => {
      timer = null;
      if (now() >= wakeAtMs) inputs.push({ kind: 'wake' });
      run(stepAll);
    }, delayMs);
  };

  const run = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };

  return {
    start() {
      state = 'running';
      inputs.unshift({ kind: 'wake' });
      run(stepAll);
    },
    input(input) {
      if (state === 'stopped') return;
      inputs.push(input);
      if (state === 'running') run(stepAll);
    },
    stop,
  };
}

/** A clock that stands still while the one below it is behind. */
export function createMonotonicClock(clock: () => number): () => number {
  let last = 0;
  return () => {
    last = Math.max(last, clock());
    return last;
  };
}
