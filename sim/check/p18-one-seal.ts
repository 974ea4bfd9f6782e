// P18: a correct signer seals at most one block on one parent, however often it was killed.

import type { Hex } from '../../node/lib/bytes.ts';
import { lostStore } from './follow.ts';
import type { Property } from './property.ts';

export const oneSeal: Property = {
  id: 'P18',
  statement: 'no correct node signs two blocks on one parent, over any number of restarts',
  watch(facts) {
    const correct = new Set(
      [...facts.signerOf].flatMap(([name, signer]) => (facts.faulty.includes(name) ? [] : [signer])),
    );
    const seals = new Map<string, Hex>();
    return {
      observe(observation) {
        // A signer whose store was emptied or damaged cannot know what it has sealed: it counts as faulty from then on.
        const damaged = lostStore(observation);
        const signer = damaged === null ? undefined : facts.signerOf.get(damaged);
        if (signer !== undefined) correct.delete(signer);
        if (observation.kind !== 'event' || observation.event.kind !== 'executed') return [];
        const { block, parentHash, sealer } = observation.event;
        if (!correct.has(sealer)) return [];
        const key = `${sealer} on ${parentHash}`;
        const other = seals.get(key);
        seals.set(key, block.hash);
        if (other === undefined || other === block.hash) return [];
        return [
          {
            id: 'P18',
            evidence: `${key}: ${other} and ${block.hash}, both at ${block.number}`,
            atMs: observation.atMs,
          },
        ];
      },
      finish: () => ({ violations: [], evidence: `${seals.size} seals, no two by one signer on one parent` }),
    };
  },
};
