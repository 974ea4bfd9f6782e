// P11: one block, one result. This is the comparison that the project is about.

import type { Hex } from '../../node/lib/bytes.ts';
import { type ExecutedEvent, eventOfCorrect, followDamage } from './follow.ts';
import type { Property, Violation } from './property.ts';
import { readBlock } from './seen-block.ts';

/** EIP-7685: the hash of no requests. */
const NO_REQUESTS = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const oneResult: Property = {
  id: 'P11',
  statement:
    'for every block hash all correct nodes have the same state root, receipts root, gas and bloom, which are the header’s where they accept it',
  watch(facts) {
    const first = new Map<Hex, { readonly node: string; readonly own: ExecutedEvent['own'] }>();
    const damaged = followDamage();
    let compared = 0;
    return {
      observe(observation) {
        damaged.observe(observation);
        const seen = eventOfCorrect(facts, observation, 'executed');
        if (seen === null || damaged.has(seen.node)) return [];
        const { block, own, agrees, rlp } = seen.event;
        const known = first.get(block.hash);
        const violations: Violation[] = [];
        const say = (evidence: string): void => {
          violations.push({ id: 'P11', evidence: `block ${block.number} ${block.hash}: ${evidence}`, atMs: seen.atMs });
        };
        if (known === undefined) {
          first.set(block.hash, { node: seen.node, own });
          const header = readBlock(rlp);
          const isHeader =
            header.stateRoot === own.stateRoot &&
            header.receiptsRoot === own.receiptsRoot &&
            header.gasUsed === BigInt(own.gasUsed) &&
            header.logsBloom === own.logsBloom;
          // What requests came out (EIP-7685) is not told: a header that names any may be refused for them.
          const isOpen = isHeader && header.requestsHash !== NO_REQUESTS;
          if (isHeader !== agrees && !isOpen)
            say(
              `${seen.node} ${agrees ? 'accepts' : 'refuses'} it, its own result is ${isHeader ? '' : 'not '}the header's`,
            );
        } else {
          compared += 1;
          for (const field of ['stateRoot', 'receiptsRoot', 'gasUsed', 'logsBloom'] as const) {
            if (known.own[field] !== own[field])
              say(`${field} is ${known.own[field]} on ${known.node} and ${own[field]} on ${seen.node}`);
          }
        }
        return violations;
      },
      finish: () => ({ violations: [], evidence: `${first.size} blocks, ${compared} comparisons between nodes` }),
    };
  },
};
