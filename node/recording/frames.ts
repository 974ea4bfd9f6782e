// How records lie in a segment's file: one behind the other, each with its length and two checks, so that a tail that was never written
// whole is told apart from bytes that were changed. Bytes in, bytes out; files are the host's affair.

import { assert } from '../lib/assert.ts';
import { concatBytes } from '../lib/bytes.ts';

/** Where records are read from: a file, or bytes in memory. `read` gives exactly what it is asked for, inside of the size. */
export type ByteSource = { readonly size: number; readonly read: (at: number, length: number) => Uint8Array };

/** A record's place and content, or how the file ends: well, in the middle of a record, or with bytes that are not what was written. */
export type Frame =
  | { readonly kind: 'record'; readonly record: Uint8Array; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'torn'; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly why: string };

/** No message of a peer is longer than 16 MiB; a length above this one was never written. */
export const RECORD_BYTES_MAX = 64 * 1_048_576;

/** Length, check of the length, check of the record: 4 bytes each. */
const HEAD_BYTES = 12;

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/** A record with what stands before it. */
export function encodeFrame(record: Uint8Array): Uint8Array {
  assert(record.length > 0 && record.length <= RECORD_BYTES_MAX, `a record of ${record.length} bytes`);
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint32(0, record.length);
  view.setUint32(4, crc32(head.subarray(0, 4)));
  view.setUint32(8, crc32(record));
  return concatBytes(head, record);
}

/**
 * Reads the record at a position. What a crash leaves of an append is its first bytes, or zeros in their place: that is torn. Whatever else
 * does not fit its checks is damaged.
 */
export function readFrame(source: ByteSource, at: number): Frame {
  const left = source.size - at;
  if (left === 0) return { kind: 'end' };
  if (left < HEAD_BYTES) return { kind: 'torn', bytes: left };
  const head = source.read(at, HEAD_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
  const length = view.getUint32(0);
  if (view.getUint32(4) !== crc32(head.subarray(0, 4)) || length === 0 || length > RECORD_BYTES_MAX) {
    return isZero(source, at)
      ? { kind: 'torn', bytes: left }
      : { kind: 'damaged', why: 'a length that was not written' };
  }
  if (left < HEAD_BYTES + length) return { kind: 'torn', bytes: left };
  const record = source.read(at + HEAD_BYTES, length);
  if (view.getUint32(8) === crc32(record)) return { kind: 'record', record, end: at + HEAD_BYTES + length };
  if (isZero(source, at + HEAD_BYTES)) return { kind: 'torn', bytes: left };
  return { kind: 'damaged', why: 'a record that does not fit its check' };
}

/** A system that lost its power may leave a file at its full length without its last bytes. */
function isZero(source: ByteSource, from: number): boolean {
  for (let at = from; at < source.size; at += CHUNK_BYTES) {
    const chunk = source.read(at, Math.min(CHUNK_BYTES, source.size - at));
    if (chunk.some((byte) => byte !== 0)) return false;
  }
  return true;
}

const CHUNK_BYTES = 65_536;

/** The CRC-32 of Ethernet and zip (polynomial 0xedb88320, reflected): it finds what breaks by accident, in one pass. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (TABLE[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});
