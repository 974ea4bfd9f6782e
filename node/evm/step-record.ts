// The steps of a message as records that two machines' runs can be compared by: what stood before each step, and what the step before it
// left outside of the stack (memory, storage, logs, return data). It watches through tier 0's hooks and changes nothing.

import { bytesToHex, EMPTY_BYTES, type Hex } from '../lib/bytes.ts';
import { keccakHex } from '../lib/hashing.ts';
import { toSafeNumber } from '../lib/integer.ts';
import type { Wide } from '../lib/wide.ts';
import type { Journal } from '../state/journal.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { FrameEvent, Hooks, Step } from './machine.ts';

/** Words from the top of the stack that a record has: no opcode reaches deeper than SWAP16. */
export const RECORDED_WORDS = 17;
/** Bytes that a record spells out; of longer ones it has the hash. */
const SPELT_BYTES_MAX = 64;

/** What a step left outside of the stack. Bytes longer than 64 are given by their keccak hash. */
export type Written =
  | { readonly kind: 'memory'; readonly offset: number; readonly size: number; readonly bytes: Hex }
  | { readonly kind: 'storage' | 'transient'; readonly address: Address; readonly slot: bigint; readonly value: bigint }
  | { readonly kind: 'log'; readonly address: Address; readonly topics: readonly Hash[]; readonly data: Hex }
  /** A call or creation came back: its return data, and what of it went to memory. */
  | { readonly kind: 'returned'; readonly size: number; readonly bytes: Hex; readonly memory: Hex };

/** The moment before a step. */
export type StepRecord = {
  readonly pc: number;
  readonly opcode: number;
  /** 1 for the message's own frame. */
  readonly depth: number;
  readonly gasLeft: Wide;
  readonly gasCost: Wide;
  readonly refund: number;
  /** The uppermost words, the top last. */
  readonly stack: readonly bigint[];
  readonly stackHeight: number;
  /** On whose storage the code works. */
  readonly address: Address;
  readonly codeAddress: Address;
  /** Of the running code; null for code that creates a contract. */
  readonly codeHash: Hash | null;
  /** By the step before this one; null where it left nothing. */
  readonly written: Written | null;
};

/** Makes hooks that give a record of every step of one message to `take`. The journal is the one that the message writes. */
export function createStepRecorder(journal: Journal, take: (record: StepRecord) => void): Hooks {
  const codeHashes: (Hash | null)[] = []; // by depth
  let isCreation = false;
  let before: Step | null = null;
  let output: Uint8Array | null = null; // of a frame that has just ended
  const calls: Step[] = []; // by depth: the call that waits there

  return {
    step(step) {
      if (before === null || before.depth < step.depth)
        codeHashes[step.depth] = isCreation ? null : journal.codeHash(step.codeAddress);
      const written = before === null ? null : writtenBy(journal, before, step, output, calls[step.depth]);
      output = null;
      before = step;
      take({
        pc: step.pc,
        opcode: step.opcode,
        depth: step.depth,
        gasLeft: step.gasLeft,
        gasCost: step.gasCost,
        refund: step.refund,
        stack: step.stack.slice(-RECORDED_WORDS),
        stackHeight: step.stack.length,
        address: step.address,
        codeAddress: step.codeAddress,
        codeHash: codeHashes[step.depth] ?? null,
        written,
      });
    },
    frame(event: FrameEvent) {
      if (event.kind === 'exit') {
        output = event.output;
        return;
      }
      isCreation = event.type.startsWith('CREATE');
      if (event.depth === 1) before = null; // another message
      if (before !== null) calls[before.depth] = before;
    },
  };
}

/** What happened between two steps beside the stack, as the second one's frame sees it. */
function writtenBy(
  journal: Journal,
  before: Step,
  now: Step,
  output: Uint8Array | null,
  call: Step | undefined,
): Written | null {
  if (output !== null) return returned(now, call);
  if (before.depth !== now.depth) return null; // a frame begins: what it was given is in its input
  const { opcode, stack, address } = before;
  const top = stack.at(-1) ?? 0n;
  if (opcode === SSTORE || opcode === TSTORE) {
    const kind = opcode === SSTORE ? 'storage' : 'transient';
    const value = kind === 'storage' ? journal.storage(address, top) : journal.transientStorage(address, top);
    return { kind, address, slot: top, value };
  }
  if (opcode >= LOG0 && opcode <= LOG0 + 4) {
    const log = journal.logs().at(-1);
    return log === undefined
      ? null
      : { kind: 'log', address: log.address, topics: log.topics, data: spell(log.data).bytes };
  }
  const size = opcode === MSTORE ? 32n : opcode === MSTORE8 ? 1n : sizeOfCopy(opcode, stack);
  if (size === 0n) return null;
  const offset = toSafeNumber(opcode === EXTCODECOPY ? (stack.at(-2) ?? 0n) : top);
  if (offset === null) return null;
  return { kind: 'memory', offset, ...spell(part(now.memory, BigInt(offset), size)) };
}

function returned(now: Step, call: Step | undefined): Written {
  const range = call === undefined ? undefined : OUTPUT_RANGES[call.opcode];
  const memory =
    call === undefined || range === undefined
      ? EMPTY_BYTES
      : part(now.memory, call.stack.at(-1 - range) ?? 0n, call.stack.at(-2 - range) ?? 0n);
  return { kind: 'returned', ...spell(now.returnData), memory: spell(memory).bytes };
}

const MSTORE = 0x52;
const MSTORE8 = 0x53;
const SSTORE = 0x55;
const TSTORE = 0x5d;
const LOG0 = 0xa0;
const EXTCODECOPY = 0x3c;

/** Where on the stack, from the top, stands the size of what is copied to memory: CALLDATACOPY, CODECOPY, EXTCODECOPY, RETURNDATACOPY, MCOPY. */
const COPIED_SIZES: Readonly<Record<number, number>> = { 55: 2, 57: 2, 60: 3, 62: 2, 94: 2 };
/** Where stands the offset of a call's output, with its size below: CALL, CALLCODE, DELEGATECALL, STATICCALL. */
const OUTPUT_RANGES: Readonly<Record<number, number>> = { 241: 5, 242: 5, 244: 4, 250: 4 };

function sizeOfCopy(opcode: number, stack: readonly bigint[]): bigint {
  const at = COPIED_SIZES[opcode];
  return at === undefined ? 0n : (stack.at(-1 - at) ?? 0n);
}

/** The bytes of a range, as far as the memory reaches: a step that failed has not grown it. */
function part(memory: Uint8Array, offset: bigint, size: bigint): Uint8Array {
  const from = toSafeNumber(offset);
  const length = toSafeNumber(size);
  return from === null || length === null ? EMPTY_BYTES : memory.subarray(from, from + length);
}

function spell(bytes: Uint8Array): { readonly size: number; readonly bytes: Hex } {
  const isShort = bytes.length <= SPELT_BYTES_MAX;
  return { size: bytes.length, bytes: isShort ? bytesToHex(bytes) : keccakHex(bytes) };
}
