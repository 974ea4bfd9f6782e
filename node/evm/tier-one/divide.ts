// A function of the module that divides by words: Knuth's algorithm D (The Art of Computer Programming, 4.3.1) on 64-bit limbs. Each limb of the
// quotient is found by multiplying with a reciprocal (Möller and Granlund, Improved Division by Invariant Integers, 2011).

import {
  br,
  type Code,
  c32,
  c64,
  defineFunction,
  either,
  type FunctionCode,
  get,
  i32,
  i64,
  type Local,
  label,
  leave,
  local,
  loop,
  param,
  scope,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import {
  addCarrying,
  clear,
  copy,
  DIVIDEND,
  type Limb,
  multiplier,
  newLimb,
  QUOTIENT,
  REMAINDER,
  setLimbTo,
} from './limbs.ts';

/**
 * divide(dividend, limbs, divisor): of a dividend of up to 8 limbs by a divisor of up to 4, not zero. The lowest 4 limbs of QUOTIENT and of
 * REMAINDER are the result.
 */
export function divideFunction(): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [dividend, count, divisor] = [param(of, 0), param(of, 1), param(of, 2)];
  const int = (): Local => local(of, 'i32');
  const long = (): Local => local(of, 'i64');
  const [n, missing, j, p, from] = [int(), int(), int(), int(), int()];
  const [shift, rest, x, y] = [long(), long(), long(), long()];
  /** The divisor's limbs, the top one first, and what 2^64 times it is divided by. */
  const [top, second, third, fourth, reciprocal] = [newLimb(of), newLimb(of), newLimb(of), newLimb(of), newLimb(of)];
  const guess = newLimb(of);
  const [u2, u1, u0, q0, low, high, borrow, r2] = [long(), long(), long(), long(), long(), long(), long(), long()];
  const times = multiplier(of);
  const limbAt = (address: Code, offset = 0): Code => i64.load(address, offset);
  const eight = (index: Code): Code => i32.shl(index, c32(3));
  const minusOne = (index: Local): Code => i32.sub(get(index), c32(1));
  /** The upper part of two limbs that are shifted together; a distance of zero too. */
  const shifted = (upper: Code, lower: Code): Code =>
    i64.or(i64.shl(upper, get(shift)), i64.shrU(i64.shrU(lower, c64(1)), i64.sub(c64(63), get(shift))));

  const shorten = label('limbs of the dividend');
  const trimmed = loop(
    shorten,
    when(
      get(count),
      when(i64.eqz(limbAt(i32.add(get(dividend), eight(minusOne(count))))), set(count, minusOne(count)), br(shorten)),
    ),
  );
  const divisorLimb = (i: number): Code => limbAt(get(divisor), i * 8);
  const length = seq(
    set(n, c32(1)),
    when(i64.ne(divisorLimb(1), c64(0)), set(n, c32(2))),
    when(i64.ne(divisorLimb(2), c64(0)), set(n, c32(3))),
    when(i64.ne(divisorLimb(3), c64(0)), set(n, c32(4))),
  );

  // by one limb
  const byOne = label('a limb by one limb');
  const shortDivision = seq(
    set(j, get(count)),
    set(
      rest,
      i64.shrU(i64.shrU(limbAt(i32.add(get(dividend), eight(minusOne(j)))), c64(1)), i64.sub(c64(63), get(shift))),
    ),
    loop(
      byOne,
      when(
        get(j),
        set(j, minusOne(j)),
        set(p, i32.add(get(dividend), eight(get(j)))),
        set(x, c64(0)),
        when(get(j), set(x, i64.load(i32.sub(get(p), c32(8))))),
        set(u0, shifted(limbAt(get(p)), get(x))),
        setLimbTo(guess, get(rest)),
        times(reciprocal, guess, q0, high),
        addTwo(q0, get(u0), high, get(rest)),
        set(high, i64.add(get(high), c64(1))),
        set(rest, i64.sub(get(u0), i64.mul(get(high), get(top.whole)))),
        when(
          i64.gtU(get(rest), get(q0)),
          set(high, i64.sub(get(high), c64(1))),
          set(rest, i64.add(get(rest), get(top.whole))),
        ),
        when(
          i64.geU(get(rest), get(top.whole)),
          set(high, i64.add(get(high), c64(1))),
          set(rest, i64.sub(get(rest), get(top.whole))),
        ),
        i64.store(eight(get(j)), QUOTIENT, get(high)),
        br(byOne),
      ),
    ),
    i64.store(c32(0), REMAINDER, i64.shrU(get(rest), get(shift))),
  );

  /** The limb of the quotient from the three upper limbs by the two upper ones, and what is left of these: u1, u0. */
  const threeByTwo = seq(
    setLimbTo(guess, get(u2)),
    times(reciprocal, guess, q0, high),
    addTwo(q0, get(u1), high, get(u2)),
    setLimbTo(guess, get(high)),
    set(u1, i64.sub(get(u1), i64.mul(get(high), get(top.whole)))),
    times(second, guess, low, high),
    // (u1, u0) - (high, low) - (top, second)
    set(x, i64.sub(get(u0), get(low))),
    set(u1, i64.sub(i64.sub(get(u1), get(high)), i64.extend(i64.ltU(get(u0), get(low))))),
    set(u0, i64.sub(get(x), get(second.whole))),
    set(u1, i64.sub(i64.sub(get(u1), get(top.whole)), i64.extend(i64.ltU(get(x), get(second.whole))))),
    set(y, i64.add(get(guess.whole), c64(1))),
    when(
      i64.geU(get(u1), get(q0)),
      set(y, i64.sub(get(y), c64(1))),
      set(u0, i64.add(get(u0), get(second.whole))),
      set(u1, i64.add(i64.add(get(u1), get(top.whole)), i64.extend(i64.ltU(get(u0), get(second.whole))))),
    ),
    when(
      i32.or(
        i64.gtU(get(u1), get(top.whole)),
        i32.and(i64.eq(get(u1), get(top.whole)), i64.geU(get(u0), get(second.whole))),
      ),
      set(y, i64.add(get(y), c64(1))),
      set(u1, i64.sub(i64.sub(get(u1), get(top.whole)), i64.extend(i64.ltU(get(u0), get(second.whole))))),
      set(u0, i64.sub(get(u0), get(second.whole))),
    ),
  );
  /** Where the two upper limbs are the divisor's, the guess is the largest limb; what is left is the divisor's upper part and u0. */
  const largest = seq(
    set(y, c64(-1)),
    set(r2, c64(0)),
    set(u0, i64.add(get(u0), get(second.whole))),
    set(x, i64.extend(i64.ltU(get(u0), get(second.whole)))),
    set(u1, i64.add(get(top.whole), get(x))),
    set(r2, i64.extend(i64.ltU(get(u1), get(x)))),
  );
  /** Subtracts the guess times a lower limb of the divisor, and what is borrowed, from the dividend. */
  const subtractLimb = (limb: Limb, offset: number): Code =>
    seq(
      times(limb, guess, low, high),
      addCarrying(low, get(borrow), high),
      set(x, i64.load(get(p), DIVIDEND + offset)),
      i64.store(get(p), DIVIDEND + offset, i64.sub(get(x), get(low))),
      set(borrow, i64.add(get(high), i64.extend(i64.ltU(get(x), get(low))))),
    );
  const addLimb = (limb: Limb, offset: number): Code =>
    seq(
      set(x, i64.add(i64.load(get(p), DIVIDEND + offset), get(rest))),
      set(rest, i64.extend(i64.ltU(get(x), get(rest)))),
      addCarrying(x, get(limb.whole), rest),
      i64.store(get(p), DIVIDEND + offset, get(x)),
    );
  const lower = seq(
    setLimbTo(guess, get(y)),
    set(borrow, c64(0)),
    subtractLimb(fourth, 0),
    subtractLimb(third, 8),
    // what is borrowed goes on into u0, u1 and r2
    set(x, i64.extend(i64.ltU(get(u0), get(borrow)))),
    set(u0, i64.sub(get(u0), get(borrow))),
    set(borrow, i64.extend(i64.ltU(get(u1), get(x)))),
    set(u1, i64.sub(get(u1), get(x))),
    when(
      i64.gtU(get(borrow), get(r2)),
      // one too much
      set(y, i64.sub(get(y), c64(1))),
      set(rest, c64(0)),
      addLimb(fourth, 0),
      addLimb(third, 8),
      set(u0, i64.add(get(u0), get(rest))),
      set(x, i64.extend(i64.ltU(get(u0), get(rest)))),
      addCarrying(u0, get(second.whole), x),
      set(u1, i64.add(i64.add(get(u1), get(x)), get(top.whole))),
    ),
  );

  const [each, limbs] = [label('a limb of the dividend'), label('limbs of the quotient')];
  const normalised = seq(
    ...Array.from({ length: 7 }, (_, i) => v128.store(c32(0), DIVIDEND + i * 16, v128.zero)),
    set(missing, i32.sub(c32(4), get(n))),
    set(j, c32(0)),
    set(x, c64(0)),
    set(from, get(dividend)),
    set(p, eight(get(missing))),
    loop(
      each,
      when(
        i32.ltU(get(j), get(count)),
        set(y, limbAt(get(from))),
        i64.store(get(p), DIVIDEND, shifted(get(y), get(x))),
        set(x, get(y)),
        set(j, i32.add(get(j), c32(1))),
        set(p, i32.add(get(p), c32(8))),
        set(from, i32.add(get(from), c32(8))),
        br(each),
      ),
    ),
    i64.store(get(p), DIVIDEND, i64.shrU(i64.shrU(get(x), c64(1)), i64.sub(c64(63), get(shift)))),
  );
  const at = (address: Local, back: number): Code => i64.load(i32.sub(get(address), c32(back * 8)));
  const divisorAt = seq(
    // the limb at the address and those below it, as far as there are some
    set(from, i32.add(get(divisor), eight(minusOne(n)))),
    set(x, i64.load(get(from))),
    set(y, c64(0)),
    when(i32.gtU(get(n), c32(1)), set(y, at(from, 1))),
    setLimbTo(top, shifted(get(x), get(y))),
    set(x, get(y)),
    set(y, c64(0)),
    when(i32.gtU(get(n), c32(2)), set(y, at(from, 2))),
    setLimbTo(second, shifted(get(x), get(y))),
    set(x, get(y)),
    set(y, c64(0)),
    when(i32.gtU(get(n), c32(3)), set(y, at(from, 3))),
    setLimbTo(third, shifted(get(x), get(y))),
    setLimbTo(fourth, i64.shl(get(y), get(shift))),
  );

  return defineFunction(
    'divide',
    of,
    [],
    clear(c32(QUOTIENT)),
    clear(c32(REMAINDER)),
    length,
    trimmed,
    when(i32.ltU(get(count), get(n)), copy(c32(REMAINDER), get(dividend)), leave),
    set(shift, i64.clz(limbAt(i32.add(get(divisor), eight(minusOne(n)))))),
    divisorAt,
    reciprocalOf(top),
    when(i32.eq(get(n), c32(1)), shortDivision, leave),
    sharpened(),
    normalised,
    set(j, i32.sub(get(count), get(n))),
    loop(
      limbs,
      set(p, eight(get(j))),
      set(u2, i64.load(get(p), DIVIDEND + 32)),
      set(u1, i64.load(get(p), DIVIDEND + 24)),
      set(u0, i64.load(get(p), DIVIDEND + 16)),
      set(r2, c64(0)),
      either(i32.and(i64.eq(get(u2), get(top.whole)), i64.eq(get(u1), get(second.whole))), largest, threeByTwo),
      when(i32.gtU(get(n), c32(2)), lower),
      i64.store(get(p), DIVIDEND + 32, c64(0)),
      i64.store(get(p), DIVIDEND + 24, get(u1)),
      i64.store(get(p), DIVIDEND + 16, get(u0)),
      i64.store(eight(get(j)), QUOTIENT, get(y)),
      when(get(j), set(j, minusOne(j)), br(limbs)),
    ),
    set(p, eight(get(missing))),
    ...[0, 1, 2, 3].map((i) =>
      i64.store(
        c32(0),
        REMAINDER + i * 8,
        i64.or(
          i64.shrU(i64.load(get(p), DIVIDEND + i * 8), get(shift)),
          i64.shl(i64.shl(i64.load(get(p), DIVIDEND + i * 8 + 8), c64(1)), i64.sub(c64(63), get(shift))),
        ),
      ),
    ),
  );

  /** (high, low) plus two terms, modulo 2^128. */
  function addTwo(lowSum: Local, lowTerm: Code, highSum: Local, highTerm: Code): Code {
    return seq(
      set(lowSum, i64.add(get(lowSum), lowTerm)),
      set(highSum, i64.add(i64.add(get(highSum), highTerm), i64.extend(i64.ltU(get(lowSum), lowTerm)))),
    );
  }

  /** (2^128 - 1) / d - 2^64 for a limb whose highest bit is set, by Newton's steps from 11 bits on: Möller and Granlund, algorithm 3. */
  function reciprocalOf({ whole: d }: Limb): Code {
    const upper40 = i64.add(i64.shrU(get(d), c64(24)), c64(1));
    return seq(
      set(x, i64.extend(i32.divU(c32(0x7fd00), i32.wrap(i64.shrU(get(d), c64(55)))))),
      set(
        y,
        i64.sub(
          i64.sub(i64.shl(get(x), c64(11)), i64.shrU(i64.mul(i64.mul(get(x), get(x)), upper40), c64(40))),
          c64(1),
        ),
      ),
      set(
        x,
        i64.add(
          i64.shl(get(y), c64(13)),
          i64.shrU(i64.mul(get(y), i64.sub(c64(1n << 60n), i64.mul(get(y), upper40))), c64(47)),
        ),
      ),
      // e = 2^96 - v2 ⌈d/2⌉ + (d odd ? v2/2 : 0), modulo 2^64
      set(q0, i64.and(get(d), c64(1))),
      set(
        y,
        i64.sub(
          i64.and(i64.shrU(get(x), c64(1)), i64.sub(c64(0), get(q0))),
          i64.mul(get(x), i64.add(i64.shrU(get(d), c64(1)), get(q0))),
        ),
      ),
      setLimbTo(guess, get(y)),
      setLimbTo(reciprocal, get(x)),
      times(reciprocal, guess, low, high),
      setLimbTo(reciprocal, i64.add(i64.shrU(get(high), c64(1)), i64.shl(get(x), c64(31)))),
      times(reciprocal, top, low, high),
      addTwo(low, get(d), high, get(d)),
      setLimbTo(reciprocal, i64.sub(get(reciprocal.whole), get(high))),
    );
  }

  /** Makes the reciprocal of the top limb that of the two top ones: Möller and Granlund, algorithm 6. */
  function sharpened(): Code {
    const less = set(y, i64.sub(get(y), c64(1)));
    const isAbove = i32.or(
      i64.gtU(get(x), get(top.whole)),
      i32.and(i64.eq(get(x), get(top.whole)), i64.geU(get(low), get(second.whole))),
    );
    return seq(
      set(y, get(reciprocal.whole)),
      set(x, i64.add(i64.mul(get(top.whole), get(y)), get(second.whole))),
      when(
        i64.ltU(get(x), get(second.whole)),
        less,
        when(i64.geU(get(x), get(top.whole)), less, set(x, i64.sub(get(x), get(top.whole)))),
        set(x, i64.sub(get(x), get(top.whole))),
      ),
      setLimbTo(guess, get(y)),
      times(guess, second, low, high),
      set(x, i64.add(get(x), get(high))),
      when(i64.ltU(get(x), get(high)), less, when(isAbove, less)),
      setLimbTo(reciprocal, get(y)),
    );
  }
}
