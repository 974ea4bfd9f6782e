import { describe, expect, test } from 'vitest';
import { bytesToHex, EMPTY_BYTES, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { hexPrefixLength, readHexPrefix, writeHexPrefix } from '../../node/trie/hex-prefix.ts';
import { nibbleAt, packPaths } from '../../node/trie/nibbles.ts';
import { hasVectors, readPackedJson } from '../conformance/vectors.ts';
import { createMemoryTrie } from './memory.ts';

type TrieCase = { in: Record<string, string | null> | [string, string | null][]; root?: string };

const PACK = 'trie-rlp-tx/trie.jsonl.gz';
const BASIC = 'trie-rlp-tx/basic.jsonl.gz';

const toBytes = (text: string): Uint8Array => (text.startsWith('0x') ? hexToBytes(text) : utf8ToBytes(text));

describe.skipIf(!hasVectors(PACK))('the official trie vectors', () => {
  const files = readPackedJson(PACK);
  const cases = files.flatMap(({ path, json }) =>
    Object.entries(json as Record<string, TrieCase>).map(([name, content]) => ({ path, name, ...content })),
  );
  const rooted = cases.filter((each) => each.root !== undefined);

  test('there are 25 cases with a root, and what has none is named', () => {
    const left = cases.filter((each) => each.root === undefined);
    console.info(`left out, without a root: ${left.map(({ path, name }) => `${path} ${name}`).join(', ')}`);
    expect(rooted.length).toBe(25);
    expect(new Set(left.map(({ path }) => path))).toEqual(new Set(['TrieTests/trietestnextprev.json']));
  });

  test.each(rooted)('$path $name has its root, written one by one and at once', ({ path, in: input, root }) => {
    const isSecure = path.toLowerCase().includes('secure');
    const entries = Array.isArray(input) ? input : Object.entries(input);
    const updates = entries.map(([key, value]) => {
      const bytes = toBytes(key);
      return [bytesToHex(isSecure ? keccak256(bytes) : bytes), value === null ? null : toBytes(value)] as const;
    });

    const oneByOne = createMemoryTrie();
    for (const update of updates) oneByOne.update([update]);
    expect(oneByOne.root()).toBe(root);

    const atOnce = createMemoryTrie();
    atOnce.update(updates);
    expect(atOnce.root()).toBe(root);
  });
});

describe.skipIf(!hasVectors(BASIC))('the official hex-prefix vectors', () => {
  const file = readPackedJson(BASIC).find(({ path }) => path.endsWith('hexencodetest.json'));
  const cases = Object.entries(file?.json as Record<string, { seq: number[]; term: boolean; out: string }>);

  test.each(cases)('%s is encoded and decoded', (_name, { seq, term, out }) => {
    const kind = term ? 'leaf' : 'extension';
    const nibbles = seq.map((nibble) => ({ bytes: Uint8Array.of(nibble), from: 1, to: 2 }));
    const path = nibbles.reduce(packPaths, { bytes: EMPTY_BYTES, from: 0, to: 0 });
    const encoded = new Uint8Array(hexPrefixLength(path));
    expect(writeHexPrefix(encoded, 0, path, kind)).toBe(encoded.length);
    expect(bytesToHex(encoded)).toBe(`0x${out}`);

    const read = readHexPrefix(Uint8Array.of(0xff, ...hexToBytes(`0x${out}`)), 1, 1 + encoded.length);
    const spelt = Array.from({ length: read.to - read.from }, (_, i) => nibbleAt(read.bytes, read.from + i));
    expect([spelt, read.kind]).toEqual([seq, kind]);
  });
});
