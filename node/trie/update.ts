// Writing to a Merkle Patricia trie (Yellow Paper, appendix D): all updates in one descent over the changed paths, then one ascent
// that hashes every new node once. Functional: nothing is written, the new nodes are returned.

import { bytesToHex, EMPTY_BYTES, equalBytes, type Hex } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import { encodeRlp, type RlpItem } from '../lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { encodeHexPrefix } from './hex-prefix.ts';
import { commonLength, compareNibbles, concatNibbles, hexToNibbles, type Nibbles, NO_NIBBLES } from './nibbles.ts';
import {
  BRANCH_WIDTH,
  type Branch,
  type Child,
  type Extension,
  HASHED_FROM_BYTES,
  isNoChild,
  isNode,
  type Leaf,
  NO_CHILD,
  type NodeReader,
  openChild,
  openRoot,
  type TrieNode,
} from './node.ts';

/** A trie after an update. `nodes` holds, by hash, the nodes that the new root references and that the update made. */
export type TrieUpdate = { readonly root: Hash; readonly nodes: ReadonlyMap<Hash, Uint8Array> };

/**
 * Applies updates to the trie of a root. Keys are the hex of the key's bytes, already hashed where the trie is a secure one; null or
 * no bytes deletes. The result does not depend on the order of the updates.
 */
export function updateTrie(read: NodeReader, root: Hash, updates: ReadonlyMap<Hex, Uint8Array | null>): TrieUpdate {
  const sorted: Update[] = [];
  for (const [key, value] of updates) sorted.push({ path: hexToNibbles(key), value: value ?? EMPTY_BYTES });
  sorted.sort((a, b) => compareNibbles(a.path, b.path));

  const before = openRoot(read, root);
  const after = apply(read, before, sorted, 0);
  const nodes = new Map<Hash, Uint8Array>();
  if (after === before) return { root, nodes };
  if (after === null) return { root: EMPTY_TRIE_ROOT, nodes };
  const encoded = encodeRlp(nodeToItem(after, nodes));
  const newRoot = bytesToHex(keccak256(encoded));
  nodes.set(newRoot, encoded);
  return { root: newRoot, nodes };
}

/** The path is the whole key's; the descent counts with a depth instead of cutting it. No bytes delete. */
type Update = { readonly path: Nibbles; readonly value: Uint8Array };

/**
 * The node after the updates, which are sorted and all pass through it at this depth. It is the very same object where nothing has
 * changed, so that the parent keeps the reference that it has.
 */
function apply(read: NodeReader, node: TrieNode | null, updates: readonly Update[], depth: number): TrieNode | null {
  if (updates.length === 0) return node;
  if (node === null) return build(updates.filter(isInsertion), depth);
  switch (node.kind) {
    case 'leaf':
      return applyToLeaf(node, updates, depth);
    case 'extension':
      return applyToExtension(read, node, updates, depth);
    case 'branch':
      return applyToBranch(read, node, updates, depth);
  }
}

/** A new trie of insertions. */
function build(insertions: readonly Update[], depth: number): TrieNode | null {
  const first = insertions[0];
  const last = insertions.at(-1);
  if (first === undefined || last === undefined) return null;
  if (first === last) return { kind: 'leaf', path: first.path.subarray(depth), value: first.value };

  const shared = commonLength(first.path, depth, last.path, depth); // sorted: what first and last share, all share
  const children: Child[] = new Array<Child>(BRANCH_WIDTH).fill(NO_CHILD);
  const { value, groups } = split(insertions, depth + shared);
  for (const { nibble, members } of groups) children[nibble] = build(members, depth + shared + 1) ?? NO_CHILD;
  return prepend(first.path.subarray(depth, depth + shared), { kind: 'branch', children, value: value ?? EMPTY_BYTES });
}

/** The leaf is one more insertion, unless an update has its key. */
function applyToLeaf(leaf: Leaf, updates: readonly Update[], depth: number): TrieNode | null {
  const prefix = updates[0]?.path.subarray(0, depth) ?? NO_NIBBLES;
  const own: Update = { path: concatNibbles(prefix, leaf.path), value: leaf.value };
  const at = updates.findIndex((update) => compareNibbles(update.path, own.path) >= 0);
  const isReplaced = at >= 0 && compareNibbles(updates[at]?.path ?? NO_NIBBLES, own.path) === 0;
  const all = isReplaced ? updates : updates.toSpliced(at < 0 ? updates.length : at, 0, own);

  const after = build(all.filter(isInsertion), depth);
  const isSame = after?.kind === 'leaf' && equalBytes(after.path, leaf.path) && equalBytes(after.value, leaf.value);
  return isSame ? leaf : after;
}

