// P20: a faulty machine is named within a block, nobody else is, and no correct node takes its result.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type ExecutedEvent, lostStore } from './follow.ts';
import type { Property, Violation } from './property.ts';

type Own = ExecutedEvent['own'];
type Result = Pick<Own, 'stateRoot' | 'receiptsRoot' | 'gasUsed'>;
/** A node's word that another had that result. `height` is how far the correct nodes were at that time. */
type Accusation = {
  readonly by: NodeName;
  readonly node: NodeName | null;
  readonly block: { readonly hash: Hex; readonly number: number };
  readonly result: Result;
  readonly height: number;
  readonly atMs: number;
};
type Wrong = { readonly event: ExecutedEvent; readonly height: number; readonly atMs: number };

const FIELDS = ['stateRoot', 'receiptsRoot', 'gasUsed'] as const;

export const named: Property = {
  id: 'P20',
  statement:
    'a faulty virtual machine is named (node, block, first differing field) within 1 block, and never makes a correct node accept a wrong root',
  watch(facts) {
    /** A store that was damaged makes a machine wrong, too; nobody has to name it, since it may never read what is damaged. */
    const damaged = new Set<NodeName>();
    const isFaulty = (node: NodeName | null): boolean =>
      node !== null && (facts.faulty.includes(node) || damaged.has(node));
    /** What each block really gives, by any correct node. */
    const truth = new Map<Hex, Own>();
    /** What each node computed for each block, each time that it did: a store that is emptied in between may make it differ. */
    const computed = new Map<string, Own[]>();
    /** What the faulty nodes computed; judged at the end, since either side may come first. */
    const executed: {
      readonly node: NodeName;
      readonly event: ExecutedEvent;
      readonly height: number;
      readonly atMs: number;
    }[] = [];
    const accusations: Accusation[] = [];
    const taken: { readonly node: NodeName; readonly hash: Hex; readonly root: Hex; readonly atMs: number }[] = [];
    let height = 0;
    let isDisturbed = false;

    return {
      observe(observation) {
        const lost = observation.kind === 'machine' ? lostStore(observation) : null;
        if (lost !== null) damaged.add(lost);
        if (observation.kind === 'network' || observation.kind === 'process')
          isDisturbed ||= isDisturbance(observation);
        if (observation.kind === 'machine') isDisturbed ||= observation.order.kind !== 'repair';
        if (observation.kind !== 'event') return [];
        const { event, node, atMs } = observation;
        if (event.kind === 'executed') {
          const key = `${node} ${event.block.hash}`;
          computed.set(key, [...(computed.get(key) ?? []), event.own]);
          if (isFaulty(node)) executed.push({ node, event, height, atMs });
          else truth.set(event.block.hash, event.own);
        }
        if (isFaulty(node)) return [];
        if (event.kind === 'head') {
          height = Math.max(height, event.block.number);
          taken.push({ node, hash: event.block.hash, root: event.stateRoot, atMs });
        }
        if (event.kind !== 'divergence') return [];
        for (const result of event.results)
          accusations.push({ by: node, node: result.node, block: event.block, result, height, atMs });
        const [a, b] = event.results;
        const field = FIELDS.find((name) => a !== undefined && b !== undefined && a[name] !== b[name]);
        if (field === event.field) return [];
        const evidence = `${node} says that ${event.field} differs at block ${event.block.number}, it is ${field ?? 'nothing'}`;
        return [{ id: 'P20', evidence, atMs }];
      },
      finish() {
        const violations: Violation[] = [
          ...accusations.flatMap((accusation) => judgeAccusation(accusation, isFaulty, truth, computed)),
          ...taken.flatMap(({ node, hash, root, atMs }) => {
            const right = truth.get(hash);
            if (right === undefined || right.stateRoot === root) return [];
            return [
              { id: 'P20', evidence: `${node} took ${hash} with root ${root}, it gives ${right.stateRoot}`, atMs },
            ];
          }),
        ];
        const words: string[] = [];
        for (const node of facts.faulty) {
          const wrong = executed.find((e) => e.node === node && isWrong(e.event.own, truth.get(e.event.block.hash)));
          const { late, evidence } = judgeNaming(node, wrong, accusations, { isDisturbed });
          words.push(evidence);
          if (late) violations.push({ id: 'P20', evidence, atMs: wrong?.atMs ?? 0 });
        }
        if (facts.faulty.length === 0) words.push('every machine is correct, and none was accused');
        return { violations, evidence: words.join('; ') };
      },
    };
  },
};

/** Who is accused has computed just that, and a correct node's result is never among two that differ but as the right one. */
function judgeAccusation(
  { by, node, block, result, atMs }: Accusation,
  isFaulty: (node: NodeName | null) => boolean,
  truth: ReadonlyMap<Hex, Own>,
  computed: ReadonlyMap<string, readonly Own[]>,
): Violation[] {
  const right = truth.get(block.hash);
  const owns = computed.get(`${node} ${block.hash}`) ?? [];
  const isCorrect = !isFaulty(node);
  const where = `block ${block.number}: ${by} says that ${node ?? 'somebody'} has root ${result.stateRoot}`;
  if (owns.length > 0 && owns.every((own) => isWrong(result, own)))
    return [{ id: 'P20', evidence: `${where}, it has ${owns.map(({ stateRoot }) => stateRoot).join(', ')}`, atMs }];
  if (isCorrect && right !== undefined && isWrong(result, right))
    return [{ id: 'P20', evidence: `${where}, correct machines have ${right.stateRoot}`, atMs }];
  return [];
}

/** Where links or nodes were broken the news may take its time; otherwise a block later everybody has heard it. */
function judgeNaming(
  node: NodeName,
  wrong: Wrong | undefined,
  accusations: readonly Accusation[],
  story: { readonly isDisturbed: boolean },
): { readonly late: boolean; readonly evidence: string } {
  if (wrong === undefined) return { late: false, evidence: `${node} never computed anything wrong` };
  const { number, hash } = wrong.event.block;
  const naming = accusations.find((a) => a.node === node && a.block.hash === hash);
  const words = naming === undefined ? 'never' : `by ${naming.by} at height ${naming.height}`;
  const isLate = naming === undefined || (!story.isDisturbed && naming.height > Math.max(number, wrong.height) + 1);
  return { late: isLate, evidence: `${node} was wrong first at block ${number}, named ${words}` };
}

/** Everything but a heal of what was never broken, and a start. */
function isDisturbance(
  observation: Parameters<ReturnType<Property['watch']>['observe']>[0] & { readonly kind: 'network' | 'process' },
): boolean {
  return observation.kind === 'network' ? observation.order.kind !== 'heal' : observation.change !== 'started';
}

function isWrong(own: Result, right: Result | undefined): boolean {
  return right !== undefined && FIELDS.some((name) => right[name] !== own[name]);
}
