import { describe, expect, it } from 'vitest';
import { createFastSignatures } from '../../node/host/backends.ts';
import { bigintToBytes, bytesToHex, concatBytes, padLeft } from '../../node/lib/bytes.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';
import { SECP256K1_HALF_N, SECP256K1_N, signatureReference } from '../../node/lib/signatures.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function word(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), 32);
}

describe('the fast signatures', () => {
  it("are noble's, byte for byte, and recover the same keys", async () => {
    const fast = await createFastSignatures();
    const random = createRandom('secp256k1');
    const digests = [new Uint8Array(32), new Uint8Array(32).fill(255), word(SECP256K1_N), word(1n)];
    const keys = [word(1n), word(2n), word(SECP256K1_N - 1n)];
    for (let i = 0; i < 40; i++) {
      digests.push(randomBytes(random, 32));
      keys.push(randomBytes(random, 32));
    }
    for (const [index, digest] of digests.entries()) {
      const key = keys[index % keys.length]!;
      const [own, reference] = [fast.sign(digest, key), signatureReference.sign(digest, key)];
      expect(own).toEqual(reference);
      expect(fast.publicKey(key)).toEqual(signatureReference.publicKey(key));
      expect(fast.recover(digest, own.compact, own.yParity)).toEqual(signatureReference.publicKey(key));
    }
  });

  it('agree on signatures nobody made: high s, the bounds of r and s, points that do not exist', async () => {
    const fast = await createFastSignatures();
    const random = createRandom('edges');
    const edges = [
      1n,
      2n,
      3n,
      SECP256K1_HALF_N,
      SECP256K1_HALF_N + 1n,
      SECP256K1_N - 1n,
      P - SECP256K1_N,
      P - SECP256K1_N - 1n,
    ];
    const values = [
      ...edges,
      ...Array.from({ length: 24 }, () => BigInt(bytesToHex(randomBytes(random, 32))) % SECP256K1_N),
    ];
    const digests = [new Uint8Array(32), word(SECP256K1_N), word(SECP256K1_N - 1n), new Uint8Array(32).fill(255)];
    let refused = 0;
    for (const r of values) {
      for (const s of [...edges, values[values.length - 1]!]) {
        const compact = concatBytes(word(r), word(s));
        const digest = digests[random.below(digests.length)]!;
        for (const yParity of [0, 1]) {
          const expected = signatureReference.recover(digest, compact, yParity);
          if (expected === null) refused++;
          expect(fast.recover(digest, compact, yParity)).toEqual(expected);
        }
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('agree that a signature whose recovered key is the point at infinity recovers nothing', async () => {
    const fast = await createFastSignatures();
    // R = G (k = 1), s = e / 1: then Q = r^-1 (s R - e G) = 0.
    const gx = signatureReference.publicKey(word(1n)).subarray(1, 33);
    const digest = word(5n);
    const compact = concatBytes(gx, word(5n));
    for (const yParity of [0, 1]) {
      expect(fast.recover(digest, compact, yParity)).toEqual(signatureReference.recover(digest, compact, yParity));
    }
    expect(fast.recover(digest, compact, 0)).toBeNull();
  });
});
