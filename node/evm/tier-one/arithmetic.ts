// Functions of the module for MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD and EXP: schoolbook multiplication by 32-bit digits, and division
// by Knuth's algorithm D (The Art of Computer Programming, 4.3.1). Operands and results are words at addresses; a divisor of zero gives zero.

import {
  block,
  br,
  brIf,
  type Code,
  c32,
  c64,
  call,
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
import { SCRATCH, WORD_BYTES } from './layout.ts';
import { LIMBS, setSmall } from './word.ts';

const DIGITS = 8;
/** Scratch: a product or sum of up to 16 digits, quotient, remainder, copies of operands with their sign taken, and D's own digits. */
const WIDE = SCRATCH + 0x100;
const QUOTIENT = SCRATCH + 0x180;
const REMAINDER = SCRATCH + 0x200;
const FIRST = SCRATCH + 0x240;
const SECOND = SCRATCH + 0x280;
const DIVIDEND = SCRATCH + 0x300;
const DIVISOR = SCRATCH + 0x380;
const LOW = 0xffffffffn;

/** The indices of the functions in the module, by name. */
export type Indices = Readonly<Record<string, number>>;

/** The functions of arithmetic. Each takes the addresses of its operands and of its result, which may be one of them. */
export function arithmeticFunctions(index: (name: string) => number): readonly FunctionCode[] {
  return [
    multiply(),
    multiplyWide(),
    divide(),
    unsignedDivision('div', index, 'quotient'),
    unsignedDivision('mod', index, 'remainder'),
    signedDivision('sdiv', index, 'quotient'),
    signedDivision('smod', index, 'remainder'),
    addModulo(index),
    multiplyModulo(index),
    power(index),
  ];
}

const isNarrow = (at: Local): Code =>
  i64.eqz(i64.or(i64.or(i64.load(get(at), 8), i64.load(get(at), 16)), i64.load(get(at), 24)));
const isNothing = (at: Local): Code =>
  i64.eqz(
    i64.or(i64.or(i64.load(get(at)), i64.load(get(at), 8)), i64.or(i64.load(get(at), 16), i64.load(get(at), 24))),
  );
const clear = (at: Code): Code => seq(v128.store(at, 0, v128.zero), v128.store(at, 16, v128.zero));
const copy = (to: Code, from: Code, offset = 0): Code =>
  seq(v128.store(to, 0, v128.load(from, offset)), v128.store(to, 16, v128.load(from, offset + 16)));

/** mul(a, b, result): the product modulo 2^256. */
function multiply(): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const digits = Array.from({ length: DIGITS }, () => local(of, 'i64'));
  const factors = Array.from({ length: DIGITS }, () => local(of, 'i64'));
  const [x, carry, product] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const digitAt = (i: number): Local => digits[i] as Local; // i is below DIGITS
  const factorAt = (i: number): Local => factors[i] as Local; // likewise

  const row = (i: number, count: number): Code[] => {
    const parts: Code[] = [set(x, i64.load32(get(a), i * 4)), set(carry, c64(0))];
    for (let j = 0; j < count; j++) {
      const at = digitAt(i + j);
      const sum = i64.add(i64.mul(get(x), get(factorAt(j))), get(carry));
      parts.push(set(product, i === 0 ? sum : i64.add(sum, get(at))), set(at, i64.and(get(product), c64(LOW))));
      if (j < count - 1) parts.push(set(carry, i64.shrU(get(product), c64(32))));
    }
    return parts;
  };
  const storeLimb = (i: number): Code =>
    i64.store(get(result), i * 8, i64.or(get(digitAt(2 * i)), i64.shl(get(digitAt(2 * i + 1)), c64(32))));
  const loadFactors = (count: number): Code[] =>
    Array.from({ length: count }, (_, j) => set(factorAt(j), i64.load32(get(b), j * 4)));
  const isShort = i64.eqz(
    i64.or(
      i64.or(i64.load(get(a), 8), i64.or(i64.load(get(a), 16), i64.load(get(a), 24))),
      i64.or(i64.load(get(b), 8), i64.or(i64.load(get(b), 16), i64.load(get(b), 24))),
    ),
  );

  const shortRow = (i: number): Code[] => {
    const parts: Code[] = [set(x, i64.load32(get(a), i * 4)), set(carry, c64(0))];
    for (let j = 0; j < 2; j++) {
      const at = digitAt(i + j);
      const sum = i64.add(i64.mul(get(x), get(factorAt(j))), get(carry));
      parts.push(
        set(product, i === 0 ? sum : i64.add(sum, get(at))),
        set(at, i64.and(get(product), c64(LOW))),
        set(carry, i64.shrU(get(product), c64(32))),
      );
    }
    parts.push(set(digitAt(i + 2), get(carry)));
    return parts;
  };

  return defineFunction(
    'mul',
    of,
    [],
    when(
      isShort,
      ...loadFactors(2),
      ...shortRow(0),
      ...shortRow(1),
      storeLimb(0),
      storeLimb(1),
      v128.store(get(result), 16, v128.zero),
      leave,
    ),
    ...loadFactors(DIGITS),
    ...Array.from({ length: DIGITS }, (_, i) => row(i, DIGITS - i)).flat(),
    ...LIMBS.map(storeLimb),
  );
}

