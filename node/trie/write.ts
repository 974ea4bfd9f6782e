// Encodes the nodes that an update makes, straight into the pad in which they are hashed, and keeps them. A reference is what stands for a
// node in its parent: its hash behind a prefix, or, where it is short, the node itself.

import { hashPad, keccak256 } from '../lib/hashing.ts';
import type { Hash } from '../types/transaction.ts';
import { hexPrefixLength, type PathKind, writeHexPrefix } from './hex-prefix.ts';
import type { Path } from './nibbles.ts';
import { BRANCH_WIDTH, EMPTY_ITEM, HASH_PREFIX, HASHED_FROM_BYTES, hashAt, REFERENCE_BYTES } from './node.ts';

/** A branch as it was: its encoding, and where its items begin. Children that an update replaces are given beside it. */
export type OldBranch = { readonly bytes: Uint8Array; readonly positions: Int32Array; readonly base: number };

/** The reference of a child, null where it is gone, undefined where the old branch's still holds. */
export type NewChild = Uint8Array | null | undefined;

export type NodeWriter = {
  /** Encodes a leaf or extension, whose tail is the value or the child's reference, and returns its reference. */
  readonly writePath: (kind: PathKind, path: Path, tail: Uint8Array) => Uint8Array;
  /** Encodes a branch and returns its reference. */
  readonly writeBranch: (old: OldBranch | null, children: readonly NewChild[], value: Uint8Array) => Uint8Array;
  /** The hash of the root that has the reference. A root is kept however short it is. */
  readonly writeRoot: (reference: Uint8Array) => Hash;
};

/**
 * Nodes lie one behind the other in pieces of memory: an allocation for each would cost more than its hash. A piece is there as long as any
 * of its nodes is remembered, so that small updates, which most are, must not begin large ones: each is twice the one before.
 */
const PIECE_BYTES = { first: 2_048, most: 16_384 };

/** Takes each node that a writer makes; its hash stands at a position for the moment. The same node may be made more than once. */
export type NodeKeeper = (hash: Uint8Array, at: number, node: Uint8Array) => void;

/** Creates a writer. */
export function createNodeWriter(keep: NodeKeeper): NodeWriter {
  const pad = hashPad();
  let piece = new Uint8Array(0);
  let used = 0;

  const keepCopy = (hash: Uint8Array, at: number, source: Uint8Array, length: number): void => {
    if (used + length > piece.length) {
      const doubled = Math.min(2 * piece.length, PIECE_BYTES.most);
      piece = new Uint8Array(Math.max(doubled, PIECE_BYTES.first, length));
      used = 0;
    }
    const node = piece.subarray(used, used + length);
    copy(piece, used, source, 0, length);
    used += length;
    keep(hash, at, node);
  };

  const begin = (payload: number): Uint8Array => {
    const length = prefixLength(payload) + payload;
    return length <= pad.bytes.length ? pad.bytes : new Uint8Array(length);
  };

  const end = (target: Uint8Array, length: number): Uint8Array => {
    if (length < HASHED_FROM_BYTES) return target.slice(0, length);
    const reference = new Uint8Array(REFERENCE_BYTES);
    reference[0] = HASH_PREFIX;
    if (target === pad.bytes) pad.hash(length, reference, 1);
    else reference.set(keccak256(target), 1);
    keepCopy(reference, 1, target, length);
    return reference;
  };

  return {
    writePath(kind, path, tail) {
      const pathBytes = hexPrefixLength(path);
      const payload =
        (pathBytes === 1 ? 1 : prefixLength(pathBytes) + pathBytes) +
        (kind === 'leaf' ? stringLength(tail) : tail.length);
      const target = begin(payload);
      let at = writePrefix(target, 0, payload, 0xc0);
      if (pathBytes > 1) at = writePrefix(target, at, pathBytes, 0x80); // a single byte is below 0x40: its own encoding
      at = writeHexPrefix(target, at, path, kind);
      return end(target, kind === 'leaf' ? writeString(target, at, tail) : copy(target, at, tail, 0, tail.length));
    },
    writeBranch(old, children, value) {
      const payload = childrenLength(old, children) + stringLength(value);
      const target = begin(payload);
      let at = writePrefix(target, 0, payload, 0xc0);
      for (let i = 0; i < BRANCH_WIDTH; i++) {
        const child = children[i];
        if (child === undefined && old !== null) {
          // neighbours that are unchanged are copied together
          const from = position(old, i);
          while (i + 1 < BRANCH_WIDTH && children[i + 1] === undefined) i++;
          at = copy(target, at, old.bytes, from, position(old, i + 1));
        } else if (child === null || child === undefined) target[at++] = EMPTY_ITEM;
        else at = copy(target, at, child, 0, child.length);
      }
      return end(target, writeString(target, at, value));
    },
    writeRoot(reference) {
      if (reference[0] === HASH_PREFIX) return hashAt(reference, 1);
      const hash = keccak256(reference);
      keepCopy(hash, 0, reference, reference.length);
      return hashAt(hash, 0);
    },
  };
}

function position({ positions, base }: OldBranch, item: number): number {
  return positions[base + item] ?? 0;
}

function childrenLength(old: OldBranch | null, children: readonly NewChild[]): number {
  let length = 0;
  for (let i = 0; i < BRANCH_WIDTH; i++) {
    const child = children[i];
    if (child === undefined) length += old === null ? 1 : position(old, i + 1) - position(old, i);
    else length += child === null ? 1 : child.length;
  }
  return length;
}

/** Below this, a loop is faster than a view and a copy by the engine. */
const LOOP_BYTES_MAX = 64;

function copy(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (to - from > LOOP_BYTES_MAX) target.set(source.subarray(from, to), at);
  else for (let i = from, next = at; i < to; i++) target[next++] = source[i] ?? 0;
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
