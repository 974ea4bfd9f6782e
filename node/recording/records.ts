// The records of a segment behind its head: what the store held, each step's input before the step, its result behind it, and a good end.

import type { Input } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import { bytesToUtf8, concatBytes, numberToBytes, utf8ToBytes } from '../lib/bytes.ts';
import { asBytes, asList, asNumber, asOwnBytes, DecodeError, decodeRlp, encodeRlp, type RlpItem } from '../lib/rlp.ts';
import { decodeInput, encodeInput } from './inputs.ts';
import { decodeResult, encodeResult, type StepResult } from './results.ts';

export type StoreEntry = readonly [key: string, value: Uint8Array];

export type SegmentRecord =
  | { readonly kind: 'store'; readonly entries: readonly StoreEntry[] }
  | { readonly kind: 'input'; readonly nowMs: number; readonly input: Input }
  | { readonly kind: 'result'; readonly result: StepResult }
  /** The node was told to stop: nothing is missing behind it. */
  | { readonly kind: 'end' };

/** By their first byte, none of which begins a head. */
const KINDS = ['store', 'input', 'result', 'end'] as const;

export function encodeRecord(record: SegmentRecord): Uint8Array {
  return concatBytes(Uint8Array.of(KINDS.indexOf(record.kind) + 1), encodeRlp(itemOf(record)));
}

function itemOf(record: SegmentRecord): RlpItem {
  switch (record.kind) {
    case 'store':
      return record.entries.map(([key, value]) => [utf8ToBytes(key), value]);
    case 'input':
      assert(record.nowMs >= 0, `a step at ${record.nowMs}`);
      return [numberToBytes(record.nowMs), encodeInput(record.input)];
    case 'result':
      return encodeResult(record.result);
    case 'end':
      return [];
  }
}

/** Throws DecodeError. */
export function decodeRecord(bytes: Uint8Array): SegmentRecord {
  const kind = kindOf(bytes);
  if (kind === null) throw new DecodeError(`no record of type ${bytes[0]}`);
  const item = decodeRlp(bytes.subarray(1));
  switch (kind) {
    case 'store':
      return { kind, entries: asList(item, kind).map(decodeEntry) };
    case 'input': {
      const [nowMs, input] = asList(item, kind, 2);
      return { kind, nowMs: asNumber(nowMs, 'time'), input: decodeInput(input) };
    }
    case 'result':
      return { kind, result: decodeResult(item) };
    case 'end':
      return { kind };
  }
}

/** What a record is, without a look at its content; null where it is none. */
export function kindOf(record: Uint8Array): SegmentRecord['kind'] | null {
  return KINDS[(record[0] ?? 0) - 1] ?? null;
}

function decodeEntry(item: RlpItem): StoreEntry {
  const [key, value] = asList(item, 'entry', 2);
  return [bytesToUtf8(asBytes(key, 'key')), asOwnBytes(value, 'value')];
}
