import { afterEach, describe, expect, it } from 'vitest';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { createSignatureMemo } from '../../node/lib/signature-memo.ts';
import {
  addressOfKey,
  forgetSignatures,
  recoverAddress,
  rememberSignatures,
  type Signature,
  signatureReference,
  signDigest,
  useSignatures,
} from '../../node/lib/signatures.ts';

const bytesOf = (text: string): Uint8Array => keccak256(utf8ToBytes(text));
const key = bytesOf('key');
const digest = bytesOf('digest');

describe('the memo of signatures', () => {
  const made: Signature = { r: 7n, s: 8n, yParity: 1 };

  it('finds what was noted for exactly this digest and signature', () => {
    const memo = createSignatureMemo(4);
    memo.note(digest, made, '0xaa');
    expect(memo.find(Uint8Array.from(digest), { ...made })).toBe('0xaa');
    expect(memo.find(bytesOf('another'), made)).toBe(undefined);
    for (const change of [{ r: 6n }, { s: 9n }, { yParity: 0 }]) {
      expect(memo.find(digest, { ...made, ...change })).toBe(undefined);
    }
  });

  it('tells that nobody made a signature from knowing nothing of it', () => {
    const memo = createSignatureMemo(4);
    memo.note(digest, made, null);
    expect([memo.find(digest, made), memo.find(digest, { ...made, s: 1n })]).toEqual([null, undefined]);
  });

  it('forgets the oldest beyond its bound', () => {
    const memo = createSignatureMemo(2);
    for (const r of [1n, 2n, 3n]) memo.note(digest, { ...made, r }, '0xaa');
    expect(memo.size()).toBe(2);
    expect([1n, 2n, 3n].map((r) => memo.find(digest, { ...made, r }))).toEqual([undefined, '0xaa', '0xaa']);
  });

  it('is not deceived by a digest that its owner overwrites', () => {
    const memo = createSignatureMemo(2);
    const scratch = Uint8Array.from(digest);
    memo.note(scratch, made, '0xaa');
    scratch.fill(0);
    expect([memo.find(scratch, made), memo.find(digest, made)]).toEqual([undefined, '0xaa']);
  });
});

describe('a thread that remembers signatures', () => {
  let recoveries = 0;
  const counting = (): void => {
    recoveries = 0;
    useSignatures({
      ...signatureReference,
      recover(...given) {
        recoveries += 1;
        return signatureReference.recover(...given);
      },
    });
  };
  afterEach(() => {
    useSignatures(signatureReference);
    forgetSignatures();
  });

  it('recovers a foreign signature once, and its own ones never', () => {
    counting();
    const foreign = signDigest(digest, key);
    rememberSignatures();
    for (let i = 0; i < 3; i++) expect(recoverAddress(digest, foreign)).toBe(addressOfKey(key));
    expect(recoveries).toBe(1);
    const own = signDigest(bytesOf('own'), key);
    expect(recoverAddress(bytesOf('own'), own)).toBe(addressOfKey(key));
    expect(recoveries).toBe(1);
  });

  it('does not remember what another implementation said', () => {
    rememberSignatures();
    const signature = signDigest(digest, key);
    counting();
    expect(recoverAddress(digest, signature)).toBe(addressOfKey(key));
    expect(recoveries).toBe(1);
  });

  it('answers as one that does not remember, for whatever was changed', () => {
    const signature = signDigest(digest, key);
    const cases: [Uint8Array, Signature][] = [
      [digest, signature],
      [bytesOf('another'), signature],
      [digest, { ...signature, yParity: 1 - signature.yParity }],
      [digest, { ...signature, s: signature.s + 1n }],
      [digest, { ...signature, r: 5n }],
      [digest, { ...signature, r: 0n }],
    ];
    const plain = cases.map(([over, by]) => recoverAddress(over, by));
    rememberSignatures();
    signDigest(digest, key);
    for (let round = 0; round < 2; round++) expect(cases.map(([over, by]) => recoverAddress(over, by))).toEqual(plain);
  });
});
