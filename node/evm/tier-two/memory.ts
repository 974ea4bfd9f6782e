// The frame's memory: MLOAD, MSTORE, MSTORE8, the copies and KECCAK256. A size that the memory is known to have is not checked again.

import {
  type Code,
  c32,
  c64,
  call,
  either,
  get,
  i32,
  i64,
  type Local,
  memory,
  select,
  set,
  v128,
  when,
} from '../tier-one/emitter.ts';
import { CONTROL, WORD_BYTES } from '../tier-one/layout.ts';
import { anyBits, type Builder, codeOf, constantOf, isConstant, type Limb, type Value, wordOf } from './builder.ts';
import type { Context, Writer } from './context.ts';
import { runtimeIndex } from './runtime.ts';

/** Offsets and sizes above this are the reference's affair: they are unaffordable. */
const REACH_MAX = 2n ** 30n;
const COPY_WORD_GAS = 3n;
const HASH_WORD_GAS = 6n;

/** An offset or a size: known, or an i32. */
type Extent = number | Local;

const extentCode = (extent: Extent): Code => (typeof extent === 'number' ? c32(extent) : get(extent));

/** The code for the opcodes that work on memory. */
export const MEMORY: Readonly<Record<string, Writer>> = {
  MLOAD(context) {
    const { b } = context;
    const at = access(context, WORD_BYTES);
    context.give(readWord(b, at.address, at.offset));
  },
  MSTORE(context) {
    const value = context.word(1);
    const { address, offset } = access(context, WORD_BYTES);
    writeWord(context.b, address, offset, value);
    context.give();
  },
  MSTORE8(context) {
    const { b } = context;
    const byte = b.at(context.word(1), 0);
    const { address, offset } = access(context, 1);
    b.emit(i64.store8(get(address), offset, byte));
    context.give();
  },
  KECCAK256(context) {
    const { b, registers } = context;
    const { offset, size } = range(context, context.word(0), context.word(1), HASH_WORD_GAS);
    const address = i32.add(get(registers.memory), extentCode(offset));
    context.give(b.callForWord(runtimeIndex('KECCAK256'), address, extentCode(size)));
  },
  MCOPY(context) {
    const { b, registers } = context;
    const size = extentOf(context, context.word(2));
    const paid = payWords(context, size, COPY_WORD_GAS);
    const [to, from] = [reachable(context, context.word(0), size), reachable(context, context.word(1), size)];
    const farther = b.keep(select(i32.gtU(extentCode(to), extentCode(from)), extentCode(to), extentCode(from)), 'i32');
    grow(context, endOf(farther, size), paid);
    const at = (extent: Extent): Code => i32.add(get(registers.memory), extentCode(extent));
    b.emit(memory.copy(at(to), at(from), extentCode(size)));
    context.give();
  },
  CALLDATACOPY: (context) => copy(context, control('input'), control('inputSize')),
  CODECOPY: (context) => copy(context, c32(context.code.address), c32(context.code.size)),
};

const control = (field: keyof typeof CONTROL): Code => i32.load(c32(0), CONTROL[field]);

/** Copies bytes from outside to memory, zeros where there are none. Operands: target, offset, size. */
function copy(context: Context, from: Code, length: Code): void {
  const { b, registers } = context;
  const { offset, size } = range(context, context.word(0), context.word(2), COPY_WORD_GAS);
  const source = context.word(1);
  const limit = b.keep(length, 'i32');
  const isBeyond = i32.or(
    i64.ne(anyBits(b.limbs(source).slice(1)), c64(0)),
    i64.gtU(b.at(source, 0), i64.extend(get(limit))),
  );
  const begin = b.keep(select(isBeyond, get(limit), i32.wrap(b.at(source, 0))), 'i32');
  const there = i32.sub(get(limit), get(begin));
  const count = b.keep(select(i32.gtU(there, extentCode(size)), extentCode(size), there), 'i32');
  const target = b.keep(i32.add(get(registers.memory), extentCode(offset)), 'i32');
  b.emit(
    memory.copy(get(target), i32.add(from, get(begin)), get(count)),
    memory.fill(i32.add(get(target), get(count)), c32(0), i32.sub(extentCode(size), get(count))),
  );
  context.give();
}

/** Makes room for some bytes at the offset on top; what to add to an address to get there. */
function access(context: Context, bytes: number): { readonly address: Local; readonly offset: number } {
  const { b, registers, leave } = context;
  const { gas, msize } = registers;
  const at = context.word(0);
  if (constantOf(at) !== null) {
    const offset = extentOf(context, at);
    grow(context, endOf(offset, bytes), gas);
    return typeof offset === 'number' ? { address: registers.memory, offset } : { address: offset, offset: 0 };
  }
  const low = b.at(at, 0);
  const high = anyBits(b.limbs(at).slice(1));
  const isUnaffordable = i64.ne(i64.or(high, i64.shrU(low, c64(30))), c64(0));
  const end = b.keep(i32.add(i32.wrap(low), c32(bytes)), 'i32');
  const left = b.local('i64');
  b.emit(
    when(
      i32.or(isUnaffordable, i32.gtU(get(end), get(msize))),
      when(isUnaffordable, leave),
      set(left, call(runtimeIndex('expand'), get(end), get(gas), get(registers.memory))),
      when(i64.ltS(get(left), c64(0)), leave),
      set(gas, get(left)),
      set(msize, control('msize')),
    ),
  );
  return { address: b.keep(i32.add(get(registers.memory), i32.wrap(low)), 'i32'), offset: 0 };
}

