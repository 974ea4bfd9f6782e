// What compiled code calls for everything that is not worth writing out: tier 1's own operations on words in memory, with operands and results
// as limbs. One small module on the engine's memory; a word is read and written at fixed addresses on the way.

import { present } from '../../lib/assert.ts';
import {
  assembleModule,
  type Code,
  c32,
  c64,
  call,
  defineFunction,
  either,
  type FunctionCode,
  get,
  type ImportedFunction,
  i32,
  i64,
  type Local,
  local,
  memory,
  param,
  type Scope,
  type Signature,
  scope,
  seq,
  set,
  v128,
} from '../tier-one/emitter.ts';
import type { EngineParts } from '../tier-one/engine.ts';
import { COMPILED_OPERANDS, CONTROL, WORD_BYTES } from '../tier-one/layout.ts';
import { PAGES_MAX, PAGES_MIN } from '../tier-one/module.ts';
import { byteAt, extendSign, isWide, LIMBS, limb, setLimb, setSmall, shift } from '../tier-one/word.ts';
import { multiplication, signedDivision } from './narrow.ts';

const WORD = ['i64', 'i64', 'i64', 'i64'] as const;
/** How many LOG has. */
const TOPICS = [0, 1, 2, 3, 4] as const;

/** Functions that compiled code imports, in the order of their indices. */
export const RUNTIME: readonly ImportedFunction[] = [
  ...['div', 'mod', 'sdiv', 'smod', 'exp', 'SIGNEXTEND', 'BYTE', 'SHL', 'SHR', 'SAR'].map((name) => words(name, 2)),
  ...['addmod', 'mulmod'].map((name) => words(name, 3)),
  words('mul', 2),
  words('CALLDATALOAD', 1),
  { module: 'runtime', name: 'KECCAK256', params: ['i32', 'i32'], results: ['i64', 'i64', 'i64', 'i64'] },
  ...['SLOAD', 'TLOAD'].map((name) => ({
    ...{ module: 'runtime', name },
    params: [...WORD, 'i64'] as const,
    results: [...WORD, 'i64'] as const,
  })),
  paying('SSTORE', 2, ['i64', 'i64']),
  paying('TSTORE', 2, ['i64']),
  ...TOPICS.map((topics) => paying(`LOG${topics}`, 2 + topics, ['i64', 'i32'])),
  { module: 'runtime', name: 'expand', params: ['i32', 'i64', 'i32'], results: ['i64'] },
];

const INDICES: ReadonlyMap<string, number> = new Map(RUNTIME.map(({ name }, i) => [name, i]));

/** The index of a function of the runtime in every compiled module. */
export function runtimeIndex(name: string): number {
  return present(INDICES.get(name), `a function ${name} of the runtime`);
}

/** Of tier 1's module, with what they take. */
const OPERATIONS: Readonly<Record<string, Signature>> = {
  ...Object.fromEntries(
    ['div', 'mod', 'sdiv', 'smod', 'exp', 'keccak'].map((name) => [
      name,
      { params: ['i32', 'i32', 'i32'], results: [] },
    ]),
  ),
  ...Object.fromEntries(
    ['addmod', 'mulmod'].map((name) => [name, { params: ['i32', 'i32', 'i32', 'i32'], results: [] }]),
  ),
  ...Object.fromEntries(
    ['sload', 'tload', 'tstore'].map((name) => [name, { params: ['i32', 'i64'], results: ['i64'] }]),
  ),
  sstore: { params: ['i32', 'i64', 'i64'], results: ['i64'] },
  log: { params: ['i32', 'i64', 'i32'], results: ['i64'] },
};

/** Makes the functions on an engine's memory. */
export function instantiateRuntime({ linear, exports, functions }: EngineParts): Readonly<Record<string, unknown>> {
  const names = Object.keys(OPERATIONS);
  const imports = Object.entries(OPERATIONS).map(([name, signature]) => ({ module: 'engine', name, ...signature }));
  const indexOf = (name: string): number => names.indexOf(name);
  const module = assembleModule(
    imports,
    runtimeFunctions(indexOf, names.length),
    { min: PAGES_MIN, max: PAGES_MAX },
    [],
  );
  const env = { memory: linear.memory, table: functions };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env, engine: exports });
  return { ...instance.exports, expand: exports.expand };
}

function paying(name: string, words: number, more: readonly ('i32' | 'i64')[]): ImportedFunction {
  return { module: 'runtime', name, params: [...new Array<'i64'>(words * 4).fill('i64'), ...more], results: ['i64'] };
}

function words(name: string, operands: number): ImportedFunction {
  return {
    module: 'runtime',
    name,
    params: new Array(operands * 4).fill('i64'),
    results: ['i64', 'i64', 'i64', 'i64'],
  };
}

