// P16: a transaction is for one chain and for one time.

import type { Hex } from '../../node/lib/bytes.ts';
import { eventOfCorrect } from './follow.ts';
import type { NetworkFacts, Property, Violation } from './property.ts';
import { readTransactions } from './seen-transactions.ts';

type Placed = { readonly number: number; readonly parentHash: Hex };

export const neverAgain: Property = {
  id: 'P16',
  statement: 'a transaction for another chain id, or mined before, is never executed again',
  watch(facts) {
    const chainId = chainIdOf(facts);
    const blocks = new Map<Hex, Placed>();
    /** Which blocks hold a transaction: usually one, and its siblings on other branches. */
    const holders = new Map<Hex, Hex[]>();
    let looked = 0;

    const isAncestor = (ancestor: Hex, of: Hex): boolean => {
      const { number } = blocks.get(ancestor) ?? { number: 0 };
      let at: Hex = of;
      for (let block = blocks.get(at); block !== undefined && block.number > number; block = blocks.get(at))
        at = block.parentHash;
      return at === ancestor;
    };

    return {
      observe(observation) {
        const seen = eventOfCorrect(facts, observation, 'executed');
        if (seen === null || !seen.event.agrees || blocks.has(seen.event.block.hash)) return [];
        const { block, parentHash, rlp } = seen.event;
        blocks.set(block.hash, { number: block.number, parentHash });
        const violations: Violation[] = [];
        const say = (what: string): void => {
          violations.push({
            id: 'P16',
            evidence: `${seen.node} executed ${what} in block ${block.number}`,
            atMs: seen.atMs,
          });
        };
        for (const tx of readTransactions(rlp)) {
          looked += 1;
          if (tx.chainId !== null && tx.chainId !== chainId)
            say(`${tx.hash}, which is for chain ${tx.chainId} and not for ${chainId},`);
          const earlier = holders.get(tx.hash) ?? [];
          const before = earlier.find((hash) => hash === block.hash || isAncestor(hash, parentHash));
          if (before !== undefined)
            say(`${tx.hash}, which stands in block ${blocks.get(before)?.number} of the same chain,`);
          holders.set(tx.hash, [...earlier, block.hash]);
        }
        return violations;
      },
      finish: () => ({
        violations: [],
        evidence: `${looked} transactions read, all for chain ${chainId} and new in theirs`,
      }),
    };
  },
};

function chainIdOf(facts: NetworkFacts): bigint {
  const { config } = facts.genesis as { readonly config?: { readonly chainId?: number | string } }; // the nodes have read and checked this very file
  return BigInt(config?.chainId ?? 0);
}
