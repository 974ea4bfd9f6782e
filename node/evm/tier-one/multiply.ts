// Functions of the module that multiply words: modulo 2^256, and to the whole product.

import {
  type Code,
  c32,
  c64,
  defineFunction,
  type FunctionCode,
  get,
  i32,
  i64,
  type Local,
  leave,
  param,
  type Scope,
  scope,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import {
  addCarrying,
  at,
  isNarrow,
  type Limb,
  loadLimb,
  type Multiplier,
  multiplier,
  newLimbs,
  newLongs,
  WIDE,
} from './limbs.ts';
import { LIMBS } from './word.ts';

/** mul(a, b, result): the product modulo 2^256. mulWide(a, b): the whole product, 8 limbs at WIDE. */
export function multiplyFunctions(): readonly FunctionCode[] {
  return [multiply(), multiplyWide()];
}

/** What a product modulo 2^256 is worked out in. */
export type Columns = { readonly sums: readonly Local[]; readonly low: Local; readonly high: Local };

export function newColumns(of: Scope): Columns {
  const [low, high, ...sums] = newLongs(of, 6);
  return { sums, low: low as Local, high: high as Local }; // there are six
}

/** Sets four sums to the limbs of a product modulo 2^256. The last column has room for no carry, so that plain products do there. */
export function productOf(
  times: Multiplier,
  a: readonly Limb[],
  b: readonly Limb[],
  { sums, low, high }: Columns,
): Code {
  const parts: Code[] = [];
  const sum = (i: number): Local => at(sums, i);
  for (const i of LIMBS)
    for (const j of LIMBS) {
      const column = i + j;
      if (column > 3) continue;
      if (column === 3) {
        const plain = i64.mul(get(at(a, i).whole), get(at(b, j).whole));
        parts.push(set(sum(3), i64.add(get(sum(3)), plain)));
      } else if (i === 0 && j === 0)
        parts.push(times(at(a, 0), at(b, 0), sum(0), sum(1)), set(sum(2), c64(0)), set(sum(3), c64(0)));
      else {
        parts.push(times(at(a, i), at(b, j), low, high));
        parts.push(set(sum(column), i64.add(get(sum(column)), get(low))));
        // what a product's upper half and a carry add up to fits
        parts.push(set(high, i64.add(get(high), i64.extend(i64.ltU(get(sum(column)), get(low))))));
        if (column === 2) parts.push(set(sum(3), i64.add(get(sum(3)), get(high))));
        else parts.push(addCarrying(sum(2), get(high), sum(3)));
      }
    }
  return seq(...parts);
}

/** The square of a, likewise: products of different limbs count twice. */
export function squareOf(times: Multiplier, a: readonly Limb[], { sums, low, high }: Columns): Code {
  const sum = (i: number): Local => at(sums, i);
  const [a0, a1, a2, a3] = [at(a, 0), at(a, 1), at(a, 2), at(a, 3)];
  const twice = (from: Local): Code => i64.shl(get(from), c64(1));
  return seq(
    // 2 a0 a3 + 2 a1 a2, then 2 a0 a2 and a1 a1
    set(sum(3), i64.shl(i64.add(i64.mul(get(a0.whole), get(a3.whole)), i64.mul(get(a1.whole), get(a2.whole))), c64(1))),
    times(a0, a2, low, high),
    set(sum(3), i64.add(get(sum(3)), i64.or(twice(high), i64.shrU(get(low), c64(63))))),
    set(sum(2), twice(low)),
    times(a1, a1, low, high),
    set(sum(3), i64.add(get(sum(3)), get(high))),
    addCarrying(sum(2), get(low), sum(3)),
    // 2 a0 a1
    times(a0, a1, low, high),
    set(sum(3), i64.add(get(sum(3)), i64.shrU(get(high), c64(63)))),
    set(high, i64.or(twice(high), i64.shrU(get(low), c64(63)))),
    addCarrying(sum(2), get(high), sum(3)),
    set(sum(1), twice(low)),
    // a0 a0
    times(a0, a0, sum(0), high),
    set(sum(1), i64.add(get(sum(1)), get(high))),
    set(low, i64.extend(i64.ltU(get(sum(1)), get(high)))),
    addCarrying(sum(2), get(low), sum(3)),
  );
}

function multiply(): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [a, b, result] = [param(of, 0), param(of, 1), param(of, 2)];
  const [as, bs] = [newLimbs(of, 4), newLimbs(of, 4)];
  const columns = newColumns(of);
  const times = multiplier(of);
  const load = (limbs: readonly Limb[], from: Local, count: number): Code =>
    seq(...limbs.slice(0, count).map((limb, i) => loadLimb(limb, from, i * 8)));
  return defineFunction(
    'mul',
    of,
    [],
    load(as, a, 1),
    load(bs, b, 1),
    when(
      i32.and(isNarrow(a), isNarrow(b)),
      times(at(as, 0), at(bs, 0), columns.low, columns.high),
      i64.store(get(result), 0, get(columns.low)),
      i64.store(get(result), 8, get(columns.high)),
      v128.store(get(result), 16, v128.zero),
      leave,
    ),
    load(as, a, 4),
    load(bs, b, 4),
    productOf(times, as, bs, columns),
    ...columns.sums.map((sum, i) => i64.store(get(result), i * 8, get(sum))),
  );
}

function multiplyWide(): FunctionCode {
  const of = scope('i32', 'i32');
  const [a, b] = [param(of, 0), param(of, 1)];
  const [as, bs] = [newLimbs(of, 4), newLimbs(of, 4)];
  const [low, high] = newLongs(of, 2) as [Local, Local]; // there are two
  const sums = newLongs(of, 8);
  const times = multiplier(of);
  const rows: Code[] = [];
  // row by row: a limb of the sum, a product and the carry, which `top` holds, fit into two limbs
  for (const i of LIMBS) {
    const top = at(sums, i + 4);
    rows.push(loadLimb(at(as, i), a, i * 8));
    for (const j of LIMBS) {
      const sum = at(sums, i + j);
      rows.push(times(at(as, i), at(bs, j), low, high));
      rows.push(i === 0 ? set(sum, get(low)) : addCarrying(sum, get(low), high));
      if (j > 0) rows.push(addCarrying(sum, get(top), high));
      rows.push(set(top, get(high)));
    }
  }
  return defineFunction(
    'mulWide',
    of,
    [],
    ...bs.map((limb, j) => loadLimb(limb, b, j * 8)),
    ...rows,
    ...sums.map((sum, i) => i64.store(c32(0), WIDE + i * 8, get(sum))),
  );
}
