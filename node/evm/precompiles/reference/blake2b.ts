// The reference of BLAKE2b's compression function F over EIP-152's encoding: RFC 7693 section 3.2.
// Words of 64 bits are two signed lanes of 32: low at 2i, high at 2i + 1. A round costs one gas, so rounds must be fast.

import type { PrecompileBackend } from '../operations.ts';

/** The operation in JavaScript's integers. */
export const plainBlake2b: Pick<PrecompileBackend, 'blake2bF'> = {
  blake2bF(input) {
    const data = view(input);
    const h = lanes(data, 4, 16);
    compress(h, {
      rounds: data.getUint32(0),
      m: lanes(data, 68, 32),
      t: lanes(data, 196, 4),
      finalMask: input[212] === 1 ? -1 : 0,
    });
    const output = new Uint8Array(64);
    const outputView = view(output);
    h.forEach((lane, i) => {
      outputView.setInt32(4 * i, lane, true);
    });
    return output;
  },
};

/** SHA-512's initial value, low lane first (RFC 7693, 2.6). */
export const IV = Int32Array.of(
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

/** The message schedule, a row a round (RFC 7693, 2.7), as the lanes where each word begins. */
export const SIGMA = laneTable(
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
);

/** The four words that each of a round's eight mixings works on: columns, then diagonals (RFC 7693, 3.2). */
export const MIXED = laneTable('048c159d26ae37bf', '05af16bc278d349e');

type Input = {
  readonly rounds: number;
  readonly m: Int32Array;
  readonly t: Int32Array;
  readonly finalMask: number;
};

function compress(h: Int32Array, { rounds, m, t, finalMask }: Input): void {
  const v = new Int32Array(32);
  v.set(h);
  v.set(IV, 16);
  for (let lane = 0; lane < 4; lane++) v[24 + lane] = at(v, 24 + lane) ^ at(t, lane);
  v[28] = at(v, 28) ^ finalMask;
  v[29] = at(v, 29) ^ finalMask;
  for (let round = 0, row = 0; round < rounds; round++) {
    for (let i = 0; i < 16; i += 2) mix(v, m, 2 * i, at(SIGMA, row + i), at(SIGMA, row + i + 1));
    row = row === SIGMA.length - 16 ? 0 : row + 16;
  }
  for (let lane = 0; lane < 16; lane++) h[lane] = at(h, lane) ^ at(v, lane) ^ at(v, lane + 16);
}

/** RFC 7693's G on the four words from MIXED[which] on, with the message's words at the lanes x and y. */
function mix(v: Int32Array, m: Int32Array, which: number, x: number, y: number): void {
  const a = at(MIXED, which);
  const b = at(MIXED, which + 1);
  const c = at(MIXED, which + 2);
  const d = at(MIXED, which + 3);
  let bl = at(v, b);
  let bh = at(v, b + 1);

  // a ← a + b + x
  let addend = at(m, x);
  let sum = (at(v, a) + bl) | 0;
  let al = (sum + addend) | 0;
  let ah = (at(v, a + 1) + bh + at(m, x + 1) + carry(sum, bl) + carry(al, addend)) | 0;
  // d ← (d xor a) rotated right by 32
  let dh = at(v, d) ^ al;
  let dl = at(v, d + 1) ^ ah;
  // c ← c + d
  let cl = (at(v, c) + dl) | 0;
  let ch = (at(v, c + 1) + dh + carry(cl, dl)) | 0;
  // b ← (b xor c) rotated right by 24
  let low = bl ^ cl;
  let high = bh ^ ch;
  bl = (low >>> 24) | (high << 8);
  bh = (high >>> 24) | (low << 8);
  // a ← a + b + y
  addend = at(m, y);
  sum = (al + bl) | 0;
  al = (sum + addend) | 0;
  ah = (ah + bh + at(m, y + 1) + carry(sum, bl) + carry(al, addend)) | 0;
  // d ← (d xor a) rotated right by 16
  low = dl ^ al;
  high = dh ^ ah;
  dl = (low >>> 16) | (high << 16);
  dh = (high >>> 16) | (low << 16);
  // c ← c + d
  cl = (cl + dl) | 0;
  ch = (ch + dh + carry(cl, dl)) | 0;
  // b ← (b xor c) rotated right by 63
  low = bl ^ cl;
  high = bh ^ ch;

  v[a] = al;
  v[a + 1] = ah;
  v[b] = (low << 1) | (high >>> 31);
  v[b + 1] = (high << 1) | (low >>> 31);
  v[c] = cl;
  v[c + 1] = ch;
  v[d] = dl;
  v[d + 1] = dh;
}

/** One where a sum of 32 bits, unsigned, has passed zero: it is then less than either addend. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0;
}

/** The element; the tables' sizes keep every index inside. */
function at(array: Int32Array, index: number): number {
  return array[index] as number; // inside by construction, and the innermost loop has no place for a branch
}

/** Words named by hex digits, as the lanes where they begin. */
function laneTable(...rows: readonly string[]): Int32Array {
  return Int32Array.from(rows.join(''), (digit) => 2 * Number.parseInt(digit, 16));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lanes(data: DataView, offset: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => data.getInt32(offset + 4 * i, true));
}
