// ADD, SUB, MUL, DIV, MOD and comparison on words in locals. What is known of the limbs decides how much of it is left: two words of 64 bits
// whose product has no more are one multiplication.

import { type Code, c32, c64, either, get, i32, i64, type Local, select, set } from '../tier-one/emitter.ts';
import { LIMBS } from '../tier-one/word.ts';
import { quotient, remainder } from '../word.ts';
import {
  anyBits,
  areZero,
  type Builder,
  codeOf,
  constantOf,
  constantWord,
  type Helper,
  isConstant,
  isSmall,
  type Limb,
  limbwise,
  smallWord,
  truthWord,
  type Value,
  wordOf,
} from './builder.ts';

const LIMB = 2n ** 64n;
const BITS = 64n;

type Fold = (x: bigint, y: bigint) => bigint;

/** The result where both operands are known. */
function folded(x: Value, y: Value, fold: Fold): Value | null {
  const [a, b] = [constantOf(x), constantOf(y)];
  return a === null || b === null ? null : constantWord(BigInt.asUintN(256, fold(a, b)));
}

/** ADD. */
export function add(b: Builder, x: Value, y: Value): Value {
  const known = folded(x, y, (a, c) => a + c);
  if (known !== null) return known;
  if (constantOf(x) === 0n) return y;
  if (constantOf(y) === 0n) return x;
  let carry: Limb = 0n;
  return wordOf(
    LIMBS.map((i) => {
      const [p, q]: Limb[] = [b.limb(x, i), b.limb(y, i)];
      const isLast = i === 3;
      if (p === 0n || q === 0n) {
        const term = (p === 0n ? q : p) as Limb; // one of the two
        if (carry === 0n) return term;
        if (term === 0n) {
          const limb = carry;
          carry = 0n;
          return limb;
        }
        const sum = b.keep(i64.add(codeOf(term), codeOf(carry)));
        if (!isLast) carry = b.keep(i64.extend(i64.ltU(get(sum), codeOf(carry))));
        return sum;
      }
      const sum = b.keep(i64.add(codeOf(p as Limb), codeOf(q as Limb))); // there are four
      if (isLast) return carry === 0n ? sum : b.keep(i64.add(get(sum), codeOf(carry)));
      const first = i64.extend(i64.ltU(get(sum), codeOf((isConstant(p) ? q : p) as Limb)));
      if (carry === 0n) {
        carry = b.keep(first);
        return sum;
      }
      const whole = b.keep(i64.add(get(sum), codeOf(carry)));
      carry = b.keep(i64.or(first, i64.extend(i64.ltU(get(whole), codeOf(carry)))));
      return whole;
    }),
  );
}

/** SUB: x - y. */
export function subtract(b: Builder, x: Value, y: Value): Value {
  const known = folded(x, y, (a, c) => a - c);
  if (known !== null) return known;
  if (constantOf(y) === 0n) return x;
  let borrow: Limb = 0n;
  return wordOf(
    LIMBS.map((i) => {
      const [p, q] = [codeOf(b.limb(x, i)), b.limb(y, i)];
      const isLast = i === 3;
      if (q === 0n) {
        if (borrow === 0n) return b.limb(x, i);
        const difference = b.keep(i64.sub(p, codeOf(borrow)));
        if (!isLast) borrow = b.keep(i64.extend(i64.ltU(p, codeOf(borrow))));
        return difference;
      }
      const difference = b.keep(i64.sub(p, codeOf(q)));
      if (isLast) return borrow === 0n ? difference : b.keep(i64.sub(get(difference), codeOf(borrow)));
      const first = i64.extend(i64.ltU(p, codeOf(q)));
      if (borrow === 0n) {
        borrow = b.keep(first);
        return difference;
      }
      const whole = b.keep(i64.sub(get(difference), codeOf(borrow)));
      borrow = b.keep(i64.or(first, i64.extend(i64.ltU(get(difference), codeOf(borrow)))));
      return whole;
    }),
  );
}

/** How many bits the word may have, as far as that is known. */
function bitsOf({ limbs }: Value): number {
  for (let i = 3; i >= 0; i--) {
    const limb = limbs[i];
    if (limb !== 0n) return i * 64 + (isConstant(limb) ? limb.toString(2).length : 64);
  }
  return 0;
}

/** MUL. */
export function multiply(b: Builder, x: Value, y: Value, general: Helper): Value {
  const known = folded(x, y, (a, c) => a * c);
  if (known !== null) return known;
  for (const [factor, other] of [
    [constantOf(x), y],
    [constantOf(y), x],
  ] as const)
    if (factor !== null) {
      if (factor === 0n) return constantWord(0n);
      const power = powerOf(factor);
      if (power !== null) return shiftLeft(b, other, power);
    }
  if (bitsOf(x) + bitsOf(y) <= 64) return smallWord(b.keep(i64.mul(b.at(x, 0), b.at(y, 0))));
  return general(x, y);
}

