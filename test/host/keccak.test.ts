import { describe, expect, it } from 'vitest';
import { createFastKeccak } from '../../node/host/keccak.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { HASH_PAD_BYTES, keccakReference } from '../../node/lib/hashing.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';

const RATE = 136; // Keccak-256's block: the padding changes at its multiples

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

describe('the fast keccak', () => {
  it("gives noble's digests at and around the block size, for long inputs and for random ones", async () => {
    const { hash: keccak } = await createFastKeccak();
    const random = createRandom('keccak');
    const lengths = [
      0,
      1,
      RATE - 1,
      RATE,
      RATE + 1,
      2 * RATE - 1,
      2 * RATE,
      2 * RATE + 1,
      57_000,
      108_000,
      65_535,
      65_536,
      65_537,
      1_048_577,
    ];
    for (let i = 0; i < 300; i++) lengths.push(random.below(2_000));
    for (const length of lengths) {
      const bytes = randomBytes(random, length);
      expect(bytesToHex(keccak(bytes))).toBe(bytesToHex(keccakReference(bytes)));
    }
  });

  it('leaves an earlier digest alone when it hashes again, and reads only the view it is given', async () => {
    const { hash: keccak } = await createFastKeccak();
    const first = keccak(Uint8Array.of(1));
    const copy = bytesToHex(first);
    keccak(Uint8Array.of(2));
    expect(bytesToHex(first)).toBe(copy);
    const part = Uint8Array.of(9, 1, 9).subarray(1, 2);
    expect(bytesToHex(keccak(part))).toBe(copy);
  });

  it('hashes what lies in its pad to where it is told, at every length around the block size and up to the end', async () => {
    const { pad } = await createFastKeccak();
    const random = createRandom('pad');
    expect(pad.bytes.length).toBe(HASH_PAD_BYTES);
    for (const length of [
      0,
      1,
      31,
      32,
      RATE - 1,
      RATE,
      RATE + 1,
      2 * RATE - 1,
      2 * RATE,
      532,
      HASH_PAD_BYTES - 1,
      HASH_PAD_BYTES,
    ]) {
      const bytes = randomBytes(random, length);
      pad.bytes.fill(0xee); // what was there before counts for nothing
      pad.bytes.set(bytes);
      const target = new Uint8Array(40);
      pad.hash(0, length, target, 5);
      const expected = new Uint8Array(40);
      expected.set(keccakReference(bytes), 5);
      expect(target).toEqual(expected);
      const from = random.below(length + 1);
      pad.hash(from, length - from, target, 5);
      expected.set(keccakReference(bytes.subarray(from)), 5);
      expect(target).toEqual(expected);
    }
  });

  it('hashes a view of its own pad like any other bytes', async () => {
    const { hash, pad } = await createFastKeccak();
    pad.bytes.set([1, 2, 3]);
    hash(pad.bytes.subarray(0, 3)); // the pad itself is an input like any other
    const target = new Uint8Array(32);
    pad.hash(0, 3, target, 0);
    expect(target).toEqual(keccakReference(Uint8Array.of(1, 2, 3)));
  });

  it('leaves its pad alone when it hashes other bytes', async () => {
    const { hash, pad } = await createFastKeccak();
    const bytes = randomBytes(createRandom('neighbour'), HASH_PAD_BYTES);
    pad.bytes.set(bytes);
    for (const length of [1, RATE, HASH_PAD_BYTES, 100_000, 200_000]) hash(new Uint8Array(length).fill(0xee));
    expect(pad.bytes).toEqual(bytes);
  });
});
