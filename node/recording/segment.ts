// One life of a node, read back from its bytes: its head, its store, its steps in their order, and how it ends.

import type { Input } from '../core/contract.ts';
import { DecodeError } from '../lib/rlp.ts';
import { type ByteSource, type Frame, readFrame } from './frames.ts';
import { decodeHead, type SegmentHead } from './head.ts';
import { decodeRecord, kindOf, type SegmentRecord, type StoreEntry } from './records.ts';
import type { StepResult } from './results.ts';

/** Why a recording cannot be used: one complete line that names the file. */
export type RecordingProblem = { readonly kind: 'recording-problem'; readonly message: string };

export type RecordedStep = {
  /** From 0. */
  readonly index: number;
  readonly nowMs: number;
  readonly input: Input;
  /** Null where the node ended in the step. */
  readonly result: StepResult | null;
};

/** How a segment ends. `torn`: in the middle of a record, as a crash leaves it. `damaged`: with bytes that were changed later. */
export type SegmentEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'killed' }
  | { readonly kind: 'torn'; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly message: string };

export type Segment = {
  /** How people call it: a path. */
  readonly label: string;
  readonly head: SegmentHead;
  /** What the store held, where the segment holds that. Returns null at its end, or what is wrong. */
  readonly entries: () => Generator<StoreEntry, RecordingProblem | null>;
  readonly steps: () => Generator<RecordedStep, SegmentEnd>;
};

/** Opens a segment: reads its head. */
export function openSegment(source: ByteSource, label: string): Segment | RecordingProblem {
  const first = readFrame(source, 0);
  if (first.kind !== 'record') return problem(label, whyNoHead(first));
  const head = decodeHead(first.record);
  if (typeof head === 'string') return problem(label, head);
  return {
    label,
    head,
    *entries() {
      let count = 0;
      for (const { record } of readRecords(source, first.end)) {
        if (record.kind !== 'store') break;
        count += record.entries.length;
        yield* record.entries;
      }
      const wanted = head.store.kind === 'snapshot' ? head.store.entries : 0;
      return count === wanted ? null : problem(label, `holds ${count} of the store's ${wanted} entries`);
    },
    *steps() {
      const records = readRecords(source, first.end);
      let open: Omit<RecordedStep, 'result'> | null = null;
      let index = 0;
      for (let next = records.next(); ; next = records.next()) {
        if (next.done) {
          if (open !== null) yield { ...open, result: null };
          return next.value;
        }
        const { record, at } = next.value;
        switch (record.kind) {
          case 'store':
            break;
          case 'input':
            if (open !== null) return damaged(label, at, 'a step without a result, and one behind it');
            open = { index, nowMs: record.nowMs, input: record.input };
            index += 1;
            break;
          case 'result':
            if (open === null) return damaged(label, at, 'a result of no step');
            yield { ...open, result: record.result };
            open = null;
            break;
          case 'end':
            return { kind: 'stopped' };
        }
      }
    },
  };
}

export type SegmentCount = {
  /** Steps with their results. */
  readonly steps: number;
  /** Bytes of whole records; what stands behind them is half a one. */
  readonly wholeBytes: number;
  readonly end: 'whole' | 'torn' | 'damaged';
};

/** Counts without decoding, for whoever wants to go on behind it. */
export function countSteps(source: ByteSource): SegmentCount {
  let steps = 0;
  for (let at = 0; ; ) {
    const frame = readFrame(source, at);
    if (frame.kind !== 'record') return { steps, wholeBytes: at, end: frame.kind === 'end' ? 'whole' : frame.kind };
    if (kindOf(frame.record) === 'result') steps += 1;
    at = frame.end;
  }
}

export function isProblem(value: unknown): value is RecordingProblem {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'recording-problem';
}

export function problem(label: string, why: string): RecordingProblem {
  return { kind: 'recording-problem', message: `${label}: ${why}` };
}

/** The records from a position on; a good end is a record, so it is told apart from a file that just ends. */
function* readRecords(
  source: ByteSource,
  from: number,
): Generator<{ readonly record: SegmentRecord; readonly at: number }, SegmentEnd> {
  for (let at = from; ; ) {
    const frame = readFrame(source, at);
    if (frame.kind === 'end') return { kind: 'killed' };
    if (frame.kind === 'torn') return frame;
    if (frame.kind === 'damaged') return { kind: 'damaged', message: `${frame.why} at byte ${at}` };
    const record = decoded(frame.record);
    if (typeof record === 'string') return { kind: 'damaged', message: `${record} at byte ${at}` };
    yield { record, at };
    at = frame.end;
  }
}

function decoded(bytes: Uint8Array): SegmentRecord | string {
  try {
    return decodeRecord(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

function damaged(label: string, at: number, why: string): SegmentEnd {
  return { kind: 'damaged', message: `${why} at byte ${at} of ${label}` };
}

function whyNoHead(frame: Exclude<Frame, { readonly kind: 'record' }>): string {
  switch (frame.kind) {
    case 'end':
      return 'is empty';
    case 'torn':
      return 'ends within its head';
    case 'damaged':
      return 'not a recording of Lockstep, or its head is damaged';
  }
}
