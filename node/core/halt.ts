// Says when the chain stands still because too few signers are in reach, and when it goes on. It changes nothing; people ask why.

import type { SealingPlan } from '../consensus/engine.ts';
import type { Context } from './context.ts';
import { PRESENT_MS, SLEPT_MS, STANDSTILL_MS_MIN } from './limits.ts';

/** How many signers are in reach, and how many the chain needs to grow. */
export type Halt = { readonly signers: number; readonly needed: number };

export type HaltWatch = {
  /** Looks around; called at every exchange of heads. */
  readonly check: () => void;
  readonly headMoved: () => void;
  /** What was last told, as long as it holds. */
  readonly halted: () => Halt | null;
};

export function createHaltWatch(context: Context, plan: () => SealingPlan | null): HaltWatch {
  const { options, chain, outbox, peers, nowMs } = context;
  let told: Halt | null = null;
  let movedMs = nowMs();
  let checkedMs = nowMs();

  const head = () => ({ hash: chain.head().hash, number: chain.head().header.number });

  /** The signers that were heard of lately, this node included. */
  function countSigners(): number {
    const present = new Set(options.sealer === null ? [] : [options.sealer.address]);
    for (const { known, heardMs } of peers.all())
      if (known !== null && known.signer !== null && nowMs() - heardMs <= PRESENT_MS) present.add(known.signer);
    return chain.headSnapshot().signers.filter((signer) => present.has(signer)).length;
  }

  return {
    check() {
      const sleptMs = nowMs() - checkedMs;
      checkedMs = nowMs();
      if (sleptMs > SLEPT_MS) return; // this node was stopped: it has heard of nobody yet
      const { clique } = chain.config;
      if (clique === null || nowMs() - movedMs <= Math.max(3 * clique.period * 1_000, STANDSTILL_MS_MIN)) return;
      if (plan()?.kind === 'seal') return; // it could seal by the rules, so something else holds it up
      const signers = countSigners();
      const needed = chain.engine.signersNeeded(chain.headSnapshot());
      if (signers >= needed || signers === told?.signers) return;
      told = { signers, needed };
      outbox.event({ kind: 'halted', head: head(), signers, needed });
    },
    headMoved() {
      movedMs = nowMs();
      if (told === null) return;
      told = null;
      outbox.event({ kind: 'resumed', head: head() });
    },
    halted: () => told,
  };
}
