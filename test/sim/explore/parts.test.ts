import { describe, expect, it } from 'vitest';
import { hexToBytes, utf8ToBytes } from '../../../node/lib/bytes.ts';
import { keccak256 } from '../../../node/lib/hashing.ts';
import { SECP256K1_HALF_N, SECP256K1_N, signatureReference } from '../../../node/lib/signatures.ts';
import { createCheapSeals } from '../../../sim/explore/cheap-seals.ts';

const digestOf = (text: string): Uint8Array => keccak256(utf8ToBytes(text));
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const KEYS = Array.from({ length: 20 }, (_, i) => digestOf(`key ${i}`));

describe('a cheap seal', () => {
  const seals = createCheapSeals(signatureReference);

  it('recovers to the real public key of whoever made it', () => {
    for (const key of KEYS) {
      const { compact, yParity } = seals.sign(digestOf('block'), key);
      expect(seals.recover(digestOf('block'), compact, yParity)).toEqual(signatureReference.publicKey(key));
    }
  });
  it('is a signature in the bounds that every rule sets', () => {
    for (const key of KEYS) {
      const { compact } = seals.sign(digestOf('block'), key);
      expect(compact).toHaveLength(64);
      expect(numberOf(compact.subarray(0, 32))).toBeLessThan(SECP256K1_N);
      expect(numberOf(compact.subarray(32))).toBeLessThanOrEqual(SECP256K1_HALF_N);
    }
  });
  it('is of nobody for another digest, with another parity, with a bit changed, and by a key that was never used', () => {
    const [key = new Uint8Array()] = KEYS;
    const { compact, yParity } = seals.sign(digestOf('block'), key);
    expect(seals.recover(digestOf('other block'), compact, yParity)).toBeNull();
    expect(seals.recover(digestOf('block'), compact, 1 - yParity)).toBeNull();
    for (const at of [0, 31, 32, 63]) {
      const changed = Uint8Array.from(compact);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(seals.recover(digestOf('block'), changed, yParity)).toBeNull();
    }
    expect(createCheapSeals(signatureReference).recover(digestOf('block'), compact, yParity)).toBeNull();
  });
  it('is forgotten only behind so many keys that were used later', () => {
    const few = createCheapSeals(signatureReference, 3);
    const [a, b, c, d] = KEYS as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const [sealOfA, sealOfB] = [a, b].map((key) => few.sign(digestOf('block'), key));
    few.publicKey(c);
    few.publicKey(a); // used again: b is the oldest now
    few.publicKey(d);
    expect(few.recover(digestOf('block'), sealOfA!.compact, 0)).toEqual(signatureReference.publicKey(a));
    expect(few.recover(digestOf('block'), sealOfB!.compact, 0)).toBeNull();
  });
  it('differs from digest to digest in r, by which signatures are remembered', () => {
    const [key = hexToBytes('0x')] = KEYS;
    const r = (text: string): string =>
      Buffer.from(seals.sign(digestOf(text), key).compact.subarray(0, 32)).toString('hex');
    expect(r('a')).not.toBe(r('b'));
  });
});
