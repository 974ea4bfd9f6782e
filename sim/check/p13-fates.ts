// P13: a transaction that was accepted does not vanish.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { createAncestry, eventOfCorrect, lostStore } from './follow.ts';
import type { Observation, Property, Violation } from './property.ts';

type Submitted = Extract<Observation, { kind: 'submitted' }>;
/** How it left a pool, and why. */
type End = { readonly fate: string; readonly hasReason: boolean };

/** The chain must have grown by so many blocks after the last fault: where nothing is mined, nothing is lost. */
const GROWTH_MIN = 2;

export const fates: Property = {
  id: 'P13',
  statement: 'a transaction accepted by a correct node is mined, replaced, or rejected with a recorded reason',
  watch(facts) {
    const ancestry = createAncestry();
    const submitted: Submitted[] = [];
    const ends = new Map<string, End>();
    const heads = new Map<NodeName, Hex>();
    /** Submissions that stood in a store which was emptied, by their hash. */
    const wiped = new Set<Hex>();
    let top = 0;
    let topAtCalm: number | null = null;
    let drainedMs: number | null = null;

    return {
      observe(observation) {
        ancestry.observe(observation);
        if (observation.kind === 'submitted' && !facts.faulty.includes(observation.node)) submitted.push(observation);
        const lost = lostStore(observation);
        if (lost !== null) for (const { node, hash } of submitted) if (node === lost) wiped.add(hash);
        if (observation.kind === 'calm') topAtCalm = top;
        if (observation.kind === 'drained') drainedMs = observation.atMs;
        const head = eventOfCorrect(facts, observation, 'head');
        if (head !== null) {
          heads.set(head.node, head.event.block.hash);
          top = Math.max(top, head.event.block.number);
        }
        const told = eventOfCorrect(facts, observation, 'transaction');
        if (told === null || told.event.hash === null) return [];
        const key = `${told.node} ${told.event.hash}`;
        const { fate, code } = told.event;
        if (fate === 'replaced' || fate === 'dropped' || fate === 'rejected')
          ends.set(key, { fate, hasReason: fate === 'replaced' || code !== null });
        else ends.delete(key);
        return [];
      },
      finish() {
        if (drainedMs === null || topAtCalm === null)
          return { violations: [], evidence: 'not reached: the story broke off before the calm' };
        if (top < topAtCalm + GROWTH_MIN)
          return { violations: [], evidence: 'not asked: the chain did not grow after the last fault' };
        const atMs = drainedMs;
        const chain = minedOn([...new Set(heads.values())]);
        const counts = { mined: 0, ended: 0, gap: 0, wiped: 0 };
        const violations = submitted.flatMap(({ node, hash, sender, nonce }): Violation[] => {
          if (chain.hashes.has(hash)) {
            counts.mined += 1;
            return [];
          }
          const end = ends.get(`${node} ${hash}`);
          if (end?.hasReason) {
            counts.ended += 1;
            return [];
          }
          if (wiped.has(hash)) {
            counts.wiped += 1;
            return [];
          }
          // Behind a nonce that nobody has used it may wait for ever; it is that one which is missed, if it was accepted.
          if (end === undefined && BigInt(nonce) > (chain.nextNonce.get(sender) ?? 0n)) {
            counts.gap += 1;
            return [];
          }
          const problem = end === undefined ? 'is neither mined nor told of' : `was ${end.fate} without a reason`;
          return [{ id: 'P13', evidence: `${node} accepted ${hash} (${sender}/${nonce}): it ${problem}`, atMs }];
        });
        const parts = [
          `${counts.mined} of ${submitted.length} accepted transactions mined`,
          `${counts.ended} ended with a reason`,
          ...(counts.gap > 0 ? [`${counts.gap} wait behind a nonce`] : []),
          ...(counts.wiped > 0 ? [`${counts.wiped} lost with a wiped or damaged store`] : []),
        ];
        return { violations, evidence: parts.join(', ') };
      },
    };

    /** What stands in the chains of these heads. */
    function minedOn(tips: readonly Hex[]): {
      readonly hashes: ReadonlySet<Hex>;
      readonly nextNonce: ReadonlyMap<Hex, bigint>;
    } {
      const hashes = new Set<Hex>();
      const nextNonce = new Map<Hex, bigint>();
      const walked = new Set<Hex>();
      for (const tip of tips) {
        for (let at: Hex | null = tip; at !== null && !walked.has(at); at = ancestry.parentOf(at)) {
          walked.add(at);
          for (const { hash, sender, nonce } of ancestry.executed(at)?.transactions ?? []) {
            hashes.add(hash);
            const next = BigInt(nonce) + 1n;
            if (next > (nextNonce.get(sender) ?? 0n)) nextNonce.set(sender, next);
          }
        }
      }
      return { hashes, nextNonce };
    }
  },
};
