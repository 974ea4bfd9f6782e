// The order of a batch's keys: by their nibbles, which is by their bytes, a key before those that it begins.

import { assert } from '../lib/assert.ts';

/** One change of a batch: the key's bytes, already hashed where the trie is a secure one; null or no bytes deletes. */
export type TrieChange = { readonly key: Uint8Array; readonly value: Uint8Array | null };

/** The changes in the order of their keys. Asserts that each key is there once. */
export function sortChanges(changes: readonly TrieChange[]): readonly TrieChange[] {
  const sorted = changes.length <= INDEX_MAX ? sortByHeads(changes) : changes.toSorted(compareKeys);
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1], sorted[i]];
    if (a !== undefined && b !== undefined && headOf(a.key) === headOf(b.key))
      assert(compareKeys(a, b) !== 0, 'a trie key stands twice in a batch');
  }
  return sorted;
}

/** A head and an index fit together into a number that is exact. */
const INDEX_BITS = 21;
const INDEX_MAX = 2 ** INDEX_BITS;

/** Sorts numbers, which the engine does fastest: each key's first four bytes with its index. Only equal heads compare whole keys. */
function sortByHeads(changes: readonly TrieChange[]): readonly TrieChange[] {
  const heads = new Float64Array(changes.length);
  for (let i = 0; i < heads.length; i++) {
    const change = changes[i];
    if (change !== undefined) heads[i] = headOf(change.key) * INDEX_MAX + i;
  }
  heads.sort();
  const sorted: TrieChange[] = [];
  let run = 0; // where the keys with the present head begin
  let hasTies = false;
  for (let i = 0; i <= heads.length; i++) {
    const head = i < heads.length ? headIn(heads[i] ?? 0) : -1;
    if (i > run && head !== headIn(heads[run] ?? 0)) {
      if (hasTies) {
        const tied = sorted.splice(run).sort(compareKeys);
        for (const each of tied) sorted.push(each);
      }
      run = i;
      hasTies = false;
    } else if (i > run) hasTies = true;
    const change = changes[(heads[i] ?? 0) % INDEX_MAX];
    if (i < heads.length && change !== undefined) sorted.push(change);
  }
  return sorted;
}

function headOf(key: Uint8Array): number {
  return (key[0] ?? 0) * 2 ** 24 + ((key[1] ?? 0) << 16) + ((key[2] ?? 0) << 8) + (key[3] ?? 0);
}

function headIn(number: number): number {
  return Math.floor(number * 2 ** -INDEX_BITS);
}

function compareKeys({ key: a }: TrieChange, { key: b }: TrieChange): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
