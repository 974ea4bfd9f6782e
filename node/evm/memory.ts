// A frame's memory: bytes that grow by words of 32, and what growing costs (Yellow Paper, appendix H.1). Unwritten bytes are zero.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import { divide } from '../lib/integer.ts';

export type Memory = {
  /** Room for `size` bytes and perhaps more; zero from `size` on. */
  bytes: Uint8Array;
  view: DataView;
  /** What MSIZE returns: a multiple of 32. */
  size: number;
  /** Makes room for so many bytes, of which those from `size` on are zero. */
  readonly reserve: (memory: Memory, bytes: number) => void;
};

/** More gas than any frame has: the largest gas is 2^53 - 1. Costs may be added to it. */
export const UNAFFORDABLE = 2 ** 53;

/** Memory beyond 1 GiB is unaffordable: it would cost 2.2 × 10^12 gas, which no block has, and more than one process should hold. */
export const MEMORY_BYTES_MAX = 2 ** 30;

const WORD_GAS = 3;
const UINT64_MAX = 2n ** 64n - 1n;
/** Up to so many bytes, a loop is faster than views and the engine's own copying. */
const SHORT = 64;
const CAPACITY_BYTES_MIN = 1024;

export function createMemory(): Memory {
  const bytes = new Uint8Array(CAPACITY_BYTES_MIN);
  return { bytes, view: new DataView(bytes.buffer), size: 0, reserve: reallocate };
}

/** Empties the memory and keeps its room. */
export function resetMemory(memory: Memory): void {
  if (memory.size === 0) return;
  memory.bytes.fill(0, 0, memory.size);
  memory.size = 0;
}

/** The gas for growing the memory so that it holds the range: nothing for no bytes or for what is there already. */
export function expansionGas(memory: Memory, offset: bigint, size: bigint): number {
  if (size === 0n) return 0;
  return growthGas(memory, Number(offset) + Number(size)); // inexact only beyond 2^53, where both are above the limit anyway
}

/** The gas for growing the memory so that it has so many bytes. */
export function growthGas(memory: Memory, end: number): number {
  if (end <= memory.size) return 0;
  if (end > MEMORY_BYTES_MAX) return UNAFFORDABLE;
  return sizeGas(wordsOf(end)) - sizeGas(memory.size >>> 5);
}

/** The gas for as many words as the bytes fill, as copying and hashing charge it. */
export function wordGas(size: bigint, gasPerWord: number): number {
  const bytes = Number(size);
  return bytes > MEMORY_BYTES_MAX ? UNAFFORDABLE : wordsOf(bytes) * gasPerWord;
}

/** Grows the memory to hold the range. Its gas is paid already, so the range is inside MEMORY_BYTES_MAX. */
export function growMemory(memory: Memory, offset: number, size: number): void {
  const end = offset + size;
  if (size === 0 || end <= memory.size) return;
  const sizeNew = wordsOf(end) * 32;
  if (sizeNew > memory.bytes.length) memory.reserve(memory, sizeNew);
  memory.size = sizeNew;
}

/** Moves the memory to an array of its own, of twice the room. */
export function reallocate(memory: Memory, size: number): void {
  const bytes = new Uint8Array(Math.max(size, memory.size * 2));
  bytes.set(memory.bytes.subarray(0, memory.size));
  memory.bytes = bytes;
  memory.view = new DataView(bytes.buffer);
}

/** Grows the memory to hold the word and reads it. */
export function readWord(memory: Memory, offset: number): bigint {
  growMemory(memory, offset, 32);
  return wordAt(memory.view, offset);
}

/** The word at an offset of a view that holds it. */
export function wordAt(view: DataView, offset: number): bigint {
  const low = view.getBigUint64(offset + 24);
  const isShort =
    (view.getInt32(offset) | view.getInt32(offset + 4) | view.getInt32(offset + 8)) === 0 &&
    (view.getInt32(offset + 12) | view.getInt32(offset + 16) | view.getInt32(offset + 20)) === 0;
  if (isShort) return low;
  const high = (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);
  return (high << 128n) | (view.getBigUint64(offset + 16) << 64n) | low;
}

const scratch = new Uint8Array(32);
const scratchView = new DataView(scratch.buffer);

/** The 32 bytes from an offset on as a word, with zeros behind the end. */
export function wordOf(bytes: Uint8Array, offset: number): bigint {
  for (let i = 0; i < 32; i++) scratch[i] = bytes[offset + i] ?? 0;
  return wordAt(scratchView, 0);
}

/** Grows the memory to hold the word and writes it. */
export function writeWord(memory: Memory, offset: number, word: bigint): void {
  growMemory(memory, offset, 32);
  const { view } = memory;
  // setBigUint64 takes the low 64 bits of what it is given
  if (word <= UINT64_MAX) {
    view.setBigUint64(offset, 0n);
    view.setBigUint64(offset + 8, 0n);
    view.setBigUint64(offset + 16, 0n);
    view.setBigUint64(offset + 24, word);
    return;
  }
  view.setBigUint64(offset, word >> 192n);
  view.setBigUint64(offset + 8, word >> 128n);
  view.setBigUint64(offset + 16, word >> 64n);
  view.setBigUint64(offset + 24, word);
}

/** Grows the memory to hold the range and copies it out. */
export function readBytes(memory: Memory, offset: bigint, size: bigint): Uint8Array {
  return viewBytes(memory, offset, size).slice();
}

/**
 * Grows the memory to hold the range and shows it without a copy, until the memory is written again. What a call passes on is seen this
 * way: 100 gas for a warm call would not pay for copying a large input.
 */
export function viewBytes(memory: Memory, offset: bigint, size: bigint): Uint8Array {
  if (size === 0n) return EMPTY_BYTES;
  const start = Number(offset);
  growMemory(memory, start, Number(size));
  return memory.bytes.subarray(start, start + Number(size));
}

/** Grows the memory to hold the range and fills it from the source, with zeros where the source has ended. */
export function writeBytes(
  memory: Memory,
  offset: bigint,
  source: Uint8Array,
  sourceOffset: bigint,
  size: bigint,
): void {
  if (size === 0n) return;
  const start = Number(offset);
  const end = start + Number(size);
  growMemory(memory, start, end - start);
  const from = Math.min(Number(sourceOffset), source.length);
  const { bytes } = memory;
  if (end - start <= SHORT && from + end - start <= source.length) {
    for (let i = 0; i < end - start; i++) bytes[start + i] = source[from + i] ?? 0;
    return;
  }
  const part = source.subarray(from, from + end - start);
  bytes.set(part, start);
  bytes.fill(0, start + part.length, end);
}

/** The memory as MSIZE sees it, without a copy. */
export function viewOf(memory: Memory): Uint8Array {
  return memory.bytes.subarray(0, memory.size);
}

function wordsOf(bytes: number): number {
  return (bytes + 31) >>> 5;
}

function sizeGas(words: number): number {
  return words * WORD_GAS + divide(words * words, 512);
}
