// P17: what a node has told is in its store.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { eventOfCorrect, followDamage, lostStore } from './follow.ts';
import type { Property, Violation } from './property.ts';

type Told = { readonly imported: Map<Hex, number>; head: Hex | null };

export const durableBlocks: Property = {
  id: 'P17',
  statement: 'a block that a node reported as imported before a kill is in its store after the restart',
  watch(facts) {
    const lives = new Map<NodeName, Told>();
    const damaged = followDamage();
    let restarts = 0;
    let found = 0;
    const toldBy = (node: NodeName): Told => {
      const told = lives.get(node) ?? { imported: new Map<Hex, number>(), head: null };
      lives.set(node, told);
      return told;
    };
    return {
      observe(observation) {
        damaged.observe(observation);
        const lost = lostStore(observation);
        if (lost !== null) lives.delete(lost);
        const executed = eventOfCorrect(facts, observation, 'executed');
        if (executed?.event.agrees)
          toldBy(executed.node).imported.set(executed.event.block.hash, executed.event.block.number);
        const head = eventOfCorrect(facts, observation, 'head');
        if (head !== null) toldBy(head.node).head = head.event.block.hash;
        const started = eventOfCorrect(facts, observation, 'started');
        const told = started === null ? undefined : lives.get(started.node);
        if (started === null || told === undefined || damaged.has(started.node)) return [];
        restarts += 1;
        const { node, atMs, event } = started;
        const violations: Violation[] = [];
        const say = (what: string): void => {
          violations.push({ id: 'P17', evidence: `${node} came back ${what}`, atMs });
        };
        const stored = new Set(event.stored.hashes);
        for (const [hash, number] of told.imported) {
          if (number < event.stored.from) continue; // older than what it tells of its store
          if (stored.has(hash)) found += 1;
          else say(`without block ${number} ${hash}, which it had imported`);
        }
        // Heads only ever get better: one that it told before the last one is a step back.
        if (told.head !== null && event.head.hash !== told.head && told.imported.has(event.head.hash))
          say(`at block ${event.head.number} ${event.head.hash}, its head was ${told.head}`);
        return violations;
      },
      finish: () => ({ violations: [], evidence: `${restarts} restarts, ${found} blocks found again` }),
    };
  },
};
