// 0x00, 0x56 to 0x5b, 0xf3, 0xfd, 0xfe: jumps and ends (Yellow Paper, appendix H.2; EIP-140, EIP-141).

import { EMPTY_BYTES } from '../../lib/bytes.ts';
import { isJumpDestination } from '../code.ts';
import { type Frame, halt, peek, pop, push } from '../frame.ts';
import { expansionGas, readBytes } from '../memory.ts';
import { define, type Opcode } from '../opcode.ts';
import { wholeGas } from '../wide-gas.ts';

export const STOP = define(0x00, 'STOP', { takes: 0, gives: 0, gas: 0 }, (frame) => {
  frame.exit = { kind: 'return', output: EMPTY_BYTES };
});

export const JUMP = define(0x56, 'JUMP', { takes: 1, gives: 0, gas: 8 }, (frame) => {
  jump(frame, pop(frame));
});

/** The destination is on top, the condition below; the destination is looked at only if the condition is not zero. */
export const JUMPI = define(0x57, 'JUMPI', { takes: 2, gives: 0, gas: 10 }, (frame) => {
  const destination = pop(frame);
  if (pop(frame) !== 0n) jump(frame, destination);
});

export const PC = define(0x58, 'PC', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.pc - 1)); // the counter stands behind the opcode already
});

/** What is left after GAS itself is paid. */
export const GAS = define(0x5a, 'GAS', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(wholeGas(frame)));
});

export const JUMPDEST = define(0x5b, 'JUMPDEST', { takes: 0, gives: 0, gas: 1 }, () => {});

export const RETURN = define(0xf3, 'RETURN', { takes: 2, gives: 0, gas: 0, dynamicGas: outputGas }, (frame) => {
  frame.exit = { kind: 'return', output: readBytes(frame.memory, pop(frame), pop(frame)) };
});

/** EIP-140: undoes the frame's changes and gives back what gas is left. */
export const REVERT = define(0xfd, 'REVERT', { takes: 2, gives: 0, gas: 0, dynamicGas: outputGas }, (frame) => {
  frame.exit = { kind: 'revert', output: readBytes(frame.memory, pop(frame), pop(frame)) };
});

/** EIP-141, and every byte that a fork gives no meaning. */
export function invalid(code: number): Opcode {
  return define(code, 'INVALID', { takes: 0, gives: 0, gas: 0 }, (frame) => halt(frame, 'invalid-opcode'));
}

function jump(frame: Frame, destination: bigint): void {
  if (!isJumpDestination(frame.code, destination)) return halt(frame, 'invalid-jump');
  frame.pc = Number(destination);
}

function outputGas(frame: Frame): number {
  return expansionGas(frame.memory, peek(frame, 0), peek(frame, 1));
}
