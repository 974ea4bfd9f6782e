import { sha3_256 } from '@noble/hashes/sha3.js';
import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex, keccakReference, useKeccak } from '../../node/lib/hashing.ts';
import { hasVectors, readGzipLines } from '../conformance/vectors.ts';

const PACK = 'keccak/keccak256-and-sha3.jsonl.gz';

describe.skipIf(!hasVectors(PACK))('Keccak-256', () => {
  const lines = readGzipLines(PACK) as { msg: string; sha3_256: string; keccak256: string }[];

  test('gives the listed digest of each of the 256 messages, and SHA3-256 from the same permutation the official one', () => {
    expect(lines.length).toBe(256);
    for (const { msg, keccak256: keccak, sha3_256: sha3 } of lines) {
      const bytes = hexToBytes(`0x${msg}`);
      expect(keccakHex(bytes)).toBe(`0x${keccak}`);
      expect(bytesToHex(sha3_256(bytes))).toBe(`0x${sha3}`);
    }
  });
});

test('a replaced backend answers every call until the reference is put back', () => {
  const backend = () => new Uint8Array(32).fill(7);
  useKeccak(backend);
  try {
    expect(keccak256(Uint8Array.of(1))).toEqual(backend());
    expect(keccakHex(Uint8Array.of(1))).toBe(`0x${'07'.repeat(32)}`);
  } finally {
    useKeccak(keccakReference);
  }
  expect(keccakHex(new Uint8Array(0))).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
});
