// Recursive Length Prefix (Yellow Paper, appendix B). Decoding accepts the canonical form only.

import { bytesToBigint, bytesToHex, EMPTY_BYTES, type Hex } from './bytes.ts';
import { toWide, type Wide } from './wide.ts';

/** A byte string or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Bytes from outside that do not decode. Thrown by codecs, caught at the codec's boundary and turned into a rejection there. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Lists nest at most this deep: protocol data needs 6, and hostile input must not exhaust the stack. */
const DEPTH_MAX = 64;

/**
 * Items in one decoding: an 8 MiB block of plain transfers has 800,000. What an empty list takes is a hundred times its byte, so that
 * without a limit the largest message would cost half a gigabyte.
 */
export const ITEMS_MAX = 1_048_576;

/** Payloads of this length and more have their length written out. */
const SHORT = 56;

/** Encodes into one allocation: a first pass measures, a second one writes. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const bytes = new Uint8Array(encodedLength(item));
  writeItem(bytes, 0, item);
  return bytes;
}

/** Encodes an item behind a byte that says its type (EIP-2718). */
export function encodeTypedRlp(type: number, item: RlpItem): Uint8Array {
  const bytes = new Uint8Array(1 + encodedLength(item));
  bytes[0] = type;
  writeItem(bytes, 1, item);
  return bytes;
}

/** Decodes exactly one item, of at most ITEMS_MAX inner ones. Byte strings are views into the input. Throws DecodeError. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  if (bytes.length > ITEMS_MAX) limitItems(bytes); // an item has a byte at least
  const { item, end } = decodeAt(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new DecodeError(`${bytes.length - end} bytes behind the item`);
  return item;
}

/** Decodes the items of a sequence that stand one behind the other without a list around them. Throws DecodeError. */
export function decodeRlpSequence(bytes: Uint8Array): RlpItem[] {
  const items: RlpItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { item, end } = decodeAt(bytes, at, bytes.length, 0);
    items.push(item);
    at = end;
  }
  return items;
}

/** The item as a list, of exactly that many items where a count is given. Throws DecodeError. */
export function asList(item: RlpItem | undefined, what: string, count?: number): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array) throw new DecodeError(`${what}: expected a list`);
  if (count !== undefined && item.length !== count)
    throw new DecodeError(`${what}: expected ${count} items, got ${item.length}`);
  return item;
}

/** The item as bytes, of exactly that size where one is given. Throws DecodeError. */
export function asBytes(item: RlpItem | undefined, what: string, size?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new DecodeError(`${what}: expected bytes`);
  if (size !== undefined && item.length !== size)
    throw new DecodeError(`${what}: expected ${size} bytes, got ${item.length}`);
  return item;
}

/** The item as bytes of their own memory, for what is kept: a view would keep the whole message that it was decoded from. Throws DecodeError. */
export function asOwnBytes(item: RlpItem | undefined, what: string): Uint8Array {
  const bytes = asBytes(item, what);
  return bytes.length === 0 ? EMPTY_BYTES : new Uint8Array(bytes);
}

/** The item as hex of a fixed size, as for hashes and addresses. Throws DecodeError. */
export function asHex(item: RlpItem | undefined, what: string, size: number): Hex {
  return bytesToHex(asBytes(item, what, size));
}

/** The item as an integer without leading zeros, of at most that many bits. Throws DecodeError. */
export function asBigint(item: RlpItem | undefined, what: string, bits: number): bigint {
  const bytes = asBytes(item, what);
  if (bytes[0] === 0) throw new DecodeError(`${what}: integer with leading zeros`);
  const value = bytesToBigint(bytes);
  if (value >> BigInt(bits) !== 0n) throw new DecodeError(`${what}: more than ${bits} bits`);
  return value;
}

/** The item as an integer that a number holds exactly. Throws DecodeError. */
export function asNumber(item: RlpItem | undefined, what: string): number {
  const value = asBigint(item, what, 64);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`${what}: more than 2^53 - 1`);
  return Number(value);
}

/** The item as an integer of at most 64 bits. Throws DecodeError. */
export function asWide(item: RlpItem | undefined, what: string): Wide {
  return toWide(asBigint(item, what, 64));
}

