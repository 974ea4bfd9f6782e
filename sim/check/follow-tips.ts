// The canonical chains as they stand at the end of a run: for the properties that look at whole chains, once.

import { compareText, type Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type Ancestry, createAncestry, type ExecutedEvent, eventOfCorrect } from './follow.ts';
import type { NetworkFacts, Observation } from './property.ts';

export type Tips = {
  readonly ancestry: Ancestry;
  readonly observe: (observation: Observation) => void;
  /** Every block of the correct nodes' chains, ascending by number, so that a parent stands before its children. */
  readonly chains: () => readonly ExecutedEvent[];
};

/** Follows the heads of all correct nodes. */
export function followTips(facts: NetworkFacts): Tips {
  const ancestry = createAncestry();
  const heads = new Map<NodeName, Hex>();
  return {
    ancestry,
    observe(observation) {
      ancestry.observe(observation);
      const head = eventOfCorrect(facts, observation, 'head');
      if (head !== null) heads.set(head.node, head.event.block.hash);
    },
    chains() {
      const blocks = new Map<Hex, ExecutedEvent>();
      for (const tip of heads.values()) {
        for (
          let at = ancestry.executed(tip);
          at !== null && !blocks.has(at.block.hash);
          at = ancestry.executed(at.parentHash)
        )
          blocks.set(at.block.hash, at);
      }
      return [...blocks.values()].sort(
        (a, b) => a.block.number - b.block.number || compareText(a.block.hash, b.block.hash),
      );
    },
  };
}
