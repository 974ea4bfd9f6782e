// A small assembler for WebAssembly: expressions as nested calls, labels by name, one module as bytes (WebAssembly Core 2.0, chapter 5,
// with its vector instructions). It knows nothing of the virtual machine and checks nothing: the engine validates the module.

import { assert, present } from '../../lib/assert.ts';
import { concatBytes, utf8ToBytes } from '../../lib/bytes.ts';

export type ValueType = 'i32' | 'i64' | 'f64' | 'v128';

/** A place to branch to; made by `label`. */
export type Label = { readonly name: string };

/** Code as a tree: bytes, and the beginnings, ends and targets of blocks, until a function is complete. Parts may be shared. */
export type Code = readonly (Item | Code)[];
type Item = number | { readonly kind: 'open' | 'branch'; readonly label: Label } | typeof CLOSE;
const CLOSE = { kind: 'close' } as const;

export type Local = { readonly index: number; readonly type: ValueType };

/** A function under construction: declare its locals, then give its body to `defineFunction`. */
export type Scope = { readonly params: readonly ValueType[]; readonly locals: ValueType[] };

export type Signature = { readonly params: readonly ValueType[]; readonly results: readonly ValueType[] };
export type FunctionCode = Signature & { readonly name: string; readonly body: Uint8Array };
export type ImportedFunction = Signature & { readonly module: string; readonly name: string };

export function label(name: string): Label {
  return { name };
}

export function scope(...params: readonly ValueType[]): Scope {
  return { params, locals: [] };
}

export function param(of: Scope, index: number): Local {
  return { index, type: present(of.params[index], 'a parameter of the function') };
}

export function local(of: Scope, type: ValueType): Local {
  of.locals.push(type);
  return { index: of.params.length + of.locals.length - 1, type };
}

/** Completes a function: its labels become depths. */
export function defineFunction(
  name: string,
  of: Scope,
  results: readonly ValueType[],
  ...body: readonly Code[]
): FunctionCode {
  const declared = of.locals.flatMap((type) => [1, VALUE_TYPE[type]]);
  const head = Uint8Array.from([...unsigned(of.locals.length), ...declared]);
  return { name, params: of.params, results, body: concatBytes(head, resolve(seq(...body)), Uint8Array.of(0x0b)) };
}

/** One after the other. */
export function seq(...parts: readonly Code[]): Code {
  return parts;
}

export const get = (from: Local): Code => [0x20, ...unsigned(from.index)];
export const set = (to: Local, value: Code): Code => [value, 0x21, ...unsigned(to.index)];
export const tee = (to: Local, value: Code): Code => [value, 0x22, ...unsigned(to.index)];

export const c32 = (value: number): Code => [0x41, ...(isTiny(value) ? [value & 0x7f] : signed(BigInt(value | 0)))];
export const c64 = (value: bigint | number): Code => [
  0x42,
  ...(isTiny(value) ? [Number(value) & 0x7f] : signed(BigInt.asIntN(64, BigInt(value)))),
];

/** A block: a branch to its label goes behind it. */
export const block = (at: Label, ...body: readonly Code[]): Code => [
  0x02,
  0x40,
  { kind: 'open', label: at },
  body,
  CLOSE,
  0x0b,
];
/** A loop: a branch to its label goes to its beginning; without one it ends. */
export const loop = (at: Label, ...body: readonly Code[]): Code => [
  0x03,
  0x40,
  { kind: 'open', label: at },
  body,
  CLOSE,
  0x0b,
];
export const when = (condition: Code, ...then: readonly Code[]): Code => [
  condition,
  0x04,
  0x40,
  { kind: 'open', label: NOWHERE },
  then,
  CLOSE,
  0x0b,
];
export const either = (condition: Code, then: Code, otherwise: Code): Code => [
  condition,
  0x04,
  0x40,
  { kind: 'open', label: NOWHERE },
  then,
  0x05,
  otherwise,
  CLOSE,
  0x0b,
];
export const br = (to: Label): Code => [0x0c, { kind: 'branch', label: to }];
export const brIf = (condition: Code, to: Label): Code => [condition, 0x0d, { kind: 'branch', label: to }];
/** Branches to the label at the index; beyond the list, to the last. */
export const brTable = (index: Code, labels: readonly Label[]): Code => [
  index,
  0x0e,
  ...unsigned(labels.length - 1),
  ...labels.map((to) => ({ kind: 'branch', label: to }) as const),
];
export const leave: Code = [0x0f];
/** Calls the function at an index of the module: imports first. */
export const call = (index: number, ...args: readonly Code[]): Code => [args, 0x10, ...unsigned(index)];
/** Calls the function at an index of the table `env.table`, whose type has that index. */
export const callIndirect = (type: number, index: Code, ...args: readonly Code[]): Code => [
  ...[args, index, 0x11],
  ...[...unsigned(type), 0],
];
/** As `call` and `callIndirect`, but nothing of the caller is left behind. */
export const returnCall = (index: number, ...args: readonly Code[]): Code => [args, 0x12, ...unsigned(index)];
export const returnCallIndirect = (type: number, index: Code, ...args: readonly Code[]): Code => [
  ...[args, index, 0x13],
  ...[...unsigned(type), 0],
];
/** What is never reached. */
export const unreachable: Code = [0x00];
export const drop = (value: Code): Code => [value, 0x1a];
export const select = (condition: Code, then: Code, otherwise: Code): Code => [then, otherwise, condition, 0x1b];

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
const unary =
  (...code: readonly number[]): Unary =>
  (a) => [a, ...code];
