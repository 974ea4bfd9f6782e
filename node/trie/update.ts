// Writing to a Merkle Patricia trie (Yellow Paper, appendix D): one descent over the changed paths, one ascent that encodes and hashes every
// new node once. Functional: nothing is written, the new nodes are returned. Old nodes are read in place, new ones are encoded at once; what
// lies between is only what may still melt into its parent: a leaf or an extension under a branch that may not stay one.

import { EMPTY_BYTES, equalBytes } from '../lib/bytes.ts';
import { DecodeError } from '../lib/rlp.ts';
import { EMPTY_TRIE_ROOT } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { commonLength, joinPaths, nibbleAt, type Path, packPaths } from './nibbles.ts';
import {
  BRANCH_ITEMS,
  BRANCH_WIDTH,
  EMPTY_ITEM,
  hashAt,
  type NodeAt,
  type NodeReader,
  openChild,
  openRoot,
  POSITIONS,
  readItems,
  readPath,
  stringOf,
} from './node.ts';
import { copyReference, pushReference } from './references.ts';
import { sortChanges, type TrieChange } from './sort.ts';
import { AS_BEFORE, createNodeWriter, NO_CHILD, type NodeWriter, type OldBranch } from './write.ts';

/** A trie after an update. `nodes` holds, by hash, the nodes that the new root references and that the update made. */
export type TrieUpdate = { readonly root: Hash; readonly nodes: ReadonlyMap<Hash, Uint8Array> };

/**
 * Applies changes, each key at most once, to the trie of a root. The result does not depend on their order. Throws DecodeError on a
 * malformed node.
 */
export function updateTrie(read: NodeReader, root: Hash, changes: readonly TrieChange[]): TrieUpdate {
  const nodes = new Map<Hash, Uint8Array>();
  const writer = createNodeWriter((hash, at, node) => nodes.set(hashAt(hash, at), node));
  const newRoot = writeTrie(read, root, changes, writer);
  writer.flush();
  return { root: newRoot, nodes };
}

/** The same with a writer of the caller's, who flushes it, and which several tries may share; returns the new root. */
export function writeTrie(read: NodeReader, root: Hash, changes: readonly TrieChange[], writer: NodeWriter): Hash {
  if (changes.length === 0) return root;
  writer.references.top = 0;
  const update: Update = { read, writer };
  const all: Range = { changes: sortChanges(changes), from: 0, to: changes.length };
  const after = apply(update, openRoot(read, root), all, 0);
  if (after === SAME) return root;
  return after === null ? EMPTY_TRIE_ROOT : writer.writeRoot(referenceOf(writer, after));
}

type Writer = Pick<NodeWriter, 'references' | 'writePath' | 'writeBranch'>;
type Update = { readonly read: NodeReader; readonly writer: Writer };

/** Sorted changes from one index up to another. */
type Range = { readonly changes: readonly TrieChange[]; readonly from: number; readonly to: number };

/**
 * A node that an update has made. A leaf or extension is not encoded yet: its path may still grow upwards. A branch's reference is on the
 * writer's stack.
 */
type Made =
  | { readonly kind: 'leaf'; readonly path: Path; readonly value: Uint8Array }
  | { readonly kind: 'extension'; readonly path: Path; readonly child: Uint8Array }
  | { readonly kind: 'branch'; readonly reference: number };

const SAME = 'same';

/** What became of a node: another one, none, or nothing has changed and its parent keeps the reference that it has. */
type Outcome = Made | null | typeof SAME;

/** The node after the changes, all of which pass through it at this depth. */
function apply(update: Update, node: NodeAt | null, range: Range, depth: number): Outcome {
  if (node === null) {
    const insertions = insertionsOf(range);
    return insertions.from === insertions.to ? SAME : build(update, insertions, depth);
  }
  const positions = positionsAt(depth);
  const base = depth * POSITIONS;
  if (readItems(node, positions, base) === BRANCH_ITEMS) {
    const old: OldBranch = { bytes: node.bytes, positions, base };
    return applyToBranch(update, old, range, depth);
  }
  const { bytes } = node;
  const tail = positions[base + 1] ?? 0;
  const end = positions[base + 2] ?? 0;
  const path = readPath(bytes, positions[base] ?? 0, tail);
  if (path.kind === 'leaf') return applyToLeaf(update, path, stringOf(bytes, tail, end, 'leaf value'), range, depth);
  return applyToExtension(update, path, bytes.subarray(tail, end), range, depth);
}

