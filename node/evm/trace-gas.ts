// The prices that go-ethereum's trace shows for a step that is not paid: it charges the constant part, then looks at the memory, then
// charges the rest, and shows what it had added up when it gave up. Nothing here decides anything.

import { divideBigint } from '../lib/integer.ts';
import { toWide, type Wide } from '../lib/wide.ts';
import { type Fork, includesFork } from '../types/config.ts';
import type { Step } from './machine.ts';
import { UNAFFORDABLE } from './memory.ts';
import type { OpcodeTable } from './opcode.ts';
import { WARM_GAS } from './opcodes/access.ts';

const EXP = 0x0a;
const SELFDESTRUCT = 0xff;
const isLog = (code: number): boolean => code >= 0xa0 && code <= 0xa4;
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH and the calls: since EIP-2929 their constant part is a warm access. */
const REACH_ACCOUNTS: readonly number[] = [0x31, 0x3b, 0x3c, 0x3f, 0xf1, 0xf2, 0xf4, 0xfa];

/** The part of a price that go-ethereum charges first. */
export function gasBeforeMemory(fork: Fork, table: OpcodeTable, code: number): number {
  if (code === EXP || isLog(code)) return 0;
  if (includesFork(fork, 'Berlin')) {
    if (REACH_ACCOUNTS.includes(code)) return WARM_GAS;
  } else if (code === SELFDESTRUCT) return 0;
  return table[code]?.gas ?? 0;
}

/** A range of memory: the places of offset and size, counted from the top of the stack, or a size that is always the same. */
type Range = { readonly offset: number; readonly size: number } | { readonly offset: number; readonly bytes: bigint };

/** Which memory opcodes read and write. */
const RANGES: Readonly<Record<number, readonly Range[]>> = {
  32: [{ offset: 0, size: 1 }], // KECCAK256
  55: [{ offset: 0, size: 2 }], // CALLDATACOPY
  57: [{ offset: 0, size: 2 }], // CODECOPY
  60: [{ offset: 1, size: 3 }], // EXTCODECOPY
  62: [{ offset: 0, size: 2 }], // RETURNDATACOPY
  81: [{ offset: 0, bytes: 32n }], // MLOAD
  82: [{ offset: 0, bytes: 32n }], // MSTORE
  83: [{ offset: 0, bytes: 1n }], // MSTORE8
  // MCOPY
  94: [
    { offset: 0, size: 2 },
    { offset: 1, size: 2 },
  ],
  160: [{ offset: 0, size: 1 }], // LOG0 to LOG4
  161: [{ offset: 0, size: 1 }],
  162: [{ offset: 0, size: 1 }],
  163: [{ offset: 0, size: 1 }],
  164: [{ offset: 0, size: 1 }],
  240: [{ offset: 1, size: 2 }], // CREATE
  // CALL, CALLCODE
  241: [
    { offset: 3, size: 4 },
    { offset: 5, size: 6 },
  ],
  242: [
    { offset: 3, size: 4 },
    { offset: 5, size: 6 },
  ],
  243: [{ offset: 0, size: 1 }], // RETURN
  // DELEGATECALL
  244: [
    { offset: 2, size: 3 },
    { offset: 4, size: 5 },
  ],
  245: [{ offset: 1, size: 2 }], // CREATE2
  // STATICCALL
  250: [
    { offset: 2, size: 3 },
    { offset: 4, size: 5 },
  ],
  253: [{ offset: 0, size: 1 }], // REVERT
};

/** Where the memory that a step needs ends; zero where it needs none. */
export function memoryEnd({ opcode, stack }: Step): bigint {
  let end = 0n;
  for (const range of RANGES[opcode] ?? []) {
    const offset = stack.at(-1 - range.offset) ?? 0n;
    const size = 'bytes' in range ? range.bytes : (stack.at(-1 - range.size) ?? 0n);
    if (size !== 0n && offset + size > end) end = offset + size;
  }
  return end;
}

/** The size of the memory when it has grown to hold that end. */
export function sizeOfEnd(end: bigint, size: number): number {
  return Math.max(size, Number(wordsOf(end) * 32n));
}

/** The largest memory for which go-ethereum can tell the price. */
const MEMORY_BYTES_PRICED = 0x1f_ffff_ffe0n;

/** Why the price of a memory cannot be told; null where it can. */
export function memoryFault(step: Step): string | null {
  const end = memoryEnd(step);
  if ((wordsOf(end) * 32n) >> 64n !== 0n) return 'gas uint64 overflow';
  return end > MEMORY_BYTES_PRICED ? 'out of gas: gas uint64 overflow' : null;
}

const LOG_GAS = 375n;
const LOG_BYTE_GAS = 8n;
const EXP_GAS = 10n;
/** What a word costs that is hashed, copied, or hashed as init code. */
const WORD_GAS: Readonly<Record<number, readonly [size: number, gas: bigint]>> = {
  32: [1, 6n],
  55: [2, 3n],
  57: [2, 3n],
  60: [3, 3n],
  62: [2, 3n],
  94: [2, 3n],
};

/**
 * The whole price where the machine does not compute it, as of EXP and LOG that cannot pay their constant part, and of memory beyond what
 * it prices; null where it does. What such a call pays for its account and its callee is not in it.
 */
export function unmeteredGas(fork: Fork, table: OpcodeTable, step: Step, memorySize: number): Wide | null {
  const { opcode, stack } = step;
  const isUnpriced = step.gasCost >= UNAFFORDABLE;
  if (opcode === EXP) {
    const perByte = includesFork(fork, 'SpuriousDragon') ? 50n : 10n;
    const exponent = stack.at(-2) ?? 0n;
    return toWide(EXP_GAS + perByte * BigInt(exponent === 0n ? 0 : (exponent.toString(16).length + 1) >> 1));
  }
  const end = memoryEnd(step);
  const growth = end > memorySize ? memoryGas(end) - memoryGas(BigInt(memorySize)) : 0n;
  if (isLog(opcode)) return toWide(growth + LOG_GAS * BigInt(opcode - 0x9f) + LOG_BYTE_GAS * (stack.at(-2) ?? 0n));
  if (!isUnpriced) return null;
  const [size, gas] = WORD_GAS[opcode] ?? [0, 0n];
  const words = gas === 0n ? 0n : wordsOf(stack.at(-1 - size) ?? 0n);
  return toWide(BigInt(gasBeforeMemory(fork, table, opcode)) + growth + words * gas);
}

function memoryGas(bytes: bigint): bigint {
  const words = wordsOf(bytes);
  return words * 3n + divideBigint(words * words, 512n);
}

function wordsOf(bytes: bigint): bigint {
  return (bytes + 31n) >> 5n;
}
