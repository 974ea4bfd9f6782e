import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { addressOfKey, recoverAddress, SECP256K1_HALF_N, SECP256K1_N, signDigest } from '../../node/lib/signatures.ts';
import { hasVectors, readPackedJson } from '../conformance/vectors.ts';

const PACK = 'trie-rlp-tx/basic.jsonl.gz';

describe.skipIf(!hasVectors(PACK))('the official keys and addresses', () => {
  // The files' signatures "of the empty string" are left out: they do not say over which digest.
  type KeyCase = { seed: string; key: string; addr: string };
  const file = readPackedJson(PACK).find(({ path }) => path.endsWith('keyaddrtest.json'));

  test.each(file?.json as KeyCase[])('$seed has its key and address', ({ seed, key, addr }) => {
    const privateKey = hexToBytes(`0x${key}`);
    expect(keccak256(utf8ToBytes(seed))).toEqual(privateKey);
    expect(addressOfKey(privateKey)).toBe(`0x${addr}`);
  });
});

describe('a signature', () => {
  const key = keccak256(utf8ToBytes('key'));
  const digest = keccak256(utf8ToBytes('digest'));
  const signature = signDigest(digest, key);

  test('is the same every time, has a low s, and tells who signed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (message) => {
        const made = signDigest(message, key);
        expect(made).toEqual(signDigest(message, key));
        expect(made.s <= SECP256K1_HALF_N).toBe(true);
        expect(recoverAddress(message, made)).toBe(addressOfKey(key));
      }),
      { seed: 20_240_317, numRuns: 20 },
    );
  });

  test('with the other parity or over another digest names somebody else, or nobody', () => {
    expect(recoverAddress(digest, { ...signature, yParity: 1 - signature.yParity })).not.toBe(addressOfKey(key));
    expect(recoverAddress(keccak256(digest), signature)).not.toBe(addressOfKey(key));
  });

  test('with the mirrored high s is recovered too: EIP-2 is the rule of others', () => {
    const mirrored = { r: signature.r, s: SECP256K1_N - signature.s, yParity: 1 - signature.yParity };
    expect(recoverAddress(digest, mirrored)).toBe(addressOfKey(key));
  });

  test.each([
    ['r of zero', { r: 0n }],
    ['r of the order', { r: SECP256K1_N }],
    ['s of zero', { s: 0n }],
    ['s of the order', { s: SECP256K1_N }],
    ['a parity of 2', { yParity: 2 }],
    ['an r that is no point', { r: 5n }],
  ])('with %s names nobody', (_what, change) => {
    expect(recoverAddress(digest, { ...signature, ...change })).toBe(null);
  });
});