const binary =
  (...code: readonly number[]): Binary =>
  (a, b) => [a, b, ...code];
const load =
  (...code: readonly number[]) =>
  (address: Code, offset = 0): Code => [address, ...code, 0, ...unsigned(offset)];
const store =
  (...code: readonly number[]) =>
  (address: Code, offset: number, value: Code): Code => [address, value, ...code, 0, ...unsigned(offset)];

export const i32 = {
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  ltS: binary(0x48),
  ltU: binary(0x49),
  gtS: binary(0x4a),
  gtU: binary(0x4b),
  leU: binary(0x4d),
  geU: binary(0x4f),
  clz: unary(0x67),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  divU: binary(0x6e),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shrU: binary(0x76),
  wrap: unary(0xa7),
};

export const i64 = {
  load: load(0x29),
  load8: load(0x31),
  load32: load(0x35),
  store: store(0x37),
  store8: store(0x3c),
  store32: store(0x3e),
  eqz: unary(0x50),
  eq: binary(0x51),
  ne: binary(0x52),
  ltS: binary(0x53),
  ltU: binary(0x54),
  gtU: binary(0x56),
  geU: binary(0x5a),
  clz: unary(0x79),
  ctz: unary(0x7a),
  popcnt: unary(0x7b),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  divS: binary(0x7f),
  divU: binary(0x80),
  remS: binary(0x81),
  remU: binary(0x82),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shrS: binary(0x87),
  shrU: binary(0x88),
  rotl: binary(0x89),
  /** From an i32. */
  extend: unary(0xad),
  extendS: unary(0xac),
  /** From an f64 that is an integer within range. */
  truncate: unary(0xb0),
};

export const f64 = {
  load: load(0x2b),
  store: store(0x39),
  ltZero: (a: Code): Code => [a, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x63],
  /** From an i64; exact below 2^53. */
  convert: unary(0xb9),
};

const ZERO: Code = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const REVERSE: Code = [ZERO, 0xfd, 0x0d, ...Array.from({ length: 16 }, (_, i) => 15 - i)];

export const v128 = {
  load: load(0xfd, 0x00),
  store: store(0xfd, 0x0b),
  /** Two limbs, by a load each. */
  pair: (address: Code, offset: number): Code => [
    address,
    address,
    ...[0xfd, 0x5d, 0, ...unsigned(offset)],
    ...[0xfd, 0x57, 0, ...unsigned(offset + 8), 1],
  ],
  zero: ZERO,
  /** A constant of two limbs, the lower first. */
  constant: (low: bigint, high: bigint): Code => [
    ...[0xfd, 0x0c],
    ...Array.from({ length: 16 }, (_, i) => Number(((i < 8 ? low : high) >> BigInt(8 * (i & 7))) & 0xffn)),
  ],
  /** Of two limbs from i64s, the lower first. */
  join: (low: Code, high: Code): Code => [low, 0xfd, 0x12, high, 0xfd, 0x1e, 1],
  /** One of the two limbs. */
  lane: (a: Code, index: number): Code => [a, 0xfd, 0x1d, index],
  not: unary(0xfd, 0x4d),
  and: binary(0xfd, 0x4e),
  or: binary(0xfd, 0x50),
  xor: binary(0xfd, 0x51),
  /** The 16 bytes in the opposite order. */
  reverse: (a: Code): Code => [a, REVERSE],
};