function runtimeFunctions(index: (name: string) => number, imported: number): readonly FunctionCode[] {
  const addresses = (count: number): Code[] =>
    Array.from({ length: count }, (_, i) => c32(COMPILED_OPERANDS + i * WORD_BYTES));
  const onWords = (name: string, operands: number, as = name): FunctionCode =>
    withWords(as, operands, () => call(index(name), ...addresses(operands), c32(COMPILED_OPERANDS)));
  /** Operations of the interpreter, which put their result in the second operand's place. */
  const onStack = (name: string, operation: (of: Scope, sp: Local) => Code): FunctionCode =>
    withWords(name, 2, (of, sp) => seq(operation(of, sp), ...LIMBS.map((i) => setLimb(sp, 0, i, limb(sp, 1, i)))));
  return [
    onWords('sdiv', 2, 'wide sdiv'),
    onWords('smod', 2, 'wide smod'),
    signedDivision('sdiv', imported, 'quotient'),
    signedDivision('smod', imported + 1, 'remainder'),
    multiplication(),
    ...['div', 'mod', 'exp'].map((name) => onWords(name, 2)),
    ...['addmod', 'mulmod'].map((name) => onWords(name, 3)),
    onStack('SIGNEXTEND', extendSign),
    onStack('BYTE', (_, sp) => setSmall(sp, 1, byteAt(sp))),
    onStack('SHL', (of, sp) => shift(of, sp, 'left')),
    onStack('SHR', (of, sp) => shift(of, sp, 'right')),
    onStack('SAR', (of, sp) => shift(of, sp, 'right-signed')),
    withWords('CALLDATALOAD', 1, inputWord),
    keccak(index),
    load('SLOAD', index('sload')),
    load('TLOAD', index('tload')),
    outsourced('SSTORE', 2, index('sstore'), ['i64', 'i64']),
    outsourced('TSTORE', 2, index('tstore'), ['i64']),
    ...TOPICS.map((topics) => outsourced(`LOG${topics}`, 2 + topics, index('log'), ['i64', 'i32'])),
  ];
}

/** A function of words to a word: the operands are at `sp`, the first on top, and the result goes where the first was. */
function withWords(name: string, operands: number, operation: (of: Scope, sp: Local) => Code): FunctionCode {
  const of = scope(...new Array<'i64'>(operands * 4).fill('i64'));
  const sp = local(of, 'i32');
  return defineFunction(
    name,
    of,
    ['i64', 'i64', 'i64', 'i64'],
    set(sp, c32(COMPILED_OPERANDS)),
    ...Array.from({ length: operands * 4 }, (_, i) => i64.store(get(sp), i * 8, get(param(of, i)))),
    operation(of, sp),
    ...LIMBS.map((i) => limb(sp, 0, i)),
  );
}

/** CALLDATALOAD at the offset that is at `sp`: zeros behind the input's end. */
function inputWord(of: Scope, sp: Local): Code {
  const [size, offset, source] = [local(of, 'i32'), local(of, 'i32'), local(of, 'i32')];
  const control = (field: keyof typeof CONTROL): Code => i32.load(c32(0), CONTROL[field]);
  const place = COMPILED_OPERANDS + WORD_BYTES;
  const reversed = seq(
    v128.store(get(sp), 0, v128.reverse(v128.load(get(source), 16))),
    v128.store(get(sp), 16, v128.reverse(v128.load(get(source)))),
  );
  return seq(
    set(size, control('inputSize')),
    either(
      i32.or(isWide(sp, 0), i64.geU(limb(sp, 0, 0), i64.extend(get(size)))),
      setSmall(sp, 0, c64(0)),
      seq(
        set(offset, i32.wrap(limb(sp, 0, 0))),
        set(source, i32.add(control('input'), get(offset))),
        either(
          i32.leU(i32.add(get(offset), c32(WORD_BYTES)), get(size)),
          reversed,
          seq(
            v128.store(c32(place), 0, v128.zero),
            v128.store(c32(place), 16, v128.zero),
            memory.copy(c32(place), get(source), i32.sub(get(size), get(offset))),
            set(source, c32(place)),
            reversed,
          ),
        ),
      ),
    ),
  );
}

/** The hash of bytes at an address. */
function keccak(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i32');
  const sp = local(of, 'i32');
  return defineFunction(
    'KECCAK256',
    of,
    ['i64', 'i64', 'i64', 'i64'],
    set(sp, c32(COMPILED_OPERANDS)),
    call(index('keccak'), get(param(of, 0)), get(param(of, 1)), get(sp)),
    ...LIMBS.map((i) => limb(sp, 0, i)),
  );
}

/**
 * SLOAD and TLOAD(slot, gas): the value and the gas that is left, which is negative where the interpreter must do it.
 */
function load(name: string, engines: number): FunctionCode {
  const of = scope('i64', 'i64', 'i64', 'i64', 'i64');
  const sp = c32(COMPILED_OPERANDS);
  return defineFunction(
    name,
    of,
    [...WORD, 'i64'],
    ...LIMBS.map((i) => i64.store(sp, i * 8, get(param(of, i)))),
    set(param(of, 4), call(engines, sp, get(param(of, 4)))),
    ...LIMBS.map((i) => i64.load(sp, i * 8)),
    get(param(of, 4)),
  );
}

/** What takes words and numbers behind them, and returns the gas that is left, or a negative number where the interpreter must do it. */
function outsourced(name: string, words: number, engines: number, more: readonly ('i32' | 'i64')[]): FunctionCode {
  const of = scope(...new Array<'i64'>(words * 4).fill('i64'), ...more);
  const sp = c32(COMPILED_OPERANDS);
  return defineFunction(
    name,
    of,
    ['i64'],
    ...Array.from({ length: words * 4 }, (_, i) => i64.store(sp, i * 8, get(param(of, i)))),
    call(engines, sp, ...more.map((_, i) => get(param(of, words * 4 + i)))),
  );
}
