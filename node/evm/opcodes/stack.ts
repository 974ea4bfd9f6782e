// 0x50 to 0x53, 0x59, 0x5e to 0x9f: the stack and memory (Yellow Paper, appendix H.2; EIP-3855, EIP-5656).

import { constantAt } from '../code.ts';
import { peek, pop, push } from '../frame.ts';
import { expansionGas, growMemory, growthGas, readWord, wordGas, writeWord } from '../memory.ts';
import { type DynamicGas, define, type Opcode } from '../opcode.ts';

export const POP = define(0x50, 'POP', { takes: 1, gives: 0, gas: 2 }, (frame) => {
  pop(frame);
});

const wordAccessGas: DynamicGas = (frame) => growthGas(frame.memory, Number(peek(frame, 0)) + 32);
const byteAccessGas: DynamicGas = (frame) => growthGas(frame.memory, Number(peek(frame, 0)) + 1);

export const MLOAD = define(0x51, 'MLOAD', { takes: 1, gives: 1, gas: 3, dynamicGas: wordAccessGas }, (frame) => {
  push(frame, readWord(frame.memory, Number(pop(frame))));
});

export const MSTORE = define(0x52, 'MSTORE', { takes: 2, gives: 0, gas: 3, dynamicGas: wordAccessGas }, (frame) => {
  writeWord(frame.memory, Number(pop(frame)), pop(frame));
});

export const MSTORE8 = define(0x53, 'MSTORE8', { takes: 2, gives: 0, gas: 3, dynamicGas: byteAccessGas }, (frame) => {
  const offset = Number(pop(frame));
  growMemory(frame.memory, offset, 1);
  frame.memory.bytes[offset] = Number(pop(frame) & 0xffn);
});

export const MSIZE = define(0x59, 'MSIZE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.memory.size));
});

/** The memory must hold both ranges, so the one that ends later sets the price. */
const moveGas: DynamicGas = (frame) => {
  const size = peek(frame, 2);
  const target = expansionGas(frame.memory, peek(frame, 0), size);
  const source = expansionGas(frame.memory, peek(frame, 1), size);
  return Math.max(target, source) + wordGas(size, 3);
};

/** EIP-5656: target, source, size; the ranges may overlap. */
export const MCOPY = define(0x5e, 'MCOPY', { takes: 3, gives: 0, gas: 3, dynamicGas: moveGas }, (frame) => {
  const { memory } = frame;
  const target = Number(pop(frame));
  const source = Number(pop(frame));
  const size = Number(pop(frame));
  if (size === 0) return;
  growMemory(memory, Math.max(target, source), size);
  memory.bytes.copyWithin(target, source, source + size);
});

/** EIP-3855. */
export const PUSH0 = define(0x5f, 'PUSH0', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, 0n);
});

/** PUSH1 to PUSH32. An operand that the code's end cuts off goes on in zeros. */
export const PUSHES: readonly Opcode[] = range(1, 32).map((size) =>
  define(0x5f + size, `PUSH${size}`, { takes: 0, gives: 1, gas: 3 }, (frame) => {
    push(frame, constantAt(frame.code, frame.pc, size));
    frame.pc += size;
  }),
);

/** DUP1 to DUP16. */
export const DUPS: readonly Opcode[] = range(1, 16).map((position) =>
  define(0x7f + position, `DUP${position}`, { takes: position, gives: position + 1, gas: 3 }, (frame) => {
    push(frame, peek(frame, position - 1));
  }),
);

/** SWAP1 to SWAP16. */
export const SWAPS: readonly Opcode[] = range(1, 16).map((position) =>
  define(0x8f + position, `SWAP${position}`, { takes: position + 1, gives: position + 1, gas: 3 }, (frame) => {
    const { stack, height } = frame;
    const top = peek(frame, 0);
    stack[height - 1] = peek(frame, position);
    stack[height - 1 - position] = top;
  }),
);

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
