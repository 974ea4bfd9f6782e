// P14: a transaction happens once.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { createAncestry, eventOfCorrect } from './follow.ts';
import type { Property, Violation } from './property.ts';

export const once: Property = {
  id: 'P14',
  statement: 'each transaction hash at most once in a canonical chain; each (sender, nonce) at most once',
  watch(facts) {
    const ancestry = createAncestry();
    /** What is canonical on each node: transaction hashes, and `sender/nonce`, with the block. */
    const canonical = new Map<NodeName, Map<string, Hex>>();
    const transactions = new Set<Hex>();
    return {
      observe(observation) {
        ancestry.observe(observation);
        const started = eventOfCorrect(facts, observation, 'started');
        if (started !== null) canonical.set(started.node, chainOf(started.event.head.hash));
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null) return [];
        const here = canonical.get(seen.node) ?? new Map<string, Hex>();
        canonical.set(seen.node, here);
        for (const { hash } of seen.event.undone) for (const key of keysOf(hash)) here.delete(key);
        const violations: Violation[] = [];
        for (const { hash, number } of seen.event.redone) {
          for (const key of keysOf(hash)) {
            const other = here.get(key);
            if (other !== undefined) {
              violations.push({
                id: 'P14',
                evidence: `${seen.node}: ${key} stands in block ${number} ${hash} and in ${other}`,
                atMs: seen.atMs,
              });
            }
            here.set(key, hash);
          }
        }
        return violations;
      },
      finish: () => ({ violations: [], evidence: `${transactions.size} transactions, each once` }),
    };

    /** What stands in the chain of a node that begins with this head: its store may have lost some, or all. */
    function chainOf(head: Hex): Map<string, Hex> {
      const chain = new Map<string, Hex>();
      for (let at: Hex | null = head; at !== null; at = ancestry.parentOf(at))
        for (const key of keysOf(at)) chain.set(key, at);
      return chain;
    }

    function keysOf(hash: Hex): string[] {
      return (ancestry.executed(hash)?.transactions ?? []).flatMap((tx) => {
        transactions.add(tx.hash);
        return [tx.hash, `${tx.sender}/${tx.nonce}`];
      });
    }
  },
};
