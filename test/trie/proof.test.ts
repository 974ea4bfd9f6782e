import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import { proveInTrie, verifyProof } from '../../node/trie/proof.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { createMemoryTrie } from './memory.ts';

const SEED = { seed: 20_240_314, numRuns: 300 };
const key = fc.oneof(
  fc.nat(30).map((n): Hex => keccakHex(Uint8Array.of(n))),
  fc.constantFrom<Hex>('0x', '0x00', '0x0001', '0x0010', '0xff'),
);
const pairs = fc.array(fc.tuple(key, fc.uint8Array({ minLength: 1, maxLength: 40 })), { maxLength: 40 });

describe('a proof', () => {
  test('shows the value of a key that is there and the absence of one that is not', () => {
    fc.assert(
      fc.property(pairs, key, (list, asked) => {
        const trie = createMemoryTrie();
        trie.update(list);
        const proof = proveInTrie(trie.read, trie.root(), hexToBytes(asked));
        expect(verifyProof(trie.root(), hexToBytes(asked), proof)).toEqual(new Map(list).get(asked) ?? null);
      }),
      SEED,
    );
  });

  test('is invalid when a node is changed, missing, superfluous or out of order', () => {
    fc.assert(
      fc.property(pairs, key, fc.nat(), fc.nat(), (list, asked, at, bit) => {
        const trie = createMemoryTrie();
        trie.update(list);
        const root = trie.root();
        const bytes = hexToBytes(asked);
        const proof = proveInTrie(trie.read, root, bytes);
        const extra = Uint8Array.of(0xc0);
        expect(verifyProof(root, bytes, [...proof, extra])).toBe('invalid');
        if (proof.length === 0) return;

        const index = at % proof.length;
        const node = proof[index]!.slice();
        node[(bit >> 3) % node.length]! ^= 1 << (bit & 7);
        expect(verifyProof(root, bytes, proof.with(index, node))).toBe('invalid');
        expect(verifyProof(root, bytes, proof.toSpliced(index, 1))).toBe('invalid');
        if (proof.length > 1) expect(verifyProof(root, bytes, proof.toReversed())).toBe('invalid');
      }),
      SEED,
    );
  });

  test('of the empty trie is empty', () => {
    expect(proveInTrie(createMemoryTrie().read, EMPTY_TRIE_ROOT, Uint8Array.of(1))).toEqual([]);
    expect(verifyProof(EMPTY_TRIE_ROOT, Uint8Array.of(1), [])).toBe(null);
  });

  test.each([
    ['bytes instead of a list', encodeRlp(Uint8Array.of(1, 2))],
    ['three items', encodeRlp([Uint8Array.of(0x20), Uint8Array.of(1), Uint8Array.of(1)])],
    ['an unknown hex-prefix flag', encodeRlp([Uint8Array.of(0x40), Uint8Array.of(1)])],
    ['padding that is not zero', encodeRlp([Uint8Array.of(0x21), Uint8Array.of(1)])],
    ['an extension without a path', encodeRlp([Uint8Array.of(0x00), keccak256(Uint8Array.of(1))])],
    ['an extension without a child', encodeRlp([Uint8Array.of(0x11), new Uint8Array(0)])],
    ['a child reference of 31 bytes', encodeRlp([Uint8Array.of(0x11), new Uint8Array(31)])],
    ['a leaf that holds a list', encodeRlp([Uint8Array.of(0x20), [Uint8Array.of(1)]])],
    ['no RLP', Uint8Array.of(0xf8)],
  ])('is invalid where its node is %s', (_what, node) => {
    expect(verifyProof(keccakHex(node), Uint8Array.of(0x12), [node])).toBe('invalid');
  });
});
