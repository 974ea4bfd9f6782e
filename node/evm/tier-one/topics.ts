// The topics of logs as text. Most are the same few again and again, as a token's event and its holders are: the last ones are remembered.

import { bytesToHex } from '../../lib/bytes.ts';
import type { Hash } from '../../types/transaction.ts';
import { WORD_BYTES } from './layout.ts';
import type { LinearMemory } from './linear-memory.ts';

const PLACES = 1024;
const INTS = WORD_BYTES >>> 2;

/** A function that reads the 32 bytes at an address, a multiple of 4. */
export function createTopics(linear: LinearMemory): (address: number) => Hash {
  const keys = new Uint32Array(PLACES * INTS);
  const texts = new Array<Hash | null>(PLACES).fill(null);
  return (address) => {
    const { ints } = linear;
    const from = address >>> 2;
    let mixed = 0;
    for (let i = 0; i < INTS; i++) mixed = Math.imul(mixed ^ (ints[from + i] ?? 0), 0x9e3779b1);
    const place = mixed >>> 22;
    const at = place * INTS;
    let isKnown = true;
    for (let i = 0; i < INTS; i++) isKnown &&= keys[at + i] === ints[from + i];
    const known = texts[place];
    if (isKnown && known != null) return known;
    const text = bytesToHex(linear.bytes.subarray(address, address + WORD_BYTES));
    for (let i = 0; i < INTS; i++) keys[at + i] = ints[from + i] ?? 0;
    texts[place] = text;
    return text;
  };
}
