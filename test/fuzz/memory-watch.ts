// Watches linear memory for writes outside of what a message may write to. Everything that it may not touch is filled with a pattern, or known
// to be zeros or constants, and is looked at when the message has ended. What frames write inside of each other's memory and stack shows in
// their results instead: generated programs end with a hash over all of both.

import type { FrameEvent, Machine, Step } from '../../node/evm/machine.ts';
import { tableOf } from '../../node/evm/table.ts';
import { COLD } from '../../node/evm/tier-one/code-cache.ts';
import {
  CODE_BYTES,
  CODE_START,
  KECCAK_CONSTANTS,
  LOG,
  LOGS,
  LOGS_END,
  MEMORY_START,
  OPCODE_TABLE,
  PAIRED_MAX,
  PAIRS,
  RECORD,
  RECORDS,
  RETURN_DATA,
  RETURN_DATA_BYTES,
  SLOTS,
  STACK_BYTES,
  STACK_TOP,
  WORD_BYTES,
  WRITE,
  WRITES,
  WRITES_END,
} from '../../node/evm/tier-one/layout.ts';
import type { LinearMemory } from '../../node/evm/tier-one/linear-memory.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { writeOpcodeTable, writePairs } from '../../node/evm/tier-one/operations.ts';
import { createCompiler, LIMITS } from '../../node/evm/tier-two/compiler.ts';
import type { Fork } from '../../node/types/config.ts';

/** A machine whose memory is watched. */
export type Watched = {
  readonly machine: Machine;
  readonly linear: LinearMemory;
  /** What is not as it should be after a message that used so much, or null. Everything is made ready for the next. */
  readonly check: (use: Use) => string | null;
  /** As `check`, over the whole of the large regions, which takes some milliseconds. */
  readonly checkAll: () => string | null;
};

/** What a message used at most, as the reference machine did it. */
export type Use = {
  depth: number;
  /** Words on the operand stacks of all frames that are open. */
  words: number;
  /** Writes to storage, and bytes of logs with their heads. */
  writes: number;
  logBytes: number;
  returnDataBytes: number;
};

const PATTERN = 0xa5;
const KECCAK_CONSTANT_BYTES = 24 * 8;
const FRAME_WORD_COUNT = 3;
const STACK_BOTTOM = STACK_TOP - 1026 * (STACK_BYTES + FRAME_WORD_COUNT * WORD_BYTES);
/** How far below the stacks' lowest word each check looks, and behind other regions that are used from their beginning. */
const REACH = 2 ** 18;
/** What is copied word by word may end a word later. */
const WORD_SLACK = WORD_BYTES;

/** The machine of tier 1, or of tier 2 which compiles everything. */
export function createWatched(tier: 1 | 2): Watched {
  let linear: LinearMemory | null = null;
  const machine = createTierOne({
    onRefusal(error) {
      throw error;
    },
    createCompiler(parts) {
      linear = parts.linear;
      if (tier === 1) return { ...COLD, compile: () => {} };
      const counts = { modules: 0, functions: 0, bytes: 0, refusals: 0 };
      return createCompiler(parts, { threshold: 0, limits: LIMITS, onRefusal: () => {} }, counts);
    },
  });
  if (linear === null) throw new Error('no linear memory');
  return { machine, linear, ...createChecks(linear) };
}

/** From the end of the tables of opcodes on, which is nobody's. */
const gap = [PAIRS + PAIRED_MAX * PAIRED_MAX, SLOTS] as const;
const SERVED: readonly Fork[] = ['Cancun', 'Prague', 'Osaka'];

/** The tables as the module has them in a fork. */
function opcodeTable(fork: Fork): Uint8Array {
  const bytes = new Uint8Array(SLOTS);
  writeOpcodeTable(new DataView(bytes.buffer), tableOf(fork));
  writePairs(new DataView(bytes.buffer));
  return bytes.slice(OPCODE_TABLE, gap[0]);
}

