// A function of the module for EXP: four bits of the exponent at a time, from the highest down, with the sixteen lowest powers at hand.

import {
  br,
  brIf,
  type Code,
  c32,
  c64,
  call,
  defineFunction,
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
import { WORD_BYTES } from './layout.ts';
import {
  at,
  clear,
  copy,
  type IndexOf,
  isNarrow,
  isNothing,
  loadLimb,
  multiplier,
  newLimbs,
  POWERS,
  setLimbTo,
} from './limbs.ts';
import { newColumns, productOf, squareOf } from './multiply.ts';

/** Below this, squaring and multiplying bit by bit needs fewer products than the powers do. */
const SHORT_EXPONENT = 2 ** 12;

/** exp(base, exponent, result). */
export function powerFunction(index: IndexOf): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [base, exponent, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const [bit, i] = [local(of, 'i32'), local(of, 'i32')];
  const [digit, bits] = [local(of, 'i32'), local(of, 'i64')];
  const [values, factors] = [newLimbs(of, 4), newLimbs(of, 4)];
  const columns = newColumns(of);
  const times = multiplier(of);
  const takeSums = seq(...values.map((limb, k) => setLimbTo(limb, get(at(columns.sums, k)))));
  const load = (limbs: typeof values, from: Local, offset: number): Code =>
    seq(...limbs.map((limb, k) => loadLimb(limb, from, offset + k * 8)));
  const square = seq(squareOf(times, values, columns), takeSums);
  const multiply = seq(productOf(times, values, factors, columns), takeSums);
  const store = seq(...values.map((limb, k) => i64.store(get(result), k * 8, get(limb.whole))), leave);
  const bitsAt = i64.shrU(
    i64.load(i32.add(get(exponent), i32.shl(i32.shrU(get(bit), c32(6)), c32(3)))),
    i64.extend(i32.and(get(bit), c32(63))),
  );
  /** Where the power is that four bits of the exponent ask for. */
  const digitAt = i32.shl(i32.and(i32.wrap(bitsAt), c32(15)), c32(5));
  const [byBit, find, byDigit, powers] = [
    label('a bit'),
    label('the highest digit'),
    label('four bits'),
    label('a power'),
  ];

  /** 2^(k e): a shift. */
  const powerOfTwo = when(
    i32.and(isNarrow(base), i64.eq(i64.popcnt(i64.load(get(base))), c64(1))),
    set(bits, c64(256)),
    when(
      i32.and(isNarrow(exponent), i64.ltU(i64.load(get(exponent)), c64(256))),
      set(bits, i64.mul(i64.load(get(exponent)), i64.ctz(i64.load(get(base))))),
    ),
    when(i64.eq(i64.load(get(base)), c64(1)), set(bits, c64(0))),
    clear(get(result)),
    when(
      i64.ltU(get(bits), c64(256)),
      i64.store(
        i32.add(get(result), i32.shl(i32.shrU(i32.wrap(get(bits)), c32(6)), c32(3))),
        0,
        i64.shl(c64(1), get(bits)),
      ),
    ),
    leave,
  );

  /** From the second highest bit of the exponent on. */
  const short = when(
    i32.and(isNarrow(exponent), i64.ltU(i64.load(get(exponent)), c64(SHORT_EXPONENT))),
    set(bits, i64.load(get(exponent))),
    set(bit, i32.sub(c32(63), i32.wrap(i64.clz(get(bits))))),
    load(values, base, 0),
    load(factors, base, 0),
    loop(
      byBit,
      when(
        get(bit),
        set(bit, i32.sub(get(bit), c32(1))),
        square,
        when(i32.wrap(i64.and(i64.shrU(get(bits), i64.extend(get(bit))), c64(1))), multiply),
        br(byBit),
      ),
    ),
    store,
  );

  const table = seq(
    copy(c32(POWERS + WORD_BYTES), get(base)),
    set(i, c32(POWERS + WORD_BYTES)),
    loop(
      powers,
      when(
        i32.ltU(get(i), c32(POWERS + 15 * WORD_BYTES)),
        call(index('mul'), get(i), get(base), i32.add(get(i), c32(WORD_BYTES))),
        set(i, i32.add(get(i), c32(WORD_BYTES))),
        br(powers),
      ),
    ),
  );

  return defineFunction(
    'exp',
    of,
    [],
    when(
      isNothing(exponent),
      i64.store(get(result), 0, c64(1)),
      i64.store(get(result), 8, c64(0)),
      v128.store(get(result), 16, v128.zero),
      leave,
    ),
    powerOfTwo,
    short,
    table,
    set(bit, c32(256)),
    loop(find, set(bit, i32.sub(get(bit), c32(4))), set(digit, digitAt), brIf(i32.eqz(get(digit)), find)),
    load(values, digit, POWERS),
    loop(
      byDigit,
      when(
        get(bit),
        set(bit, i32.sub(get(bit), c32(4))),
        square,
        square,
        square,
        square,
        set(digit, digitAt),
        when(get(digit), load(factors, digit, POWERS), multiply),
        br(byDigit),
      ),
    ),
    store,
  );
}
