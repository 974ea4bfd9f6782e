// Encodes the nodes that an update makes, one behind the other in the pad in which they are hashed, and hands them out together when it is
// full. A reference is what stands for a node in its parent: its hash behind a prefix, or, where it is short, the node itself.

import { HASH_PAD_BYTES, hashPad, keccak256 } from '../lib/hashing.ts';
import { divide } from '../lib/integer.ts';
import type { Hash } from '../types/transaction.ts';
import { hexPrefixLength, type PathKind, writeHexPrefix } from './hex-prefix.ts';
import type { Path } from './nibbles.ts';
import {
  BRANCH_ITEMS,
  BRANCH_WIDTH,
  EMPTY_ITEM,
  HASH_PREFIX,
  HASHED_FROM_BYTES,
  hashAt,
  REFERENCE_BYTES,
} from './node.ts';
import { copyReference, createReferences, type References, referenceLength, reserve } from './references.ts';

/** A branch as it was: its encoding, and where its items begin. Children that an update replaces are given beside it. */
export type OldBranch = { readonly bytes: Uint8Array; readonly positions: Int32Array; readonly base: number };

/** In place of a child's reference: the old branch's child, or none where it has none or there is no old branch. */
export const AS_BEFORE = -1;
/** In place of a child's reference: no child. */
export const NO_CHILD = -2;

/** Writes nodes; references are told by where they begin. From the first node to `flush`, nobody else may write to the thread's pad. */
export type NodeWriter = {
  readonly references: References;
  /** Encodes a leaf or extension, whose tail is the value or the child's reference, and returns its reference. */
  readonly writePath: (kind: PathKind, path: Path, tail: Uint8Array) => number;
  /** Encodes a branch and returns its reference, which takes the place of what lies on the stack from `mark` on. */
  readonly writeBranch: (old: OldBranch | null, children: Int32Array, value: Uint8Array, mark: number) => number;
  /** The hash of the root that has the reference. A root is kept however short it is. */
  readonly writeRoot: (reference: number) => Hash;
  /** Hands out what was written since the last time. */
  readonly flush: () => void;
};

/**
 * Takes each node that a writer makes; its hash stands at a position for the moment. The same node may be made more than once. Nodes lie
 * together in memory of the size of the pad at most, which is there as long as any of them is remembered.
 */
export type NodeKeeper = (hash: Uint8Array, at: number, node: Uint8Array) => void;

const HASH_BYTES = 32;

/** Creates a writer. Where only the root is wanted, nobody keeps the nodes. */
export function createNodeWriter(keep: NodeKeeper | null): NodeWriter {
  const pad = hashPad();
  const { hashes, ends, references } = waiting;
  let count = 0;
  let used = 0;

  const flush = (): void => {
    if (count === 0 || keep === null) return;
    const nodes = pad.bytes.slice(0, used);
    for (let i = 0, from = 0; i < count; i++) {
      const to = ends[i] ?? 0;
      keep(hashes, HASH_BYTES * i, nodes.subarray(from, to));
      from = to;
    }
    count = 0;
    used = 0;
  };

  /** Where a node of that many bytes is written: to the pad from `used` on, or alone. */
  const begin = (length: number): Uint8Array => {
    if (length > pad.bytes.length) return new Uint8Array(length);
    if (used + length > pad.bytes.length) flush();
    return pad.bytes;
  };
  const startIn = (target: Uint8Array): number => (target === pad.bytes ? used : 0);

  /** Hashes what was written. What is short is its own reference, and is not kept. */
  const end = (target: Uint8Array, length: number): number => {
    const start = startIn(target);
    const at = reserve(references);
    references.top = at + (length < HASHED_FROM_BYTES ? length : REFERENCE_BYTES);
    const { bytes } = references;
    if (length < HASHED_FROM_BYTES) {
      copy(bytes, at, target, start, start + length);
      return at;
    }
    bytes[at] = HASH_PREFIX;
    if (target !== pad.bytes) {
      bytes.set(keccak256(target), at + 1);
      keepApart(bytes, at + 1, target);
      return at;
    }
    pad.hash(start, length, bytes, at + 1);
    if (keep === null) return at;
    copy(hashes, HASH_BYTES * count, bytes, at + 1, at + REFERENCE_BYTES);
    used += length;
    ends[count++] = used;
    return at;
  };

  const keepApart = (hash: Uint8Array, at: number, node: Uint8Array): void => {
    flush(); // nodes are handed out in the order in which they are made
    keep?.(hash, at, node);
  };

  return {
    references,
    flush,
    writePath(kind, path, tail) {
      const pathBytes = hexPrefixLength(path);
      const payload =
        (pathBytes === 1 ? 1 : prefixLength(pathBytes) + pathBytes) +
        (kind === 'leaf' ? stringLength(tail) : tail.length);
      const length = prefixLength(payload) + payload;
      const target = begin(length);
      let at = writePrefix(target, startIn(target), payload, 0xc0);
      if (pathBytes > 1) at = writePrefix(target, at, pathBytes, 0x80); // a single byte is below 0x40: its own encoding
      at = writeHexPrefix(target, at, path, kind);
      if (kind === 'leaf') writeString(target, at, tail);
      else copy(target, at, tail, 0, tail.length);
      return end(target, length);
    },
    writeBranch(old, children, value, mark) {
      const payload = childrenLength(references, old, children) + stringLength(value);
      const length = prefixLength(payload) + payload;
      const target = begin(length);
      const start = startIn(target);
      const itemsAt = start + length - payload;
      if (old !== null && value.length === 0 && keepsItsShape(references, old, children)) {
        copy(target, start, old.bytes, position(old, 0) - length + payload, position(old, BRANCH_ITEMS));
        overwriteChildren(target, itemsAt, references, old, children);
      } else {
        writePrefix(target, start, payload, 0xc0);
        writeString(target, writeChildren(target, itemsAt, references, old, children), value);
      }
      references.top = mark;
      return end(target, length);
    },
    writeRoot(reference) {
      const { bytes } = references;
      if (bytes[reference] === HASH_PREFIX) return hashAt(bytes, reference + 1);
      const node = copyReference(references, reference);
      const hash = keccak256(node);
      keepApart(hash, 0, node);
      return hashAt(hash, 0);
    },
  };
}

