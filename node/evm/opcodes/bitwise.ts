// 0x10 to 0x1e: comparisons and operations on bits (Yellow Paper, appendix H.2; EIP-145; EIP-7939).

import { pop, push } from '../frame.ts';
import { define } from '../opcode.ts';
import { bitLength, byteAt, shiftLeft, shiftRight, shiftRightSigned, toSigned, truth, WORD_MAX } from '../word.ts';

export const LT = define(0x10, 'LT', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const first = pop(frame);
  push(frame, truth(first < pop(frame)));
});

export const GT = define(0x11, 'GT', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const first = pop(frame);
  push(frame, truth(first > pop(frame)));
});

export const SLT = define(0x12, 'SLT', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const first = toSigned(pop(frame));
  push(frame, truth(first < toSigned(pop(frame))));
});

export const SGT = define(0x13, 'SGT', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const first = toSigned(pop(frame));
  push(frame, truth(first > toSigned(pop(frame))));
});

export const EQ = define(0x14, 'EQ', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const first = pop(frame);
  push(frame, truth(first === pop(frame)));
});

export const ISZERO = define(0x15, 'ISZERO', { takes: 1, gives: 1, gas: 3 }, (frame) => {
  push(frame, truth(pop(frame) === 0n));
});

export const AND = define(0x16, 'AND', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, pop(frame) & pop(frame));
});

export const OR = define(0x17, 'OR', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, pop(frame) | pop(frame));
});

export const XOR = define(0x18, 'XOR', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, pop(frame) ^ pop(frame));
});

export const NOT = define(0x19, 'NOT', { takes: 1, gives: 1, gas: 3 }, (frame) => {
  push(frame, pop(frame) ^ WORD_MAX);
});

/** The index is on top. */
export const BYTE = define(0x1a, 'BYTE', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, byteAt(pop(frame), pop(frame)));
});

/** EIP-145: the distance is on top. */
export const SHL = define(0x1b, 'SHL', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const distance = pop(frame);
  push(frame, shiftLeft(pop(frame), distance));
});

/** EIP-145. */
export const SHR = define(0x1c, 'SHR', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const distance = pop(frame);
  push(frame, shiftRight(pop(frame), distance));
});

/** EIP-145: repeats the sign bit. */
export const SAR = define(0x1d, 'SAR', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  const distance = pop(frame);
  push(frame, shiftRightSigned(pop(frame), distance));
});

/** EIP-7939: how many zero bits stand before the highest one; 256 for zero. */
export const CLZ = define(0x1e, 'CLZ', { takes: 1, gives: 1, gas: 5 }, (frame) => {
  push(frame, BigInt(256 - bitLength(pop(frame))));
});
