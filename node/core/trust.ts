// Whether this store knows all that this signer has sealed. A new network starts at once; a store that was lost may have forgotten a seal,
// and a second one on the same parent would look like double sealing. So a fresh store first hears its peers; if their chain holds blocks
// of this signer, it waits until L further blocks have passed.

import type { Context } from './context.ts';
import type { Hearing } from './hearing.ts';
import { LOST_STORE_STANDSTILL_MS } from './limits.ts';

export type Trust = {
  /** Whether the signer may seal as far as its store is concerned. */
  readonly isTrusted: () => boolean;
  /** Takes note of an imported block of another life: ours among them say that the store was lost. */
  readonly imported: (sealedBySelf: { readonly isOwn: boolean }) => void;
  readonly headMoved: () => void;
  /** Looks whether trust has been earned: at the end of every step. */
  readonly review: () => void;
  readonly wakeAtMs: () => number;
};

/** `fresh`: nothing of ours was seen. `lost`: peers had blocks of ours. Kept in the store, so that a restart does not shorten the wait. */
type State = 'fresh' | 'lost' | 'trusted';

const STATES: readonly State[] = ['fresh', 'lost', 'trusted'];
const KEY = 'core/trust';

/** Creates it over what the store says about itself. */
export function createTrust(
  context: Context,
  parts: { readonly isBehind: () => boolean; readonly hasHeard: Hearing['hasHeard'] },
): Trust {
  const { overlay, chain, nowMs } = context;
  const stored = overlay.get(KEY);
  let state: State = stored === undefined ? 'fresh' : (STATES[stored[0] ?? 0] ?? 'fresh');
  let movedMs = nowMs();
  /** The height at which a lost store had caught up for the first time. */
  let caughtUpAt: number | null = null;
  if (stored === undefined) enter('fresh');

  function enter(next: State): void {
    state = next;
    overlay.put(KEY, Uint8Array.of(STATES.indexOf(next)));
  }

  function isEarned(): boolean {
    if (parts.isBehind() || !parts.hasHeard()) return false;
    if (state === 'fresh') return true;
    const { number } = chain.head().header;
    caughtUpAt ??= number;
    if (number >= caughtUpAt + chain.engine.signersNeeded(chain.headSnapshot())) return true;
    return nowMs() >= movedMs + LOST_STORE_STANDSTILL_MS;
  }

  return {
    isTrusted: () => state === 'trusted',
    imported({ isOwn }) {
      if (isOwn && state === 'fresh') enter('lost');
    },
    headMoved() {
      movedMs = nowMs();
    },
    review() {
      if (state !== 'trusted' && isEarned()) enter('trusted');
    },
    wakeAtMs() {
      const standstillMs = movedMs + LOST_STORE_STANDSTILL_MS;
      return state === 'trusted' || standstillMs <= nowMs() ? Number.POSITIVE_INFINITY : standstillMs;
    },
  };
}