/** A new trie of insertions; there is at least one. */
function build(update: Update, { changes, from, to }: Range, depth: number): Made {
  const first = changeAt(changes, from);
  const keyEnd = 2 * first.key.length;
  if (to - from === 1)
    return { kind: 'leaf', path: { bytes: first.key, from: depth, to: keyEnd }, value: newValue(first) };

  const last = pathOf(changeAt(changes, to - 1), depth);
  const fork = depth + commonLength(first.key, depth, keyEnd, last); // sorted: what first and last share, all share
  const mark = update.writer.references.top;
  const children = new Int32Array(BRANCH_WIDTH).fill(NO_CHILD);
  let next = from;
  if (keyEnd === fork) next++;
  while (next < to) {
    const nibble = nibbleAt(changeAt(changes, next).key, fork);
    const end = groupEnd(changes, next, to, fork);
    children[nibble] = referenceOf(update.writer, build(update, { changes, from: next, to: end }, fork + 1));
    next = end;
  }
  const value = keyEnd === fork ? newValue(first) : EMPTY_BYTES;
  const reference = update.writer.writeBranch(null, children, value, mark);
  return prepend(update, { bytes: first.key, from: depth, to: fork }, { kind: 'branch', reference });
}

/** The leaf is one more insertion, unless a change has its key. */
function applyToLeaf(update: Update, path: Path, value: Uint8Array, range: Range, depth: number): Outcome {
  const { changes, from, to } = range;
  let at = from;
  let order = 1;
  for (; at < to; at++) {
    order = compareFrom(changeAt(changes, at).key, depth, path);
    if (order >= 0) break;
  }
  const isReplaced = at < to && order === 0;
  if (isReplaced && to - from === 1) {
    const change = changeAt(changes, at);
    if (isDeletion(change)) return null;
    if (equalBytes(newValue(change), value)) return SAME;
    return { kind: 'leaf', path: pathOf(change, depth), value: newValue(change) };
  }
  if (!isReplaced && insertionsOf(range).from === insertionsOf(range).to) return SAME;
  const others = changes.slice(from, to);
  if (!isReplaced) {
    const key = packPaths({ bytes: changeAt(changes, from).key, from: 0, to: depth }, path).bytes;
    others.splice(at - from, 0, { key, value });
  }
  const insertions = insertionsOf({ changes: others, from: 0, to: others.length });
  if (insertions.from === insertions.to) return null;
  const made = build(update, insertions, depth);
  const isSame =
    made.kind === 'leaf' && compareFrom(made.path.bytes, depth, path) === 0 && equalBytes(made.value, value);
  return isSame ? SAME : made;
}

function applyToExtension(update: Update, path: Path, child: Uint8Array, range: Range, depth: number): Outcome {
  const length = path.to - path.from;
  if (length === 0 || child[0] === EMPTY_ITEM) throw new DecodeError('extension without a path or a child');
  const shared = (change: TrieChange): number => commonLength(change.key, depth, 2 * change.key.length, path);
  // Deleting what is not there must not split the path.
  const effective = select(range, (change) => !isDeletion(change) || shared(change) === length);
  const { changes, from, to } = effective;
  if (from === to) return SAME;
  const fork = Math.min(shared(changeAt(changes, from)), shared(changeAt(changes, to - 1)));
  if (fork < length) return splitExtension(update, { path, child, fork }, effective, depth);

  const after = apply(update, openChild(update.read, child, 0), effective, depth + length);
  return after === SAME || after === null ? after : prepend(update, path, after);
}

