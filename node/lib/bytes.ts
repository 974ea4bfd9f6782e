// Bytes, hex and big-endian integers. Hashes and addresses are lower-case hex strings (they are map keys and JSON); data is Uint8Array.

import { bytesToHex as nobleBytesToHex, hexToBytes as nobleHexToBytes } from '@noble/hashes/utils.js';
import { assert } from './assert.ts';

/** A lower-case hexadecimal string with the prefix 0x and an even number of digits. */
export type Hex = `0x${string}`;

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Encodes bytes as lower-case hex with 0x. */
export function bytesToHex(bytes: Uint8Array): Hex {
  if (bytes.length === 32) return spell(bytes, 0, HASH_TEXT) as Hex; // which begins with 0x and has two digits a byte
  if (bytes.length === 20) return spell(bytes, 0, ADDRESS_TEXT) as Hex; // as above
  if (bytes.length > LONG_BYTES) return `0x${nobleBytesToHex(bytes)}`;
  const text = LONG_TEXT.subarray(0, 2 + 2 * bytes.length);
  return spell(bytes, 0, text) as Hex; // as above
}

/** Decodes hex with 0x. Asserts its form: use isHex first on what a user sent. */
export function hexToBytes(hex: string): Uint8Array {
  assert(hex.startsWith('0x'), () => `hex without 0x: ${hex.slice(0, 20)}`);
  const bytes = new Uint8Array((hex.length - 2) >> 1);
  let wrong = hex.length & 1;
  for (let i = 0, at = 2; i < bytes.length; i++, at += 2) {
    const value = (digitOf(hex.charCodeAt(at)) << 4) | digitOf(hex.charCodeAt(at + 1));
    wrong |= value >> 8; // negative where a digit is none
    bytes[i] = value;
  }
  return wrong === 0 ? bytes : nobleHexToBytes(hex.slice(2)); // which says what is wrong
}

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;

