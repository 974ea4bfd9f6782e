// The trace of a run: every effect of every node in the order in which it was performed, folded into one hash. Equal hashes mean equal runs.

import type { Effect } from '../../node/core/contract.ts';
import { bytesToHex, type Hex, utf8ToBytes, writeUtf8 } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import type { NodeName } from './links.ts';

export type Trace = {
  readonly record: (atMs: number, node: NodeName, effect: Effect) => void;
  /** The hash over everything recorded so far. */
  readonly hash: () => Hex;
  readonly length: () => number;
};

/** Bytes that are folded at once: hashing many small effects together is several times cheaper than one by one. */
const FOLDED_BYTES = 65_536;
const DIGEST_BYTES = 32;

/** Creates an empty trace. */
export function createTrace(): Trace {
  let length = 0;
  // The digest of what was folded, and what waits behind it: one array, which is hashed where it lies.
  let bytes = new Uint8Array(2 * FOLDED_BYTES);
  bytes.set(keccak256(utf8ToBytes('lockstep trace')));
  let end = DIGEST_BYTES;

  const reserve = (more: number): void => {
    if (end + more <= bytes.length) return;
    const larger = new Uint8Array(2 * (end + more));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
  };
  /** Every part of unknown length stands behind its length in bytes, so that no two traces have the same bytes. */
  const addText = (text: string): void => {
    const whole = `\n${text.length} ${text}`;
    reserve(3 * whole.length);
    let written = writeUtf8(whole, bytes, end);
    if (written !== whole.length) {
      const encoded = utf8ToBytes(text); // beyond ASCII, where bytes and characters are not the same number
      written = writeUtf8(`\n${encoded.length} `, bytes, end);
      bytes.set(encoded, end + written);
      written += encoded.length;
    }
    end += written;
  };
  const addBytes = (blob: Uint8Array): void => {
    reserve(blob.length);
    bytes.set(blob, end);
    end += blob.length;
  };
  const folded = (): Uint8Array => keccak256(bytes.subarray(0, end));

  return {
    record(atMs, node, effect) {
      length += 1;
      addText(`${atMs} ${node} ${wordsOf(effect)}`);
      if (effect.kind === 'persist') {
        for (const { value } of effect.writes) if (value !== null) addBytes(value);
      } else if ('bytes' in effect) addBytes(effect.bytes);
      if (end - DIGEST_BYTES < FOLDED_BYTES) return;
      bytes.set(folded());
      end = DIGEST_BYTES;
    },
    hash: () => bytesToHex(end === DIGEST_BYTES ? bytes.subarray(0, end) : folded()),
    length: () => length,
  };
}

/** An effect as text; of its byte strings, which stand behind it, the lengths. */
function wordsOf(effect: Effect): string {
  switch (effect.kind) {
    case 'persist': {
      let words = 'persist';
      for (const { key, value } of effect.writes) words += ` ${key} ${value?.length ?? 'gone'}`;
      return words;
    }
    case 'publish':
    case 'request':
    case 'respond': {
      const { bytes, ...rest } = effect;
      return `${JSON.stringify(rest)} ${bytes.length}`;
    }
    case 'answer':
      return JSON.stringify(effect, jsonValue);
    default:
      return JSON.stringify(effect); // plain data without bytes and bigints
  }
}

/** JSON with bytes as hex and bigints as decimal text, as an outcome's evidence may hold them. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  return typeof value === 'bigint' ? value.toString() : value;
}