/** The exponent where the number is a power of two. */
function powerOf(value: bigint): number | null {
  return value > 0n && (value & (value - 1n)) === 0n ? value.toString(2).length - 1 : null;
}

/** DIV and MOD. */
export function divide(b: Builder, x: Value, y: Value, part: 'quotient' | 'remainder', general: Helper): Value {
  const isQuotient = part === 'quotient';
  const known = folded(x, y, isQuotient ? quotient : remainder);
  if (known !== null) return known;
  const divisor = constantOf(y);
  if (divisor === 0n) return constantWord(0n);
  const power = divisor === null ? null : powerOf(divisor);
  if (power !== null && divisor !== null)
    return isQuotient ? shiftRight(b, x, power) : bitwise(b, x, constantWord(divisor - 1n), 'and');
  const narrow = (isQuotient ? i64.divU : i64.remU)(b.at(x, 0), b.at(y, 0));
  const isNothing = i64.eqz(b.at(y, 0));
  if (isSmall(x) && isSmall(y)) {
    if (divisor !== null) return smallWord(b.keep(narrow));
    const result = b.local('i64');
    b.emit(either(isNothing, set(result, c64(0)), set(result, narrow)));
    return smallWord(result);
  }
  const wide = anyBits([...b.limbs(x).slice(1), ...b.limbs(y).slice(1)]);
  const results = LIMBS.map(() => b.local('i64'));
  const slow = b.arm(() => {
    const word = general(x, y);
    for (const i of LIMBS) b.emit(set(results[i] as Local, b.at(word, i))); // there are four
  });
  const [low, ...high] = results;
  if (low === undefined) return constantWord(0n);
  const clearHigh = high.map((limb) => set(limb, c64(0)));
  b.emit(either(i32.and(i64.eqz(wide), i32.eqz(isNothing)), [set(low, narrow), ...clearHigh], slow));
  return wordOf(results);
}

/** AND, OR and XOR. */
export function bitwise(b: Builder, x: Value, y: Value, kind: 'and' | 'or' | 'xor'): Value {
  return wordOf(
    LIMBS.map((i) => {
      if (kind === 'and' && (x.limbs[i] === 0n || y.limbs[i] === 0n)) return 0n; // nothing to load
      return limbwise[kind](b, b.limb(x, i), b.limb(y, i));
    }),
  );
}

/** SHL by a known distance below 256. */
export function shiftLeft(b: Builder, x: Value, distance: number): Value {
  const [limbs, bits] = [distance >>> 6, BigInt(distance & 63)];
  return wordOf(
    LIMBS.map((i) => {
      const [high, low] = [i - limbs, i - limbs - 1].map((at) => (at < 0 ? 0n : b.limb(x, at)));
      return joined(b, high ?? 0n, low ?? 0n, bits);
    }),
  );
}

/** SHR by a known distance below 256. */
export function shiftRight(b: Builder, x: Value, distance: number): Value {
  const [limbs, bits] = [distance >>> 6, BigInt(distance & 63)];
  return wordOf(
    LIMBS.map((i) => {
      const [low, high] = [i + limbs, i + limbs + 1].map((at) => (at > 3 ? 0n : b.limb(x, at)));
      return bits === 0n ? (low ?? 0n) : joined(b, high ?? 0n, low ?? 0n, BITS - bits);
    }),
  );
}

/** SAR by a known distance below 256. */
export function shiftRightSigned(b: Builder, x: Value, distance: number): Value {
  const [limbs, bits] = [distance >>> 6, BigInt(distance & 63)];
  const top = b.limb(x, 3);
  const fill: Limb = isConstant(top) ? (top >> 63n === 0n ? 0n : LIMB - 1n) : b.keep(i64.shrS(codeOf(top), c64(63)));
  return wordOf(
    LIMBS.map((i) => {
      const [low, high] = [i + limbs, i + limbs + 1].map((at) => (at > 3 ? fill : b.limb(x, at)));
      return bits === 0n ? (low ?? fill) : joined(b, high ?? fill, low ?? fill, BITS - bits);
    }),
  );
}

/** The upper limb shifted left by some bits, below 64, with what comes up from the lower. */
function joined(b: Builder, high: Limb, low: Limb, bits: bigint): Limb {
  if (bits === 0n) return high;
  if (isConstant(high) && isConstant(low)) return ((high << bits) | (low >> (BITS - bits))) & (LIMB - 1n);
  const upper = i64.shl(codeOf(high), c64(bits));
  const lower = i64.shrU(codeOf(low), c64(BITS - bits));
  if (low === 0n) return b.keep(upper);
  return b.keep(high === 0n ? lower : i64.or(upper, lower));
}

