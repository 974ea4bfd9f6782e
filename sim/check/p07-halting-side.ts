// P7: a side of a partition with fewer signers than are needed halts.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Observation, Property, Violation } from './property.ts';

type Side = {
  readonly nodes: readonly NodeName[];
  readonly signers: number;
  /** For each block that this side sealed while it was cut off: how many of them stand below one another, itself included. */
  readonly run: Map<Hex, number>;
};
type Split = { readonly atMs: number; readonly sides: readonly Side[] };

export const haltingSide: Property = {
  id: 'P7',
  statement: 'a side with k signers, fewer than are needed, adds at most k blocks',
  watch(facts) {
    const small: Side[] = [];
    let split: Split | null = null;

    const divide = (observation: Extract<Observation, { kind: 'network' }>): void => {
      // Any other order may have opened a way between the sides: from then on nothing is known about them.
      split = null;
      if (observation.order.kind !== 'partition') return;
      const named = observation.order.groups.flat();
      const rest = facts.nodes.filter((node) => !named.includes(node));
      const groups = rest.length === 0 ? observation.order.groups : [...observation.order.groups, rest];
      const sides = groups.map((nodes) => ({
        nodes,
        signers: new Set(nodes.flatMap((n) => (facts.authorities.includes(n) ? n : (facts.clones?.[n] ?? [])))).size,
        run: new Map<Hex, number>(),
      }));
      split = { atMs: observation.atMs, sides };
      small.push(...sides.filter((side) => side.signers < facts.signerLimit));
    };

    return {
      observe(observation) {
        if (observation.kind === 'network') divide(observation);
        if (split === null || observation.kind !== 'event' || observation.event.kind !== 'sealed') return [];
        const { node, atMs, event } = observation;
        const side = split.sides.find(({ nodes }) => nodes.includes(node));
        if (side === undefined) return [];
        // What stands below was sealed before the cut, or by a side that could still be heard.
        const added = (side.run.get(event.parentHash) ?? 0) + 1;
        side.run.set(event.block.hash, added);
        if (side.signers >= facts.signerLimit || added <= side.signers) return [];
        const evidence = `${side.nodes.join(', ')} added ${added} blocks with ${side.signers} signers, ${facts.signerLimit} needed`;
        return [{ id: 'P7', evidence, atMs } satisfies Violation];
      },
      finish() {
        const words = small.map(({ nodes, run }) => `${nodes.join(',')} added ${Math.max(0, ...run.values())}`);
        return {
          violations: [],
          evidence: words.length === 0 ? 'no side was too small' : `sides that are too small: ${words.join('; ')}`,
        };
      },
    };
  },
};
