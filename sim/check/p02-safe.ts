// P2: what is final stays. Clique makes nothing final, so here it counts how often its heuristic `safe` was wrong; the tag is worked out
// from the sealers again, not asked of the nodes.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { createAncestry, eventOfCorrect } from './follow.ts';
import type { Property } from './property.ts';

type Tagged = { readonly hash: Hex; readonly number: number };

export const safeStays: Property = {
  id: 'P2',
  statement: 'what is final stays canonical (Clique makes nothing final: how often `safe` was undone is counted)',
  watch(facts) {
    const ancestry = createAncestry();
    const signers = facts.signerOf.size;
    /** By head: the newest block on which more than two thirds of the signers have built. */
    const safeBelow = new Map<Hex, Tagged | null>();
    const safeOf = new Map<NodeName, Tagged>();
    const tagged = new Set<Hex>();
    let undone = 0;
    let deepest = 0;

    const safe = (head: Hex): Tagged | null => {
      const known = safeBelow.get(head);
      if (known !== undefined) return known;
      const above = new Set<Hex>();
      let block = ancestry.executed(head);
      while (block !== null && 3 * above.size <= 2 * signers) {
        above.add(block.sealer);
        block = ancestry.executed(block.parentHash);
      }
      safeBelow.set(head, block?.block ?? null);
      return block?.block ?? null;
    };

    return {
      observe(observation) {
        ancestry.observe(observation);
        // A store that was emptied or damaged follows the chain anew: nothing of what it had said is undone by that.
        if (observation.kind === 'process' && observation.change === 'wiped') safeOf.delete(observation.node);
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null) return [];
        const before = safeOf.get(seen.node);
        if (before !== undefined && seen.event.undone.some(({ hash }) => hash === before.hash)) {
          undone += 1;
          const lowest = Math.min(...seen.event.undone.map(({ number }) => number));
          deepest = Math.max(deepest, before.number - lowest + 1);
          safeOf.delete(seen.node);
        }
        const now = safe(seen.event.block.hash);
        if (now === null) return [];
        tagged.add(now.hash);
        const last = safeOf.get(seen.node);
        if (last === undefined || now.number >= last.number) safeOf.set(seen.node, now);
        return [];
      },
      finish() {
        const times =
          undone === 0 ? 'none of them undone' : `undone ${undone} times on some node, at most ${deepest} deep`;
        return { violations: [], evidence: `nothing is final; ${tagged.size} blocks were safe, ${times}` };
      },
    };
  },
};
