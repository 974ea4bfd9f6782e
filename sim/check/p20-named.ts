// P20: a faulty machine is named within a block, nobody else is, and no correct node takes its result.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import type { ExecutedEvent } from './follow.ts';
import type { Property, Violation } from './property.ts';

export const named: Property = {
  id: 'P20',
  statement:
    'a faulty virtual machine is named (node, block, first differing field) within 1 block, and never makes a correct node accept a wrong root',
  watch(facts) {
    const isFaulty = (node: NodeName | null): boolean => node !== null && facts.faulty.includes(node);
    /** What each block really gives, by any correct node. */
    const truth = new Map<Hex, ExecutedEvent['own']>();
    /** What the faulty nodes computed; judged at the end, since either side may come first. */
    const wrong: { readonly node: NodeName; readonly event: ExecutedEvent }[] = [];
    const names: { readonly node: NodeName; readonly number: number }[] = [];
    return {
      observe(observation) {
        if (observation.kind !== 'event') return [];
        const { event, node, atMs } = observation;
        if (event.kind === 'executed') {
          if (isFaulty(node)) wrong.push({ node, event });
          else truth.set(event.block.hash, event.own);
        }
        if (event.kind !== 'divergence' || isFaulty(node)) return [];
        const roots = new Set(
          event.results.filter((r) => !isFaulty(r.node)).map((r) => `${r.stateRoot} ${r.receiptsRoot} ${r.gasUsed}`),
        );
        for (const result of event.results)
          if (isFaulty(result.node) && result.node !== null)
            names.push({ node: result.node, number: event.block.number });
        if (roots.size <= 1) return [];
        const evidence = `${node} sees correct nodes diverge at block ${event.block.number}: ${event.results.map((r) => `${r.node} ${r.stateRoot}`).join(', ')}`;
        return [{ id: 'P20', evidence, atMs }];
      },
      finish() {
        if (facts.faulty.length === 0)
          return { violations: [], evidence: 'every machine is correct, and none was accused' };
        const violations: Violation[] = [];
        const words: string[] = [];
        for (const node of facts.faulty) {
          const first = Math.min(
            ...wrong.filter((w) => w.node === node && isWrong(w.event, truth)).map((w) => w.event.block.number),
          );
          if (first === Number.POSITIVE_INFINITY) {
            words.push(`${node} never computed anything wrong`);
            continue;
          }
          const namedAt = Math.min(...names.filter((n) => n.node === node).map((n) => n.number));
          const evidence = `${node} was wrong first at block ${first}, named ${namedAt === Number.POSITIVE_INFINITY ? 'never' : `at block ${namedAt}`}`;
          words.push(evidence);
          if (namedAt > first + 1) violations.push({ id: 'P20', evidence, atMs: 0 });
        }
        return { violations, evidence: words.join('; ') };
      },
    };
  },
};

function isWrong({ block, own }: ExecutedEvent, truth: ReadonlyMap<Hex, ExecutedEvent['own']>): boolean {
  const right = truth.get(block.hash);
  return (
    right !== undefined &&
    (right.stateRoot !== own.stateRoot || right.receiptsRoot !== own.receiptsRoot || right.gasUsed !== own.gasUsed)
  );
}