function applyToExtension(
  read: NodeReader,
  extension: Extension,
  updates: readonly Update[],
  depth: number,
): TrieNode | null {
  const { path, child } = extension;
  // Deleting what is not there must not split the path.
  const effective = updates.filter(
    (update) => isInsertion(update) || commonLength(update.path, depth, path, 0) === path.length,
  );
  const first = effective[0];
  const last = effective.at(-1);
  if (first === undefined || last === undefined) return extension;

  const shared = Math.min(commonLength(first.path, depth, path, 0), commonLength(last.path, depth, path, 0));
  if (shared === path.length) {
    const before = openChild(read, child);
    const after = apply(read, before, effective, depth + shared);
    return after === before ? extension : prepend(path, after);
  }
  const children: Child[] = new Array<Child>(BRANCH_WIDTH).fill(NO_CHILD);
  const below = path.subarray(shared + 1);
  children[path[shared] ?? 0] = below.length === 0 ? child : { kind: 'extension', path: below, child };
  const fork: Branch = { kind: 'branch', children, value: EMPTY_BYTES };
  return prepend(path.subarray(0, shared), applyToBranch(read, fork, effective, depth + shared));
}

function applyToBranch(read: NodeReader, branch: Branch, updates: readonly Update[], depth: number): TrieNode | null {
  const { value: newValue, groups } = split(updates, depth);
  const value = newValue ?? branch.value;
  const children = [...branch.children];
  let isChanged = !equalBytes(value, branch.value);
  for (const { nibble, members } of groups) {
    const before = openChild(read, children[nibble] ?? NO_CHILD);
    const after = apply(read, before, members, depth + 1);
    if (after === before) continue;
    children[nibble] = after ?? NO_CHILD;
    isChanged = true;
  }
  return isChanged ? collapse(read, { kind: 'branch', children, value }) : branch;
}

/** A branch with fewer than two ways out is not a branch. */
function collapse(read: NodeReader, branch: Branch): TrieNode | null {
  const { children, value } = branch;
  const used = children.findIndex((child) => !isNoChild(child));
  const only = children[used];
  if (only === undefined) return value.length === 0 ? null : { kind: 'leaf', path: NO_NIBBLES, value };
  if (value.length > 0 || children.findLastIndex((child) => !isNoChild(child)) !== used) return branch;

  const path = Uint8Array.of(used);
  const node = openChild(read, only);
  if (node?.kind === 'branch') return { kind: 'extension', path, child: only }; // its old reference still holds
  return prepend(path, node);
}

/** The node reached by a path: the path becomes part of what has one already. */
function prepend(path: Nibbles, node: TrieNode | null): TrieNode | null {
  if (node === null || path.length === 0) return node;
  if (node.kind === 'branch') return { kind: 'extension', path, child: node };
  return { ...node, path: concatNibbles(path, node.path) };
}

/** Sorts out which update ends at this depth and which pass through which child. */
function split(
  updates: readonly Update[],
  depth: number,
): { value: Uint8Array | undefined; groups: { nibble: number; members: readonly Update[] }[] } {
  const groups: { nibble: number; members: readonly Update[] }[] = [];
  const first = updates[0];
  const value = first?.path.length === depth ? first.value : undefined;
  for (let from = value === undefined ? 0 : 1; from < updates.length; ) {
    const nibble = updates[from]?.path[depth] ?? 0;
    let to = from + 1;
    while (to < updates.length && updates[to]?.path[depth] === nibble) to++;
    groups.push({ nibble, members: updates.slice(from, to) });
    from = to;
  }
  return { value, groups };
}

function isInsertion(update: Update): boolean {
  return update.value.length > 0;
}

function nodeToItem(node: TrieNode, nodes: Map<Hash, Uint8Array>): RlpItem {
  switch (node.kind) {
    case 'leaf':
      return [encodeHexPrefix(node.path, 'leaf'), node.value];
    case 'extension':
      return [encodeHexPrefix(node.path, 'extension'), reference(node.child, nodes)];
    case 'branch':
      return [...node.children.map((child) => reference(child, nodes)), node.value];
  }
}

/** What stands for a child in its parent. A new node of 32 bytes or more is hashed and kept. */
function reference(child: Child, nodes: Map<Hash, Uint8Array>): RlpItem {
  if (!isNode(child)) return child;
  const item = nodeToItem(child, nodes);
  const encoded = encodeRlp(item);
  if (encoded.length < HASHED_FROM_BYTES) return item;
  const hash = keccak256(encoded);
  nodes.set(bytesToHex(hash), encoded);
  return hash;
}
