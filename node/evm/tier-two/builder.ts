// Words as the compiler knows them: four limbs, each a constant, a local, or not loaded yet, and the code that is being written. What an arm of
// a branch loads is unknown to the other arm, and its locals are free again for that one.

import { present } from '../../lib/assert.ts';
import {
  type Code,
  c64,
  call,
  get,
  i32,
  i64,
  type Local,
  local,
  type Scope,
  set,
  type ValueType,
} from '../tier-one/emitter.ts';
import { LIMBS } from '../tier-one/word.ts';

/** 64 bits of a word. */
export type Limb = bigint | Local;

/** A word. The same object is the same word. */
export type Value = {
  /** The lowest first; undefined where `load` has not been asked. */
  readonly limbs: (Limb | undefined)[];
  readonly load: ((index: number) => Code) | null;
  /** Where on the operand stack the word lies already, counted upwards from the region's entry; null for all others. */
  readonly home: number | null;
  /** An i32 that is one or zero as the word is. */
  readonly truth: Local | null;
};

/** What is called for the general case of an operation: operands and result in locals. */
export type Helper = (...operands: readonly Value[]) => Value;

const MASK = 2n ** 64n - 1n;

/** A function's code while it is written. */
export class Builder {
  readonly scope: Scope;
  private code: Code[] = [];
  /** Limbs that were loaded, in order, so that an arm's can be forgotten. */
  private readonly loaded: { readonly value: Value; readonly index: number }[] = [];
  private readonly used = new Map<ValueType, number>();
  private readonly made = new Map<ValueType, Local[]>();

  constructor(scope: Scope) {
    this.scope = scope;
  }

  emit(...code: readonly Code[]): void {
    this.code.push(...code);
  }

  /** A local that is this arm's until it ends. */
  local(type: ValueType): Local {
    const made = this.made.get(type) ?? [];
    this.made.set(type, made);
    const count = this.used.get(type) ?? 0;
    this.used.set(type, count + 1);
    made[count] ??= local(this.scope, type);
    return present(made[count], 'a local that was made');
  }

  /** The code that `write` emits, for somewhere on the same way. */
  apart(write: () => void): Code {
    const outer = this.code;
    this.code = [];
    write();
    const inner = this.code;
    this.code = outer;
    return inner;
  }

  /** The code that `write` emits, as an arm of a branch behind which nothing follows. */
  arm(write: () => void): Code {
    const used = [...this.used];
    const count = this.loaded.length;
    const inner = this.apart(write);
    for (const { value, index } of this.loaded.splice(count)) value.limbs[index] = undefined;
    this.used.clear();
    for (const [type, number] of used) this.used.set(type, number);
    return inner;
  }

  /** Keeps the result of code in a local. */
  keep(code: Code, type: ValueType = 'i64'): Local {
    const kept = this.local(type);
    this.emit(set(kept, code));
    return kept;
  }

  /** A limb, loaded where it was not yet. */
  limb(value: Value, index: number): Limb {
    let limb = value.limbs[index];
    if (limb === undefined) {
      limb = this.keep(present(value.load, 'a word with unknown limbs is loaded')(index));
      value.limbs[index] = limb;
      this.loaded.push({ value, index });
    }
    return limb;
  }

  limbs(value: Value): readonly Limb[] {
    return LIMBS.map((i) => this.limb(value, i));
  }

  /** A limb as code. */
  at(value: Value, index: number): Code {
    return codeOf(this.limb(value, index));
  }

  /** A call whose result is a word. */
  callForWord(index: number, ...args: readonly Code[]): Value {
    const limbs = LIMBS.map(() => this.local('i64'));
    this.emit(call(index, ...args));
    for (const limb of [...limbs].reverse()) this.emit(pop(limb));
    return wordOf(limbs);
  }
}

/** Takes the top of WebAssembly's own stack. */
export const pop = (to: Local): Code => set(to, []);

export const codeOf = (limb: Limb): Code => (typeof limb === 'bigint' ? c64(limb) : get(limb));

export const isConstant = (limb: Limb | undefined): limb is bigint => typeof limb === 'bigint';

export function wordOf(limbs: readonly Limb[]): Value {
  return { limbs: [...limbs], load: null, home: null, truth: null };
}

/** A word of 64 bits. */
export const smallWord = (limb: Limb): Value => wordOf([limb, 0n, 0n, 0n]);

export const constantWord = (value: bigint): Value => wordOf(LIMBS.map((i) => (value >> BigInt(64 * i)) & MASK));

/** A word that is one where the i32 is, and zero. */
export function truthWord(truth: Local): Value {
  return { limbs: [undefined, 0n, 0n, 0n], load: () => i64.extend(get(truth)), home: null, truth };
}

/** A word in memory that stays as it is while the region runs. The upper limbs may be known to be zero. */
export function loadedWord(load: (index: number) => Code, known: readonly (Limb | undefined)[] = []): Value {
  return { limbs: LIMBS.map((i) => known[i]), load, home: null, truth: null };
}

/** The word's value where all of it is known. */
export function constantOf({ limbs }: Value): bigint | null {
  let value = 0n;
  for (let i = 3; i >= 0; i--) {
    const limb = limbs[i];
    if (!isConstant(limb)) return null;
    value = (value << 64n) | limb;
  }
  return value;
}

/** Whether the word is known to have no more than 64 bits. */
export const isSmall = ({ limbs }: Value): boolean => limbs[1] === 0n && limbs[2] === 0n && limbs[3] === 0n;

/** Operations on limbs, which are done at once where they can be. */
export const limbwise = {
  and: (b: Builder, x: Limb, y: Limb): Limb => {
    if (isConstant(x) && isConstant(y)) return x & y;
    if (x === 0n || y === 0n) return 0n;
    if (x === MASK) return y;
    return y === MASK ? x : b.keep(i64.and(codeOf(x), codeOf(y)));
  },
  or: (b: Builder, x: Limb, y: Limb): Limb => {
    if (isConstant(x) && isConstant(y)) return x | y;
    if (x === MASK || y === MASK) return MASK;
    if (x === 0n) return y;
    return y === 0n ? x : b.keep(i64.or(codeOf(x), codeOf(y)));
  },
  xor: (b: Builder, x: Limb, y: Limb): Limb => {
    if (isConstant(x) && isConstant(y)) return x ^ y;
    if (x === 0n) return y;
    return y === 0n ? x : b.keep(i64.xor(codeOf(x), codeOf(y)));
  },
};

/** The bits of several limbs together, as code of an i64. */
export function anyBits(limbs: readonly Limb[]): Code {
  const unknown = limbs.filter((limb) => limb !== 0n);
  return unknown.length === 0 ? c64(0) : unknown.map(codeOf).reduce((all, part) => i64.or(all, part));
}

/** Whether limbs are all zero, as code of an i32. */
export const areZero = (limbs: readonly Limb[]): Code => i64.eqz(anyBits(limbs));

/** The truth of a word, as code of an i32 that is zero or not. */
export function truthOf(b: Builder, value: Value): Code {
  if (value.truth !== null) return get(value.truth);
  return i32.eqz(areZero(b.limbs(value)));
}
