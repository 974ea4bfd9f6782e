// Code for operations on words that need no loop: four 64-bit limbs at an address, the lowest first. The stack grows down, so that
// the word below the top is at the higher address.

import {
  type Code,
  c32,
  c64,
  either,
  get,
  i32,
  i64,
  type Local,
  local,
  type Scope,
  select,
  seq,
  set,
  v128,
} from './emitter.ts';
import { SCRATCH, WORD_BYTES } from './layout.ts';

export const LIMBS = [0, 1, 2, 3] as const;

/** Limb of the word at that depth below the top. */
export const limb = (sp: Local, depth: number, index: number): Code =>
  i64.load(get(sp), depth * WORD_BYTES + index * 8);

export const setLimb = (sp: Local, depth: number, index: number, value: Code): Code =>
  i64.store(get(sp), depth * WORD_BYTES + index * 8, value);

/** Writes a small number as a word. */
export const setSmall = (sp: Local, depth: number, value: Code): Code =>
  seq(
    setLimb(sp, depth, 0, value),
    i64.store(get(sp), depth * WORD_BYTES + 8, c64(0)),
    v128.store(get(sp), depth * WORD_BYTES + 16, v128.zero),
  );

/** Copies a word from one place on the stack to another. By limbs: a vector load stalls on limbs that have just been stored one by one. */
export const moveWord = (sp: Local, to: number, from: number): Code =>
  seq(...LIMBS.map((i) => setLimb(sp, to, i, limb(sp, from, i))));

/** Two limbs as a vector, loaded one by one for the same reason. */
export const loadPair = (sp: Local, depth: number, index: number): Code =>
  v128.pair(get(sp), depth * WORD_BYTES + index * 8);

/** Copies a word that was not written just before. */
export const copyWord = (to: Code, toOffset: number, from: Code, fromOffset: number): Code =>
  seq(
    v128.store(to, toOffset, v128.load(from, fromOffset)),
    v128.store(to, toOffset + 16, v128.load(from, fromOffset + 16)),
  );

/** Whether the word has bits above the lowest 64. */
export const isWide = (sp: Local, depth: number): Code =>
  i64.ne(i64.or(i64.or(limb(sp, depth, 1), limb(sp, depth, 2)), limb(sp, depth, 3)), c64(0));

export const isZero = (sp: Local, depth: number): Code =>
  i64.eqz(i64.or(i64.or(limb(sp, depth, 0), limb(sp, depth, 1)), i64.or(limb(sp, depth, 2), limb(sp, depth, 3))));

/** ADD of the two top words into the second. */
export function add(of: Scope, sp: Local): Code {
  const [a, sum, carry] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const parts: Code[] = [];
  for (const i of LIMBS) {
    parts.push(set(a, limb(sp, 0, i)), set(sum, i64.add(get(a), limb(sp, 1, i))));
    if (i === 0) parts.push(set(carry, i64.extend(i64.ltU(get(sum), get(a)))), setLimb(sp, 1, i, get(sum)));
    else {
      const more = i64.extend(i64.ltU(get(sum), get(a)));
      if (i === 3) parts.push(setLimb(sp, 1, i, i64.add(get(sum), get(carry))));
      else
        parts.push(
          set(a, more),
          set(sum, i64.add(get(sum), get(carry))),
          set(carry, i64.or(get(a), i64.extend(i64.ltU(get(sum), get(carry))))),
          setLimb(sp, 1, i, get(sum)),
        );
    }
  }
  return seq(...parts);
}

/** SUB of the second word from the top, into the second. */
export function subtract(of: Scope, sp: Local): Code {
  const [a, b, difference, borrow] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const parts: Code[] = [set(borrow, c64(0))];
  for (const i of LIMBS)
    parts.push(
      set(a, limb(sp, 0, i)),
      set(b, limb(sp, 1, i)),
      set(difference, i64.sub(get(a), get(b))),
      setLimb(sp, 1, i, i64.sub(get(difference), get(borrow))),
      set(borrow, i64.or(i64.extend(i64.ltU(get(a), get(b))), i64.extend(i64.ltU(get(difference), get(borrow))))),
    );
  return seq(...parts);
}

/** Whether the word at the first depth is below the one at the second, as an i32. */
export function isBelow(sp: Local, first: number, second: number, kind: 'signed' | 'unsigned'): Code {
  const at = (i: number): [Code, Code] => [limb(sp, first, i), limb(sp, second, i)];
  let below = i64.ltU(...at(0));
  for (const i of [1, 2, 3]) {
    const less = i === 3 && kind === 'signed' ? i64.ltS : i64.ltU;
    below = i32.or(less(...at(i)), i32.and(i64.eq(...at(i)), below));
  }
  return below;
}

export const isEqual = (sp: Local): Code => {
  const differ = (i: number): Code => i64.xor(limb(sp, 0, i), limb(sp, 1, i));
  return i64.eqz(i64.or(i64.or(differ(0), differ(1)), i64.or(differ(2), differ(3))));
};

/** A bitwise operation of the two top words into the second. */
export const bitwise = (sp: Local, operation: (a: Code, b: Code) => Code): Code =>
  seq(...LIMBS.map((i) => setLimb(sp, 1, i, operation(limb(sp, 0, i), limb(sp, 1, i)))));

