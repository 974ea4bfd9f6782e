// Where every node stands, read from its events alone.

import type { Observation } from '../check/property.ts';
import type { NodeName } from '../kernel/links.ts';

export type Head = { readonly number: number; readonly hash: string };

export type Heads = {
  readonly observe: (observation: Observation) => void;
  /** Null before the node's first word, and while it does not run. */
  readonly of: (node: NodeName) => Head | null;
  /** Of the nodes that run. */
  readonly highest: () => number;
};

export function createHeads(): Heads {
  const heads = new Map<NodeName, Head>();
  return {
    observe(observation) {
      if (observation.kind === 'process') {
        const { change, node } = observation;
        if (change === 'killed' || change === 'stopped') heads.delete(node);
      }
      if (observation.kind !== 'event') return;
      const { event, node } = observation;
      if (event.kind === 'started') heads.set(node, event.head);
      if (event.kind === 'head') heads.set(node, event.block);
    },
    of: (node) => heads.get(node) ?? null,
    highest: () => Math.max(0, ...[...heads.values()].map(({ number }) => number)),
  };
}
