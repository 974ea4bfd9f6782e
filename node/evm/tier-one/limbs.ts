// Building blocks of long arithmetic on 64-bit limbs in locals. WebAssembly multiplies 64 by 64 bits to 64: the upper half of a product is put
// together from four products of 32-bit halves.

import { type Code, c32, c64, get, i64, type Local, local, type Scope, seq, set, v128 } from './emitter.ts';
import { SCRATCH } from './layout.ts';

/** Scratch: a product or sum of up to 8 limbs, quotient, remainder, operands with their sign taken, a normalised dividend, powers. */
export const WIDE = SCRATCH + 0x100;
export const QUOTIENT = SCRATCH + 0x180;
export const REMAINDER = SCRATCH + 0x200;
export const FIRST = SCRATCH + 0x240;
export const SECOND = SCRATCH + 0x280;
export const DIVIDEND = SCRATCH + 0x300;
export const POWERS = SCRATCH + 0x700;

/** The indices of the functions in the module, by name. */
export type IndexOf = (name: string) => number;

const HALF = c64(0xffffffffn);

/** A limb with its halves. */
export type Limb = { readonly whole: Local; readonly low: Local; readonly high: Local };

export function newLimb(of: Scope): Limb {
  return { whole: local(of, 'i64'), low: local(of, 'i64'), high: local(of, 'i64') };
}

export function newLimbs(of: Scope, count: number): readonly Limb[] {
  return Array.from({ length: count }, () => newLimb(of));
}

export function newLongs(of: Scope, count: number): readonly Local[] {
  return Array.from({ length: count }, () => local(of, 'i64'));
}

/** The element of a list that is that long. */
export function at<T>(list: readonly T[], i: number): T {
  return list[i] as T; // the callers' indices are below the list's length
}

/** Sets a limb and its halves. */
export const setLimbTo = ({ whole, low, high }: Limb, value: Code): Code =>
  seq(set(whole, value), set(low, i64.and(get(whole), HALF)), set(high, i64.shrU(get(whole), c64(32))));

/** Sets a limb and its halves from memory. */
export const loadLimb = (limb: Limb, address: Local, offset: number): Code =>
  seq(
    set(limb.whole, i64.load(get(address), offset)),
    set(limb.low, i64.load32(get(address), offset)),
    set(limb.high, i64.load32(get(address), offset + 4)),
  );

/** Makes of two limbs code that sets both halves of their product. */
export type Multiplier = (a: Limb, b: Limb, low: Local, high: Local) => Code;

/** A multiplier with temporaries of its own. */
export function multiplier(of: Scope): Multiplier {
  const [middle, upper] = [local(of, 'i64'), local(of, 'i64')];
  return (a, b, low, high) =>
    seq(
      set(middle, i64.add(i64.mul(get(a.high), get(b.low)), i64.shrU(i64.mul(get(a.low), get(b.low)), c64(32)))),
      set(upper, i64.add(i64.mul(get(a.low), get(b.high)), i64.and(get(middle), HALF))),
      set(low, i64.mul(get(a.whole), get(b.whole))),
      set(
        high,
        i64.add(
          i64.add(i64.mul(get(a.high), get(b.high)), i64.shrU(get(middle), c64(32))),
          i64.shrU(get(upper), c64(32)),
        ),
      ),
    );
}

/** Adds to a local, and the carry to another. */
export const addCarrying = (sum: Local, term: Code, carry: Local): Code =>
  seq(set(sum, i64.add(get(sum), term)), set(carry, i64.add(get(carry), i64.extend(i64.ltU(get(sum), term)))));

export const isNarrow = (address: Local): Code =>
  i64.eqz(i64.or(i64.or(i64.load(get(address), 8), i64.load(get(address), 16)), i64.load(get(address), 24)));
export const isNothing = (address: Local): Code =>
  i64.eqz(
    i64.or(
      i64.or(i64.load(get(address)), i64.load(get(address), 8)),
      i64.or(i64.load(get(address), 16), i64.load(get(address), 24)),
    ),
  );
export const clear = (address: Code): Code =>
  seq(v128.store(address, 0, v128.zero), v128.store(address, 16, v128.zero));
/** By limbs: a vector load stalls on limbs that have just been stored one by one. */
export const copy = (to: Code, from: Code): Code =>
  seq(...[0, 8, 16, 24].map((offset) => i64.store(to, offset, i64.load(from, offset))));
export const zero: Code = c32(0);
