// Tier 1's linear memory as the driver sees it: views that follow when it grows, and words between limbs and bigints.

import { PAGE_BYTES } from './layout.ts';

export type LinearMemory = {
  readonly memory: WebAssembly.Memory;
  bytes: Uint8Array<ArrayBuffer>;
  ints: Uint32Array<ArrayBuffer>;
  longs: BigUint64Array<ArrayBuffer>;
  doubles: Float64Array<ArrayBuffer>;
};

/** The views are of the buffer that the memory has now. */
export function createLinearMemory(pages: { readonly min: number; readonly max: number }): LinearMemory {
  const memory = new WebAssembly.Memory({ initial: pages.min, maximum: pages.max });
  return { memory, ...viewsOf(memory) };
}

/** Grows the memory so that it holds the bytes before `end`, and returns whether it does. */
export function reserveBytes(linear: LinearMemory, end: number, pagesMax: number): boolean {
  const size = linear.bytes.length;
  if (end <= size) return true;
  const needed = (end - size + PAGE_BYTES - 1) >>> 16;
  const room = pagesMax - (size >>> 16);
  if (needed > room) return false;
  try {
    linear.memory.grow(Math.min(room, Math.max(needed, size >>> 18))); // by a quarter at least, so that it is rare
  } catch {
    return false; // the engine has no more
  }
  Object.assign(linear, viewsOf(linear.memory));
  return true;
}

/** A field of the control block: an integer of 32 bits, by its address. */
export function getControl({ ints }: LinearMemory, field: number): number {
  return ints[field >>> 2] ?? 0;
}

export function setControl({ ints }: LinearMemory, field: number, value: number): void {
  ints[field >>> 2] = value;
}

/** The word at an address, which is a multiple of 8. */
export function readLimbs(linear: LinearMemory, address: number): bigint {
  const { ints } = linear;
  const i = address >>> 2;
  const above = (ints[i + 2] ?? 0) | (ints[i + 3] ?? 0) | (ints[i + 4] ?? 0) | (ints[i + 5] ?? 0);
  if ((above | (ints[i + 6] ?? 0) | (ints[i + 7] ?? 0)) !== 0) return readWide(linear, address);
  return ints[i + 1] === 0 ? BigInt(ints[i] ?? 0) : (linear.longs[address >>> 3] ?? 0n);
}

const lastInts = new Uint32Array(8);
let lastWide = 0n;

/** The last word is remembered: a loop of calls names the same account again and again. */
function readWide({ ints, longs }: LinearMemory, address: number): bigint {
  const i = address >>> 2;
  let isLast = true;
  for (let k = 0; k < 8; k++) isLast &&= ints[i + k] === lastInts[k];
  if (isLast) return lastWide;
  const j = address >>> 3;
  const lower = ((longs[j + 1] ?? 0n) << 64n) | (longs[j] ?? 0n);
  const upper = ((longs[j + 3] ?? 0n) << 64n) | (longs[j + 2] ?? 0n);
  for (let k = 0; k < 8; k++) lastInts[k] = ints[i + k] ?? 0;
  lastWide = (upper << 128n) | lower;
  return lastWide;
}

/** Writes a word. */
export function writeLimbs({ ints, longs }: LinearMemory, address: number, word: bigint): void {
  const j = address >>> 3;
  if (word <= 0xffff_ffffn) {
    const i = address >>> 2;
    ints[i + 1] = 0;
    ints[i + 2] = 0;
    ints[i + 3] = 0;
    ints[i + 4] = 0;
    ints[i + 5] = 0;
    ints[i + 6] = 0;
    ints[i + 7] = 0;
    ints[i] = Number(word);
    return;
  }
  // a BigUint64Array takes the low 64 bits of what it is given
  longs[j] = word;
  longs[j + 1] = word >> 64n;
  longs[j + 2] = word >> 128n;
  longs[j + 3] = word >> 192n;
}

function viewsOf(memory: WebAssembly.Memory): Omit<LinearMemory, 'memory'> {
  const { buffer } = memory;
  return {
    bytes: new Uint8Array(buffer),
    ints: new Uint32Array(buffer),
    longs: new BigUint64Array(buffer),
    doubles: new Float64Array(buffer),
  };
}
