// Which opcodes are compiled, and the code for each: stack, gas, operation, result, as everywhere. All others are the interpreter's.

import { type Code, c32, c64, call, get, i32, i64, set, when } from '../tier-one/emitter.ts';
import { CONTROL, FRAME_WORDS, TRANSACTION, TRANSACTION_WORDS, WORD_BYTES } from '../tier-one/layout.ts';
import { LIMBS } from '../tier-one/word.ts';
import {
  add,
  bitwise,
  byteAt,
  byteLength,
  divide,
  extendSign,
  isBelow,
  isEqual,
  isZero,
  leadingZeros,
  multiply,
  shiftLeft,
  shiftRight,
  shiftRightSigned,
  subtract,
} from './arithmetic.ts';
import type { Operation } from './blocks.ts';
import {
  type Builder,
  codeOf,
  constantOf,
  constantWord,
  loadedWord,
  pop,
  smallWord,
  type Value,
  wordOf,
} from './builder.ts';
import type { Context, Writer } from './context.ts';
import { MEMORY } from './memory.ts';
import { runtimeIndex } from './runtime.ts';

const EXPONENT_BYTE_GAS = 50n;
const ALL_ONES = constantWord(2n ** 256n - 1n);
/** Words of the block and the frame that have no more than 64 bits, and addresses. */
const SMALL_WORDS: ReadonlySet<string> = new Set(['TIMESTAMP', 'NUMBER', 'GASLIMIT']);
const ADDRESSES: ReadonlySet<string> = new Set(['ORIGIN', 'COINBASE', 'ADDRESS', 'CALLER']);

/** What tier 1's own functions do with the state. */
const STATEFUL = ['SLOAD', 'TLOAD', 'SSTORE', 'TSTORE', 'LOG0', 'LOG1', 'LOG2', 'LOG3', 'LOG4'] as const;
/** Operations that the function may be left at. */
const MAY_LEAVE: ReadonlySet<string> = new Set([...Object.keys(MEMORY), 'EXP', 'JUMP', 'JUMPI', ...STATEFUL]);

const WRITERS: Readonly<Record<string, Writer>> = {
  ...MEMORY,
  JUMPDEST: () => {},
  POP: (context) => context.give(),
  ADD: binary(add),
  SUB: binary(subtract),
  MUL: (context) => context.give(multiply(context.b, context.word(0), context.word(1), context.helper('mul'))),
  DIV: (context) =>
    context.give(divide(context.b, context.word(0), context.word(1), 'quotient', context.helper('div'))),
  MOD: (context) =>
    context.give(divide(context.b, context.word(0), context.word(1), 'remainder', context.helper('mod'))),
  SDIV: called('sdiv', 2),
  SMOD: called('smod', 2),
  ADDMOD: called('addmod', 3),
  MULMOD: called('mulmod', 3),
  EXP(context) {
    const { b, registers, leave } = context;
    const cost = i64.mul(byteLength(b, context.word(1)), c64(EXPONENT_BYTE_GAS));
    const paid = b.keep(i64.sub(get(registers.gas), cost));
    b.emit(when(i64.ltS(get(paid), c64(0)), leave), set(registers.gas, get(paid)));
    context.give(context.helper('exp')(context.word(0), context.word(1)));
  },
  SIGNEXTEND: indexed('SIGNEXTEND', 31, extendSign, (x) => x),
  LT: binary((b, x, y) => isBelow(b, x, y, 'unsigned')),
  GT: binary((b, x, y) => isBelow(b, y, x, 'unsigned')),
  SLT: binary((b, x, y) => isBelow(b, x, y, 'signed')),
  SGT: binary((b, x, y) => isBelow(b, y, x, 'signed')),
  EQ: binary(isEqual),
  ISZERO: (context) => context.give(isZero(context.b, context.word(0))),
  AND: binary((b, x, y) => bitwise(b, x, y, 'and')),
  OR: binary((b, x, y) => bitwise(b, x, y, 'or')),
  XOR: binary((b, x, y) => bitwise(b, x, y, 'xor')),
  NOT: (context) => context.give(bitwise(context.b, context.word(0), ALL_ONES, 'xor')),
  BYTE: indexed('BYTE', 32, byteAt, () => constantWord(0n)),
  SHL: indexed(
    'SHL',
    256,
    (b, by, x) => shiftLeft(b, x, by),
    () => constantWord(0n),
  ),
  SHR: indexed(
    'SHR',
    256,
    (b, by, x) => shiftRight(b, x, by),
    () => constantWord(0n),
  ),
  SAR: indexed(
    'SAR',
    256,
    (b, by, x) => shiftRightSigned(b, x, by),
    (x, b) => shiftRightSigned(b, x, 255),
  ),
  CLZ: (context) => context.give(leadingZeros(context.b, context.word(0))),
  CALLDATALOAD: called('CALLDATALOAD', 1),
  SLOAD: loading('SLOAD'),
  TLOAD: loading('TLOAD'),
  SSTORE: paying('SSTORE', 2, ({ restOfGas }) => [c64(restOfGas)]),
  TSTORE: paying('TSTORE', 2, () => []),
  ...Object.fromEntries(
    [0, 1, 2, 3, 4].map((topics) => [`LOG${topics}`, paying(`LOG${topics}`, 2 + topics, () => [c32(topics)])]),
  ),
  GAS: ({ b, registers, restOfGas, give }) => give(smallWord(b.keep(i64.add(get(registers.gas), c64(restOfGas))))),
  MSIZE: ({ b, registers, give }) => give(smallWord(b.keep(i64.extend(get(registers.msize))))),
  CODESIZE: ({ code, give }) => give(constantWord(BigInt(code.size))),
  CALLDATASIZE: control('inputSize'),
  RETURNDATASIZE: control('returnDataSize'),
  ...Object.fromEntries(
    TRANSACTION_WORDS.map((name, i) => [
      name,
      (context: Context) =>
        context.give(fixedWord(name, (limb) => i64.load(c32(0), TRANSACTION + i * WORD_BYTES + limb * 8))),
    ]),
  ),
  ...Object.fromEntries(
    FRAME_WORDS.map((name, i) => [
      name,
      (context: Context) =>
        context.give(fixedWord(name, (limb) => i64.load(get(context.registers.base), i * WORD_BYTES + limb * 8))),
    ]),
  ),
};

