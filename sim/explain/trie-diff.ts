// Where two tries differ, found from their roots downwards: equal hashes are equal subtrees and are not entered. Nodes are fetched by their
// hashes, a level at a time, only where the tries part.

import { bytesToHex } from '../../node/lib/bytes.ts';
import { decodeRlp, encodeRlp, type RlpItem } from '../../node/lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../../node/types/header.ts';

/** Fetches encoded nodes by their hashes, in the order in which they are asked for. */
export type FetchNodes = (hashes: readonly string[]) => Promise<readonly Uint8Array[]>;

/** A leaf that only one trie has, or that has two values. The key is spelt in hex digits: it is a hash. */
export type LeafDifference = { readonly key: string; readonly a: Uint8Array | null; readonly b: Uint8Array | null };

export type TrieDifference = {
  readonly leaves: readonly LeafDifference[];
  /** There are more than are listed. */
  readonly isCut: boolean;
};

/** A subtree: by its hash, as it stands in its parent, or what is left of a leaf or an extension below a part of its path. */
type Tree =
  | { readonly kind: 'hash'; readonly hash: string }
  | { readonly kind: 'node'; readonly items: readonly RlpItem[] }
  | { readonly kind: 'path'; readonly path: string; readonly end: Tree | Uint8Array };

type Pair = { readonly key: string; readonly a: Tree | null; readonly b: Tree | null };

/** Compares two tries by their roots. At most `leavesMax` differences are looked for. */
export async function diffTries(
  a: { readonly root: string; readonly fetch: FetchNodes },
  b: { readonly root: string; readonly fetch: FetchNodes },
  leavesMax: number,
): Promise<TrieDifference> {
  const leaves: LeafDifference[] = [];
  let level: Pair[] = [{ key: '', a: treeOf(a.root), b: treeOf(b.root) }];
  while (level.length > 0) {
    const differing = level.filter((pair) => !isSame(pair.a, pair.b));
    const [fromA, fromB] = await Promise.all([
      fetchAll(
        differing.map((pair) => pair.a),
        a.fetch,
      ),
      fetchAll(
        differing.map((pair) => pair.b),
        b.fetch,
      ),
    ]);
    level = [];
    for (const pair of differing) {
      const [left, right] = [open(pair.a, fromA), open(pair.b, fromB)];
      const isLeaf = hexOf(left.value) !== hexOf(right.value);
      if (isLeaf && leaves.length === leavesMax) return { leaves, isCut: true };
      if (isLeaf) leaves.push({ key: pair.key, a: left.value, b: right.value });
      for (const digit of DIGITS) {
        const [childA, childB] = [left.children.get(digit) ?? null, right.children.get(digit) ?? null];
        if (childA !== null || childB !== null) level.push({ key: pair.key + digit, a: childA, b: childB });
      }
    }
  }
  return { leaves, isCut: false };
}

const DIGITS = [...'0123456789abcdef'];

function treeOf(root: string): Tree | null {
  return root === EMPTY_TRIE_ROOT ? null : { kind: 'hash', hash: root };
}

/** What stands directly below a subtree's top: its children by their digit, and its value. */
type Opened = { readonly children: ReadonlyMap<string, Tree>; readonly value: Uint8Array | null };
const NOTHING: Opened = { children: new Map(), value: null };

function open(tree: Tree | null, fetched: ReadonlyMap<string, readonly RlpItem[]>): Opened {
  if (tree === null) return NOTHING;
  switch (tree.kind) {
    case 'hash':
      return openNode(fetched.get(tree.hash) ?? []);
    case 'node':
      return openNode(tree.items);
    case 'path': {
      const { path, end } = tree;
      const [digit] = path;
      if (digit === undefined) return end instanceof Uint8Array ? { children: new Map(), value: end } : NOTHING;
      const rest = path.slice(1);
      const child: Tree = rest === '' && !(end instanceof Uint8Array) ? end : { kind: 'path', path: rest, end };
      return { children: new Map([[digit, child]]), value: null };
    }
  }
}

function openNode(items: readonly RlpItem[]): Opened {
  if (items.length === 2) {
    const [prefixed, end] = items;
    const path = prefixed instanceof Uint8Array ? readPath(prefixed) : null;
    if (path === null || end === undefined) return NOTHING;
    if (path.isLeaf)
      return open(
        { kind: 'path', path: path.digits, end: end instanceof Uint8Array ? end : encodeRlp(end) },
        new Map(),
      );
    const below = childOf(end);
    return below === null ? NOTHING : open({ kind: 'path', path: path.digits, end: below }, new Map());
  }
  const children = new Map<string, Tree>();
  for (const [i, digit] of DIGITS.entries()) {
    const child = childOf(items[i]);
    if (child !== null) children.set(digit, child);
  }
  const value = items[16];
  return { children, value: value instanceof Uint8Array && value.length > 0 ? value : null };
}

function childOf(item: RlpItem | undefined): Tree | null {
  if (item === undefined) return null;
  if (!(item instanceof Uint8Array)) return { kind: 'node', items: item };
  return item.length === 32 ? { kind: 'hash', hash: bytesToHex(item) } : null;
}

/** Hex prefix (Yellow Paper, appendix C). */
function readPath(bytes: Uint8Array): { readonly digits: string; readonly isLeaf: boolean } {
  const digits = bytesToHex(bytes).slice(2);
  const flags = Number.parseInt(digits[0] ?? '0', 16);
  return { digits: digits.slice((flags & 1) === 1 ? 1 : 2), isLeaf: (flags & 2) !== 0 };
}

function isSame(a: Tree | null, b: Tree | null): boolean {
  if (a === null || b === null) return a === b;
  return a.kind === 'hash' && b.kind === 'hash' && a.hash === b.hash; // others are small enough to be opened
}

async function fetchAll(
  trees: readonly (Tree | null)[],
  fetch: FetchNodes,
): Promise<ReadonlyMap<string, readonly RlpItem[]>> {
  const hashes = [...new Set(trees.flatMap((tree) => (tree?.kind === 'hash' ? [tree.hash] : [])))];
  const nodes = hashes.length === 0 ? [] : await fetch(hashes);
  return new Map(
    hashes.map((hash, i) => {
      const item = decodeRlp(nodes[i] ?? new Uint8Array());
      return [hash, item instanceof Uint8Array ? [] : item];
    }),
  );
}

function hexOf(value: Uint8Array | null): string | null {
  return value === null ? null : bytesToHex(value);
}