/** Makes a branch where changes leave an extension's path. What the extension led to hangs below it. */
function splitExtension(
  update: Update,
  { path, child, fork }: { readonly path: Path; readonly child: Uint8Array; readonly fork: number },
  { changes, from, to }: Range,
  depth: number,
): Outcome {
  const at = path.from + fork;
  const way = nibbleAt(path.bytes, at);
  const rest: Path = { bytes: path.bytes, from: at + 1, to: path.to };
  const mark = update.writer.references.top;
  const made = newChildren();
  let next = from;
  let value: Uint8Array = EMPTY_BYTES;
  const first = changeAt(changes, from);
  if (2 * first.key.length === depth + fork) {
    value = newValue(first);
    next++;
  }
  made[way] = rest.from === rest.to ? asBefore(update, child) : { kind: 'extension', path: rest, child };
  while (next < to) {
    const nibble = nibbleAt(changeAt(changes, next).key, depth + fork);
    const end = groupEnd(changes, next, to, depth + fork);
    const group: Range = { changes, from: next, to: end };
    const below = depth + fork + 1;
    if (nibble !== way) made[nibble] = ifChanged(apply(update, null, group, below), null);
    else if (rest.from === rest.to)
      made[way] = ifChanged(apply(update, openChild(update.read, child, 0), group, below), made[way]);
    else made[way] = ifChanged(applyToExtension(update, rest, child, group, below), made[way]);
    next = end;
  }
  const after = closeBranch(update, null, made, value, mark);
  return after === null ? null : prepend(update, { bytes: path.bytes, from: path.from, to: at }, after);
}

function applyToBranch(update: Update, old: OldBranch, { changes, from, to }: Range, depth: number): Outcome {
  const { bytes, positions, base } = old;
  const mark = update.writer.references.top;
  const oldValue = branchValue(old);
  let value = oldValue;
  let next = from;
  const first = changeAt(changes, from);
  if (2 * first.key.length === depth) {
    value = newValue(first);
    next++;
  }
  let isChanged = !equalBytes(value, oldValue);
  const made = newChildren();
  while (next < to) {
    const nibble = nibbleAt(changeAt(changes, next).key, depth);
    const end = groupEnd(changes, next, to, depth);
    const child = openChild(update.read, bytes, positions[base + nibble] ?? 0);
    const after = apply(update, child, { changes, from: next, to: end }, depth + 1);
    if (after !== SAME) {
      made[nibble] = after;
      isChanged = true;
    }
    next = end;
  }
  return isChanged ? closeBranch(update, old, made, value, mark) : SAME;
}

function branchValue({ bytes, positions, base }: OldBranch): Uint8Array {
  const at = positions[base + BRANCH_WIDTH] ?? 0;
  return bytes[at] === EMPTY_ITEM
    ? EMPTY_BYTES
    : stringOf(bytes, at, positions[base + BRANCH_ITEMS] ?? 0, 'branch value');
}

/** By nibble: what a child has become, or undefined where it is what the old branch has. */
type Children = (Made | null | undefined)[];

function newChildren(): Children {
  return new Array<Made | null | undefined>(BRANCH_WIDTH).fill(undefined);
}

function ifChanged<T>(outcome: Outcome, otherwise: T): Made | null | T {
  return outcome === SAME ? otherwise : outcome;
}

/** Encodes a branch, or what is left of it: with fewer than two ways out it is not one. */
function closeBranch(
  update: Update,
  old: OldBranch | null,
  made: Children,
  value: Uint8Array,
  mark: number,
): Made | null {
  let used = 0;
  let only = 0;
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = made[i];
    const isUsed = child === undefined ? old !== null && !isEmptyItem(old, i) : child !== null;
    if (isUsed) only = i;
    if (isUsed) used++;
  }
  if (used > 1 || (used === 1 && value.length > 0)) {
    for (let i = 0; i < BRANCH_WIDTH; i++) {
      const child = made[i];
      closing[i] = child === undefined ? AS_BEFORE : child === null ? NO_CHILD : referenceOf(update.writer, child);
    }
    return { kind: 'branch', reference: update.writer.writeBranch(old, closing, value, mark) };
  }
  if (used === 0) return value.length === 0 ? null : { kind: 'leaf', path: NO_PATH, value };
  const child = made[only] ?? (old === null ? null : reopen(update, old, only));
  return child && prepend(update, { bytes: Uint8Array.of(only), from: 1, to: 2 }, child);
}

/** The children of the branch that is being closed: by then all below it are closed. */
const closing = new Int32Array(BRANCH_WIDTH);

function isEmptyItem({ bytes, positions, base }: OldBranch, item: number): boolean {
  return bytes[positions[base + item] ?? 0] === EMPTY_ITEM;
}

