// P6: with every authority up and correct, the chain keeps its pace.

import { scale } from '../../node/lib/integer.ts';
import type { NodeName } from '../kernel/links.ts';
import { lostStore } from './follow.ts';
import type { Property } from './property.ts';

export const growth: Property = {
  id: 'P6',
  statement: 'in the window after the last fault the head grows by at least 0.8 × window / period, all authorities up',
  watch(facts) {
    let top = 0;
    let calm: { readonly atMs: number; readonly top: number } | null = null;
    const wiped = new Set<NodeName>();
    let drained: { readonly atMs: number; readonly top: number } | null = null;
    return {
      observe(observation) {
        const lost = lostStore(observation);
        if (lost !== null) wiped.add(lost);
        if (observation.kind === 'calm') calm = { atMs: observation.atMs, top };
        if (observation.kind === 'drained') drained = { atMs: observation.atMs, top };
        const isHead = observation.kind === 'event' && observation.event.kind === 'head';
        if (isHead && !facts.faulty.includes(observation.node)) top = Math.max(top, observation.event.block.number);
        return [];
      },
      finish() {
        if (facts.faulty.some((node) => facts.authorities.includes(node))) {
          return { violations: [], evidence: `not asked: ${facts.faulty.join(', ')} does not seal what others accept` };
        }
        // A signer that lost its store seals again only when the chain has passed it by, or has stood still for long.
        const lost = facts.authorities.filter((node) => wiped.has(node));
        if (lost.length > 0) return { violations: [], evidence: `not asked: ${lost.join(', ')} lost the store` };
        if (calm === null || drained === null) return { violations: [], evidence: 'not reached: the story broke off' };
        const windowMs = drained.atMs - calm.atMs;
        const wanted = scale(windowMs, 8, 10 * facts.periodMs);
        const grown = drained.top - calm.top;
        const evidence = `${grown} blocks in ${windowMs} ms, at least ${wanted} wanted`;
        return { violations: grown < wanted ? [{ id: 'P6', evidence, atMs: drained.atMs }] : [], evidence };
      },
    };
  },
};
