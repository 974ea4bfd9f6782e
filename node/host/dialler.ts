// Keeps dialling the configured peers for as long as the node lives, with a bounded and seeded back-off.
// It knows no libp2p: what a dial is and whether a peer is connected it is told.

import type { NodeName } from '../core/contract.ts';
import type { Random } from '../lib/random.ts';

export type DiallerParts = {
  readonly targets: readonly NodeName[];
  /** Resolves when the dial succeeded, rejects when it failed; gives up when the signal aborts. */
  readonly dial: (target: NodeName, signal: AbortSignal) => Promise<unknown>;
  readonly isConnected: (target: NodeName) => boolean;
  readonly random: Random;
};

export type Dialler = {
  readonly start: () => void;
  /** The target's last connection is gone: dial again, not before the delay (milliseconds). */
  readonly lost: (target: NodeName, notBeforeMs: number) => void;
  readonly stop: () => void;
};

/** How long a dial may take, TCP, noise and yamux together. */
export const DIAL_TIMEOUT_MS = 3_000;
const BACKOFF_MS_MIN = 100;
/** No node is away from a healed network for longer than this and one dial. */
export const BACKOFF_MS_MAX = 2_000;
/** A connection that lived this long makes earlier failures forgotten. */
const STABLE_MS = 5_000;

/** Creates a dialler; nothing is dialled before `start`. */
export function createDialler(parts: DiallerParts): Dialler {
  const loops = new Map(parts.targets.map((name) => [name, createLoop(name, parts)]));
  return {
    start() {
      for (const loop of loops.values()) loop.schedule(0);
    },
    lost: (target, notBeforeMs) => loops.get(target)?.lost(notBeforeMs),
    stop() {
      for (const loop of loops.values()) loop.stop();
    },
  };
}

// At any time one of these holds: connected, a timer runs, a dial is under way, stopped.
function createLoop(name: NodeName, parts: DiallerParts) {
  const random = parts.random.fork(`dial/${name}`);
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let isDialling = false;
  let failures = 0;
  let connectedAtMs = 0;

  const backoffMs = (): number => {
    const whole = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 10));
    return random.between(whole >> 1, whole);
  };

  const schedule = (delayMs: number): void => {
    if (stopped.signal.aborted || timer !== null || isDialling) return;
    timer = setTimeout(() => {
      timer = null;
      void attempt();
    }, delayMs);
  };

  const attempt = async (): Promise<void> => {
    if (parts.isConnected(name)) return;
    isDialling = true;
    try {
      await parts.dial(name, AbortSignal.any([stopped.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]));
      connectedAtMs = performance.now();
    } catch {
      failures++; // whoever cannot be reached is tried again; why is the network's affair
    } finally {
      isDialling = false;
    }
    if (!parts.isConnected(name)) schedule(backoffMs());
  };

  return {
    schedule,
    lost(notBeforeMs: number): void {
      failures = performance.now() - connectedAtMs >= STABLE_MS ? 0 : failures + 1;
      schedule(Math.max(notBeforeMs, backoffMs()));
    },
    stop(): void {
      stopped.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
