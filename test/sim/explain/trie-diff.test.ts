import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes } from '../../../node/lib/bytes.ts';
import { createRandom, type Random } from '../../../node/lib/random.ts';
import { diffTries } from '../../../sim/explain/trie-diff.ts';
import { createMemoryTrie } from '../../trie/memory.ts';

type Leaves = ReadonlyMap<string, Uint8Array>;

/** A trie of these leaves, whose fetches are counted. */
function trieOf(leaves: Leaves) {
  const trie = createMemoryTrie();
  const { nodes } = trie.update([...leaves].map(([key, value]) => [`0x${key}`, value] as const));
  let fetched = 0;
  return {
    root: trie.root(),
    nodes: [...nodes].length,
    fetched: () => fetched,
    fetch: async (hashes: readonly string[]) => {
      fetched += hashes.length;
      return hashes.map((hash) => trie.read(hexToBytes(hash), 0));
    },
  };
}

const keyOf = (random: Random, nibbles: number): string =>
  Array.from({ length: nibbles }, () => random.below(16).toString(16)).join('');
const someValue = (random: Random): Uint8Array =>
  Uint8Array.from({ length: random.between(1, 50) }, () => random.between(1, 255));

describe('the difference of two tries', () => {
  it.each(
    Array.from({ length: 40 }, (_, seed) => seed),
  )('is that of their leaves, whatever their shapes (seed %i)', async (seed) => {
    const random = createRandom(`tries ${seed}`);
    const nibbles = seed % 2 === 0 ? 64 : 4; // short keys share long paths
    const shared = new Map(Array.from({ length: random.below(60) }, () => [keyOf(random, nibbles), someValue(random)]));
    const [a, b] = [new Map(shared), new Map(shared)];
    for (let i = random.below(6); i > 0; i--) a.set(keyOf(random, nibbles), someValue(random));
    for (let i = random.below(6); i > 0; i--) b.set(keyOf(random, nibbles), someValue(random));
    for (const key of [...shared.keys()].slice(0, random.below(4))) b.delete(key);
    const expected = [...new Set([...a.keys(), ...b.keys()])]
      .filter((key) => hexOf(a.get(key)) !== hexOf(b.get(key)))
      .sort();
    const found = await diffTries(trieOf(a), trieOf(b), 1_000);
    expect(found.leaves.map(({ key }) => key).sort()).toEqual(expected);
    for (const { key, a: left, b: right } of found.leaves)
      expect([hexOf(left ?? undefined), hexOf(right ?? undefined)]).toEqual([hexOf(a.get(key)), hexOf(b.get(key))]);
  });

  it('is found by the nodes on its way alone', async () => {
    const random = createRandom('large');
    const leaves = new Map(Array.from({ length: 4_000 }, () => [keyOf(random, 64), someValue(random)]));
    const other = new Map(leaves).set([...leaves.keys()][7]!, Uint8Array.of(1));
    const [a, b] = [trieOf(leaves), trieOf(other)];
    expect((await diffTries(a, b, 10)).leaves).toHaveLength(1);
    expect(a.nodes).toBeGreaterThan(4_000);
    expect(a.fetched()).toBeLessThan(8);
    expect(b.fetched()).toBeLessThan(8);
  });

  it('is nothing for equal roots, without a fetch, and is cut where there is too much of it', async () => {
    const random = createRandom('cut');
    const leaves = new Map(Array.from({ length: 50 }, () => [keyOf(random, 64), someValue(random)]));
    const trie = trieOf(leaves);
    expect(await diffTries(trie, trieOf(leaves), 10)).toEqual({ leaves: [], isCut: false });
    expect(trie.fetched()).toBe(0);
    const cut = await diffTries(trie, trieOf(new Map()), 10);
    expect(cut.leaves).toHaveLength(10);
    expect(cut.isCut).toBe(true);
    expect((await diffTries(trie, trieOf(new Map()), 50)).isCut).toBe(false);
  });
});

function hexOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : bytesToHex(value);
}
