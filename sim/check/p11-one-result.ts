// P11: one block, one result. This is the comparison that the project is about.

import type { Hex } from '../../node/lib/bytes.ts';
import { type ExecutedEvent, eventOfCorrect, followDamage } from './follow.ts';
import type { Property, Violation } from './property.ts';
import { readBlock } from './seen-block.ts';

/** What a node computed for a block. */
type Result = ExecutedEvent['own'] & Pick<ExecutedEvent, 'requestsHash'>;

const FIELDS = ['stateRoot', 'receiptsRoot', 'gasUsed', 'logsBloom', 'requestsHash'] as const;

export const oneResult: Property = {
  id: 'P11',
  statement:
    'for every block hash all correct nodes have the same state root, receipts root, gas, bloom and requests; they accept it where those are the header’s',
  watch(facts) {
    const first = new Map<Hex, { readonly node: string; readonly own: Result }>();
    const damaged = followDamage();
    let compared = 0;
    return {
      observe(observation) {
        damaged.observe(observation);
        const seen = eventOfCorrect(facts, observation, 'executed');
        if (seen === null || damaged.has(seen.node)) return [];
        const { block, agrees, rlp } = seen.event;
        const own: Result = { ...seen.event.own, requestsHash: seen.event.requestsHash };
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
            header.logsBloom === own.logsBloom &&
            (header.requestsHash === '0x' || header.requestsHash === own.requestsHash);
          if (isHeader !== agrees)
            say(
              `${seen.node} ${agrees ? 'accepts' : 'refuses'} it, its own result is ${isHeader ? '' : 'not '}the header's`,
            );
        } else {
          compared += 1;
          for (const field of FIELDS) {
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
