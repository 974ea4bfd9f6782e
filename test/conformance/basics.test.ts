import { describe, expect, it } from 'vitest';
import { BASIC_VECTORS, keccakCases, rlpCases, transactionCases, trieCases } from './basics.ts';
import type { Case } from './case.ts';
import { hasVectors } from './vectors.ts';

function failures(cases: readonly Case[]): string[] {
  return cases.flatMap(({ id, run }) => {
    const wrong = run();
    return wrong === null ? [] : [`${id}: ${wrong}`];
  });
}

describe('official vectors of the foundations', () => {
  it.skipIf(!hasVectors(BASIC_VECTORS.keccak))('agree on every Keccak-256 hash', () => {
    expect(failures(keccakCases())).toEqual([]);
  });

  it.skipIf(!hasVectors(BASIC_VECTORS.rlp))('agree on every encoding and refuse every malformed one', () => {
    expect(failures(rlpCases())).toEqual([]);
  });

  it.skipIf(!hasVectors(BASIC_VECTORS.trie))('agree on every root of a trie', () => {
    expect(failures(trieCases())).toEqual([]);
  });

  it.skipIf(!hasVectors(BASIC_VECTORS.tx))('agree on every transaction, its sender and its intrinsic gas', () => {
    expect(failures(transactionCases())).toEqual([]);
  });
});