/** mulWide(a, b): the whole product, 16 digits at WIDE. */
function multiplyWide(): FunctionCode {
  const of = scope('i32', 'i32');
  const [a, b] = [param(of, 0), param(of, 1)];
  const [x, carry, product] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const factors = Array.from({ length: DIGITS }, () => local(of, 'i64'));
  const digits = Array.from({ length: 2 * DIGITS }, () => local(of, 'i64'));
  const at = (list: readonly Local[], i: number): Local => list[i] as Local; // i is below the list's length
  const rows: Code[] = [];
  for (let i = 0; i < DIGITS; i++) {
    rows.push(set(x, i64.load32(get(a), i * 4)), set(carry, c64(0)));
    for (let j = 0; j < DIGITS; j++) {
      const sum = i64.add(i64.mul(get(x), get(at(factors, j))), get(carry));
      rows.push(
        set(product, i === 0 ? sum : i64.add(sum, get(at(digits, i + j)))),
        set(at(digits, i + j), i64.and(get(product), c64(LOW))),
        set(carry, i64.shrU(get(product), c64(32))),
      );
    }
    rows.push(set(at(digits, i + DIGITS), get(carry)));
  }
  return defineFunction(
    'mulWide',
    of,
    [],
    ...factors.map((factor, j) => set(factor, i64.load32(get(b), j * 4))),
    ...rows,
    ...digits.map((digit, i) => i64.store32(c32(0), WIDE + i * 4, get(digit))),
  );
}

/**
 * divide(dividend, digits, divisor): Knuth's algorithm D on a dividend of up to 16 digits and a divisor of up to 8, not zero. QUOTIENT gets
 * 16 digits, REMAINDER 8.
 */
