import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, type Hex, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { asBytes, asList, decodeRlp, type RlpItem } from '../../node/lib/rlp.ts';
import { getFromTrie } from '../../node/trie/get.ts';
import type { NodeReader } from '../../node/trie/node.ts';
import { updateTrie } from '../../node/trie/update.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { changesOf, createMemoryTrie } from './memory.ts';
import { rootByDefinition } from './model.ts';

const SEED = { seed: 20_240_313, numRuns: 400 };

/** Few different nibbles and several lengths, so that paths share, split and end inside each other. */
const shortKey = fc
  .array(fc.constantFrom('0', '1', 'f'), { minLength: 0, maxLength: 6 })
  .map((digits): Hex => `0x${digits.join('')}${digits.length % 2 === 0 ? '' : '0'}`);
const hashedKey = fc.nat(40).map((n): Hex => keccakHex(Uint8Array.of(n)));
const value = fc.uint8Array({ minLength: 1, maxLength: 40 });
const change = fc.option(value, { nil: null, freq: 3 });
const updates = fc.oneof(
  fc.array(fc.tuple(shortKey, change), { maxLength: 30 }),
  fc.array(fc.tuple(hashedKey, change), { maxLength: 60 }),
);

type Updates = [Hex, Uint8Array | null][];

function applyTo(pairs: Map<Hex, Uint8Array>, list: Updates): Map<Hex, Uint8Array> {
  for (const [key, bytes] of new Map(list)) {
    if (bytes === null) pairs.delete(key);
    else pairs.set(key, bytes);
  }
  return pairs;
}

