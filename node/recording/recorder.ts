// Writes a life down while it is lived: it stands around the core, appends each input before its step and each result behind it, and takes
// down what the core gets from outside. Where bytes go is the host's affair; `append` throws where they cannot.

import type { Sign } from '../consensus/engine.ts';
import type { Effect, NodeCore } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import { bytesToUtf8, concatBytes, utf8ToBytes } from '../lib/bytes.ts';
import { encodeFrame } from './frames.ts';
import { encodeHead, type SegmentHead } from './head.ts';
import { encodeRecord, type SegmentRecord, type StoreEntry } from './records.ts';
import { createResults, FIRST_HASH, type Outside } from './results.ts';

/**
 * The store's note of the last recorded step whose writes it holds: it goes into each batch, so that the next life knows where exactly it
 * goes on. No room of the core reads or writes it.
 */
export const MARK_KEY = 'host/recorded';

export type StoreMark = { readonly id: string; readonly step: number };

export type Recorder = {
  /** The same signatures, taken down. */
  readonly sign: (sign: Sign) => Sign;
  /** The same clock; what a step reads from it is taken down. */
  readonly clock: (nowMs: () => number) => () => number;
  /** The same core, taken down; its batches hold the mark. */
  readonly core: (core: NodeCore) => NodeCore;
  /** Takes down a part of what the store holds, before the first step. */
  readonly keep: (entries: readonly StoreEntry[]) => void;
  /** The life ends in good order: nothing is appended any more. */
  readonly end: () => void;
};

/** Begins a segment: its head is appended at once. */
export function createRecorder(head: SegmentHead, append: (bytes: Uint8Array) => void): Recorder {
  /** A result that may wait for the next input: a node that ends before has lost a comparison, and nothing that a replay needs. */
  let waiting: Uint8Array | null = null;
  const write = (record: SegmentRecord): void => {
    const frame = encodeFrame(encodeRecord(record));
    append(waiting === null ? frame : concatBytes(waiting, frame));
    waiting = null;
  };
  append(encodeFrame(encodeHead(head)));

  const resultOf = createResults();
  let hash = FIRST_HASH;
  let steps = 0;
  let outside: Outside[] | null = null;
  let isOver = false;

  const step = (core: NodeCore, nowMs: number, input: Parameters<NodeCore['step']>[1]): readonly Effect[] => {
    assert(outside === null && !isOver, 'a step within a step, or behind the end');
    write({ kind: 'input', nowMs, input });
    outside = [];
    const effects = core.step(nowMs, input);
    const result = resultOf(hash, outside, effects);
    outside = null;
    hash = result.hash;
    const isNeeded = result.outside.length > 0 || effects.some(({ kind }) => kind === 'persist');
    if (isNeeded) write({ kind: 'result', result });
    else waiting = encodeFrame(encodeRecord({ kind: 'result', result }));
    steps += 1;
    return effects.map((effect) =>
      effect.kind === 'persist' ? { ...effect, writes: [...effect.writes, markOf(head.id, steps - 1)] } : effect,
    );
  };

  return {
    sign: (sign) => (digest) => {
      const signature = sign(digest);
      outside?.push({ kind: 'signature', signature });
      return signature;
    },
    clock: (nowMs) => () => {
      const value = nowMs();
      outside?.push({ kind: 'clock', nowMs: value });
      return value;
    },
    core: (core) => ({ ...core, step: (nowMs, input) => step(core, nowMs, input) }),
    keep(entries) {
      assert(steps === 0, 'the store is taken down before the first step');
      write({ kind: 'store', entries });
    },
    end() {
      if (!isOver) write({ kind: 'end' });
      isOver = true;
    },
  };
}

/** Reads the mark of a store; null where there is none, or nobody's. */
export function readMark(value: Uint8Array | undefined): StoreMark | null {
  const [id, step] = value === undefined ? [] : bytesToUtf8(value).split(' ');
  return id === undefined || step === undefined || !/^\d{1,15}$/.test(step) ? null : { id, step: Number(step) };
}

function markOf(id: string, step: number): { readonly key: string; readonly value: Uint8Array } {
  return { key: MARK_KEY, value: utf8ToBytes(`${id} ${step}`) };
}