/** Pays for the words of a range and makes room for it; an empty one may begin anywhere. */
function range(context: Context, at: Value, length: Value, price: bigint) {
  const size = extentOf(context, length);
  const paid = payWords(context, size, price);
  const offset = reachable(context, at, size);
  grow(context, endOf(offset, size), paid);
  return { offset, size };
}

/** Where a range ends; an empty one at zero, as its offset is. */
function endOf(offset: Extent, size: Extent): Extent | Code {
  if (typeof offset === 'number' && typeof size === 'number') return offset + size;
  return i32.add(extentCode(offset), extentCode(size));
}

/** A word as an i32, which is at most REACH_MAX: or the opcode is left. */
function extentOf({ b, leave }: Context, value: Value): Extent {
  const known = constantOf(value);
  if (known !== null) {
    if (known <= REACH_MAX) return Number(known);
    b.emit(when(c32(1), leave));
    return 0;
  }
  const low = b.at(value, 0);
  const high = anyBits(b.limbs(value).slice(1));
  b.emit(when(i64.ne(i64.or(high, i64.shrU(low, c64(30))), c64(0)), leave));
  return b.keep(i32.wrap(low), 'i32');
}

/** The offset of a range as an i32; zero where the range is empty. */
function reachable(context: Context, at: Value, size: Extent): Extent {
  if (size === 0) return 0;
  if (typeof size === 'number') return extentOf(context, at);
  const { b } = context;
  b.limbs(at); // for what comes after, too
  const offset = b.local('i32');
  const some = b.arm(() => b.emit(set(offset, extentCode(extentOf(context, at)))));
  b.emit(either(get(size), some, set(offset, c32(0))));
  return offset;
}

/** What of the gas is left when the words of a size are paid. The gas itself stays until nothing can fail any more. */
function payWords({ b, registers, leave }: Context, size: Extent, price: bigint): Local {
  const cost =
    typeof size === 'number'
      ? c64(BigInt((size + 31) >>> 5) * price)
      : i64.mul(i64.extend(i32.shrU(i32.add(get(size), c32(31)), c32(5))), c64(price));
  const paid = b.keep(i64.sub(get(registers.gas), cost));
  b.emit(when(i64.ltS(get(paid), c64(0)), leave));
  return paid;
}

/** Grows the memory to an end with what `paid` holds, and makes that the gas. */
function grow(context: Context, end: Extent | Code, paid: Local): void {
  const { b, registers, leave } = context;
  const { gas, msize } = registers;
  const settle = paid === gas ? [] : set(gas, get(paid));
  if (typeof end === 'number' && end <= context.reached()) {
    b.emit(settle);
    return;
  }
  const isCode = (it: Local | Code): it is Code => Array.isArray(it);
  const code = typeof end === 'number' ? c32(end) : isCode(end) ? end : get(end);
  const place = b.keep(code, 'i32');
  const left = b.local('i64');
  b.emit(
    when(
      i32.gtU(get(place), get(msize)),
      set(left, call(runtimeIndex('expand'), get(place), get(paid), get(registers.memory))),
      when(i64.ltS(get(left), c64(0)), leave),
      set(paid, get(left)),
      set(msize, control('msize')),
    ),
    settle,
  );
  if (typeof end === 'number') context.reach((end + 31) & -32);
}

/** The big-endian word at an address. */
function readWord(b: Builder, address: Local, offset: number): Value {
  const low = b.keep(v128.reverse(v128.load(get(address), offset + 16)), 'v128');
  const high = b.keep(v128.reverse(v128.load(get(address), offset)), 'v128');
  return wordOf([
    b.keep(v128.lane(get(low), 0)),
    b.keep(v128.lane(get(low), 1)),
    b.keep(v128.lane(get(high), 0)),
    b.keep(v128.lane(get(high), 1)),
  ]);
}

/** Writes a word to an address, big-endian. */
function writeWord(b: Builder, address: Local, offset: number, value: Value): void {
  const [first, second, third, fourth] = b.limbs(value) as [Limb, Limb, Limb, Limb]; // there are four
  b.emit(
    v128.store(get(address), offset, backwards(third, fourth)),
    v128.store(get(address), offset + 16, backwards(first, second)),
  );
}

/** Two limbs with their bytes in the opposite order. */
function backwards(low: Limb, high: Limb): Code {
  if (isConstant(low) && isConstant(high)) return v128.constant(swapped(high), swapped(low));
  return v128.reverse(v128.join(codeOf(low), codeOf(high)));
}

function swapped(limb: bigint): bigint {
  let result = 0n;
  for (let i = 0n; i < 64n; i += 8n) result = (result << 8n) | ((limb >> i) & 0xffn);
  return result;
}
