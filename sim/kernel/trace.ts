// The trace of a run: every effect of every node in the order in which it was performed, folded into one hash. Equal hashes mean equal runs.

import type { Effect } from '../../node/core/contract.ts';
import { effectBytes, effectWords } from '../../node/core/effect-text.ts';
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
      addText(`${atMs} ${node} ${effectWords(effect)}`);
      effectBytes(effect, addBytes);
      if (end - DIGEST_BYTES < FOLDED_BYTES) return;
      bytes.set(folded());
      end = DIGEST_BYTES;
    },
    hash: () => bytesToHex(end === DIGEST_BYTES ? bytes.subarray(0, end) : folded()),
    length: () => length,
  };
}
