// 0x01 to 0x0b: arithmetic modulo 2^256 (Yellow Paper, appendix H.2).

import { peek, pop, push } from '../frame.ts';
import { define, type Opcode } from '../opcode.ts';
import {
  byteLength,
  extendSign,
  power,
  quotient,
  remainder,
  signedQuotient,
  signedRemainder,
  toUnsigned,
  wrap,
} from '../word.ts';

export const ADD = define(0x01, 'ADD', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, wrap(pop(frame) + pop(frame)));
});

export const MUL = define(0x02, 'MUL', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, wrap(pop(frame) * pop(frame)));
});

export const SUB = define(0x03, 'SUB', { takes: 2, gives: 1, gas: 3 }, (frame) => {
  push(frame, toUnsigned(pop(frame) - pop(frame)));
});

/** Division by zero gives zero, here and in the next three. */
export const DIV = define(0x04, 'DIV', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, quotient(pop(frame), pop(frame)));
});

/** Rounds towards zero. */
export const SDIV = define(0x05, 'SDIV', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, signedQuotient(pop(frame), pop(frame)));
});

export const MOD = define(0x06, 'MOD', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, remainder(pop(frame), pop(frame)));
});

/** The result has the sign of the dividend. */
export const SMOD = define(0x07, 'SMOD', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, signedRemainder(pop(frame), pop(frame)));
});

/** The sum is not cut to 256 bits before the modulus is taken. */
export const ADDMOD = define(0x08, 'ADDMOD', { takes: 3, gives: 1, gas: 8 }, (frame) => {
  push(frame, remainder(pop(frame) + pop(frame), pop(frame)));
});

export const MULMOD = define(0x09, 'MULMOD', { takes: 3, gives: 1, gas: 8 }, (frame) => {
  push(frame, remainder(pop(frame) * pop(frame), pop(frame)));
});

export const EXP = exponentiation(10);

/** EIP-160: a byte of the exponent costs 50. */
export const EXP_EIP160 = exponentiation(50);

export const SIGNEXTEND = define(0x0b, 'SIGNEXTEND', { takes: 2, gives: 1, gas: 5 }, (frame) => {
  push(frame, extendSign(pop(frame), pop(frame)));
});

function exponentiation(gasPerByte: number): Opcode {
  const dynamicGas: Opcode['dynamicGas'] = (frame) => byteLength(peek(frame, 1)) * gasPerByte;
  return define(0x0a, 'EXP', { takes: 2, gives: 1, gas: 10, dynamicGas }, (frame) => {
    push(frame, power(pop(frame), pop(frame)));
  });
}
