import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { decodeHexPrefix, encodeHexPrefix } from '../../node/trie/hex-prefix.ts';
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
    expect(bytesToHex(encodeHexPrefix(Uint8Array.from(seq), kind))).toBe(`0x${out}`);
    expect(decodeHexPrefix(hexToBytes(`0x${out}`))).toEqual({ path: Uint8Array.from(seq), kind });
  });
});
