// A run as data: the network, the load, and a list of timed acts. What is drawn from a seed, what shrinks, what is written to a file and
// what is played again are one and the same value.

import type { Tier } from '../../node/types/tier.ts';
import type { LoadWish } from '../cluster/load.ts';
import type { NodeName } from '../kernel/links.ts';
import { DAMAGING } from '../kernel/machine-order.ts';
import type { Script, Act as ScriptAct, ScriptNetwork, Step } from '../script/script.ts';

/** What is done to a network, in the words of scenarios. One that means nothing at its moment, as a second kill, is passed over. */
export type Act = Extract<ScriptAct, { readonly kind: 'network' | 'machine' | 'process' | 'propose' }>;

/** An act at its moment: milliseconds since the schedule began to be played. */
export type TimedAct = Act & { readonly atMs: number };

/** A run but for its ending, which follows from the rest. */
export type Schedule = {
  /** Of the keys, the latencies and everything that nodes draw. */
  readonly seed: string;
  readonly network: Omit<ScriptNetwork, 'tier'>;
  /** Transfers until the faults end; null for none. */
  readonly load: LoadWish | null;
  /** Ascending by time. */
  readonly timeline: readonly TimedAct[];
  /** When the faults end and the network is left to heal, milliseconds. */
  readonly endMs: number;
};

/** A pause beyond this breaks connections in a real network, which the virtual one does not show. */
export const FROZEN_MS_MAX = 10_000;
/** F19: a clock is wrong by at most so many periods. */
export const SKEW_PERIODS_MAX = 5;

/** The scenario that a schedule is: its acts, and then whatever a healed network would not get over by itself. */
export function scriptOf({ seed, network, load, timeline, endMs }: Schedule, tier: Tier): Script {
  const resumed = [...timeline, ...forgottenResumes(timeline, endMs)].sort((a, b) => a.atMs - b.atMs);
  const steps: Step[] = [];
  let stepMs: number | null = null;
  let acts: Act[] = [];
  for (const { atMs, ...act } of resumed) {
    if (atMs !== stepMs) {
      stepMs = atMs;
      acts = [];
      steps.push({ when: { kind: 'time', ms: atMs }, do: acts });
    }
    acts.push(act);
  }
  // A clock that was ahead stands still until the others have come so far.
  const settledMs = endMs + SKEW_PERIODS_MAX * network.period * 1_000;
  return {
    name: seed,
    title: 'faults drawn from a seed',
    seed,
    network: { ...network, tier },
    load,
    timeline: [
      ...steps,
      { when: { kind: 'time', ms: endMs }, do: mending(timeline) },
      { when: { kind: 'time', ms: settledMs }, do: [] },
    ],
    expect: [],
  };
}

/** A resume for each pause that has none in time. */
function forgottenResumes(timeline: readonly TimedAct[], endMs: number): TimedAct[] {
  return timeline.flatMap((act, index) => {
    if (act.kind !== 'process' || act.order !== 'pause') return [];
    const lastMs = Math.min(act.atMs + FROZEN_MS_MAX, endMs);
    const isEnded = timeline
      .slice(index + 1)
      .some(
        (later) =>
          later.kind === 'process' && later.node === act.node && later.order !== 'pause' && later.atMs <= lastMs,
      );
    return isEnded ? [] : [{ atMs: lastMs, kind: 'process', node: act.node, order: 'resume' }];
  });
}

/** Everything is in order again, and a store that is not what its node wrote is emptied: it might end the node again and again. */
function mending(timeline: readonly TimedAct[]): Act[] {
  const damaged = new Set<NodeName>();
  for (const act of timeline) {
    if (act.kind === 'process' && act.order === 'wipe') damaged.delete(act.node);
    if (act.kind === 'machine' && act.order.kind === 'disk' && DAMAGING.includes(act.order.fault))
      damaged.add(act.order.node);
  }
  const repair: Act = { kind: 'machine', order: { kind: 'repair' } };
  const wipes = [...damaged].map((node): Act => ({ kind: 'process', node, order: 'wipe' }));
  const starts = [...damaged].map((node): Act => ({ kind: 'process', node, order: 'start' }));
  return [repair, ...wipes, ...starts];
}
