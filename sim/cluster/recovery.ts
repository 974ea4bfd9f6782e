// How a network came back to one chain: what users ask of a reorganisation. Read from the nodes' events alone.

import type { Hex } from '../../node/lib/bytes.ts';
import { createAncestry } from '../check/follow.ts';
import type { NetworkFacts, Observation } from '../check/property.ts';
import type { NodeName } from '../kernel/links.ts';

/** The figures of one run, over its correct nodes. */
export type RecoveryFigures = {
  /** From the healing of a broken network until all nodes that run had one head, milliseconds; the longest of them. Null where none was. */
  readonly agreementMs: number | null;
  /** Healings after which they never had one. */
  readonly unhealed: number;
  /** Of all nodes: how often a head left its branch, and the most blocks that one of them undid at once. */
  readonly reorganisations: number;
  readonly deepest: number;
  readonly transactions: {
    /** In a block that some node undid. */
    readonly undone: number;
    /** Of them: in the chain at the end. */
    readonly includedAgain: number;
    /** Of them: in no node's chain at the end; another took their nonce, or they wait. */
    readonly lost: number;
  };
};

export type RecoveryWatch = {
  readonly observe: (observation: Observation) => void;
  readonly figures: () => RecoveryFigures;
};

/** Begins to follow a network. */
export function watchRecovery(facts: NetworkFacts): RecoveryWatch {
  const ancestry = createAncestry();
  const heads = new Map<NodeName, Hex>();
  const running = new Set<NodeName>();
  const undone = new Set<Hex>();
  let isBroken = false;
  let healedAtMs: number | null = null;
  let agreementMs: number | null = null;
  let unhealed = 0;
  let reorganisations = 0;
  let deepest = 0;

  const look = (atMs: number): void => {
    if (healedAtMs === null || running.size === 0) return;
    const tips = new Set([...running].map((node) => heads.get(node)));
    if (tips.size !== 1 || tips.has(undefined)) return;
    agreementMs = Math.max(agreementMs ?? 0, atMs - healedAtMs);
    healedAtMs = null;
  };
  const healed = (atMs: number): void => {
    if (!isBroken) return;
    isBroken = false;
    healedAtMs = atMs;
    look(atMs);
  };
  /** Whoever is broken again before it was one again did not recover from that healing. */
  const broken = (): void => {
    isBroken = true;
    if (healedAtMs !== null) unhealed += 1;
    healedAtMs = null;
  };

  return {
    observe(observation) {
      ancestry.observe(observation);
      if (observation.kind === 'network') {
        if (observation.order.kind === 'heal') healed(observation.atMs);
        else broken();
      }
      if (observation.kind === 'calm') healed(observation.atMs);
      if (observation.kind === 'process') {
        const { change, node } = observation;
        if (change === 'stopped' || change === 'killed' || change === 'wiped') {
          running.delete(node);
          heads.delete(node);
          if (change !== 'wiped') isBroken = true;
        }
        if (change === 'paused') isBroken = true;
      }
      if (observation.kind !== 'event' || facts.faulty.includes(observation.node)) return;
      const { node, event, atMs } = observation;
      if (event.kind === 'started') {
        running.add(node);
        heads.set(node, event.head.hash);
        look(atMs);
      }
      if (event.kind !== 'head') return;
      running.add(node);
      heads.set(node, event.block.hash);
      if (event.undone.length > 0) reorganisations += 1;
      deepest = Math.max(deepest, event.undone.length);
      for (const { hash } of event.undone) {
        for (const tx of ancestry.executed(hash)?.transactions ?? []) undone.add(tx.hash);
      }
      look(atMs);
    },
    figures() {
      const standing = minedOn(new Set(heads.values()));
      const includedAgain = [...undone].filter((hash) => standing.has(hash)).length;
      return {
        agreementMs,
        unhealed: unhealed + (healedAtMs === null ? 0 : 1),
        reorganisations,
        deepest,
        transactions: { undone: undone.size, includedAgain, lost: undone.size - includedAgain },
      };
    },
  };

  function minedOn(tips: ReadonlySet<Hex>): ReadonlySet<Hex> {
    const found = new Set<Hex>();
    const walked = new Set<Hex>();
    for (const tip of tips) {
      for (let at: Hex | null = tip; at !== null && !walked.has(at); at = ancestry.parentOf(at)) {
        walked.add(at);
        for (const { hash } of ancestry.executed(at)?.transactions ?? []) found.add(hash);
      }
    }
    return found;
  }
}

/** The figures in one line. */
export function recoveryLine({ agreementMs, unhealed, deepest, transactions }: RecoveryFigures): string {
  const parts = [
    ...(agreementMs === null ? [] : [`one head again ${agreementMs} ms after healing`]),
    ...(unhealed > 0 ? [`${unhealed} ${unhealed === 1 ? 'healing' : 'healings'} without one head behind it`] : []),
    ...(agreementMs === null && unhealed === 0 ? ['nothing was to be healed'] : []),
    deepest === 0 ? 'no block undone' : `at most ${deepest} ${deepest === 1 ? 'block' : 'blocks'} undone at once`,
    `${transactions.undone} transactions undone, ${transactions.includedAgain} of them included again, ${transactions.lost} lost`,
  ];
  return parts.join('; ');
}