function divide(): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [dividend, count, divisor] = [param(of, 0), param(of, 1), param(of, 2)];
  const [m, n, i, j, p] = [local(of, 'i32'), local(of, 'i32'), local(of, 'i32'), local(of, 'i32'), local(of, 'i32')];
  const [s, digit, guess, rest, borrow, product, t] = [
    local(of, 'i64'),
    local(of, 'i64'),
    local(of, 'i64'),
    local(of, 'i64'),
    local(of, 'i64'),
    local(of, 'i64'),
    local(of, 'i64'),
  ];
  const [top, second, q] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i32')];
  /** The digits of a divisor that has all eight: no loop for the commonest of the slow cases. */
  const factors = Array.from({ length: DIGITS }, () => local(of, 'i64'));
  const four = (index: Code): Code => i32.shl(index, c32(2));
  const u = (index: Code, offset = 0): Code => i64.load32(four(index), DIVIDEND + offset);
  const setU = (index: Code, value: Code): Code => i64.store32(four(index), DIVIDEND, value);
  const v = (index: Code, offset = 0): Code => i64.load32(four(index), DIVISOR + offset);
  const minusOne = (index: Local): Code => i32.sub(get(index), c32(1));
  const step = (index: Local, by: number): Code => set(index, i32.add(get(index), c32(by)));

  /** Subtracts guess × a digit, and what is borrowed, from the digit of the dividend at an offset from an address. */
  const subtractDigit = (at: Code, offset: number, factor: Code): Code =>
    seq(
      set(product, i64.mul(get(guess), factor)),
      set(t, i64.sub(i64.sub(i64.load32(at, DIVIDEND + offset), get(borrow)), i64.and(get(product), c64(LOW)))),
      i64.store32(at, DIVIDEND + offset, get(t)),
      set(borrow, i64.sub(i64.shrU(get(product), c64(32)), i64.shrS(get(t), c64(32)))),
    );

  const [lengths, shorten] = [label('significant digits of the divisor'), label('of the dividend')];
  const significant = (length: Local, at: Local, name: typeof lengths, low: number): Code =>
    loop(
      name,
      when(
        i32.gtU(get(length), c32(low)),
        when(i64.eqz(i64.load32(i32.add(get(at), four(minusOne(length))))), set(length, minusOne(length)), br(name)),
      ),
    );

  const byOneDigit = label('short division');
  const shortDivision = seq(
    set(digit, i64.load32(get(divisor))),
    set(rest, c64(0)),
    set(j, get(m)),
    loop(
      byOneDigit,
      when(
        get(j),
        set(j, minusOne(j)),
        set(t, i64.or(i64.shl(get(rest), c64(32)), i64.load32(i32.add(get(dividend), four(get(j)))))),
        i64.store32(four(get(j)), QUOTIENT, i64.divU(get(t), get(digit))),
        set(rest, i64.remU(get(t), get(digit))),
        br(byOneDigit),
      ),
    ),
    i64.store(c32(0), REMAINDER, get(rest)),
  );

  const [normalU, normalV, digits, correct, corrected] = [
    label('normalised dividend'),
    label('normalised divisor'),
    label('digits of the quotient'),
    label('a guess'),
    label('a good guess'),
  ];
  const [subtract, addBack, back] = [label('subtraction'), label('addition'), label('normalised back')];
  /** Shifts digits left by s into scratch: digit i takes the upper bits of digit i - 1. */
  const normalise = (name: typeof normalU, from: Local, length: Local, to: number): Code =>
    seq(
      set(i, c32(0)),
      set(rest, c64(0)),
      loop(
        name,
        when(
          i32.ltU(get(i), get(length)),
          set(t, i64.or(i64.shl(i64.load32(i32.add(get(from), four(get(i)))), get(s)), get(rest))),
          i64.store32(four(get(i)), to, get(t)),
          set(rest, i64.shrU(get(t), c64(32))),
          step(i, 1),
          br(name),
        ),
      ),
    );

  return defineFunction(
    'divide',
    of,
    [],
    clear(c32(QUOTIENT)),
    clear(c32(QUOTIENT + WORD_BYTES)),
    clear(c32(REMAINDER)),
    set(n, c32(DIGITS)),
    set(m, get(count)),
    significant(n, divisor, lengths, 1),
    significant(m, dividend, shorten, 0),
    when(i32.ltU(get(m), get(n)), copy(c32(REMAINDER), get(dividend)), leave),
    when(i32.eq(get(n), c32(1)), shortDivision, leave),
    set(s, i64.sub(i64.clz(i64.load32(i32.add(get(divisor), four(minusOne(n))))), c64(32))),
    normalise(normalV, divisor, n, DIVISOR),
    normalise(normalU, dividend, m, DIVIDEND),
    setU(get(m), get(rest)),
    ...factors.map((factor, at) => set(factor, i64.load32(c32(0), DIVISOR + 4 * at))),
    set(top, v(minusOne(n))),
    set(second, v(i32.sub(get(n), c32(2)))),
    set(j, i32.sub(get(m), get(n))),
    loop(
      digits,
      // guess a digit from the two upper digits, and correct it by the third
      set(p, i32.add(get(j), get(n))),
      set(t, i64.or(i64.shl(u(get(p)), c64(32)), u(minusOne(p)))),
      set(guess, i64.divU(get(t), get(top))),
      set(rest, i64.sub(get(t), i64.mul(get(guess), get(top)))),
      block(
        corrected,
        loop(
          correct,
          when(
            i32.or(
              i64.gtU(get(guess), c64(LOW)),
              i64.gtU(
                i64.mul(get(guess), get(second)),
                i64.or(i64.shl(get(rest), c64(32)), u(i32.sub(get(p), c32(2)))),
              ),
            ),
            set(guess, i64.sub(get(guess), c64(1))),
            set(rest, i64.add(get(rest), get(top))),
            brIf(i64.gtU(get(rest), c64(LOW)), corrected),
            br(correct),
          ),
        ),
      ),
      // subtract guess × divisor
      set(borrow, c64(0)),
      either(
        i32.eq(get(n), c32(DIGITS)),
        seq(set(i, four(get(j))), ...factors.map((factor, at) => subtractDigit(get(i), 4 * at, get(factor)))),
        seq(
          set(i, c32(0)),
          loop(
            subtract,
            set(q, i32.add(get(i), four(get(j)))),
            subtractDigit(get(q), 0, i64.load32(get(i), DIVISOR)),
            step(i, 4),
            brIf(i32.ltU(get(i), four(get(n))), subtract),
          ),
        ),
      ),
      set(t, i64.sub(u(get(p)), get(borrow))),
      setU(get(p), get(t)),
      when(
        i64.ltS(get(t), c64(0)),
        // one too much
        set(guess, i64.sub(get(guess), c64(1))),
        set(borrow, c64(0)),
        set(i, c32(0)),
        loop(
          addBack,
          set(t, i64.add(i64.add(u(i32.add(get(i), get(j))), v(get(i))), get(borrow))),
          setU(i32.add(get(i), get(j)), get(t)),
          set(borrow, i64.shrU(get(t), c64(32))),
          step(i, 1),
          brIf(i32.ltU(get(i), get(n)), addBack),
        ),
        setU(get(p), i64.add(u(get(p)), get(borrow))),
      ),
      i64.store32(four(get(j)), QUOTIENT, get(guess)),
      when(get(j), set(j, minusOne(j)), br(digits)),
    ),
    set(i, c32(0)),
    i64.store32(four(get(n)), DIVIDEND, c64(0)),
    loop(
      back,
      set(t, i64.or(u(get(i)), i64.shl(u(get(i), 4), c64(32)))),
      i64.store32(four(get(i)), REMAINDER, i64.shrU(get(t), get(s))),
      step(i, 1),
      brIf(i32.ltU(get(i), get(n)), back),
    ),
  );
}