/** Whether the value is hex of whole bytes; with a size, of exactly that many bytes. */
export function isHex(value: unknown, size?: number): value is Hex {
  return typeof value === 'string' && HEX.test(value) && (size === undefined || value.length === 2 + 2 * size);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Encodes a non-negative integer, big-endian, without leading zeros; zero is no bytes. RLP's form of an integer. */
export function bigintToBytes(value: bigint): Uint8Array {
  assert(value >= 0n, 'negative integer');
  if (value === 0n) return EMPTY_BYTES;
  if (value < WORD_LIMIT) {
    const bytes = new Uint8Array(spellInteger(value));
    copySpelt(bytes, 0, bytes.length);
    return bytes;
  }
  const digits = value.toString(16);
  return nobleHexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`);
}

/** Writes an integer below 2^256 as bigintToBytes encodes it, and returns where it ends. */
export function writeBigint(target: Uint8Array, at: number, value: bigint): number {
  assert(value >= 0n && value < WORD_LIMIT, 'an integer of at most 256 bits');
  const length = value === 0n ? 0 : spellInteger(value);
  copySpelt(target, at, length);
  return at + length;
}

const WORD_BYTES = 32;
const WORD_LIMIT = 1n << 256n;
/** Where integers are spelt out, big-endian, up to the end. */
const spelt = new Uint8Array(WORD_BYTES);
const speltView = new DataView(spelt.buffer);

/** Spells out a positive integer below 2^256 and returns how many bytes it has. */
function spellInteger(value: bigint): number {
  let at = WORD_BYTES;
  for (let rest = value; rest !== 0n; rest >>= 64n) {
    at -= 8;
    speltView.setBigUint64(at, rest); // its low 64 bits
  }
  while (spelt[at] === 0) at++;
  return WORD_BYTES - at;
}

function copySpelt(target: Uint8Array, at: number, length: number): void {
  for (let from = WORD_BYTES - length, to = at; from < WORD_BYTES; from++) target[to++] = spelt[from] ?? 0;
}

export function bytesToBigint(bytes: Uint8Array): bigint {
  return bigintAt(bytes, 0, bytes.length);
}

/** The big-endian integer that is a range of the bytes. */
export function bigintAt(bytes: Uint8Array, from: number, to: number): bigint {
  const length = to - from;
  if (length <= 6) return BigInt(numberAt(bytes, from, to));
  if (length <= 12) return (BigInt(numberAt(bytes, from, to - 6)) << 48n) | BigInt(numberAt(bytes, to - 6, to));
  return BigInt(bytesToHex(bytes.subarray(from, to)));
}

/** At most six bytes. */
function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

/** Encodes a safe non-negative integer as bigintToBytes does. */
export function numberToBytes(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, () => `not a safe non-negative integer: ${value}`);
  if (value > 0xffff_ffff) return bigintToBytes(BigInt(value));
  let length = 0;
  for (let rest = value; rest > 0; rest >>>= 8) length++;
  const bytes = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--, rest >>>= 8) bytes[at] = rest & 255;
  return bytes;
}

/** Pads with zero bytes on the left to the size; asserts that the value fits. */
export function padLeft(bytes: Uint8Array, size: number): Uint8Array {
  assert(bytes.length <= size, () => `${bytes.length} bytes do not fit into ${size}`);
  if (bytes.length === size) return bytes;
  const padded = new Uint8Array(size);
  padded.set(bytes, size - bytes.length);
  return padded;
}

/** A 256-bit word as 32 bytes, big-endian. */
export function wordToBytes(value: bigint): Uint8Array {
  assert(value >= 0n && value < WORD_LIMIT, 'a word of 256 bits');
  const bytes = new Uint8Array(WORD_BYTES);
  if (value !== 0n) {
    const length = spellInteger(value);
    copySpelt(bytes, WORD_BYTES - length, length);
  }
  return bytes;
}

/** A 256-bit word as a hash-like hex string of 32 bytes. */
export function wordToHex(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

let lastWord = 0n;
let lastAddress: Hex = `0x${'0'.repeat(40)}`;

/** The low 160 bits of a word as an address. The last one is remembered: the machine asks several questions about one account. */
export function wordToAddress(value: bigint): Hex {
  if (value !== lastWord) {
    lastAddress = `0x${BigInt.asUintN(160, value).toString(16).padStart(40, '0')}`;
    lastWord = value;
  }
  return lastAddress;
}

/** JSON-RPC's quantity: hex without leading zeros. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** The text of a hash and of an address, as bytes: decoding them is faster than joining digits, and most hex is one of the two. */
const HASH_TEXT = ENCODER.encode(`0x${'0'.repeat(64)}`);
const ADDRESS_TEXT = ENCODER.encode(`0x${'0'.repeat(40)}`);
/** And of what is shorter than a large message, blooms and small blocks above all. */
const LONG_BYTES = 16_384;
const LONG_TEXT = ENCODER.encode(`0x${'00'.repeat(LONG_BYTES)}`);
const DIGITS = ENCODER.encode('0123456789abcdef');

/** A function that writes the 32 bytes at a position as hex behind two characters: a hash, or a key that has it. */
export function createHashSpeller<P extends string>(prefix: P): (bytes: Uint8Array, at: number) => `${P}${string}` {
  const text = ENCODER.encode(prefix + '0'.repeat(64));
  assert(text.length === 66, `a prefix of two characters: ${prefix}`);
  return (bytes, at) => spell(bytes, at, text) as `${P}${string}`; // the text begins with it
}

/** Overwrites the digits of the text, which begins with two other characters. */
function spell(bytes: Uint8Array, from: number, text: Uint8Array): string {
  for (let at = 2, next = from; at < text.length; at += 2) {
    const byte = bytes[next++] ?? 0;
    text[at] = DIGITS[byte >> 4] ?? 0;
    text[at + 1] = DIGITS[byte & 15] ?? 0;
  }
  return DECODER.decode(text);
}

const VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** Of a character; -1 where it is none. */
function digitOf(code: number): number {
  return VALUES[code] ?? -1;
}

export function utf8ToBytes(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Encodes into an array from a position on, and returns how many bytes that took; the array must have room for three a code unit. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  assert(bytes.length - at >= 3 * text.length, `${bytes.length - at} bytes for a text of ${text.length}`);
  return ENCODER.encodeInto(text, bytes.subarray(at)).written;
}

/** Decodes UTF-8; malformed sequences become U+FFFD. */
export function bytesToUtf8(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** Orders strings by code unit, for sorts that must be the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
