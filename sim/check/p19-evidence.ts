// P19: who seals twice is told of.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type ExecutedEvent, eventOfCorrect, followDamage } from './follow.ts';
import type { Property, Violation } from './property.ts';

type Strength = 'proof' | 'sign';
/** Two blocks of one signer at one height that came to one correct node, and when the second one did. */
type Pair = { readonly strength: Strength; readonly words: string; readonly node: NodeName; readonly atMs: number };

const PERIODS = 2;
/** A node compares headers of 256 heights below its head, which may move a little while a block is imported: below this nothing is asked. */
const COMPARED_HEIGHTS = 200;

export const evidenceTold: Property = {
  id: 'P19',
  statement:
    'every equivocation is reported as evidence by a correct node within 2 periods of both messages reaching it',
  watch(facts) {
    /** By node, signer and height: the blocks that came. */
    const seals = new Map<string, ExecutedEvent[]>();
    const heights = new Map<NodeName, number>();
    const pairs = new Map<string, Pair>();
    const reports = new Map<string, number>();
    const blocks = new Map<Hex, ExecutedEvent>();
    const damaged = followDamage();
    const violations: Violation[] = [];
    let endMs = Number.NEGATIVE_INFINITY;

    return {
      observe(observation) {
        endMs = observation.atMs;
        damaged.observe(observation);
        if (observation.kind === 'process' && observation.change === 'wiped') forgetAll(observation.node);
        if (observation.kind === 'event' && observation.event.kind === 'executed')
          blocks.set(observation.event.block.hash, observation.event);
        const started = eventOfCorrect(facts, observation, 'started');
        // What a damaged store still has of an earlier life, nobody knows.
        if (started !== null && damaged.has(started.node)) forgetAll(started.node);
        if (started !== null) forgetRefused(started.node);
        const head = eventOfCorrect(facts, observation, 'head');
        if (head !== null) heights.set(head.node, head.event.block.number);
        const executed = eventOfCorrect(facts, observation, 'executed');
        if (executed !== null) compare(executed.node, executed.atMs, executed.event);
        const report = eventOfCorrect(facts, observation, 'equivocation');
        if (report === null) return [];
        const { strength, signer, number, hashes } = report.event;
        const key = `${strength} of ${signer} at ${number}`;
        if (!reports.has(key)) reports.set(key, report.atMs);
        const problem = judgeReport(
          strength,
          signer,
          hashes.map((hash) => blocks.get(hash)),
        );
        return problem === null
          ? []
          : [{ id: 'P19', evidence: `${report.node} reports a ${key}, but ${problem}`, atMs: report.atMs }];
      },
      finish() {
        for (const [key, { strength, words, node, atMs }] of pairs) {
          const dueMs = atMs + PERIODS * facts.periodMs;
          const reportedMs = reports.get(key) ?? Number.POSITIVE_INFINITY;
          if (reportedMs <= dueMs || endMs < dueMs) continue;
          const late = reports.has(key) ? `reported ${reportedMs - atMs} ms later` : 'reported by nobody';
          violations.push({
            id: 'P19',
            evidence: `${words} came to ${node}: a ${strength} of double sealing, ${late}`,
            atMs: dueMs,
          });
        }
        const count = (strength: Strength): number =>
          [...pairs.values()].filter((pair) => pair.strength === strength).length;
        return {
          violations,
          evidence: `${count('proof')} proofs of double sealing, ${count('sign')} signs, all reported`,
        };
      },
    };

    function forgetAll(node: NodeName): void {
      for (const key of [...seals.keys()]) if (key.startsWith(`${node} `)) seals.delete(key);
    }

    /** A block whose result was wrong is in no store: the next life does not know of it. */
    function forgetRefused(node: NodeName): void {
      for (const [key, events] of [...seals])
        if (key.startsWith(`${node} `))
          seals.set(
            key,
            events.filter(({ agrees }) => agrees),
          );
    }

    function compare(node: NodeName, atMs: number, event: ExecutedEvent): void {
      const { block, sealer, parentHash } = event;
      if (block.number < (heights.get(node) ?? 0) - COMPARED_HEIGHTS) return;
      const at = `${node} ${sealer} ${block.number}`;
      const others = seals.get(at) ?? [];
      if (others.some((other) => other.block.hash === block.hash)) return;
      seals.set(at, [...others, event]);
      for (const other of others) {
        const strength = other.parentHash === parentHash ? 'proof' : 'sign';
        const key = `${strength} of ${sealer} at ${block.number}`;
        if (pairs.has(key)) continue;
        const words = `blocks ${other.block.hash} and ${block.hash} by ${sealer} at ${block.number}`;
        pairs.set(key, { strength, words, node, atMs });
      }
    }
  },
};

/** What is wrong with evidence, as far as its blocks were executed by anybody; null where nothing is. */
function judgeReport(strength: Strength, signer: Hex, pair: readonly (ExecutedEvent | undefined)[]): string | null {
  const [a, b] = pair;
  for (const block of pair)
    if (block !== undefined && block.sealer !== signer) return `${block.block.hash} was sealed by ${block.sealer}`;
  if (a === undefined || b === undefined) return null;
  if (a.block.hash === b.block.hash) return 'that is one block';
  if (a.block.number !== b.block.number) return `they stand at ${a.block.number} and ${b.block.number}`;
  return (a.parentHash === b.parentHash) === (strength === 'proof')
    ? null
    : `they stand on ${a.parentHash === b.parentHash ? 'one parent' : 'two parents'}`;
}