/** A branch's old child as if it were made now, for its path is to grow. */
function reopen(update: Update, { bytes, positions, base }: OldBranch, item: number): Made | null {
  const reference = bytes.slice(positions[base + item] ?? 0, positions[base + item + 1] ?? 0);
  const node = openChild(update.read, reference, 0);
  if (node === null) return null;
  const at = new Int32Array(POSITIONS);
  if (readItems(node, at, 0) === BRANCH_ITEMS) return asBefore(update, reference);
  const [start = 0, tail = 0, end = 0] = at;
  const path = readPath(node.bytes, start, tail);
  if (path.kind === 'leaf') return { kind: 'leaf', path, value: stringOf(node.bytes, tail, end, 'leaf value') };
  return { kind: 'extension', path, child: node.bytes.subarray(tail, end) };
}

/** A branch that nothing changes: the reference that it has still holds. */
function asBefore({ writer }: Update, reference: Uint8Array): Made {
  return { kind: 'branch', reference: pushReference(writer.references, reference) };
}

/** The node reached by a path: the path becomes part of what has one already. */
function prepend({ writer }: Update, path: Path, node: Made): Made {
  if (path.from === path.to) return node;
  switch (node.kind) {
    case 'branch':
      return { kind: 'extension', path, child: copyReference(writer.references, node.reference) };
    case 'extension':
      return { kind: 'extension', path: joinPaths(path, node.path), child: node.child };
    case 'leaf':
      return { kind: 'leaf', path: joinPaths(path, node.path), value: node.value };
  }
}

/** What stands for a node in its parent: from here on it is what it is. */
function referenceOf(writer: Writer, node: Made): number {
  switch (node.kind) {
    case 'branch':
      return node.reference;
    case 'extension':
      return writer.writePath('extension', node.path, node.child);
    case 'leaf':
      return writer.writePath('leaf', node.path, node.value);
  }
}

const NO_PATH: Path = { bytes: EMPTY_BYTES, from: 0, to: 0 };

function changeAt(changes: readonly TrieChange[], index: number): TrieChange {
  return changes[index] as TrieChange; // ranges lie inside their lists
}

function newValue({ value }: TrieChange): Uint8Array {
  return value ?? EMPTY_BYTES;
}

function isDeletion({ value }: TrieChange): boolean {
  return value === null || value.length === 0;
}

function pathOf({ key }: TrieChange, depth: number): Path {
  return { bytes: key, from: depth, to: 2 * key.length };
}

function insertionsOf(range: Range): Range {
  return select(range, (change) => !isDeletion(change));
}

/** The range itself where all its changes are wanted, which is the rule. */
function select(range: Range, isWanted: (change: TrieChange) => boolean): Range {
  const { changes, from, to } = range;
  for (let i = from; i < to; i++) {
    if (isWanted(changeAt(changes, i))) continue;
    const wanted = changes.slice(from, to).filter(isWanted);
    return { changes: wanted, from: 0, to: wanted.length };
  }
  return range;
}

/** Where the changes with the same nibble at a depth end. */
function groupEnd(changes: readonly TrieChange[], from: number, to: number, depth: number): number {
  const nibble = nibbleAt(changeAt(changes, from).key, depth);
  let end = from + 1;
  while (end < to && nibbleAt(changeAt(changes, end).key, depth) === nibble) end++;
  return end;
}

/** Orders a key behind a depth against a path. */
function compareFrom(key: Uint8Array, depth: number, path: Path): number {
  const end = 2 * key.length;
  const same = commonLength(key, depth, end, path);
  const [own, other] = [depth + same, path.from + same];
  return (own < end ? nibbleAt(key, own) : -1) - (other < path.to ? nibbleAt(path.bytes, other) : -1);
}

/** By depth, where the items of the node begin that is open there. One for all updates: none runs inside another. */
let openPositions = new Int32Array(66 * POSITIONS);

function positionsAt(depth: number): Int32Array {
  if (openPositions.length < (depth + 1) * POSITIONS) {
    const larger = new Int32Array(2 * (depth + 1) * POSITIONS);
    larger.set(openPositions);
    openPositions = larger;
  }
  return openPositions;
}