describe('updating a trie', () => {
  test('gives the root that the Yellow Paper defines, whatever the batches', () => {
    fc.assert(
      fc.property(fc.array(updates, { maxLength: 5 }), (batches) => {
        const trie = createMemoryTrie();
        const pairs = new Map<Hex, Uint8Array>();
        for (const batch of batches) {
          trie.update(batch);
          expect(trie.root()).toBe(rootByDefinition(applyTo(pairs, batch)));
        }
        for (const [key, bytes] of pairs) expect(getFromTrie(trie.read, trie.root(), hexToBytes(key))).toEqual(bytes);
      }),
      SEED,
    );
  });

  test('gives the same root and the same nodes in any order of the updates', () => {
    fc.assert(
      fc.property(updates, updates, fc.func(fc.nat()), (before, batch, rank) => {
        const distinct = [...new Map(batch)];
        const shuffled = distinct.toSorted(([a], [b]) => rank(a) - rank(b));
        const [first, second] = [createMemoryTrie(), createMemoryTrie()];
        for (const trie of [first, second]) trie.update(before);
        const one = first.update(distinct);
        const other = second.update(shuffled);
        expect(other.root).toBe(one.root);
        expect([...other.nodes]).toEqual([...one.nodes]);
      }),
      SEED,
    );
  });

  test('returns only nodes that the new root references, under their hashes', () => {
    fc.assert(
      fc.property(updates, updates, (before, batch) => {
        const trie = createMemoryTrie();
        trie.update(before);
        const { root, nodes } = trie.update(batch);
        const reachable = hashesFrom(trie.read, root);
        for (const [hash, node] of nodes) {
          expect(keccakHex(node)).toBe(hash);
          expect(reachable.has(hash)).toBe(true);
          expect(node.length >= 32 || hash === root).toBe(true);
        }
      }),
      SEED,
    );
  });

  test('gives the very same root and no node where nothing changes', () => {
    fc.assert(
      fc.property(updates, (before) => {
        const trie = createMemoryTrie();
        trie.update(before);
        const root = trie.root();
        expect(trie.update(new Map(before))).toEqual({ root, nodes: new Map() });
        const absent = [0, 1, 2].map((n): [Hex, null] => [keccakHex(utf8ToBytes(`absent ${n}`)), null]);
        expect(trie.update([...absent, ['0x0123', null]])).toEqual({ root, nodes: new Map() });
      }),
      SEED,
    );
  });

  test('reads only the nodes on the changed paths', () => {
    const trie = createMemoryTrie();
    const keys = Array.from({ length: 1000 }, (_, n) => keccakHex(utf8ToBytes(`account ${n}`)));
    trie.update(keys.map((key) => [key, hexToBytes(key)]));
    let reads = 0;
    const counting: NodeReader = (bytes, at) => {
      reads++;
      return trie.read(bytes, at);
    };
    updateTrie(counting, trie.root(), changesOf([[keys[0]!, Uint8Array.of(1)]]));
    expect(reads).toBeLessThanOrEqual(5); // 16^3 > 1000: root, three levels, the leaf
  });

  test('takes not much more memory for its nodes than their bytes, however few they are', () => {
    const trie = createMemoryTrie();
    const keys = Array.from({ length: 1000 }, (_, n) => keccakHex(utf8ToBytes(`account ${n}`)));
    trie.update(keys.map((key) => [key, hexToBytes(key)]));
    for (const count of [1, 2, 3, 5, 8, 13, 21, 34, 55, 144]) {
      const { nodes } = trie.update(keys.slice(0, count).map((key) => [key, Uint8Array.of(count)]));
      const bytes = [...nodes.values()].reduce((sum, node) => sum + node.length, 0);
      const buffers = new Set([...nodes.values()].map(({ buffer }) => buffer));
      const taken = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(taken, `${count} keys`).toBeLessThanOrEqual(Math.max(2_048, 3 * bytes));
    }
  });

  test('returns to the empty root when the last key is deleted', () => {
    const trie = createMemoryTrie();
    trie.update([
      ['0x11', Uint8Array.of(1)],
      ['0x12', Uint8Array.of(2)],
    ]);
    trie.update([
      ['0x11', null],
      ['0x12', new Uint8Array(0)],
    ]);
    expect(trie.root()).toBe(EMPTY_TRIE_ROOT);
  });

  test('refuses a batch in which a key stands twice', () => {
    const key = Uint8Array.of(1, 2, 3, 4, 5);
    const changes = [key, Uint8Array.of(9), key.slice()].map((each) => ({ key: each, value: Uint8Array.of(1) }));
    expect(() => updateTrie(createMemoryTrie().read, EMPTY_TRIE_ROOT, changes)).toThrow('stands twice');
  });

  test('makes nodes larger than what is hashed in place, too', () => {
    const pairs = new Map<Hex, Uint8Array>();
    for (const [i, length] of [4_000, 4_090, 4_096, 4_200, 70_000].entries())
      pairs.set(`0x1${i}`, new Uint8Array(length).fill(i + 1));
    const trie = createMemoryTrie();
    trie.update(pairs);
    expect(trie.root()).toBe(rootByDefinition(pairs));
  });

  test('finds no value at a key that ends inside a path or goes beyond it', () => {
    const trie = createMemoryTrie();
    trie.update([['0x1122', Uint8Array.of(1)]]);
    for (const key of ['0x', '0x11', '0x112233', '0x1123'])
      expect(getFromTrie(trie.read, trie.root(), hexToBytes(key))).toBe(null);
  });
});

function hashesFrom(read: NodeReader, root: Hex): Set<Hex> {
  const found = new Set<Hex>(root === EMPTY_TRIE_ROOT ? [] : [root]);
  const visit = (item: RlpItem): void => {
    if (!(item instanceof Uint8Array)) return visitNode(item);
    if (item.length !== 32) return;
    found.add(bytesToHex(item));
    visitNode(decodeRlp(read(item, 0)));
  };
  const visitNode = (node: RlpItem): void => {
    const items = asList(node, 'node');
    const isLeaf = items.length === 2 && ((asBytes(items[0], 'path')[0] ?? 0) & 0x20) !== 0;
    if (!isLeaf) for (const item of items.slice(items.length === 2 ? 1 : 0, 16)) visit(item);
  };
  if (root !== EMPTY_TRIE_ROOT) visitNode(decodeRlp(read(hexToBytes(root), 0)));
  return found;
}