type Part = 'quotient' | 'remainder';
const PART = { quotient: QUOTIENT, remainder: REMAINDER } as const;

function unsignedDivision(name: string, index: (name: string) => number, part: Part): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const small = (part === 'quotient' ? i64.divU : i64.remU)(i64.load(get(a)), i64.load(get(b)));
  return defineFunction(
    name,
    of,
    [],
    when(isNothing(b), clear(get(result)), leave),
    when(i32.and(isNarrow(a), isNarrow(b)), setSmall(result, 0, small), leave),
    call(index('divide'), get(a), c32(DIGITS), get(b)),
    copy(get(result), c32(PART[part])),
  );
}

/** Divides the absolute values, then sets the sign: the quotient's where signs differ, the remainder's as the dividend's. */
function signedDivision(name: string, index: (name: string) => number, part: Part): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const [negative, carry, x] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const signOf = (at: Local): Code => i64.shrU(i64.load(get(at), 24), c64(63));
  const negate = (at: Code): Code =>
    seq(
      set(carry, c64(1)),
      ...LIMBS.map((i) =>
        seq(
          set(x, i64.add(i64.xor(i64.load(at, i * 8), c64(-1)), get(carry))),
          set(carry, i64.and(get(carry), i64.extend(i64.eqz(get(x))))),
          i64.store(at, i * 8, get(x)),
        ),
      ),
    );
  const takeSign = (at: Local, to: number): Code =>
    seq(copy(c32(to), get(at)), when(i32.wrap(signOf(at)), negate(c32(to))));
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

