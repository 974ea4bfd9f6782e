import { describe, expect, test } from 'vitest';
import { bytesToHex, type Hex, numberToBytes } from '../../node/lib/bytes.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { rootByDefinition } from './model.ts';

describe('the root of a list', () => {
  test('is the empty root for no values', () => {
    expect(orderedTrieRoot([])).toBe(EMPTY_TRIE_ROOT);
  });

  // 0x80 stands for index 0, and from 128 on keys have two bytes: the boundaries of the key's form.
  test.each([1, 2, 127, 128, 129, 255, 256, 300])('of %i values is the one of the trie over RLP indexes', (count) => {
    const values = Array.from({ length: count }, (_, n) => new Uint8Array(1 + (n % 50)).fill(n + 1 || 1));
    const pairs = values.map((value, n): [Hex, Uint8Array] => [bytesToHex(encodeRlp(numberToBytes(n))), value]);
    expect(orderedTrieRoot(values)).toBe(rootByDefinition(new Map(pairs)));
  });

  test('depends on the order', () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    expect(orderedTrieRoot([a, b])).not.toBe(orderedTrieRoot([b, a]));
  });
});
