// The first step at which two machines part, in one part of a block. Digests behind every 256th step say where to look; only the steps
// around that place are fetched.

import { tableOf } from '../../node/evm/table.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeAccess } from './access.ts';
import { ask, type MarksAnswer, type StepAnswer, type WrittenAnswer } from './answers.ts';
import { type CompiledContract, findSource, type SourceLine } from './sources.ts';

/** A machine's own side of the step: what it paid, and what stood there when the next step began. */
export type StepSide = {
  readonly gas: number;
  readonly gasCost: number;
  /** From the bottom, at most 17 words from the top; null where no step follows. */
  readonly stackAfter: readonly string[] | null;
  /** What the step left outside of the stack. */
  readonly written: WrittenAnswer | null;
  /** Where the machine stands next; null where its run ends. */
  readonly next: { readonly pc: number; readonly op: number; readonly depth: number } | null;
  /** All steps of its run. */
  readonly steps: number;
};

/** The step. Everything before it, the stack included, was the same on both. */
export type PartedStep = {
  readonly index: number;
  readonly pc: number;
  readonly op: number;
  readonly opName: string;
  readonly depth: number;
  readonly address: Hex;
  readonly codeAddress: Hex;
  readonly codeHash: Hex | null;
  readonly stack: readonly string[];
  readonly stackHeight: number;
  /** What differs: its price, or what it did. */
  readonly differs: 'price' | 'effect';
  readonly sides: readonly [StepSide, StepSide];
  /** Where a known contract has that code. */
  readonly source: SourceLine | null;
};

export type StepSearch =
  | {
      readonly kind: 'parted';
      readonly step: PartedStep;
      /** Whether a node answered from what it kept when it judged the block. */
      readonly kept: readonly [boolean, boolean];
    }
  /** `cut`: there are more steps than a node looks at. */
  | { readonly kind: 'same'; readonly steps: number; readonly cut: boolean }
  /** Not even the first step is the same: another code ran, or with other gas. */
  | { readonly kind: 'from-the-start'; readonly steps: readonly [number, number] };

/** Steps that are fetched before the place, for the way there, and behind it. */
const LEAD = 128;
const TAIL = 2;

/** Finds the step in one part of a block. `block` is its hash, or its RLP where a node does not have it. */
export async function findStep(
  contracts: readonly CompiledContract[],
  a: { readonly node: NodeAccess; readonly block: string },
  b: { readonly node: NodeAccess; readonly block: string },
  part: number,
): Promise<StepSearch> {
  const sides = [a, b] as const;
  const marks = await both(sides.map(({ node, block }) => ask(node, 'lockstep_traceMarks', block, part)));
  const [first, second] = marks;
  if (first.digest === second.digest && first.steps === second.steps)
    return { kind: 'same', steps: first.steps, cut: first.cut || second.cut };
  const from = Math.max(0, firstDifferentMark(first, second) * first.every - LEAD);
  const count = LEAD + first.every + TAIL;
  const windows = await both(
    sides.map(({ node, block }) => ask(node, 'lockstep_traceSteps', block, part, from, count)),
  );
  const [left, right] = [windows[0].steps, windows[1].steps];
  const at = firstDifference(left, right);
  const index = at === null ? null : at.differs === 'price' ? at.index : at.index - 1;
  const step = index === null ? undefined : left[index];
  if (at === null || index === null || step === undefined) {
    if (from === 0 && index === -1) return { kind: 'from-the-start', steps: [first.steps, second.steps] };
    return { kind: 'same', steps: Math.min(first.steps, second.steps), cut: true };
  }
  const { pc, op, depth, address, codeAddress, codeHash, stack, stackHeight } = step;
  return {
    kind: 'parted',
    kept: [windows[0].kept, windows[1].kept],
    step: {
      index: from + index,
      ...{ pc, op, opName: opName(op), depth, address, codeAddress, codeHash, stack, stackHeight },
      differs: at.differs,
      sides: [sideOf(left, index, first.steps), sideOf(right, index, second.steps)],
      source: findSource(contracts, codeHash, pc, trailOf(left.slice(0, index), step)),
    },
  };
}

/** An opcode's name, whatever the fork. */
export function opName(op: number): string {
  return TABLE[op]?.name ?? 'INVALID';
}

const TABLE = tableOf('Osaka');

/** Where the same frame's steps before one stood, the last first. */
function trailOf(before: readonly StepAnswer[], { depth, codeHash }: StepAnswer): readonly number[] {
  const called = before.findLastIndex((step) => step.depth < depth);
  const frame = before.slice(called + 1).filter((step) => step.depth === depth && step.codeHash === codeHash);
  return frame.map(({ pc }) => pc).reverse();
}

function firstDifferentMark(a: MarksAnswer, b: MarksAnswer): number {
  const shorter = Math.min(a.marks.length, b.marks.length);
  for (let i = 0; i < shorter; i++) if (a.marks[i] !== b.marks[i]) return i;
  return shorter;
}

/** Where two runs differ first: in what they find before a step, or in its price. */
function firstDifference(
  a: readonly StepAnswer[],
  b: readonly StepAnswer[],
): { readonly index: number; readonly differs: PartedStep['differs'] } | null {
  const longer = Math.max(a.length, b.length);
  for (let i = 0; i < longer; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return { index: i, differs: 'effect' };
    const { gasCost: costA, ...foundA } = left;
    const { gasCost: costB, ...foundB } = right;
    if (JSON.stringify(foundA) !== JSON.stringify(foundB)) return { index: i, differs: 'effect' };
    if (costA !== costB) return { index: i, differs: 'price' };
  }
  return null;
}

function sideOf(steps: readonly StepAnswer[], index: number, total: number): StepSide {
  const [step, next] = [steps[index], steps[index + 1]];
  return {
    gas: Number(step?.gas ?? 0),
    gasCost: Number(step?.gasCost ?? 0),
    stackAfter: next?.stack ?? null,
    written: next?.written ?? null,
    next: next === undefined ? null : { pc: next.pc, op: next.op, depth: next.depth },
    steps: total,
  };
}

async function both<T>(two: readonly Promise<T>[]): Promise<readonly [T, T]> {
  const [a, b] = await Promise.all(two);
  if (a === undefined || b === undefined) throw new RangeError('two sides');
  return [a, b];
}
