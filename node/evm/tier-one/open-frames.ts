// The frames of a message as the driver sees them: it lays out those that it opens, makes objects of those that the module has opened where
// the reference needs them, and gives frames to the reference machine where the module cannot go on.

import { present } from '../../lib/assert.ts';
import { EMPTY_BYTES, wordToAddress } from '../../lib/bytes.ts';
import type { Address } from '../../types/transaction.ts';
import { type Call, createFrame, type Frame, type Opening, STACK_HEIGHT_MAX } from '../frame.ts';
import { type Memory, reallocate } from '../memory.ts';
import { roomFor } from './code-cache.ts';
import { writeConstants } from './constants.ts';
import { recordAt } from './effects.ts';
import type { Parts } from './engine.ts';
import {
  aligned,
  CALL_KINDS,
  CONTROL,
  FRAME_WORDS,
  HEADER,
  MEMORY_START,
  RECORD,
  RETURN_DATA,
  WORD_BYTES,
} from './layout.ts';
import { getControl, readLimbs, reserveBytes, setControl, writeLimbs } from './linear-memory.ts';
import { behind, memoryOf, outermost, type Place, showMemory } from './place.ts';

export type OpenFrames = {
  /** Opens a frame in linear memory, or on the reference machine where there is no room. */
  readonly open: (opening: Opening) => Frame;
  /** Makes the module's state the frame's, with what its callee's outcome has pushed. */
  readonly enter: (frame: Frame) => void;
  /** The frame that the module runs, as an object. All that was done must be in the journal. */
  readonly current: () => Frame;
  /** Lets the frame that the module runs see what its last call returned. */
  readonly showReturnData: (frame: Frame) => void;
  /**
   * Objects for the frames that the module has opened inside a frame, which from now on only the driver ends: the last one runs, the others
   * wait. The frame's and their state is in their places.
   */
  readonly descend: (from: Frame) => readonly Frame[];
  /** Gives the frame, whose state is in its place, to the reference machine at a position. Gas: null where the block's is paid in advance. */
  readonly handOver: (frame: Frame, position: number, gas: number | null) => void;
  /** Takes back the steps of the frame's block that come after a position; returns the gas of those that come before it. */
  readonly uncount: (frame: Frame, position: number) => number;
  readonly close: (frame: Frame) => void;
  /** Makes room up to an address. */
  readonly reserve: (end: number) => boolean;
};

