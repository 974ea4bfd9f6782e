// Functions of the runtime for words that are small numbers, with or without a sign, as most words are: MUL, SDIV and SMOD in one operation of
// 64 bits each. Wider words: the product of limbs by halves, and tier 1's division.

import {
  type Code,
  c64,
  call,
  defineFunction,
  type FunctionCode,
  get,
  i32,
  i64,
  type Local,
  leave,
  local,
  param,
  type Scope,
  scope,
  seq,
  set,
  when,
} from '../tier-one/emitter.ts';
import { LIMBS } from '../tier-one/word.ts';

const WORD = ['i64', 'i64', 'i64', 'i64'] as const;
const HALF = 0xffff_ffffn;
const LEAST = -(2n ** 63n);

const operand = (of: Scope, index: number): readonly Local[] => LIMBS.map((i) => param(of, index * 4 + i));
const limbOf = (word: readonly Local[], i: number): Local => word[i] as Local; // i is below four
const sign = (limb: Local): Code => i64.shrS(get(limb), c64(63));
/** Whether the word is a number of 64 bits with a sign: zero where it is. */
const excess = (word: readonly Local[]): Code =>
  [1, 2, 3].map((i) => i64.xor(get(limbOf(word, i)), sign(limbOf(word, 0)))).reduce((all, part) => i64.or(all, part));

/** mul(x, y): the product modulo 2^256. */
export function multiplication(): FunctionCode {
  const of = scope(...WORD, ...WORD);
  const [x, y] = [operand(of, 0), operand(of, 1)];
  const [low, high, middle, carry] = [local(of, 'i64'), local(of, 'i64'), local(of, 'i64'), local(of, 'i64')];
  const result = LIMBS.map(() => local(of, 'i64'));
  /** The product of two limbs, of 128 bits. */
  const wide = (p: Local, q: Local): Code => {
    const [pl, ph] = [i64.and(get(p), c64(HALF)), i64.shrU(get(p), c64(32))];
    const [ql, qh] = [i64.and(get(q), c64(HALF)), i64.shrU(get(q), c64(32))];
    return seq(
      set(low, i64.mul(pl, ql)),
      set(high, i64.mul(pl, qh)),
      set(middle, i64.add(i64.add(i64.mul(ph, ql), i64.shrU(get(low), c64(32))), i64.and(get(high), c64(HALF)))),
      set(low, i64.or(i64.shl(get(middle), c64(32)), i64.and(get(low), c64(HALF)))),
      set(high, i64.add(i64.add(i64.mul(ph, qh), i64.shrU(get(middle), c64(32))), i64.shrU(get(high), c64(32)))),
    );
  };
  /** Adds to a limb of the result, and counts the carry into the next one. */
  const addTo = (i: number, part: Code): Code => {
    const to = limbOf(result, i);
    if (i === 3) return set(to, i64.add(get(to), part));
    return seq(
      set(carry, part),
      set(to, i64.add(get(to), get(carry))),
      set(carry, i64.extend(i64.ltU(get(to), get(carry)))),
      ...(i === 2
        ? [set(limbOf(result, 3), i64.add(get(limbOf(result, 3)), get(carry)))]
        : [
            set(limbOf(result, i + 1), i64.add(get(limbOf(result, i + 1)), get(carry))),
            when(
              i64.ltU(get(limbOf(result, i + 1)), get(carry)),
              ...(i === 1
                ? [set(limbOf(result, 3), i64.add(get(limbOf(result, 3)), c64(1)))]
                : [
                    set(limbOf(result, 2), i64.add(get(limbOf(result, 2)), c64(1))),
                    when(
                      i64.eqz(get(limbOf(result, 2))),
                      set(limbOf(result, 3), i64.add(get(limbOf(result, 3)), c64(1))),
                    ),
                  ]),
            ),
          ]),
    );
  };
  const product = (i: number, j: number): Code => {
    const [p, q] = [limbOf(x, i), limbOf(y, j)];
    if (i + j === 3) return addTo(3, i64.mul(get(p), get(q)));
    return seq(wide(p, q), addTo(i + j, get(low)), addTo(i + j + 1, get(high)));
  };
  const [p, q] = [limbOf(x, 0), limbOf(y, 0)];
  const narrow = seq(
    wide(p, q),
    // as numbers with a sign
    set(high, i64.sub(get(high), i64.and(sign(p), get(q)))),
    set(high, i64.sub(get(high), i64.and(sign(q), get(p)))),
    set(middle, sign(high)),
    ...[low, high, middle, middle].map(get),
    leave,
  );
  return defineFunction(
    'mul',
    of,
    WORD,
    when(i64.eqz(i64.or(excess(x), excess(y))), narrow),
    ...LIMBS.flatMap((i) => LIMBS.filter((j) => i + j <= 3).map((j) => product(i, j))),
    ...result.map(get),
  );
}

/** sdiv(x, y) and smod(x, y); `wide` is a function of the module for wider words. */
export function signedDivision(name: string, wide: number, part: 'quotient' | 'remainder'): FunctionCode {
  const of = scope(...WORD, ...WORD);
  const [x, y] = [operand(of, 0), operand(of, 1)];
  const result = local(of, 'i64');
  const isNarrow = i32.and(
    i64.eqz(i64.or(excess(x), excess(y))),
    i32.and(i64.ne(get(limbOf(x, 0)), c64(LEAST)), i64.ne(get(limbOf(y, 0)), c64(0))),
  );
  const operation = part === 'quotient' ? i64.divS : i64.remS;
  return defineFunction(
    name,
    of,
    WORD,
    when(
      isNarrow,
      set(result, operation(get(limbOf(x, 0)), get(limbOf(y, 0)))),
      get(result),
      ...[1, 2, 3].map(() => sign(result)),
      leave,
    ),
    call(wide, ...[...x, ...y].map(get)),
  );
}