function encodedLength(item: RlpItem): number {
  if (isByteItself(item)) return 1;
  const payload = payloadLength(item);
  return prefixLength(payload) + payload;
}

function payloadLength(item: RlpItem): number {
  if (item instanceof Uint8Array) return item.length;
  let length = 0;
  for (const inner of item) length += encodedLength(inner);
  return length;
}

/** A byte below 0x80 is its own encoding. */
function isByteItself(item: RlpItem): item is Uint8Array {
  return item instanceof Uint8Array && item.length === 1 && (item[0] ?? 0) < 0x80;
}

function prefixLength(payload: number): number {
  return payload < SHORT ? 1 : 1 + byteLength(payload);
}

/** How many bytes an integer below 2^32 has: no array is longer. */
function byteLength(value: number): number {
  let length = 0;
  for (let rest = value; rest > 0; rest >>>= 8) length++;
  return length;
}

/** Writes the item and returns where it ends. */
function writeItem(bytes: Uint8Array, at: number, item: RlpItem): number {
  if (isByteItself(item)) {
    bytes[at] = item[0] ?? 0;
    return at + 1;
  }
  if (item instanceof Uint8Array) {
    const start = writePrefix(bytes, at, item.length, 0x80);
    bytes.set(item, start);
    return start + item.length;
  }
  let end = writePrefix(bytes, at, payloadLength(item), 0xc0);
  for (const inner of item) end = writeItem(bytes, end, inner);
  return end;
}

function writePrefix(bytes: Uint8Array, at: number, payload: number, base: number): number {
  if (payload < SHORT) {
    bytes[at] = base + payload;
    return at + 1;
  }
  const length = byteLength(payload);
  bytes[at] = base + SHORT - 1 + length;
  for (let i = length, rest = payload; i > 0; i--, rest >>>= 8) bytes[at + i] = rest & 255;
  return at + 1 + length;
}

function decodeAt(bytes: Uint8Array, at: number, limit: number, depth: number): { item: RlpItem; end: number } {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw new DecodeError('input ends before the item');
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };

  const isList = first >= 0xc0;
  const { start, end } = payloadBounds(bytes, at, first - (isList ? 0xc0 : 0x80), limit);
  if (!isList) {
    if (end - start === 1 && (bytes[start] ?? 0) < 0x80)
      throw new DecodeError('a byte below 0x80 with a length prefix');
    return { item: bytes.subarray(start, end), end };
  }
  if (depth >= DEPTH_MAX) throw new DecodeError(`lists nested deeper than ${DEPTH_MAX}`);
  const items: RlpItem[] = [];
  for (let next = start; next < end; ) {
    const inner = decodeAt(bytes, next, end, depth + 1);
    items.push(inner.item);
    next = inner.end;
  }
  return { item: items, end };
}

/** Where the payload of an item with a prefix begins and ends. `size` is the prefix less its base. */
function payloadBounds(bytes: Uint8Array, at: number, size: number, limit: number): { start: number; end: number } {
  let start = at + 1;
  let length = size;
  if (size > 55) {
    const lengthBytes = bytes.subarray(start, Math.min(start + size - 55, limit));
    if (lengthBytes.length !== size - 55 || lengthBytes[0] === 0) throw new DecodeError('malformed length');
    const long = bytesToBigint(lengthBytes);
    if (long < 56n) throw new DecodeError('long form for a short length');
    if (long > BigInt(limit)) throw new DecodeError('length beyond the input');
    length = Number(long);
    start += size - 55;
  }
  if (start + length > limit) throw new DecodeError('length beyond the input');
  return { start, end: start + length };
}

/** Counts items without allocating: a list's payload follows its prefix, so that one pass over all prefixes sees everything. */
function limitItems(bytes: Uint8Array): void {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    if (count >= ITEMS_MAX) throw new DecodeError(`more than ${ITEMS_MAX} items`);
    at += skipLength(bytes, at);
  }
}

/** How far the next prefix is: behind a byte string, or inside a list. Malformed lengths lead out of the bytes; decodeAt says why. */
function skipLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first >= 0xf8) return 1 + first - 0xf7;
  if (first >= 0xc0) return 1;
  if (first < 0xb8) return 1 + first - 0x80;
  const lengthBytes = first - 0xb7;
  let length = 0;
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return 1 + lengthBytes + length;
}
