// Keys as half bytes, one per array element: a trie branches sixteen ways.

import { assert } from '../lib/assert.ts';
import { type Hex, isHex } from '../lib/bytes.ts';

/** A path of half bytes, each from 0 to 15. */
export type Nibbles = Uint8Array;

export const NO_NIBBLES: Nibbles = new Uint8Array(0);

export function bytesToNibbles(bytes: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    nibbles[2 * i] = byte >> 4;
    nibbles[2 * i + 1] = byte & 15;
  }
  return nibbles;
}

/** Asserts that the text is hex of whole bytes. */
export function hexToNibbles(hex: Hex): Nibbles {
  assert(isHex(hex), `trie key ${hex}`);
  const nibbles = new Uint8Array(hex.length - 2);
  for (let i = 0; i < nibbles.length; i++) {
    const digit = hex.charCodeAt(i + 2);
    nibbles[i] = digit < 58 ? digit - 48 : (digit | 32) - 87; // '0' is 48, 'a' is 97; bit 5 makes a letter small
  }
  return nibbles;
}

export function concatNibbles(...parts: readonly Nibbles[]): Nibbles {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How many nibbles of `a` and `b` are the same, counted from a position in each. */
export function commonLength(a: Nibbles, fromA: number, b: Nibbles, fromB: number): number {
  const most = Math.min(a.length - fromA, b.length - fromB);
  let length = 0;
  while (length < most && a[fromA + length] === b[fromB + length]) length++;
  return length;
}

/** Orders paths by their nibbles; a path comes before those that it begins. */
export function compareNibbles(a: Nibbles, b: Nibbles): number {
  const same = commonLength(a, 0, b, 0);
  return (a[same] ?? -1) - (b[same] ?? -1);
}
