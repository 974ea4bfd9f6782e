// P21: what a node keeps is bounded, whoever sends it something.

import type { NodeName } from '../kernel/links.ts';
import type { Property } from './property.ts';

/** The bounds that the nodes are configured with, said here again: a bound that was lifted there shows here. */
const CAPS = {
  peers: 256,
  /** Blocks that wait for a parent or for their time. */
  held: 64,
  heldBytes: 32 * 1_048_576,
  /** Transactions, executable and queued. */
  pooled: 4_096,
  badBlocks: 16,
  /** Syncs at once. */
  syncs: 3,
  /** Our own requests that wait for a response: one of each of four kinds to a peer. */
  requests: 4 * 256,
} as const;

const NAMES = Object.keys(CAPS) as (keyof typeof CAPS)[]; // a constant of this file

export const caps: Property = {
  id: 'P21',
  statement: 'queues, peers and orphans stay under their configured caps',
  watch(facts) {
    const most = new Map<keyof typeof CAPS, number>();
    const told = new Set<string>();
    const asked = new Set<NodeName>();
    let samples = 0;
    return {
      observe(observation) {
        if (observation.kind !== 'usage' || facts.faulty.includes(observation.node)) return [];
        const { node, usage, atMs } = observation;
        samples += 1;
        asked.add(node);
        return NAMES.flatMap((name) => {
          const used = usage[name];
          most.set(name, Math.max(most.get(name) ?? 0, used));
          if (used <= CAPS[name] || told.has(`${node} ${name}`)) return [];
          told.add(`${node} ${name}`);
          return [{ id: 'P21', evidence: `${node} keeps ${used} ${name}, ${CAPS[name]} allowed`, atMs }];
        });
      },
      finish() {
        const used = NAMES.map((name) => `${name} ${most.get(name) ?? 0}`).join(', ');
        const evidence =
          samples === 0
            ? 'no node was asked what it keeps'
            : `${samples} times ${asked.size} nodes were asked: at most ${used}; memory and file handles are the process’s, and not asked`;
        return { violations: [], evidence };
      },
    };
  },
};
