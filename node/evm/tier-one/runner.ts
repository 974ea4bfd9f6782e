// Runs frames in linear memory: opens them behind their caller's, lets the module run, does with the reference's own handlers what the module
// asks for, and hands a frame over to the reference machine where the module cannot go on. Everything between frames is the reference's.

import { present } from '../../lib/assert.ts';
import { EMPTY_BYTES } from '../../lib/bytes.ts';
import type { Address } from '../../types/transaction.ts';
import type { Code } from '../code.ts';
import { createFrame, type Execution, type Exit, type Frame, halt, type Opening, STACK_HEIGHT_MAX } from '../frame.ts';
import { createPlainRunner, type FrameRunner, type Run } from '../interpreter.ts';
import type { BlockContext, TransactionContext } from '../machine.ts';
import { type Memory, reallocate } from '../memory.ts';
import type { Opcode, OpcodeTable } from '../opcode.ts';
import { aligned, COLD, createCodeCache, type Decoded, type Heating, roomFor } from './code-cache.ts';
import {
  CONTROL,
  FRAME_WORDS,
  HEADER,
  HEAT_MAX,
  INSTRUCTION_BYTES,
  LEFT,
  MEMORY_START,
  STACK_TOP,
  TRANSACTION,
  TRANSACTION_WORDS,
  WORD_BYTES,
} from './layout.ts';
import { getControl, type LinearMemory, readLimbs, reserveBytes, setControl, writeLimbs } from './linear-memory.ts';
import { type Exports, instantiate } from './module.ts';
import { createSlotCache } from './slot-cache.ts';

/** Steps between two returns to the driver: the engine replaces the module's code by its optimised version only then. */
const SLICE_STEPS = 2 ** 17;

/** Runs the frames of one message after another. */
export type Engine = { readonly createRunner: (run: Run) => FrameRunner; readonly counts: Counts };

/** Steps that were counted, by who did them; those of compiled code by the block, and apart from the module's. */
export type Counts = { compiled: number; module: number; reference: number };

/** What compiles hot blocks, on the engine that it is given. */
export type Compiler = Heating & {
  /** Makes of a hot block's header what it is to be from now on: its heat must change. */
  readonly compile: (block: HotBlock) => void;
};

/** A block that is hot, and the code that it is of. */
export type HotBlock = {
  readonly header: number;
  readonly code: Code;
  readonly decoded: Decoded;
  readonly table: OpcodeTable;
};

/** What compiled code works on. */
export type EngineParts = {
  readonly linear: LinearMemory;
  readonly exports: Exports;
  readonly functions: WebAssembly.Table;
  /** The block that a jump to a position reaches; zero where none may land, or no room is left. */
  readonly blockAt: (code: Code, decoded: Decoded, position: number) => number;
};

/** Where a frame is. Kept by depth, since frames of one depth follow each other. */
type Place = {
  frame: Frame | null;
  /** The memory of the last frame here. */
  shown: Memory | null;
  /** The reference machine runs it. */
  isHandedOver: boolean;
  /** What must be zeros again when the frame has ended: from here to the end of its memory. */
  start: number;
  memory: number;
  decoded: Decoded;
  /** How far the blocks of creations reached when it opened. */
  passingTop: number;
  input: number;
  inputSize: number;
  base: number;
  sp: number;
  ip: number;
  header: number;
};