export const memory = {
  copy: (target: Code, source: Code, size: Code): Code => [target, source, size, 0xfc, 10, 0, 0],
  fill: (target: Code, value: Code, size: Code): Code => [target, value, size, 0xfc, 11, 0],
  /** In pages of 64 KiB. */
  size: [0x3f, 0] as Code,
};

/**
 * The bytes of a module that imports `env.memory`, and `env.table` where there are types for it, and exports all its functions by name.
 * Types have the indices of their functions; those of functions in the table follow.
 */
export function assembleModule(
  imports: readonly ImportedFunction[],
  functions: readonly FunctionCode[],
  memoryPages: { readonly min: number; readonly max: number },
  tableTypes: readonly Signature[],
): Uint8Array<ArrayBuffer> {
  const limits = [0x01, ...unsigned(memoryPages.min), ...unsigned(memoryPages.max)];
  const memoryImport = [...text('env'), ...text('memory'), 0x02, ...limits];
  const parts = [
    Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    vector(1, [...imports, ...functions, ...tableTypes].map(typeOf)),
    vector(2, [
      memoryImport,
      ...(tableTypes.length === 0 ? [] : [[...text('env'), ...text('table'), 0x01, 0x70, 0x00, 0]]),
      ...imports.map((f, i) => [...text(f.module), ...text(f.name), 0x00, ...unsigned(i)]),
    ]),
    vector(
      3,
      functions.map((_, i) => unsigned(imports.length + i)),
    ),
    vector(
      7,
      functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(imports.length + i)]),
    ),
    section(10, [unsigned(functions.length), ...functions.flatMap(({ body }) => [unsigned(body.length), body])]),
  ];
  return new Uint8Array(concatBytes(...parts));
}

const NOWHERE: Label = { name: 'the end of an if' };

const VALUE_TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

function typeOf({ params, results }: Signature): readonly number[] {
  const list = (types: readonly ValueType[]) => [...unsigned(types.length), ...types.map((type) => VALUE_TYPE[type])];
  return [0x60, ...list(params), ...list(results)];
}

/** A section that lists its entries. */
function vector(id: number, entries: readonly (readonly number[])[]): Uint8Array {
  return section(id, [unsigned(entries.length), ...entries]);
}

function section(id: number, parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const content = concatBytes(...parts.map((part) => Uint8Array.from(part)));
  return concatBytes(Uint8Array.from([id, ...unsigned(content.length)]), content);
}

/** Names, which every module has again. */
const texts = new Map<string, readonly number[]>();

function text(value: string): readonly number[] {
  let encoded = texts.get(value);
  if (encoded === undefined) {
    const bytes = utf8ToBytes(value);
    encoded = [...unsigned(bytes.length), ...bytes];
    texts.set(value, encoded);
  }
  return encoded;
}

/** Code as bytes. The room for them is used again by the next function. */
function resolve(code: Code): Uint8Array {
  let length = 0;
  const open: Label[] = [];
  const write = (byte: number): void => {
    if (length === room.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(room);
      room = larger;
    }
    room[length++] = byte;
  };
  const walk = (part: Code): void => {
    for (let i = 0; i < part.length; i++) {
      const item = part[i] as Item | Code; // i is below the length
      if (typeof item === 'number') write(item);
      else if (isCode(item)) walk(item);
      else if (item.kind === 'close') open.pop();
      else if (item.kind === 'open') open.push(item.label);
      else {
        const at = open.lastIndexOf(item.label);
        assert(at >= 0, `an open block for ${item.label.name}`);
        for (const byte of unsigned(open.length - 1 - at)) write(byte);
      }
    }
  };
  walk(code);
  return room.slice(0, length);
}

let room = new Uint8Array(1 << 14);

function isCode(item: Item | Code): item is Code {
  return Array.isArray(item);
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Whether the number needs no more than one byte. */
function isTiny(value: bigint | number): boolean {
  return value >= -64 && value < 64;
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
