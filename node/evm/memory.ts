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
  const end = Number(offset) + Number(size); // inexact only beyond 2^53, where both are above the limit anyway
  if (end <= memory.size) return 0;
  if (end > MEMORY_BYTES_MAX) return UNAFFORDABLE;
  return sizeGas(wordsOf(end)) - sizeGas(memory.size >>> 5);
}

/** The gas for as many words as the bytes fill, as copying and hashing charge it. */
export function wordGas(size: bigint, gasPerWord: number): number {
  return size > MEMORY_BYTES_MAX ? UNAFFORDABLE : wordsOf(Number(size)) * gasPerWord;
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
  const { view } = memory;
  const high = (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);
  const low = (view.getBigUint64(offset + 16) << 64n) | view.getBigUint64(offset + 24);
  return (high << 128n) | low;
}

/** Grows the memory to hold the word and writes it. */
export function writeWord(memory: Memory, offset: number, word: bigint): void {
  growMemory(memory, offset, 32);
  const { view } = memory;
  // setBigUint64 takes the low 64 bits of what it is given
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
  const from = sourceOffset < source.length ? Number(sourceOffset) : source.length;
  const part = source.subarray(from, from + end - start);
  memory.bytes.set(part, start);
  memory.bytes.fill(0, start + part.length, end);
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
