// P7: a side of a partition with fewer signers than are needed halts.

import type { NodeName } from '../kernel/links.ts';
import type { Observation, Property, Violation } from './property.ts';

type Side = { readonly nodes: readonly NodeName[]; readonly signers: number };
type Split = { readonly atMs: number; endMs: number | null; readonly sides: readonly Side[] };

export const haltingSide: Property = {
  id: 'P7',
  statement: 'a side with k signers, fewer than are needed, adds at most k blocks',
  watch(facts) {
    const splits: Split[] = [];
    const sealed: { readonly atMs: number; readonly node: NodeName; readonly number: number }[] = [];

    const note = (observation: Observation): void => {
      if (observation.kind === 'event' && observation.event.kind === 'sealed') {
        sealed.push({ atMs: observation.atMs, node: observation.node, number: observation.event.block.number });
      }
      if (observation.kind !== 'network') return;
      const last = splits.at(-1);
      if (last !== undefined) last.endMs ??= observation.atMs;
      if (observation.order.kind !== 'partition') return;
      const named = observation.order.groups.flat();
      const rest = facts.nodes.filter((node) => !named.includes(node));
      const groups = rest.length === 0 ? observation.order.groups : [...observation.order.groups, rest];
      const sides = groups.map((nodes) => ({
        nodes,
        signers: nodes.filter((n) => facts.authorities.includes(n)).length,
      }));
      splits.push({ atMs: observation.atMs, endMs: null, sides });
    };

    const judge = (split: Split, side: Side): { added: number; violation: Violation | null } => {
      const before = sealed.filter(({ atMs }) => atMs <= split.atMs).map(({ number }) => number);
      const base = Math.max(0, ...before);
      const during = sealed.filter(
        (s) => s.atMs > split.atMs && s.atMs <= (split.endMs ?? s.atMs) && side.nodes.includes(s.node),
      );
      const added = Math.max(0, ...during.map(({ number }) => number - base));
      const evidence = `${side.nodes.join(', ')} added ${added} blocks with ${side.signers} signers, ${facts.signerLimit} needed`;
      return { added, violation: added > side.signers ? { id: 'P7', evidence, atMs: split.atMs } : null };
    };

    return {
      observe(observation) {
        note(observation);
        return [];
      },
      finish() {
        const small = splits.flatMap((split) =>
          split.sides
            .filter((side) => side.signers < facts.signerLimit)
            .map((side) => ({ side, ...judge(split, side) })),
        );
        const violations = small.flatMap(({ violation }) => (violation === null ? [] : [violation]));
        const words = small.map(({ side, added }) => `${side.nodes.join(',')} added ${added}`);
        return {
          violations,
          evidence: words.length === 0 ? 'no side was too small' : `sides that are too small: ${words.join('; ')}`,
        };
      },
    };
  },
};
