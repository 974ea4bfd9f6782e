// Whether this node knows where its peers stand. Who has just begun, or was stopped for a while, does not: it may be far behind, and
// must not seal on its old head before enough peers have told theirs.

import type { Context } from './context.ts';
import { HEARING_GRACE_MS, SLEPT_MS } from './limits.ts';

export type Hearing = {
  /** Looks at the clock: at the beginning of every step. Steps that lie far apart say that the node was stopped. */
  readonly notice: () => void;
  /** Whether enough peers have told their heads, so that a chain which exists would be known; at last when it was waited long enough. */
  readonly hasHeard: () => boolean;
  readonly wakeAtMs: () => number;
};

export function createHearing({ options, peers, nowMs }: Context): Hearing {
  const othersCount = options.nodes.filter(({ name }) => name !== options.name).length;
  let sinceMs = nowMs();
  let noticedMs = nowMs();
  return {
    notice() {
      if (nowMs() - noticedMs > SLEPT_MS) sinceMs = nowMs();
      noticedMs = nowMs();
    },
    hasHeard() {
      if (nowMs() >= sinceMs + HEARING_GRACE_MS) return true;
      let told = 0;
      for (const { known, toldHeadMs } of peers.all()) if (known !== null && toldHeadMs >= sinceMs) told += 1;
      return 2 * told >= othersCount;
    },
    wakeAtMs() {
      const graceEndsMs = sinceMs + HEARING_GRACE_MS;
      return nowMs() < graceEndsMs ? graceEndsMs : Number.POSITIVE_INFINITY;
    },
  };
}