/** Creates the module's instance, or throws what the engine throws where it refuses one. */
export function createEngine(options: {
  readonly pagesMax: number;
  readonly createCompiler?: (parts: EngineParts) => Compiler;
}): Engine {
  const { pagesMax, createCompiler } = options;
  const counts: Counts = { compiled: 0, module: 0, reference: 0 };
  let run: Run | null = null;
  let plain: FrameRunner | null = null;
  let current: Place | null = null;
  const {
    exports,
    linear,
    table: functions,
  } = instantiate(
    {
      host: (position, gas) => askReference(position, gas),
      block: (position) => {
        const { frame, decoded } = present(current, 'a frame that jumps runs');
        return cache.block(present(frame, 'a frame that jumps is open').code, decoded, position);
      },
      reserve: (end) => (reserve(end) ? 1 : 0),
    },
    pagesMax,
  );
  const blockAt: EngineParts['blockAt'] = (code, decoded, position) =>
    (position < decoded.size ? (linear.ints[(decoded.jumps >>> 2) + position] ?? 0) : 0) ||
    cache.block(code, decoded, position);
  const compiler = createCompiler?.({ linear, exports, functions, blockAt }) ?? null;
  const cache = createCodeCache(linear, exports.decode, compiler ?? COLD);
  const slots = createSlotCache(linear);
  const places: Place[] = [];
  /** Operands and results of the handlers that the driver runs: one frame at a time uses it. */
  const operands = new Array<bigint>(STACK_HEIGHT_MAX).fill(0n);
  let open = 0;
  let block: BlockContext | null = null;
  let transaction: TransactionContext | null = null;

  const reserve = (end: number): boolean => {
    const before = linear.bytes.buffer;
    if (!reserveBytes(linear, end, pagesMax)) return false;
    if (linear.bytes.buffer !== before)
      for (let depth = 1; depth <= open; depth++) {
        const place = places[depth];
        if (place?.frame != null && !place.isHandedOver) showMemory(place.frame.memory, linear, place.memory);
      }
    return true;
  };
  /** Grows a frame's memory in place, or moves it out of linear memory where that cannot grow. */
  const reserveMemory = (memory: Memory, bytes: number): void => {
    const place = present(current, 'a frame that grows its memory runs');
    if (!reserve(place.memory + bytes)) reallocate(memory, bytes);
  };

  const placeAt = (depth: number): Place => {
    let place = places[depth];
    if (place === undefined) {
      place = newPlace();
      places[depth] = place;
    }
    return place;
  };

  /** Lays a frame out behind its caller's memory; false where there is no room. */
  const layOut = (place: Place, opening: Opening): boolean => {
    const { invocation, code, depth } = opening;
    const caller = depth === 1 ? null : placeAt(depth - 1);
    if (caller?.isHandedOver === true) return false;
    place.start = caller === null ? MEMORY_START : aligned(caller.memory + (caller.frame?.memory.size ?? 0));
    place.base = (caller?.sp ?? STACK_TOP) - FRAME_WORDS.length * WORD_BYTES;
    place.sp = place.base;
    place.memory = place.start;

    const input = invocation.kind === 'call' ? invocation.input : EMPTY_BYTES;
    place.inputSize = input.length;
    if (input.buffer === linear.bytes.buffer) place.input = input.byteOffset;
    else if (input.length > 0) {
      if (!reserve(place.memory + input.length)) return false;
      linear.bytes.set(input, place.memory);
      place.input = place.memory;
      place.memory = aligned(place.memory + input.length);
    }
    const decoded = (invocation.kind === 'call' ? cache.find(code) : null) ?? decodeHere(place, opening);
    if (decoded === null) return false;
    place.decoded = decoded;
    place.ip = decoded.ip;
    return reserve(place.memory + WORD_BYTES);
  };

  const decodeHere = (place: Place, { code }: Opening): Decoded | null => {
    const room = roomFor(code);
    if (room === null || !reserve(place.memory + room)) return null;
    const decoded = cache.decodeAt(code, place.memory);
    place.memory += room; // what is there must be zeros again in any case
    return decoded;
  };

  /** Writes the constant words of the block and of the transaction, where they are others than the last time. */
  const writeConstants = ({ block: nextBlock, transaction: nextTransaction }: Execution): void => {
    const write = (name: (typeof TRANSACTION_WORDS)[number], word: bigint): void =>
      writeLimbs(linear, TRANSACTION + TRANSACTION_WORDS.indexOf(name) * WORD_BYTES, word);
    if (nextTransaction !== transaction) {
      transaction = nextTransaction;
      write('ORIGIN', wordOf(transaction.origin));
      write('GASPRICE', transaction.gasPrice);
    }
    if (nextBlock !== block) {
      block = nextBlock;
      write('COINBASE', BigInt(block.coinbase));
      write('TIMESTAMP', BigInt(block.timestamp));
      write('NUMBER', BigInt(block.number));
      write('PREVRANDAO', BigInt(block.prevRandao));
      write('GASLIMIT', BigInt(block.gasLimit));
      write('CHAINID', block.chainId);
      write('BASEFEE', block.baseFee);
      write('BLOBBASEFEE', block.blobBaseFee);
    }
  };

  const begin = (opening: Opening): void => {
    // a message before that ended with an assertion has left its frames behind
    if (open > 0) linear.bytes.fill(0, MEMORY_START);
    open = 0;
    slots.drop();
    slots.forget();
    cache.prepare(present(run, 'a message under way').table);
    writeConstants(opening.execution);
  };

  /** A memory over the place's part of linear memory: a new one only where that lies elsewhere than for the last frame of the depth. */
  const memoryAt = (place: Place): Memory => {
    const { shown } = place;
    if (shown !== null && shown.bytes.byteOffset === place.memory && shown.bytes.buffer === linear.bytes.buffer) {
      shown.size = 0;
      return shown;
    }
    const memory: Memory = { bytes: EMPTY_BYTES, view: NO_VIEW, size: 0, reserve: reserveMemory };
    showMemory(memory, linear, place.memory);
    place.shown = memory;
    return memory;
  };

  const openFrame = (opening: Opening): Frame => {
    const { depth, invocation } = opening;
    if (depth === 1) begin(opening);
    else if (invocation.kind === 'create') slots.forget(); // what an address held before counts no more
    const place = placeAt(depth);
    place.frame = null;
    place.isHandedOver = false;
    place.passingTop = cache.passingTop();
    place.start = 0;
    place.memory = 0;
    open = depth;
    if (!layOut(place, opening)) {
      if (place.memory > place.start) linear.bytes.fill(0, place.start, place.memory);
      place.isHandedOver = true;
      place.frame = present(plain, 'a message under way').open(opening);
      return place.frame;
    }
    const frame = createFrame(opening, { stack: operands, memory: memoryAt(place) });
    place.frame = frame;
    writeLimbs(linear, place.base, wordOf(invocation.address));
    writeLimbs(linear, place.base + WORD_BYTES, wordOf(invocation.caller));
    writeLimbs(linear, place.base + 2 * WORD_BYTES, invocation.value);
    return frame;
  };

  const enter = (place: Place, frame: Frame): void => {
    for (let i = 0; i < frame.height; i++) {
      place.sp -= WORD_BYTES;
      writeLimbs(linear, place.sp, frame.stack[i] ?? 0n);
    }
    frame.height = 0;
    const { decoded } = place;
    setControl(linear, CONTROL.ip, place.ip);
    setControl(linear, CONTROL.sp, place.sp);
    setControl(linear, CONTROL.msize, frame.memory.size);
    setControl(linear, CONTROL.memory, place.memory);
    setControl(linear, CONTROL.base, place.base);
    setControl(linear, CONTROL.code, decoded.code);
    setControl(linear, CONTROL.codeSize, decoded.size);
    setControl(linear, CONTROL.jumps, decoded.jumps);
    setControl(linear, CONTROL.input, place.input);
    setControl(linear, CONTROL.inputSize, place.inputSize);
    setControl(linear, CONTROL.returnDataSize, frame.returnData.length);
    setControl(linear, CONTROL.isStatic, frame.isStatic ? 1 : 0);
    slots.select(frame.address);
    linear.doubles[CONTROL.gas >>> 3] = frame.gas;
  };

  const runPlainly = (message: Run, frame: Frame): Exit => {
    const before = message.steps;
    const exit = present(plain, 'a message under way').run(frame);
    counts.reference += message.steps - before;
    return exit;
  };

  const runFrame = (frame: Frame): Exit => {
    const message = present(run, 'a message under way');
    const place = placeAt(frame.depth);
    if (frame.exit !== null) return frame.exit;
    if (place.isHandedOver) return runPlainly(message, frame);
    current = place;
    open = frame.depth;
    enter(place, frame);
    for (;;) {
      const slice = Math.min(message.stepsMax - message.steps, SLICE_STEPS);
      setControl(linear, CONTROL.steps, slice);
      const reason = exports.run();
      const steps = slice - getControl(linear, CONTROL.steps);
      message.steps += steps;
      const compiled = getControl(linear, CONTROL.compiledSteps);
      setControl(linear, CONTROL.compiledSteps, 0);
      counts.compiled += compiled;
      counts.module += steps - compiled;
      place.ip = getControl(linear, CONTROL.ip);
      place.sp = getControl(linear, CONTROL.sp);
      place.header = getControl(linear, CONTROL.header);
      if (reason === LEFT.hot) {
        heated(message, place, frame);
        continue;
      }
      if (reason === LEFT.slice && message.steps + headerField(place, 'steps') <= message.stepsMax) continue;
      if (reason === LEFT.host && frame.exit !== null) return leaveFrame(message, place, frame, frame.exit);
      if (reason === LEFT.host) takeOver(message, place, frame, positionAt(place.ip) + 1, frame.gas);
      else {
        frame.memory.size = getControl(linear, CONTROL.msize);
        const gas = linear.doubles[CONTROL.gas >>> 3] ?? 0;
        takeOver(message, place, frame, positionAt(place.ip), reason === LEFT.slice ? gas : null);
      }
      return runPlainly(message, frame);
    }
  };

  /** Has a hot block compiled. */
  const heated = ({ table }: Run, { ip, decoded }: Place, { code }: Frame): void => {
    if (compiler === null) linear.ints[(ip + HEADER.heat) >>> 2] = HEAT_MAX;
    else compiler.compile({ header: ip, code, decoded, table });
  };

  const leaveFrame = (message: Run, place: Place, frame: Frame, exit: Exit): Exit => {
    if (exit.kind === 'invoke' || exit.kind === 'return') slots.flush(message.execution.journal, frame.address);
    else slots.drop();
    if (exit.kind === 'halt') uncount(message, place, frame, positionAt(place.ip) + 1);
    place.ip += INSTRUCTION_BYTES;
    return exit;
  };

  const headerField = (place: Place, field: 'gas' | 'steps'): number =>
    linear.ints[(place.header + HEADER[field]) >>> 2] ?? 0;
  const isCompiled = ({ header }: Place): boolean => ((linear.ints[(header + HEADER.heat) >>> 2] ?? 0) | 0) < 0;
  const positionAt = (ip: number): number => ((linear.ints[ip >>> 2] ?? 0) >>> 16) & 0xffff;

  /** Takes back the steps of the block that come after a position; returns the gas of those that come before it. */
  const uncount = (message: Run, place: Place, frame: Frame, position: number): number => {
    let gas = 0;
    let steps = 0;
    for (let at = positionAt(place.header); at < position; at++) {
      const code = frame.code.padded[at] ?? 0;
      gas += present(message.table[code], 'an opcode for every byte').gas;
      steps++;
      if (code >= PUSH1 && code <= PUSH32) at += code - PUSH1 + 1;
    }
    const undone = headerField(place, 'steps') - steps;
    message.steps -= undone;
    if (isCompiled(place)) counts.compiled -= undone;
    else counts.module -= undone;
    return gas;
  };

  /** Gives the frame to the reference machine at a position. Gas: as it is, or null where the block's is paid in advance. */
  const takeOver = (message: Run, place: Place, frame: Frame, position: number, gasLeft: number | null): void => {
    slots.flush(message.execution.journal, frame.address);
    let gas = gasLeft;
    const isAtHeader = place.ip === place.header;
    if (!isAtHeader) {
      const before = uncount(message, place, frame, position);
      gas ??= (linear.doubles[CONTROL.gas >>> 3] ?? 0) + headerField(place, 'gas') - before;
    }
    frame.gas = gas ?? linear.doubles[CONTROL.gas >>> 3] ?? 0;
    frame.pc = position;
    frame.stack = new Array<bigint>(STACK_HEIGHT_MAX).fill(0n);
    frame.height = (place.base - place.sp) >>> 5;
    for (let i = 0; i < frame.height; i++) frame.stack[i] = readLimbs(linear, place.base - (i + 1) * WORD_BYTES);
    frame.input = linear.bytes.slice(place.input, place.input + place.inputSize);
    const { bytes, size } = frame.memory;
    const copy = new Uint8Array(Math.max(size, 1024));
    copy.set(bytes.subarray(0, size));
    clear(place, frame);
    frame.memory = { bytes: copy, view: new DataView(copy.buffer), size, reserve: reallocate };
    place.frame = null;
    place.isHandedOver = true;
  };

  /** Makes the frame's place zeros again. A memory that has moved out leaves what it was before the last instruction. */
  const clear = (place: Place, { memory }: Frame): void => {
    const size = memory.bytes.buffer === linear.bytes.buffer ? memory.size : getControl(linear, CONTROL.msize);
    if (place.memory + size > place.start) linear.bytes.fill(0, place.start, place.memory + size);
  };

  /** Does an instruction by the reference's handler, on operands that are brought to it and a view of the memory. */
  const askReference = (position: number, gas: number): number => {
    const place = present(current, 'a frame that asks runs');
    const frame = present(place.frame, 'a frame that asks is open');
    const table = present(run, 'a message under way').table;
    const opcode = table[frame.code.padded[position] ?? 0] as Opcode; // a byte is an index of the table
    const sp = getControl(linear, CONTROL.sp);
    for (let i = 0; i < opcode.takes; i++) operands[opcode.takes - 1 - i] = readLimbs(linear, sp + i * WORD_BYTES);
    frame.height = opcode.takes;
    frame.memory.size = getControl(linear, CONTROL.msize);
    frame.gas = gas;
    const isStorage = opcode.code === SLOAD || opcode.code === SSTORE;
    const slot = operands[opcode.takes - 1] ?? 0n;
    if (isStorage) slots.flushRefund(frame.execution.journal); // it may be needed
    if (opcode.dynamicGas !== null) frame.gas -= opcode.dynamicGas(frame);
    if (frame.gas < 0) halt(frame, 'out-of-gas');
    else opcode.run(frame);
    if (isStorage && frame.exit === null)
      slots.remember(getControl(linear, CONTROL.slotEntry), frame.execution.journal, frame.address, slot);

    const top = sp + (opcode.takes - frame.height) * WORD_BYTES;
    setControl(linear, CONTROL.sp, top);
    for (let i = 0; i < frame.height; i++)
      writeLimbs(linear, top + (frame.height - 1 - i) * WORD_BYTES, operands[i] ?? 0n);
    frame.height = 0;
    if (frame.memory.bytes.buffer !== linear.bytes.buffer) return -1; // moved out: `msize` stays what is to be cleared
    setControl(linear, CONTROL.msize, frame.memory.size);
    return frame.exit === null ? frame.gas : -1;
  };

  return {
    counts,
    createRunner(next) {
      run = next;
      plain = createPlainRunner(next);
      return {
        open: openFrame,
        run: runFrame,
        close(frame) {
          const place = placeAt(frame.depth);
          const { exit, invocation } = frame;
          if (place.isHandedOver || exit?.kind !== 'return' || invocation.kind === 'create') slots.forget();
          if (!place.isHandedOver) clear(place, frame);
          cache.release(place.passingTop);
          place.frame = null;
          open = frame.depth - 1;
        },
      };
    },
  };
}

const SLOAD = 0x54;
const SSTORE = 0x55;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;
const NO_VIEW = new DataView(new ArrayBuffer(0));
const NOWHERE: Decoded = { code: 0, size: 0, jumps: 0, ip: 0, isPassing: false };

function newPlace(): Place {
  return {
    frame: null,
    shown: null,
    isHandedOver: false,
    start: 0,
    memory: 0,
    decoded: NOWHERE,
    passingTop: 0,
    input: 0,
    inputSize: 0,
    base: 0,
    sp: 0,
    ip: 0,
    header: 0,
  };
}

const words = new Map<Address, bigint>();
const WORDS_MAX = 1024;

/** An address as a word. The last ones are remembered: most frames are opened at few addresses. */
function wordOf(address: Address): bigint {
  let word = words.get(address);
  if (word === undefined) {
    if (words.size === WORDS_MAX) words.clear();
    word = BigInt(address);
    words.set(address, word);
  }
  return word;
}

/** Lets a frame's memory see linear memory from an address on. */
function showMemory(memory: Memory, { bytes }: LinearMemory, address: number): void {
  memory.bytes = bytes.subarray(address);
  memory.view = new DataView(bytes.buffer, address);
}