/** Whether the operation is compiled. JUMP and JUMPI are, at the end of a block; PUSH, DUP, SWAP and PC need no code at all. */
export function isWritten({ opcode: { name }, constant }: Operation): boolean {
  return constant !== null || name.startsWith('DUP') || name.startsWith('SWAP') || WRITERS[name] !== undefined;
}

/** Whether the operation is always the interpreter's: calls, creations, what ends a frame, and what the host is asked. */
export function isInterpreted(operation: Operation): boolean {
  const { name } = operation.opcode;
  return name !== 'JUMP' && name !== 'JUMPI' && !isWritten(operation);
}

/** Whether the function may be left before the operation. */
export function mayLeave(operation: Operation): boolean {
  return MAY_LEAVE.has(operation.opcode.name) || !isWritten(operation);
}

/** The code for an opcode that needs some. */
export function writerOf(name: string): Writer | null {
  return WRITERS[name] ?? null;
}

function binary(operation: (b: Builder, x: Value, y: Value) => Value): Writer {
  return (context) => context.give(operation(context.b, context.word(0), context.word(1)));
}

/** An operation of the runtime. */
function called(name: string, operands: number): Writer {
  return (context) =>
    context.give(context.helper(name)(...Array.from({ length: operands }, (_, i) => context.word(i))));
}

/** An operation whose first operand is mostly known, and small; `beyond` is the result where it is not below the bound. */
function indexed(
  name: string,
  bound: number,
  operation: (b: Builder, index: number, x: Value) => Value,
  beyond: (x: Value, b: Builder) => Value,
): Writer {
  return (context) => {
    const { b } = context;
    const [index, x] = [constantOf(context.word(0)), context.word(1)];
    if (index === null) context.give(context.helper(name)(context.word(0), x));
    else context.give(index < BigInt(bound) ? operation(b, Number(index), x) : beyond(x, b));
  };
}

/** SLOAD and TLOAD, of slots that are at hand. */
function loading(name: string): Writer {
  return (context) => {
    const { b, registers, leave } = context;
    const limbs = b.limbs(context.word(0)).map(codeOf);
    const results = LIMBS.map(() => b.local('i64'));
    const paid = b.local('i64');
    b.emit(
      call(runtimeIndex(name), ...limbs, get(registers.gas)),
      ...[...results, paid].reverse().map(pop),
      when(i64.ltS(get(paid), c64(0)), leave),
      set(registers.gas, get(paid)),
    );
    context.give(wordOf(results));
  };
}

/** What the engine does on words, for gas, and maybe in more memory. */
function paying(name: string, operands: number, more: (context: Context) => readonly Code[]): Writer {
  return (context) => {
    const { b, registers, leave } = context;
    const limbs = Array.from({ length: operands }, (_, i) => b.limbs(context.word(i)).map(codeOf)).flat();
    const paid = b.keep(call(runtimeIndex(name), ...limbs, get(registers.gas), ...more(context)));
    b.emit(when(i64.ltS(get(paid), c64(0)), leave), set(registers.gas, get(paid)));
    if (name.startsWith('LOG')) b.emit(set(registers.msize, i32.load(c32(0), CONTROL.msize)));
    context.give();
  };
}

function control(field: 'inputSize' | 'returnDataSize'): Writer {
  return ({ b, give }) => give(smallWord(b.keep(i64.extend(i32.load(c32(0), CONTROL[field])))));
}

/** A word that is the same while the frame runs. */
function fixedWord(name: string, load: (limb: number) => ReturnType<typeof i64.load>): Value {
  if (SMALL_WORDS.has(name)) return loadedWord(load, [undefined, 0n, 0n, 0n]);
  return ADDRESSES.has(name) ? loadedWord(load, [undefined, undefined, undefined, 0n]) : loadedWord(load);
}
