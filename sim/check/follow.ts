// What several checkers follow alike: which blocks there are, and each node's canonical chain as its head events tell it.

import type { NodeEvent } from '../../node/core/events.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { DAMAGING } from '../kernel/machine-order.ts';
import type { NetworkFacts, Observation } from './property.ts';

export type ExecutedEvent = Extract<NodeEvent, { kind: 'executed' }>;
export type HeadEvent = Extract<NodeEvent, { kind: 'head' }>;

/** An event of that kind from a correct node, or null. */
export function eventOfCorrect<K extends NodeEvent['kind']>(
  facts: NetworkFacts,
  observation: Observation,
  kind: K,
): { readonly node: NodeName; readonly atMs: number; readonly event: Extract<NodeEvent, { kind: K }> } | null {
  if (observation.kind !== 'event' || facts.faulty.includes(observation.node)) return null;
  const { node, atMs, event } = observation;
  if (event.kind !== kind) return null;
  return { node, atMs, event: event as Extract<NodeEvent, { kind: K }> }; // the kind was compared
}

/** The node whose store is emptied or damaged by what is observed, or null: from then on it cannot know what it has done. */
export function lostStore(observation: Observation): NodeName | null {
  if (observation.kind === 'process') return observation.change === 'wiped' ? observation.node : null;
  if (observation.kind !== 'machine' || observation.order.kind !== 'disk') return null;
  return DAMAGING.includes(observation.order.fault) ? observation.order.node : null;
}

/** Nodes whose store is not what they wrote, until somebody empties it: what they say of blocks and states is not to be believed. */
export type Damaged = {
  readonly observe: (observation: Observation) => void;
  readonly has: (node: NodeName) => boolean;
};

export function followDamage(): Damaged {
  const nodes = new Set<NodeName>();
  return {
    observe(observation) {
      const lost = lostStore(observation);
      if (lost === null) return;
      if (observation.kind === 'machine') nodes.add(lost);
      else nodes.delete(lost);
    },
    has: (node) => nodes.has(node),
  };
}

/** Parents of all blocks that were executed anywhere. */
export type Ancestry = {
  readonly observe: (observation: Observation) => void;
  readonly executed: (hash: Hex) => ExecutedEvent | null;
  readonly parentOf: (hash: Hex) => Hex | null;
  /** Whether a node had it in its store at a start, and nobody has told of it: its life ended between the writing and the telling. */
  readonly isUntold: (hash: Hex) => boolean;
};

export function createAncestry(): Ancestry {
  const blocks = new Map<Hex, ExecutedEvent>();
  const stored = new Set<Hex>();
  return {
    observe(observation) {
      if (observation.kind !== 'event') return;
      if (observation.event.kind === 'started')
        for (const hash of observation.event.stored.hashes) if (!blocks.has(hash)) stored.add(hash);
      if (observation.event.kind !== 'executed') return;
      if (!blocks.has(observation.event.block.hash)) blocks.set(observation.event.block.hash, observation.event);
    },
    executed: (hash) => blocks.get(hash) ?? null,
    parentOf: (hash) => blocks.get(hash)?.parentHash ?? null,
    isUntold: (hash) => stored.has(hash) && !blocks.has(hash),
  };
}
