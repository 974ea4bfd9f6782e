// Recursive Length Prefix (Yellow Paper, appendix B) read where it lies: positions instead of items, for what is read so often that making
// items would cost more than reading them. As strict as rlp.ts.

import { bigintAt } from './bytes.ts';
import { DecodeError } from './rlp.ts';

/** Where the content of a list or a byte string with a prefix begins. */
export function contentStart(bytes: Uint8Array, at: number): number {
  const size = (bytes[at] ?? 0) & 0x3f; // the length, or 55 and how many bytes the length has
  return size <= SHORT_MAX ? at + 1 : at + 1 + size - SHORT_MAX;
}

/** Where an item ends. Throws DecodeError where its length is malformed or leads beyond the limit. */
export function itemEnd(bytes: Uint8Array, at: number, limit: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return at + 1;
  const start = contentStart(bytes, at);
  let length = first & 0x3f;
  if (length > SHORT_MAX) {
    if (start - at > 5 || bytes[at + 1] === 0) throw new DecodeError('malformed length');
    length = 0;
    for (let i = at + 1; i < start; i++) length = length * 256 + (bytes[i] ?? 0);
    if (length <= SHORT_MAX) throw new DecodeError('long form for a short length');
  } else if (first === 0x81 && (bytes[start] ?? 0) < 0x80)
    throw new DecodeError('a byte below 0x80 with a length prefix');
  if (start + length > limit) throw new DecodeError('length beyond the input');
  return start + length;
}

/** Where a byte string's own bytes begin. Throws DecodeError for a list. */
export function stringStart(bytes: Uint8Array, at: number, what: string): number {
  const first = bytes[at] ?? 0;
  if (first >= 0xc0) throw new DecodeError(`${what}: expected bytes`);
  return first < 0x80 ? at : contentStart(bytes, at);
}

/** The integer without leading zeros that an item is, of at most that many bytes. Throws DecodeError. */
export function integerAt(bytes: Uint8Array, at: number, end: number, what: string, bytesMax: number): bigint {
  const start = stringStart(bytes, at, what);
  if (start < end && bytes[start] === 0) throw new DecodeError(`${what}: integer with leading zeros`);
  if (end - start > bytesMax) throw new DecodeError(`${what}: more than ${bytesMax} bytes`);
  return bigintAt(bytes, start, end);
}

/** Payloads up to this length have it in their prefix; longer ones have it written out behind. */
const SHORT_MAX = 55;
