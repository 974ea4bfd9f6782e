// BLAKE2b's compression function F with a chosen number of rounds (0x09): EIP-152, RFC 7693 section 3.2.
// Words of 64 bits are two lanes of 32: low at 2i, high at 2i + 1. The one price is a gas a round, so the rounds must be fast.

import type { Precompile } from './precompile.ts';

const INPUT_BYTES = 213;

/** Input: rounds (4, big-endian), h (64), m (128), t (16), final flag (1); little-endian words. Output: the new h. */
export const blake2f: Precompile = {
  gas: (input) => (input.length === INPUT_BYTES ? view(input).getUint32(0) : 0),
  run(input) {
    const flag = input[INPUT_BYTES - 1];
    if (input.length !== INPUT_BYTES || (flag !== 0 && flag !== 1)) return null;
    const data = view(input);
    const h = words(data, 4, 16);
    const m = words(data, 68, 32);
    const t = words(data, 196, 4);
    compress(h, m, t, flag === 1 ? 0xffffffff : 0, data.getUint32(0));
    const output = new Uint8Array(64);
    const outputView = view(output);
    h.forEach((word, i) => {
      outputView.setUint32(4 * i, word, true);
    });
    return output;
  },
};

/** SHA-512's initial value, low lane first (RFC 7693, 2.6). */
const IV = Uint32Array.of(
  0xf3bcc908,
  0x6a09e667,
  0x84caa73b,
  0xbb67ae85,
  0xfe94f82b,
  0x3c6ef372,
  0x5f1d36f1,
  0xa54ff53a,
  0xade682d1,
  0x510e527f,
  0x2b3e6c1f,
  0x9b05688c,
  0xfb41bd6b,
  0x1f83d9ab,
  0x137e2179,
  0x5be0cd19,
);

/** The message schedule (RFC 7693, 2.7). */
const SIGMA = Uint8Array.of(
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  14,
  10,
  4,
  8,
  9,
  15,
  13,
  6,
  1,
  12,
  0,
  2,
  11,
  7,
  5,
  3,
  11,
  8,
  12,
  0,
  5,
  2,
  15,
  13,
  10,
  14,
  3,
  6,
  7,
  1,
  9,
  4,
  7,
  9,
  3,
  1,
  13,
  12,
  11,
  14,
  2,
  6,
  5,
  10,
  4,
  0,
  15,
  8,
  9,
  0,
  5,
  7,
  2,
  4,
  10,
  15,
  14,
  1,
  11,
  12,
  6,
  8,
  3,
  13,
  2,
  12,
  6,
  10,
  0,
  11,
  8,
  3,
  4,
  13,
  7,
  5,
  15,
  14,
  1,
  9,
  12,
  5,
  1,
  15,
  14,
  13,
  4,
  10,
  0,
  7,
  6,
  3,
  9,
  2,
  8,
  11,
  13,
  11,
  7,
  14,
  12,
  1,
  3,
  9,
  5,
  0,
  15,
  4,
  8,
  6,
  2,
  10,
  6,
  15,
  14,
  9,
  11,
  3,
  0,
  8,
  12,
  2,
  13,
  7,
  1,
  4,
  10,
  5,
  10,
  2,
  8,
  4,
  7,
  6,
  1,
  5,
  15,
  11,
  9,
  14,
  3,
  12,
  13,
  0,
);

/** The four words that each of a round's eight mixings works on. */
const MIXED = Uint8Array.of(
  0,
  4,
  8,
  12,
  1,
  5,
  9,
  13,
  2,
  6,
  10,
  14,
  3,
  7,
  11,
  15,
  0,
  5,
  10,
  15,
  1,
  6,
  11,
  12,
  2,
  7,
  8,
  13,
  3,
  4,
  9,
  14,
);

function compress(h: Uint32Array, m: Uint32Array, t: Uint32Array, finalMask: number, rounds: number): void {
  const v = new Uint32Array(32);
  v.set(h);
  v.set(IV, 16);
  for (let lane = 0; lane < 4; lane++) v[24 + lane] = at(v, 24 + lane) ^ at(t, lane);
  v[28] = at(v, 28) ^ finalMask;
  v[29] = at(v, 29) ^ finalMask;
  for (let round = 0, row = 0; round < rounds; round++, row = row === 144 ? 0 : row + 16) {
    for (let i = 0; i < 8; i++) {
      mix(v, m, 4 * i, 2 * at(SIGMA, row + 2 * i), 2 * at(SIGMA, row + 2 * i + 1));
    }
  }
  for (let lane = 0; lane < 16; lane++) h[lane] = at(h, lane) ^ at(v, lane) ^ at(v, lane + 16);
}

/** RFC 7693's G on the words at MIXED[which], with two words of the message. */
function mix(v: Uint32Array, m: Uint32Array, which: number, x: number, y: number): void {
  const a = 2 * at(MIXED, which);
  const b = 2 * at(MIXED, which + 1);
  const c = 2 * at(MIXED, which + 2);
  const d = 2 * at(MIXED, which + 3);
  let al = at(v, a);
  let ah = at(v, a + 1);
  let bl = at(v, b);
  let bh = at(v, b + 1);
  let cl = at(v, c);
  let ch = at(v, c + 1);
  let dl = at(v, d);
  let dh = at(v, d + 1);

  // a ← a + b + x, with the carry of three lanes taken from the exact sum of numbers
  let low = al + bl + at(m, x);
  ah = (ah + bh + at(m, x + 1) + (low >= TWO_33 ? 2 : low >= TWO_32 ? 1 : 0)) | 0;
  al = low | 0;
  // d ← (d xor a) rotated by 32
  let swap = dl ^ al;
  dl = dh ^ ah;
  dh = swap;
  // c ← c + d
  low = (cl >>> 0) + (dl >>> 0);
  ch = (ch + dh + (low >= TWO_32 ? 1 : 0)) | 0;
  cl = low | 0;
  // b ← (b xor c) rotated right by 24
  let xl = bl ^ cl;
  let xh = bh ^ ch;
  bl = (xl >>> 24) | (xh << 8);
  bh = (xh >>> 24) | (xl << 8);
  // a ← a + b + y
  low = (al >>> 0) + (bl >>> 0) + at(m, y);
  ah = (ah + bh + at(m, y + 1) + (low >= TWO_33 ? 2 : low >= TWO_32 ? 1 : 0)) | 0;
  al = low | 0;
  // d ← (d xor a) rotated right by 16
  xl = dl ^ al;
  xh = dh ^ ah;
  dl = (xl >>> 16) | (xh << 16);
  dh = (xh >>> 16) | (xl << 16);
  // c ← c + d
  low = (cl >>> 0) + (dl >>> 0);
  ch = (ch + dh + (low >= TWO_32 ? 1 : 0)) | 0;
  cl = low | 0;
  // b ← (b xor c) rotated right by 63
  xl = bl ^ cl;
  xh = bh ^ ch;
  swap = (xl << 1) | (xh >>> 31);
  bh = (xh << 1) | (xl >>> 31);
  bl = swap;

  v[a] = al;
  v[a + 1] = ah;
  v[b] = bl;
  v[b + 1] = bh;
  v[c] = cl;
  v[c + 1] = ch;
  v[d] = dl;
  v[d + 1] = dh;
}

const TWO_32 = 4_294_967_296;
const TWO_33 = 8_589_934_592;

/** The element; the tables' sizes keep every index inside. */
function at(array: Uint32Array | Uint8Array, index: number): number {
  return array[index] as number; // inside by construction, and the innermost loop has no place for a branch
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function words(data: DataView, offset: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => data.getUint32(offset + 4 * i, true));
}
