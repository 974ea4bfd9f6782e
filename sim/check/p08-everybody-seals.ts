// P8: no signer that is there is kept out for long.

import { compareText, type Hex } from '../../node/lib/bytes.ts';
import { applyOrder, EMPTY_TABLE, type LinkTable, linkShape, type NodeName } from '../kernel/links.ts';
import { createAncestry, eventOfCorrect, lostStore } from './follow.ts';
import type { NetworkFacts, Observation, Property } from './property.ts';

const WINDOW_PER_SIGNER = 10;

/** Who sealed last in the chain up to a block, and from which number on that is known. */
type Sealers = { readonly from: number; readonly last: ReadonlyMap<Hex, number> };

export const everybodySeals: Property = {
  id: 'P8',
  statement: 'over any 10·N canonical blocks every honest online signer sealed at least one',
  watch(facts) {
    const length = WINDOW_PER_SIGNER * facts.authorities.length;
    const ancestry = createAncestry();
    const presence = followPresence(facts);
    const sealers = new Map<Hex, Sealers>([[facts.genesisHash, { from: 1, last: new Map() }]]);
    const firstSeenMs = new Map<Hex, number>();
    /** By head: when the first of its last blocks came up. */
    const beganMs = new Map<Hex, number>();
    const told = new Set<string>();
    let looked = 0;

    const beginOf = (head: Hex): number => {
      let known = beganMs.get(head);
      if (known === undefined) {
        let at = head;
        for (let back = 1; back < length; back++) at = ancestry.parentOf(at) ?? at;
        known = firstSeenMs.get(at) ?? Number.NEGATIVE_INFINITY;
        beganMs.set(head, known);
      }
      return known;
    };

    return {
      observe(observation) {
        ancestry.observe(observation);
        presence.observe(observation);
        if (observation.kind === 'event' && observation.event.kind === 'executed') {
          const { block, parentHash, sealer } = observation.event;
          if (!sealers.has(block.hash)) {
            const before = sealers.get(parentHash) ?? { from: block.number, last: new Map() };
            sealers.set(block.hash, { from: before.from, last: new Map([...before.last, [sealer, block.number]]) });
            firstSeenMs.set(block.hash, observation.atMs);
          }
        }
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null) return [];
        const { hash, number } = seen.event.block;
        const chain = sealers.get(hash);
        const lowest = number - length + 1;
        if (chain === undefined || lowest < chain.from) return [];
        looked += 1;
        return facts.authorities.flatMap((signer) => {
          const address = facts.signerOf.get(signer);
          const last = address === undefined ? undefined : chain.last.get(address);
          if (address === undefined || facts.faulty.includes(signer) || (last ?? 0) >= lowest) return [];
          const key = `${signer} ${last}`;
          if (told.has(key) || !presence.isOnlineSince(signer, seen.node, beginOf(hash))) return [];
          told.add(key);
          const evidence = `${signer} was online and sealed none of the blocks ${lowest} to ${number} of ${seen.node}`;
          return [{ id: 'P8', evidence, atMs: seen.atMs }];
        });
      },
      finish: () => ({
        violations: [],
        evidence: looked === 0 ? `no chain of ${length} blocks` : `${looked} windows of ${length} blocks looked at`,
      }),
    };
  },
};

type Presence = {
  readonly observe: (observation: Observation) => void;
  /** Whether both could hear each other, and the signer was allowed to seal, from that moment to now. */
  readonly isOnlineSince: (signer: NodeName, observer: NodeName, sinceMs: number) => boolean;
};

/** Follows who runs, and who is on whose side. Where links are slow or open one way, nobody counts as online. */
function followPresence(facts: NetworkFacts): Presence {
  const joinedMidway = facts.horizon !== undefined;
  const upSinceMs = new Map<NodeName, number>(
    joinedMidway ? facts.nodes.map((node) => [node, Number.NEGATIVE_INFINITY]) : [],
  );
  const wiped = new Set<NodeName>();
  /** Nodes with another clock, a slow disk or the like. */
  const troubledUntilMs = new Map<NodeName, number>();
  let table: LinkTable = EMPTY_TABLE;
  let sides = sidesOf(table, facts.nodes);
  const sideSinceMs = new Map<NodeName, number>();

  return {
    observe(observation) {
      const { atMs } = observation;
      const lost = lostStore(observation);
      if (lost !== null) wiped.add(lost);
      if (observation.kind === 'machine') {
        const { order } = observation;
        if (order.kind !== 'repair') troubledUntilMs.set(order.node, Number.POSITIVE_INFINITY);
        else for (const node of troubledUntilMs.keys()) troubledUntilMs.set(node, atMs);
      }
      if (observation.kind === 'process') {
        const { node, change } = observation;
        if (change === 'started' || change === 'resumed') upSinceMs.set(node, atMs);
        else upSinceMs.delete(node);
      }
      if (
        observation.kind === 'event' &&
        observation.event.kind === 'sealing' &&
        observation.event.reason === 'operator'
      ) {
        if (observation.event.enabled) upSinceMs.set(observation.node, atMs);
        else upSinceMs.delete(observation.node);
      }
      if (observation.kind !== 'network') return;
      table = applyOrder(table, observation.order, facts.nodes);
      const next = sidesOf(table, facts.nodes);
      for (const node of facts.nodes) if (next?.get(node) !== sides?.get(node)) sideSinceMs.set(node, atMs);
      sides = next;
    },
    isOnlineSince(signer, observer, sinceMs) {
      const upMs = upSinceMs.get(signer);
      if (wiped.has(signer) || upMs === undefined || upMs > sinceMs) return false;
      if ((troubledUntilMs.get(signer) ?? sinceMs) > sinceMs) return false;
      if (sides === null || sides.get(signer) !== sides.get(observer)) return false;
      return [signer, observer].every((node) => (sideSinceMs.get(node) ?? Number.NEGATIVE_INFINITY) <= sinceMs);
    },
  };
}

/** Who can hear whom, as each node's side in words; null where that is not a plain matter of sides. */
function sidesOf(table: LinkTable, nodes: readonly NodeName[]): ReadonlyMap<NodeName, string> | null {
  for (const { state } of table.values()) if (state === 'open') return null;
  const side = new Map<NodeName, string>();
  const isOpen = (from: NodeName, to: NodeName): boolean => linkShape(table, from, to).state === 'open';
  for (const node of nodes) {
    const heard = nodes.filter((other) => other === node || (isOpen(node, other) && isOpen(other, node)));
    side.set(node, [...heard].sort(compareText).join(','));
  }
  // Open both ways means on one side, and nothing else does.
  for (const a of nodes)
    for (const b of nodes) if (a !== b && isOpen(a, b) !== (side.get(a) === side.get(b))) return null;
  return side;
}
