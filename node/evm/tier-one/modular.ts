// Functions of the module for DIV, SDIV, MOD, SMOD, ADDMOD and MULMOD. A divisor of zero gives zero.

import {
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
  leave,
  param,
  scope,
  select,
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
  FIRST,
  type IndexOf,
  isNarrow,
  isNothing,
  loadLimb,
  multiplier,
  newLimb,
  newLongs,
  QUOTIENT,
  REMAINDER,
  SECOND,
  WIDE,
} from './limbs.ts';
import { LIMBS } from './word.ts';

/** Each takes the addresses of its operands and of its result, which may be one of them. */
export function modularFunctions(index: IndexOf): readonly FunctionCode[] {
  return [
    unsignedDivision('div', index, 'quotient'),
    unsignedDivision('mod', index, 'remainder'),
    signedDivision('sdiv', index, 'quotient'),
    signedDivision('smod', index, 'remainder'),
    addModulo(index),
    multiplyModulo(index),
  ];
}

type Part = 'quotient' | 'remainder';
const PART = { quotient: QUOTIENT, remainder: REMAINDER } as const;

const storeSmall = (result: Local, value: Code): Code =>
  seq(i64.store(get(result), 0, value), i64.store(get(result), 8, c64(0)), v128.store(get(result), 16, v128.zero));

function unsignedDivision(name: string, index: IndexOf, part: Part): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const small = (part === 'quotient' ? i64.divU : i64.remU)(i64.load(get(a)), i64.load(get(b)));
  return defineFunction(
    name,
    of,
    [],
    when(isNothing(b), clear(get(result)), leave),
    when(i32.and(isNarrow(a), isNarrow(b)), storeSmall(result, small), leave),
    call(index('divide'), get(a), c32(4), get(b)),
    copy(get(result), c32(PART[part])),
  );
}

/** Divides the absolute values, then sets the sign: the quotient's where signs differ, the remainder's as the dividend's. */
function signedDivision(name: string, index: IndexOf, part: Part): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const [negative, carry, x] = newLongs(of, 3) as [Local, Local, Local]; // there are three
  const signOf = (address: Local): Code => i64.shrU(i64.load(get(address), 24), c64(63));
  const negate = (address: Code): Code =>
    seq(
      set(carry, c64(1)),
      ...LIMBS.map((i) =>
        seq(
          set(x, i64.add(i64.xor(i64.load(address, i * 8), c64(-1)), get(carry))),
          set(carry, i64.and(get(carry), i64.extend(i64.eqz(get(x))))),
          i64.store(address, i * 8, get(x)),
        ),
      ),
    );
  const takeSign = (address: Local, to: number): Code =>
    seq(copy(c32(to), get(address)), when(i32.wrap(signOf(address)), negate(c32(to))));
  return defineFunction(
    name,
    of,
    [],
    when(isNothing(b), clear(get(result)), leave),
    set(negative, part === 'quotient' ? i64.xor(signOf(a), signOf(b)) : signOf(a)),
    takeSign(a, FIRST),
    takeSign(b, SECOND),
    call(index(part === 'quotient' ? 'div' : 'mod'), c32(FIRST), c32(SECOND), get(result)),
    when(i32.wrap(get(negative)), negate(get(result))),
  );
}

/** addmod(a, b, modulus, result): the sum has five limbs. Terms below the modulus, the usual ones, need no division. */
function addModulo(index: IndexOf): FunctionCode {
  const of = scope('i32', 'i32', 'i32', 'i32');
  const [a, b, modulus, result] = [param(of, 0), param(of, 1), param(of, 2), param(of, 3)];
  const [x, carry, borrow] = newLongs(of, 3) as [Local, Local, Local]; // there are three
  const sums = newLongs(of, 4);
  const differences = newLongs(of, 4);
  /** By the top limbs alone, which is nearly always enough to know. */
  const isBelow = (term: Local): Code => i64.ltU(i64.load(get(term), 24), i64.load(get(modulus), 24));
  return defineFunction(
    'addmod',
    of,
    [],
    when(isNothing(modulus), clear(get(result)), leave),
    set(carry, c64(0)),
    ...LIMBS.flatMap((i) => [
      set(x, i64.load(get(a), i * 8)),
      set(at(sums, i), i64.add(get(x), i64.load(get(b), i * 8))),
      set(x, i64.extend(i64.ltU(get(at(sums, i)), get(x)))),
      set(at(sums, i), i64.add(get(at(sums, i)), get(carry))),
      set(carry, i64.or(get(x), i64.extend(i64.ltU(get(at(sums, i)), get(carry))))),
    ]),
    when(
      i32.and(isBelow(a), isBelow(b)),
      set(borrow, c64(0)),
      ...LIMBS.flatMap((i) => [
        set(x, i64.sub(get(at(sums, i)), i64.load(get(modulus), i * 8))),
        set(at(differences, i), i64.sub(get(x), get(borrow))),
        set(
          borrow,
          i64.or(
            i64.extend(i64.ltU(get(at(sums, i)), i64.load(get(modulus), i * 8))),
            i64.extend(i64.ltU(get(x), get(borrow))),
          ),
        ),
      ]),
      // the sum stays where it is below the modulus
      ...LIMBS.map((i) =>
        i64.store(
          get(result),
          i * 8,
          select(i64.gtU(get(borrow), get(carry)), get(at(sums, i)), get(at(differences, i))),
        ),
      ),
      leave,
    ),
    ...LIMBS.map((i) => i64.store(c32(0), WIDE + i * 8, get(at(sums, i)))),
    i64.store(c32(0), WIDE + WORD_BYTES, get(carry)),
    call(index('divide'), c32(WIDE), c32(5), get(modulus)),
    copy(get(result), c32(REMAINDER)),
  );
}

/** mulmod(a, b, modulus, result). */
function multiplyModulo(index: IndexOf): FunctionCode {
  const of = scope('i32', 'i32', 'i32', 'i32');
  const [a, b, modulus, result] = [param(of, 0), param(of, 1), param(of, 2), param(of, 3)];
  const [x, y] = [newLimb(of), newLimb(of)];
  const [low, high] = newLongs(of, 2) as [Local, Local]; // there are two
  return defineFunction(
    'mulmod',
    of,
    [],
    when(isNothing(modulus), clear(get(result)), leave),
    when(
      i32.and(isNarrow(a), isNarrow(b)),
      loadLimb(x, a, 0),
      loadLimb(y, b, 0),
      multiplier(of)(x, y, low, high),
      clear(c32(WIDE)),
      i64.store(c32(0), WIDE, get(low)),
      i64.store(c32(0), WIDE + 8, get(high)),
      call(index('divide'), c32(WIDE), c32(2), get(modulus)),
      copy(get(result), c32(REMAINDER)),
      leave,
    ),
    call(index('mulWide'), get(a), get(b)),
    call(index('divide'), c32(WIDE), c32(8), get(modulus)),
    copy(get(result), c32(REMAINDER)),
  );
}
