// P9: the recents rule, read from the canonical chains as the nodes tell them.

import { createAncestry, eventOfCorrect } from './follow.ts';
import type { Property } from './property.ts';

export const noRepeat: Property = {
  id: 'P9',
  statement: 'in any L consecutive canonical blocks no signer repeats',
  watch(facts) {
    const ancestry = createAncestry();
    let looked = 0;
    return {
      observe(observation) {
        ancestry.observe(observation);
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null) return [];
        return seen.event.redone.flatMap(({ hash, number }) => {
          looked += 1;
          const block = ancestry.executed(hash);
          let ancestor = block === null ? null : ancestry.executed(block.parentHash);
          for (let back = 1; back < facts.signerLimit && block !== null && ancestor !== null; back++) {
            if (ancestor.sealer === block.sealer) {
              const evidence = `${seen.node} holds blocks ${ancestor.block.number} and ${number} by ${block.sealer} canonical, L is ${facts.signerLimit}`;
              return [{ id: 'P9', evidence, atMs: seen.atMs }];
            }
            ancestor = ancestry.executed(ancestor.parentHash);
          }
          return [];
        });
      },
      finish: () => ({ violations: [], evidence: `${looked} canonical blocks looked at, L = ${facts.signerLimit}` }),
    };
  },
};
