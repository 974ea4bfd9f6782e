// The one module of tier 1: put together once per process, in a few milliseconds, from the code of this folder. The same bytes everywhere.

import { assert, present } from '../../lib/assert.ts';
import { arithmeticFunctions } from './arithmetic.ts';
import { decoderFunction } from './decoder.ts';
import { assembleModule, type ImportedFunction, type Signature } from './emitter.ts';
import { enterFunction } from './enter-call.ts';
import { interpreterFunctions } from './interpreter.ts';
import { keccakFunctions, roundConstants } from './keccak.ts';
import { KECCAK_CONSTANTS, MEMORY_START, PAGE_BYTES, ROOMS, type Rooms } from './layout.ts';
import { leaveFunctions } from './leave-frame.ts';
import { createLinearMemory, type LinearMemory } from './linear-memory.ts';
import { logFunction } from './log.ts';
import { writePairs } from './operations.ts';
import { rangeFunctions } from './ranges.ts';
import { storageFunctions } from './storage.ts';

/** What the module asks of its driver. */
export type Host = {
  /** Does the instruction at a position of the code with the gas that is left; the gas after it, or a negative number to leave the run. */
  readonly host: (position: number, gas: number) => number;
  /** The block at a position of the code that is not decoded yet; zero where no jump may land or no room is left. */
  readonly block: (position: number) => number;
  /** Makes room up to an address; zero where there is none. */
  readonly reserve: (end: number) => number;
  /**
   * Puts the account that a call names, second on the stack, at an entry and makes it warm. What that costs beyond a warm call's price, or a
   * negative number where the driver must do the call.
   */
  readonly account: (entry: number, gas: number) => number;
  /** Takes back what the frame that runs did, of which the journal knows. */
  readonly undo: () => void;
};

/** What the module does for its driver. */
export type Exports = {
  readonly run: () => number;
  readonly decode: (code: number, size: number, jumps: number, out: number, pc: number) => number;
  readonly mul: Operation;
  readonly div: Operation;
  readonly sdiv: Operation;
  readonly mod: Operation;
  readonly smod: Operation;
  readonly exp: Operation;
  readonly addmod: (a: number, b: number, modulus: number, result: number) => void;
  readonly mulmod: (a: number, b: number, modulus: number, result: number) => void;
  readonly undoWrites: (mark: number) => void;
  /** The gas that is left when the frame's memory holds the bytes before `end`, or a negative number. */
  readonly expand: (end: number, gas: bigint, memory: number) => bigint;
  readonly keccak: (from: number, size: number, to: number) => void;
};
type Operation = (a: number, b: number, result: number) => void;

/** Room for the fixed parts and the first frames' memories; the most that all memories of a message may hold, 512 MiB. */
export const PAGES_MIN = (MEMORY_START >>> 16) + 16;
export const PAGES_MAX = 8192;
assert(PAGES_MAX * PAGE_BYTES < 2 ** 31, 'addresses are signed numbers in the driver');

const IMPORTS: readonly ImportedFunction[] = [
  { module: 'env', name: 'host', params: ['i32', 'f64'], results: ['f64'] },
  { module: 'env', name: 'block', params: ['i32'], results: ['i32'] },
  { module: 'env', name: 'reserve', params: ['i32'], results: ['i32'] },
  { module: 'env', name: 'account', params: ['i32', 'f64'], results: ['f64'] },
  { module: 'env', name: 'undo', params: [], results: [] },
];

/**
 * Compiled code: top of the stack, gas, steps, base of the stack and of the memory. It returns where to go on, and leaves the rest in CONTROL.
 */
export const COMPILED: Signature = { params: ['i32', 'i64', 'i32', 'i32', 'i32'], results: ['i32'] };

/** In the order of the module, so that they can call each other by number. */
const FUNCTIONS: readonly string[] = [
  ...['mul', 'mulWide', 'divide', 'div', 'mod', 'sdiv', 'smod', 'addmod', 'mulmod', 'exp'],
  ...['keccakF', 'keccak', 'decode', 'zero', 'copy', 'enterCall', 'undoWrites', 'leaveFrame', 'exhaust'],
  ...['sload', 'sstore', 'tload', 'tstore', 'log', 'expand', 'run'],
];

/** The module's bytes. */
export function moduleBytes(rooms: Rooms = ROOMS): Uint8Array<ArrayBuffer> {
  const names = [...IMPORTS.map(({ name }) => name), ...FUNCTIONS, 'compiled'];
  const indices = new Map(names.map((name, i) => [name, i]));
  const functions = functionsOf(rooms, (name) => present(indices.get(name), `a function ${name}`));
  assert(
    functions.every(({ name }, i) => name === FUNCTIONS[i]),
    'the functions of the module, in their order',
  );
  return assembleModule(IMPORTS, functions, { min: PAGES_MIN, max: PAGES_MAX }, [COMPILED]);
}

/** An instance with a memory of its own. Throws what the engine throws where it refuses. */
export function instantiate(
  host: Host,
  pagesMax: number,
  rooms: Rooms,
): { readonly exports: Exports; readonly linear: LinearMemory; readonly table: WebAssembly.Table } {
  if (rooms === ROOMS) compiled ??= new WebAssembly.Module(moduleBytes());
  const module = rooms === ROOMS ? present(compiled, 'the module') : new WebAssembly.Module(moduleBytes(rooms));
  const linear = createLinearMemory({ min: PAGES_MIN, max: pagesMax });
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 0 });
  const instance = new WebAssembly.Instance(module, { env: { ...host, memory: linear.memory, table } });
  linear.longs.set(roundConstants(), KECCAK_CONSTANTS >>> 3);
  writePairs(new DataView(linear.memory.buffer));
  return { exports: instance.exports as unknown as Exports, linear, table }; // the module above has these functions, with these parameters
}

let compiled: WebAssembly.Module | undefined;

function functionsOf(rooms: Rooms, index: (name: string) => number) {
  return [
    ...arithmeticFunctions(index),
    ...keccakFunctions(index),
    decoderFunction(),
    ...rangeFunctions(),
    enterFunction(index),
    ...leaveFunctions(index, rooms),
    ...storageFunctions(rooms),
    logFunction(index, rooms),
    ...interpreterFunctions(index),
  ];
}