function createChecks(linear: LinearMemory): Pick<Watched, 'check' | 'checkAll'> {
  const tables = [linear.bytes.slice(OPCODE_TABLE, gap[0]), ...SERVED.map(opcodeTable)];
  const constants = linear.bytes.slice(KECCAK_CONSTANTS, KECCAK_CONSTANTS + KECCAK_CONSTANT_BYTES);
  const fill = (from: number, to: number): void => void (to > from && linear.bytes.fill(PATTERN, from, to));
  fill(...gap);
  fill(RECORDS + 2 * RECORD.bytes, WRITES);
  fill(WRITES, WRITES_END);
  fill(LOGS, LOGS_END);
  fill(RETURN_DATA, RETURN_DATA + RETURN_DATA_BYTES);
  fill(STACK_BOTTOM, STACK_TOP);
  fill(CODE_START, CODE_START + CODE_BYTES);
  /** The lowest word of the stacks that any message may have written to. */
  let lowest = STACK_TOP;

  return {
    check({ depth, words, writes, logBytes, returnDataBytes }) {
      const table = linear.bytes.subarray(OPCODE_TABLE, gap[0]);
      const stack = STACK_TOP - WORD_BYTES * (words + FRAME_WORD_COUNT * depth);
      lowest = Math.min(lowest, stack);
      const records = RECORDS + (depth + 2) * RECORD.bytes;
      const written = Math.min(WRITES + writes * WRITE.bytes, WRITES_END);
      const logged = Math.min(LOGS + logBytes, LOGS_END);
      const returned = RETURN_DATA + Math.min(returnDataBytes + WORD_SLACK, RETURN_DATA_BYTES);
      const wrong =
        (tables.some((known) => Buffer.compare(table, known) === 0) ? null : 'the table of opcodes has changed') ??
        (Buffer.compare(linear.bytes.slice(KECCAK_CONSTANTS, KECCAK_CONSTANTS + KECCAK_CONSTANT_BYTES), constants) === 0
          ? null
          : "keccak's constants have changed") ??
        changed(linear, PATTERN, ...gap, 'between the table of opcodes and the slots') ??
        changed(linear, PATTERN, records, WRITES, 'in the records of frames that never were') ??
        changed(linear, PATTERN, written, Math.min(written + REACH, WRITES_END), 'behind the list of writes') ??
        changed(linear, PATTERN, logged, Math.min(logged + REACH, LOGS_END), 'behind the list of logs') ??
        changed(linear, PATTERN, returned, RETURN_DATA + RETURN_DATA_BYTES, 'behind the return data') ??
        changed(linear, PATTERN, Math.max(stack - REACH, STACK_BOTTOM), stack, 'below the stacks') ??
        changed(linear, 0, MEMORY_START, linear.bytes.length, "in frames' memories, which have ended");
      fill(RECORDS + 2 * RECORD.bytes, Math.min(records, WRITES));
      fill(WRITES, written);
      fill(LOGS, logged);
      fill(RETURN_DATA, returned);
      fill(Math.max(stack, STACK_BOTTOM), STACK_TOP);
      return wrong;
    },
    checkAll() {
      return (
        changed(linear, PATTERN, WRITES, LOGS_END, 'in the lists of writes and logs') ??
        changed(linear, PATTERN, STACK_BOTTOM, STACK_TOP, 'in the stacks') ??
        changedBehindGaps(linear)
      );
    },
  };
}

/** Where decoded code ends, nothing is touched until the blocks of creations begin, and behind those nothing either. */
function changedBehindGaps(linear: LinearMemory): string | null {
  const creations = CODE_START + CODE_BYTES - (CODE_BYTES >>> 2);
  for (const [from, to] of [
    [CODE_START, creations],
    [creations, CODE_START + CODE_BYTES],
  ] as const) {
    const chunk = 2 ** 16;
    let isBehind = false;
    for (let at = from; at < to; at += chunk) {
      const end = Math.min(at + chunk, to);
      const difference = changed(linear, PATTERN, at, end, 'behind decoded code');
      if (isBehind && difference !== null) return difference;
      isBehind ||= difference === null;
    }
  }
  return null;
}

const patterns = new Map([0, PATTERN].map((byte) => [byte, Buffer.alloc(2 ** 20, byte)]));

/** Where the first byte is that is not as the region was filled, or null. */
function changed({ bytes }: LinearMemory, byte: number, from: number, to: number, where: string): string | null {
  const expected = patterns.get(byte) ?? Buffer.alloc(0);
  for (let at = from; at < to; at += expected.length) {
    const part = bytes.subarray(at, Math.min(at + expected.length, to));
    if (Buffer.compare(part, expected.subarray(0, part.length)) === 0) continue;
    const first = part.findIndex((value) => value !== byte);
    return `${where}: byte 0x${(at + first).toString(16)} is 0x${(part[first] ?? 0).toString(16)}`;
  }
  return null;
}

/** Hooks for the reference machine that find out what a transaction uses. */
export function measureUse(): {
  readonly use: Use;
  readonly step: (step: Step) => void;
  readonly frame: (event: FrameEvent) => void;
} {
  const use: Use = { depth: 1, words: 0, writes: 0, logBytes: 0, returnDataBytes: 0 };
  /** By depth: the words that a frame's last step left, at most. */
  const heights: number[] = [];
  const opcodes = tableOf('Osaka');
  return {
    use,
    step({ opcode, depth, stack }) {
      const { takes = 0, gives = 0 } = opcodes[opcode] ?? {};
      const after = stack.length - takes + gives;
      let below = 0;
      for (let i = 1; i < depth; i++) below += heights[i] ?? 0;
      heights[depth] = after;
      use.depth = Math.max(use.depth, depth);
      use.words = Math.max(use.words, below + Math.max(stack.length, after));
      if (opcode === SSTORE || opcode === TSTORE) use.writes++;
      if (opcode >= LOG0 && opcode <= LOG4) {
        const size = Number(stack.at(-2) ?? 0n);
        if (size < 2 ** 24) use.logBytes += LOG.head + WORD_BYTES * (opcode - LOG0) + size + 2 * WORD_SLACK;
      }
    },
    frame(event) {
      if (event.kind === 'enter') use.depth = Math.max(use.depth, event.depth);
      else use.returnDataBytes = Math.max(use.returnDataBytes, event.output.length);
    },
  };
}

const SSTORE = 0x55;
const TSTORE = 0x5d;
const LOG0 = 0xa0;
const LOG4 = 0xa4;