/** Nodes in the pad, at most: none is shorter than what is hashed. */
const WAITING_MAX = divide(HASH_PAD_BYTES, HASHED_FROM_BYTES);
/** Their hashes and where they end. One for all writers, as the pad is. */
const waiting = {
  hashes: new Uint8Array(WAITING_MAX * HASH_BYTES),
  ends: new Int32Array(WAITING_MAX),
  references: createReferences(),
};

function position({ positions, base }: OldBranch, item: number): number {
  return positions[base + item] ?? 0;
}

function childrenLength(references: References, old: OldBranch | null, children: Int32Array): number {
  let length = 0;
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = children[i] ?? NO_CHILD;
    if (child === AS_BEFORE && old !== null) length += position(old, i + 1) - position(old, i);
    else length += child < 0 ? 1 : referenceLength(references, child);
  }
  return length;
}

/** Whether each new child is as long as the old one, and there is no value: most branches of a large trie stay as they are but for hashes. */
function keepsItsShape(references: References, old: OldBranch, children: Int32Array): boolean {
  if (old.bytes[position(old, BRANCH_WIDTH)] !== EMPTY_ITEM) return false;
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = children[i] ?? NO_CHILD;
    if (child === AS_BEFORE) continue;
    const length = child < 0 ? 1 : referenceLength(references, child);
    if (length !== position(old, i + 1) - position(old, i)) return false;
  }
  return true;
}

/** Writes the new children over the old ones, which begin at a position of the target. */
function overwriteChildren(
  target: Uint8Array,
  at: number,
  references: References,
  old: OldBranch,
  children: Int32Array,
): void {
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = children[i] ?? NO_CHILD;
    if (child !== AS_BEFORE) writeChild(target, at + position(old, i) - position(old, 0), references, child);
  }
}

function writeChildren(
  target: Uint8Array,
  start: number,
  references: References,
  old: OldBranch | null,
  children: Int32Array,
): number {
  let at = start;
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = children[i] ?? NO_CHILD;
    if (child === AS_BEFORE && old !== null) {
      // neighbours that are unchanged are copied together
      const from = position(old, i);
      while (i + 1 < BRANCH_WIDTH && children[i + 1] === AS_BEFORE) i++;
      at = copy(target, at, old.bytes, from, position(old, i + 1));
    } else at = writeChild(target, at, references, child);
  }
  return at;
}

function writeChild(target: Uint8Array, at: number, references: References, child: number): number {
  if (child >= 0) return copy(target, at, references.bytes, child, child + referenceLength(references, child));
  target[at] = EMPTY_ITEM;
  return at + 1;
}

/** Below this, a loop is faster than a view and a copy by the engine. */
const LOOP_BYTES_MAX = 128;

function copy(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (to - from <= LOOP_BYTES_MAX) for (let i = from, next = at; i < to; i++) target[next++] = source[i] ?? 0;
  else target.set(to - from === source.length ? source : source.subarray(from, to), at);
  return at + to - from;
}

function isByteItself(bytes: Uint8Array): boolean {
  return bytes.length === 1 && (bytes[0] ?? 0) < 0x80;
}

function stringLength(bytes: Uint8Array): number {
  return isByteItself(bytes) ? 1 : prefixLength(bytes.length) + bytes.length;
}

function writeString(target: Uint8Array, at: number, bytes: Uint8Array): number {
  const start = isByteItself(bytes) ? at : writePrefix(target, at, bytes.length, 0x80);
  return copy(target, start, bytes, 0, bytes.length);
}

/** Payloads up to this length have it in their prefix; longer ones have it written out behind (Yellow Paper, appendix B). */
const SHORT_MAX = 55;

function prefixLength(payload: number): number {
  if (payload <= SHORT_MAX) return 1;
  return payload < 0x100 ? 2 : payload < 0x1_0000 ? 3 : payload < 0x100_0000 ? 4 : 5;
}

function writePrefix(target: Uint8Array, at: number, payload: number, base: number): number {
  const lengthBytes = prefixLength(payload) - 1;
  target[at] = base + (lengthBytes === 0 ? payload : SHORT_MAX + lengthBytes);
  for (let i = lengthBytes, rest = payload; i > 0; i--, rest >>>= 8) target[at + i] = rest & 255;
  return at + 1 + lengthBytes;
}