export const not = (sp: Local): Code => seq(...LIMBS.map((i) => setLimb(sp, 0, i, i64.xor(limb(sp, 0, i), c64(-1)))));

/** BYTE: the index on top, the word below it. */
export const byteAt = (sp: Local): Code =>
  select(
    i32.or(isWide(sp, 0), i64.gtU(limb(sp, 0, 0), c64(31))),
    c64(0),
    i64.load8(i32.add(get(sp), i32.and(i32.sub(c32(31), i32.wrap(limb(sp, 0, 0))), c32(31))), WORD_BYTES),
  );

/** SIGNEXTEND: the number of the last byte on top, the word below it. Writes the copies of the sign behind that byte. */
export function extendSign(of: Scope, sp: Local): Code {
  const [fill, at, index] = [local(of, 'i64'), local(of, 'i32'), local(of, 'i64')];
  const [bit, maskOf] = [local(of, 'i64'), local(of, 'i64')];
  // a mask by limb: all ones above the kept bits
  const parts = LIMBS.map((i) => {
    const mask = select(
      i64.gtU(get(index), c64(i)),
      c64(0),
      select(i64.ltU(get(index), c64(i)), c64(-1), i64.shl(i64.shl(c64(-1), get(bit)), c64(1))),
    );
    return seq(
      set(maskOf, mask),
      setLimb(
        sp,
        1,
        i,
        i64.or(i64.and(limb(sp, 1, i), i64.xor(get(maskOf), c64(-1))), i64.and(get(fill), get(maskOf))),
      ),
    );
  });
  return either(
    i32.or(isWide(sp, 0), i64.gtU(limb(sp, 0, 0), c64(30))),
    [],
    seq(
      set(at, i32.wrap(limb(sp, 0, 0))),
      set(index, i64.extend(i32.shrU(get(at), c32(3)))),
      set(bit, i64.extend(i32.add(i32.shl(i32.and(get(at), c32(7)), c32(3)), c32(7)))),
      set(fill, i64.sub(c64(0), i64.extend(i32.shrU(i32.load8(i32.add(get(sp), get(at)), WORD_BYTES), c32(7))))),
      ...parts,
    ),
  );
}

/** SHL, SHR and SAR: the distance on top, the word below it. */
export function shift(of: Scope, sp: Local, kind: Shift): Code {
  const isFar = i32.or(isWide(sp, 0), i64.gtU(limb(sp, 0, 0), c64(255)));
  return shiftBy(of, sp, 1, kind, limb(sp, 0, 0), isFar);
}

export type Shift = 'left' | 'right' | 'right-signed';

/** Shifts the word at a depth by a distance. Limbs are moved through scratch, between words of what moves in. */
export function shiftBy(of: Scope, sp: Local, depth: number, kind: Shift, distance: Code, isFar: Code): Code {
  const [from, bits, fill] = [local(of, 'i32'), local(of, 'i64'), local(of, 'i64')];
  const isLeft = kind === 'left';
  const filled = kind === 'right-signed' ? i64.shrS(limb(sp, depth, 3), c64(63)) : c64(0);
  // left: zeros, then the word; right: the word, then what moves in
  const [wordAt, fillAt] = isLeft ? [SCRATCH + WORD_BYTES, SCRATCH] : [SCRATCH, SCRATCH + WORD_BYTES];
  const bytes = i32.and(i32.shrU(i32.wrap(distance), c32(3)), c32(24));
  const moved = LIMBS.map((i) => {
    if (isLeft) {
      const carried = i64.shrU(
        i64.shrU(i64.load(get(from), SCRATCH + (i - 1) * 8), c64(1)),
        i64.sub(c64(63), get(bits)),
      );
      return setLimb(sp, depth, i, i64.or(i64.shl(i64.load(get(from), SCRATCH + i * 8), get(bits)), carried));
    }
    const carried = i64.shl(i64.shl(i64.load(get(from), SCRATCH + (i + 1) * 8), c64(1)), i64.sub(c64(63), get(bits)));
    return setLimb(sp, depth, i, i64.or(i64.shrU(i64.load(get(from), SCRATCH + i * 8), get(bits)), carried));
  });
  return seq(
    set(fill, filled),
    either(
      isFar,
      seq(...LIMBS.map((i) => setLimb(sp, depth, i, get(fill)))),
      seq(
        ...LIMBS.map((i) => i64.store(c32(0), wordAt + i * 8, limb(sp, depth, i))),
        ...LIMBS.map((i) => i64.store(c32(0), fillAt + i * 8, get(fill))),
        set(from, isLeft ? i32.sub(c32(WORD_BYTES), bytes) : bytes),
        set(bits, i64.and(distance, c64(63))),
        ...moved,
      ),
    ),
  );
}

/** CLZ of the top word. */
export function leadingZeros(sp: Local): Code {
  let count: Code = i64.add(c64(192), i64.clz(limb(sp, 0, 0)));
  for (const i of [1, 2, 3])
    count = select(i64.eqz(limb(sp, 0, i)), count, i64.add(c64((3 - i) * 64), i64.clz(limb(sp, 0, i))));
  return count;
}