export function createOpenFrames(parts: Parts): OpenFrames {
  const { linear, codes, effects, accounts, placeAt, counts, messages, rooms } = parts;
  /** Operands and results of the handlers that the driver runs: one frame at a time uses it. */
  const operands = new Array<bigint>(STACK_HEIGHT_MAX).fill(0n);
  const constants = writeConstants(linear);
  const depthNow = (): number => getControl(linear, CONTROL.depth);

  const reserve = (end: number): boolean => {
    const before = linear.bytes.buffer;
    if (!reserveBytes(linear, end, parts.pagesMax)) return false;
    if (linear.bytes.buffer !== before)
      for (let depth = depthNow(); depth > 0; depth--) {
        const { frame, isHandedOver, memory } = placeAt(depth);
        if (frame !== null && !isHandedOver) showMemory(frame.memory, linear, memory);
      }
    return true;
  };
  /** Grows a frame's memory in place, or moves it out of linear memory where that cannot grow. */
  const reserveMemory = (memory: Memory, bytes: number): void => {
    if (!reserve(placeAt(depthNow()).memory + bytes)) reallocate(memory, bytes);
  };

  /** Lays a frame out behind its caller's memory; false where there is no room. */
  const layOut = (place: Place, opening: Opening): boolean => {
    const { invocation, code, depth } = opening;
    const from = depth === 1 ? outermost(MEMORY_START) : behind(placeAt(depth - 1));
    place.start = from.memory;
    place.memory = from.memory;
    place.base = from.sp - FRAME_WORDS.length * WORD_BYTES;
    place.sp = place.base;

    const input = invocation.kind === 'call' ? invocation.input : EMPTY_BYTES;
    place.inputSize = input.length;
    if (input.buffer === linear.bytes.buffer) place.input = input.byteOffset;
    else if (input.length > 0) {
      if (!reserve(place.memory + input.length)) return false;
      linear.bytes.set(input, place.memory);
      place.input = place.memory;
      place.memory = aligned(place.memory + input.length);
    }
    // an account's code for which there is no room is not decoded for each call of it: the reference machine runs it
    const decoded = invocation.kind === 'call' ? codes.find(code) : decodeHere(place, opening);
    if (decoded === null) return false;
    place.decoded = decoded;
    place.ip = decoded.ip;
    return reserve(place.memory + WORD_BYTES);
  };

  const decodeHere = (place: Place, { code }: Opening) => {
    const room = roomFor(code);
    if (room === null || !reserve(place.memory + room)) return null;
    const decoded = codes.decodeAt(code, place.memory);
    place.memory += room; // what is there must be zeros again in any case
    return decoded;
  };

  const begin = ({ execution }: Opening): void => {
    // a message before that ended with an assertion has left its frames behind
    if (depthNow() > 0) linear.bytes.fill(0, MEMORY_START);
    effects.reset();
    codes.prepare(messages.run().table);
    constants(execution);
  };

  /** Makes the frame's place zeros again. A memory that has moved out leaves what it was before the last instruction. */
  const clear = (place: Place, { memory }: Frame): void => {
    const size = memory.bytes.buffer === linear.bytes.buffer ? memory.size : getControl(linear, CONTROL.msize);
    if (place.memory + size > place.start) linear.bytes.fill(0, place.start, place.memory + size);
  };

  const showReturnData = (frame: Frame): void => {
    if (getControl(linear, CONTROL.isReturnDataElsewhere) !== 0) return;
    frame.returnData = linear.bytes.slice(RETURN_DATA, RETURN_DATA + getControl(linear, CONTROL.returnDataSize));
  };

  const handOver: OpenFrames['handOver'] = (frame, position, gasLeft) => {
    const place = placeAt(frame.depth);
    showReturnData(frame);
    let gas = gasLeft;
    if (place.ip !== place.header) {
      const before = uncount(frame, position);
      gas ??= (linear.doubles[CONTROL.gas >>> 3] ?? 0) + headerField(place, 'gas') - before;
    }
    frame.gas = gas ?? linear.doubles[CONTROL.gas >>> 3] ?? 0;
    frame.pc = position;
    place.stack ??= new Array<bigint>(STACK_HEIGHT_MAX).fill(0n);
    frame.stack = place.stack;
    frame.height = (place.base - place.sp) >>> 5;
    for (let i = 0; i < frame.height; i++) frame.stack[i] = readLimbs(linear, place.base - (i + 1) * WORD_BYTES);
    frame.input = linear.bytes.slice(place.input, place.input + place.inputSize);
    const { bytes, size } = frame.memory;
    const copy = new Uint8Array(Math.max(size, 1024));
    copy.set(bytes.subarray(0, size));
    clear(place, frame);
    frame.memory = { bytes: copy, view: new DataView(copy.buffer), size, reserve: reallocate };
    place.isHandedOver = true;
  };

  const headerField = (place: Place, field: 'gas' | 'steps'): number =>
    getControl(linear, place.header + HEADER[field]);

  const uncount: OpenFrames['uncount'] = (frame, position) => {
    const place = placeAt(frame.depth);
    const message = messages.run();
    let gas = 0;
    let steps = 0;
    for (let at = positionOf(getControl(linear, place.header)); at < position; at++) {
      const code = frame.code.padded[at] ?? 0;
      gas += present(message.table[code], 'an opcode for every byte').gas;
      steps++;
      if (code >= PUSH1 && code <= PUSH32) at += code - PUSH1 + 1;
    }
    const undone = headerField(place, 'steps') - steps;
    message.steps -= undone;
    if ((getControl(linear, place.header + HEADER.heat) | 0) < 0) counts.compiled -= undone;
    else counts.module -= undone;
    return gas;
  };

  /** The state of the frame at a depth: the module's own, or what the frame's record keeps while it waits. */
  const stateAt = (depth: number): number => (depth === depthNow() ? 0 : recordAt(depth));
  const recordField = (depth: number, field: keyof typeof RECORD): number =>
    getControl(linear, recordAt(depth) + RECORD[field]);

  const frameAt = (depth: number): Frame => {
    const place = placeAt(depth);
    const state = stateAt(depth);
    const size = getControl(linear, state + CONTROL.msize);
    if (recordField(depth, 'hasFrame') === 1) {
      const frame = present(place.frame, 'the object of an open frame');
      if (frame.memory.bytes.buffer === linear.bytes.buffer) frame.memory.size = size;
      return frame;
    }
    const base = getControl(linear, state + CONTROL.base);
    const invocation: Call = {
      kind: 'call',
      type: present(CALL_KINDS[recordField(depth, 'kind')], 'a kind of call'),
      caller: wordToAddress(readLimbs(linear, base + CALLER)),
      address: accounts.addressOf(getControl(linear, state + CONTROL.slotTag)),
      codeAddress: accounts.addressOf(recordField(depth, 'namedTag')),
      value: readLimbs(linear, base + CALLVALUE),
      input: EMPTY_BYTES, // the module and a frame that is handed over have it themselves
      gas: linear.doubles[(recordAt(depth) + RECORD.callGas) >>> 3] ?? 0,
      isStatic: getControl(linear, state + CONTROL.isStatic) !== 0,
      outputOffset: BigInt(recordField(depth, 'outputOffset')),
      outputSize: BigInt(recordField(depth, 'outputSize')),
    };
    const { code, decoded } = codes.byId(getControl(linear, state + CONTROL.codeId));
    place.start = getControl(linear, state + CONTROL.memory);
    place.memory = place.start;
    place.base = base;
    place.input = getControl(linear, state + CONTROL.input);
    place.inputSize = getControl(linear, state + CONTROL.inputSize);
    place.decoded = decoded;
    place.passingTop = codes.passingTop();
    place.isHandedOver = false;
    const { execution } = messages.run();
    const codeAddress = accounts.addressOf(recordField(depth, 'codeTag'));
    const { checkpoint } = place;
    const workspace = { stack: operands, memory: memoryOf(place, linear, reserveMemory) };
    const frame = createFrame(
      { kind: 'opening', execution, invocation, depth, checkpoint, code, codeAddress },
      workspace,
    );
    frame.memory.size = size;
    place.frame = frame;
    setControl(linear, recordAt(depth) + RECORD.hasFrame, 1);
    return frame;
  };

  return {
    open(opening) {
      const { depth, invocation } = opening;
      if (depth === 1) begin(opening);
      else if (invocation.kind === 'create') effects.forgetSlots(); // what an address held before counts no more
      const place = placeAt(depth);
      place.frame = null;
      place.isHandedOver = false;
      place.passingTop = codes.passingTop();
      setControl(linear, CONTROL.depth, depth);
      effects.begin(depth);
      if (!layOut(place, opening)) {
        if (place.memory > place.start) linear.bytes.fill(0, place.start, place.memory);
        place.isHandedOver = true;
        const frame = messages.plain().open(opening);
        frame.input = frame.input.slice(); // what it sees of its caller's memory is gone when linear memory grows
        place.frame = frame;
        return frame;
      }
      const frame = createFrame(opening, { stack: operands, memory: memoryOf(place, linear, reserveMemory) });
      place.frame = frame;
      writeLimbs(linear, place.base, wordOf(invocation.address));
      writeLimbs(linear, place.base + CALLER, wordOf(invocation.caller));
      writeLimbs(linear, place.base + CALLVALUE, invocation.value);
      return frame;
    },
    enter(frame) {
      const place = placeAt(frame.depth);
      for (let i = 0; i < frame.height; i++) {
        place.sp -= WORD_BYTES;
        writeLimbs(linear, place.sp, frame.stack[i] ?? 0n);
      }
      frame.height = 0;
      const { decoded } = place;
      const { returnData } = frame;
      const isElsewhere = returnData.length > rooms.returnDataBytes;
      if (!isElsewhere) linear.bytes.set(returnData, RETURN_DATA);
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
      setControl(linear, CONTROL.returnDataSize, returnData.length);
      setControl(linear, CONTROL.isReturnDataElsewhere, isElsewhere ? 1 : 0);
      setControl(linear, CONTROL.isStatic, frame.isStatic ? 1 : 0);
      setControl(linear, CONTROL.slotTag, accounts.tagOf(frame.address));
      setControl(linear, CONTROL.codeId, decoded.id);
      setControl(linear, CONTROL.isNative, 0);
      setControl(linear, CONTROL.depth, frame.depth);
      setControl(linear, CONTROL.record, recordAt(frame.depth));
      linear.doubles[CONTROL.gas >>> 3] = frame.gas;
    },
    current: () => frameAt(depthNow()),
    showReturnData,
    descend(from) {
      const depth = depthNow();
      const frames: Frame[] = [];
      for (let d = from.depth; d <= depth; d++) {
        const frame = frameAt(d);
        const place = placeAt(d);
        const state = stateAt(d);
        place.ip = getControl(linear, state + CONTROL.ip);
        place.sp = getControl(linear, state + CONTROL.sp);
        place.header = getControl(linear, state + CONTROL.header);
        if (d < depth) frame.gas = linear.doubles[(state + CONTROL.gas) >>> 3] ?? 0;
        if (d > from.depth) frames.push(frame);
      }
      return frames;
    },
    handOver,
    uncount,
    close(frame) {
      const place = placeAt(frame.depth);
      const { exit, invocation } = frame;
      setControl(linear, CONTROL.depth, frame.depth);
      effects.forgetBalance(); // SELFDESTRUCT has sent it away
      if (exit?.kind !== 'return') effects.revert(frame.depth);
      else if (frame.depth === 1) effects.sync(frame.execution.journal);
      if (!place.isHandedOver) clear(place, frame);
      if (invocation.kind === 'create' && frame.depth > 1 && exit?.kind === 'return') {
        // the deposit may fail yet
        effects.sync(frame.execution.journal);
        effects.forgetSlots();
        accounts.forgetSince(place.accountsMark);
      }
      codes.release(place.passingTop);
      place.frame = null;
      setControl(linear, CONTROL.depth, frame.depth - 1);
    },
    reserve,
  };
}

/** The position in the code that a header's or an instruction's first word holds. */
export function positionOf(word: number): number {
  return (word >>> 16) & 0xffff;
}

const CALLER = FRAME_WORDS.indexOf('CALLER') * WORD_BYTES;
const CALLVALUE = FRAME_WORDS.indexOf('CALLVALUE') * WORD_BYTES;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;

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
