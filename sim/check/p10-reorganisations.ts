// P10: a reorganisation tells both branches, whole; and the canonical chain is the walk of parents.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type Ancestry, createAncestry, eventOfCorrect, type HeadEvent } from './follow.ts';
import type { Property } from './property.ts';

export const reorganisations: Property = {
  id: 'P10',
  statement:
    'every reorganisation is reported with both branches and its depth; the canonical chain is the walk of parents',
  watch(facts) {
    const ancestry = createAncestry();
    const heads = new Map<NodeName, Hex>();
    let moves = 0;
    let reorgs = 0;
    return {
      observe(observation) {
        ancestry.observe(observation);
        const started = eventOfCorrect(facts, observation, 'started');
        if (started !== null) heads.set(started.node, started.event.head.hash);
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null) return [];
        moves += 1;
        if (seen.event.undone.length > 0) reorgs += 1;
        const { undone, redone } = seen.event;
        const isTold = ![...undone, ...redone].some(({ hash }) => ancestry.isUntold(hash));
        const problem =
          !isTold || isOlder(seen.event, facts.horizon ?? -1)
            ? null
            : judge(seen.event, heads.get(seen.node) ?? facts.genesisHash, ancestry);
        heads.set(seen.node, seen.event.block.hash);
        return problem === null
          ? []
          : [{ id: 'P10', evidence: `${seen.node} at ${seen.event.block.number}: ${problem}`, atMs: seen.atMs }];
      },
      finish: () => ({
        violations: [],
        evidence: `${moves} moves of heads, ${reorgs} of them reorganisations, all whole`,
      }),
    };
  },
};

/** Whether a move begins at or touches what may be older than the watching. */
function isOlder({ undone, redone }: HeadEvent, horizon: number): boolean {
  return [...undone, ...redone].some(({ number }) => number - 1 <= horizon);
}

/** Walks from the old head down what was undone and up what was redone; says where the walk breaks. */
function judge({ block, undone, redone }: HeadEvent, oldHead: Hex, ancestry: Ancestry): string | null {
  let at = oldHead;
  for (const { hash, number } of undone) {
    if (hash !== at) return `undone block ${number} ${hash} is not ${at}, where the walk stands`;
    const parent = ancestry.parentOf(hash);
    if (parent === null) return `undone block ${number} was never executed`;
    at = parent;
  }
  for (const { hash, number } of redone) {
    if (ancestry.parentOf(hash) !== at) return `redone block ${number} is no child of ${at}`;
    at = hash;
  }
  return at === block.hash ? null : `the walk ends at ${at}, the head is ${block.hash}`;
}
