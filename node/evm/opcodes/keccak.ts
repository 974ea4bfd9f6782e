// 0x20: the hash of memory (Yellow Paper, appendix H.2).

import { bytesToBigint } from '../../lib/bytes.ts';
import { keccak256 } from '../../lib/hashing.ts';
import { peek, pop, push } from '../frame.ts';
import { expansionGas, viewBytes, wordGas } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';

const keccakGas: DynamicGas = (frame) =>
  expansionGas(frame.memory, peek(frame, 0), peek(frame, 1)) + wordGas(peek(frame, 1), 6);

export const KECCAK256 = define(0x20, 'KECCAK256', { takes: 2, gives: 1, gas: 30, dynamicGas: keccakGas }, (frame) => {
  const input = viewBytes(frame.memory, pop(frame), pop(frame));
  push(frame, bytesToBigint(keccak256(input)));
});