/** LT, and GT with the operands exchanged; SLT and SGT. */
export function isBelow(b: Builder, x: Value, y: Value, kind: 'signed' | 'unsigned'): Value {
  const signed: Fold = (a, c) => (BigInt.asIntN(256, a) < BigInt.asIntN(256, c) ? 1n : 0n);
  const known = folded(x, y, kind === 'signed' ? signed : (a, c) => (a < c ? 1n : 0n));
  if (known !== null) return known;
  let below: Code | null = null;
  for (const i of LIMBS) {
    const [p, q] = [b.limb(x, i), b.limb(y, i)];
    const isSigned = i === 3 && kind === 'signed';
    if (p === 0n && q === 0n) continue; // as it was
    const less = isSigned ? i64.ltS(codeOf(p), codeOf(q)) : q === 0n ? null : i64.ltU(codeOf(p), codeOf(q));
    if (below === null) below = less ?? c32(0);
    else {
      const same: Code = i32.and(i64.eq(codeOf(p), codeOf(q)), below);
      below = less === null ? same : i32.or(less, same);
    }
  }
  return truthWord(b.keep(below ?? c32(0), 'i32'));
}

/** EQ. */
export function isEqual(b: Builder, x: Value, y: Value): Value {
  const known = folded(x, y, (a, c) => (a === c ? 1n : 0n));
  if (known !== null) return known;
  if (x === y) return constantWord(1n);
  for (const [constant, other] of [
    [constantOf(x), y],
    [constantOf(y), x],
  ] as const)
    if (constant === 0n) return isZero(b, other);
  if (isSmall(x) && isSmall(y)) return truthWord(b.keep(i64.eq(b.at(x, 0), b.at(y, 0)), 'i32'));
  const parts = LIMBS.map((i) => {
    const [p, q] = [b.limb(x, i), b.limb(y, i)];
    return p === 0n ? codeOf(q) : q === 0n ? codeOf(p) : i64.xor(codeOf(p), codeOf(q));
  });
  return truthWord(b.keep(i64.eqz(parts.reduce((all, part) => i64.or(all, part))), 'i32'));
}

/** ISZERO. */
export function isZero(b: Builder, x: Value): Value {
  const known = constantOf(x);
  if (known !== null) return constantWord(known === 0n ? 1n : 0n);
  if (x.truth !== null) return truthWord(b.keep(i32.eqz(get(x.truth)), 'i32'));
  return truthWord(b.keep(areZero(b.limbs(x)), 'i32'));
}

/** SIGNEXTEND from a known byte. */
export function extendSign(b: Builder, at: number, x: Value): Value {
  if (at >= 31) return x;
  const [limb, bit] = [at >>> 3, BigInt((at & 7) * 8 + 7)];
  const up = c64(63n - bit);
  const extended = b.keep(i64.shrS(i64.shl(b.at(x, limb), up), up));
  const fill = limb === 3 ? extended : b.keep(i64.shrS(get(extended), c64(63)));
  return wordOf(LIMBS.map((i) => (i < limb ? b.limb(x, i) : i === limb ? extended : fill)));
}

/** BYTE at a known index. */
export function byteAt(b: Builder, index: number, x: Value): Value {
  const bit = (31 - index) * 8;
  return smallWord(limbwise.and(b, limbOf(b, x, bit), 0xffn));
}

/** The limb that begins at a bit. */
function limbOf(b: Builder, x: Value, bit: number): Limb {
  const limb = b.limb(x, bit >>> 6);
  const by = BigInt(bit & 63);
  if (isConstant(limb)) return limb >> by;
  return by === 0n ? limb : b.keep(i64.shrU(get(limb), c64(by)));
}

/** CLZ. */
export function leadingZeros(b: Builder, x: Value): Value {
  let count: Code = i64.add(c64(192), i64.clz(b.at(x, 0)));
  for (const i of [1, 2, 3])
    if (x.limbs[i] !== 0n) count = select(i64.eqz(b.at(x, i)), count, i64.add(c64((3 - i) * 64), i64.clz(b.at(x, i))));
  return smallWord(b.keep(count));
}

/** How many bytes a word has, as code of an i64: what EXP is charged by. */
export function byteLength(b: Builder, x: Value): Code {
  const bytesOf = (i: number): Code => i64.shrU(i64.sub(c64(64 * (i + 1) + 7), i64.clz(b.at(x, i))), c64(3));
  let bytes = bytesOf(0);
  for (const i of [1, 2, 3]) if (x.limbs[i] !== 0n) bytes = select(i64.eqz(b.at(x, i)), bytes, bytesOf(i));
  return bytes;
}
