// What a precompiled contract is: a price and a function over bytes. The machine charges the price first and runs it then.

import { EMPTY_BYTES } from '../../lib/bytes.ts';

export type Precompile = {
  /** The gas for an input of any length and content; Number.MAX_SAFE_INTEGER where it is that or more. */
  readonly gas: (input: Uint8Array) => number;
  /** The output, which is the caller's to keep, or null where the call fails and takes all its gas. */
  readonly run: (input: Uint8Array) => Uint8Array | null;
};

/** Bytes of the input from an offset on; what lies behind its end reads as zero. Huge sizes are the caller's to exclude. */
export function readPadded(input: Uint8Array, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (offset < input.length) bytes.set(input.subarray(offset, offset + size));
  return bytes;
}

/** A function's result, or null where it throws: noble's curves answer a malformed point by throwing. */
export function orNull<T>(attempt: () => T): T | null {
  try {
    return attempt();
  } catch {
    return null;
  }
}

/** A price that is the same for every input. */
export function flat(gas: number): (input: Uint8Array) => number {
  return () => gas;
}

/** Success without output, as where a signature is wrong. */
export const NO_OUTPUT: Uint8Array = EMPTY_BYTES;