/** addmod(a, b, modulus, result): the sum has nine digits. */
function addModulo(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32', 'i32', 'i32');
  const [a, b, modulus, result] = [param(of, 0), param(of, 1), param(of, 2), param(of, 3)];
  const [x, sum, carry] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  return defineFunction(
    'addmod',
    of,
    [],
    when(isNothing(modulus), clear(get(result)), leave),
    set(carry, c64(0)),
    ...LIMBS.map((i) =>
      seq(
        set(x, i64.load(get(a), i * 8)),
        set(sum, i64.add(get(x), i64.load(get(b), i * 8))),
        set(x, i64.extend(i64.ltU(get(sum), get(x)))),
        set(sum, i64.add(get(sum), get(carry))),
        set(carry, i64.or(get(x), i64.extend(i64.ltU(get(sum), get(carry))))),
        i64.store(c32(0), WIDE + i * 8, get(sum)),
      ),
    ),
    i64.store(c32(0), WIDE + WORD_BYTES, get(carry)),
    call(index('divide'), c32(WIDE), c32(DIGITS + 1), get(modulus)),
    copy(get(result), c32(REMAINDER)),
  );
}

/** mulmod(a, b, modulus, result). */
function multiplyModulo(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32', 'i32', 'i32');
  const [a, b, modulus, result] = [param(of, 0), param(of, 1), param(of, 2), param(of, 3)];
  return defineFunction(
    'mulmod',
    of,
    [],
    when(isNothing(modulus), clear(get(result)), leave),
    call(index('mulWide'), get(a), get(b)),
    call(index('divide'), c32(WIDE), c32(2 * DIGITS), get(modulus)),
    copy(get(result), c32(REMAINDER)),
  );
}

/** exp(base, exponent, result), by squaring, from the exponent's highest bit down. */
function power(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [base, exponent, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const [bit, bits] = [local(of, 'i32'), local(of, 'i64')];
  const [find, square] = [label('highest limb'), label('a bit')];
  const limbAt = i64.load(i32.add(get(exponent), i32.shl(i32.shrU(get(bit), c32(6)), c32(3))));
  return defineFunction(
    'exp',
    of,
    [],
    copy(c32(FIRST), get(base)),
    setSmallAt(SECOND, c64(1)),
    set(bit, c32(256)),
    loop(
      find,
      when(
        get(bit),
        set(bit, i32.sub(get(bit), c32(64))),
        when(i64.eqz(limbAt), br(find)),
        set(bit, i32.add(get(bit), i32.sub(c32(64), i32.wrap(i64.clz(limbAt))))),
      ),
    ),
    loop(
      square,
      when(
        get(bit),
        set(bit, i32.sub(get(bit), c32(1))),
        call(index('mul'), c32(SECOND), c32(SECOND), c32(SECOND)),
        set(bits, limbAt),
        when(
          i32.wrap(i64.and(i64.shrU(get(bits), i64.extend(get(bit))), c64(1))),
          call(index('mul'), c32(SECOND), c32(FIRST), c32(SECOND)),
        ),
        br(square),
      ),
    ),
    copy(get(result), c32(SECOND)),
  );
}

const setSmallAt = (at: number, value: Code): Code => seq(clear(c32(at)), i64.store(c32(0), at, value));
