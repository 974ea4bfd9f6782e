// 0x20: the hash of memory (Yellow Paper, appendix H.2).

import { HASH_PAD_BYTES, hashPad, keccak256 } from '../../lib/hashing.ts';
import { peek, pop, push } from '../frame.ts';
import { expansionGas, viewBytes, wordGas, wordOf } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';

const keccakGas: DynamicGas = (frame) =>
  expansionGas(frame.memory, peek(frame, 0), peek(frame, 1)) + wordGas(peek(frame, 1), 6);

export const KECCAK256 = define(0x20, 'KECCAK256', { takes: 2, gives: 1, gas: 30, dynamicGas: keccakGas }, (frame) => {
  const input = viewBytes(frame.memory, pop(frame), pop(frame));
  push(frame, wordOf(hashOf(input), 0));
});

const digest = new Uint8Array(32);

/** The hash, until the next one is computed. What fits into the pad is hashed where it lies. */
function hashOf(input: Uint8Array): Uint8Array {
  if (input.length > HASH_PAD_BYTES) return keccak256(input);
  const pad = hashPad();
  pad.bytes.set(input);
  pad.hash(0, input.length, digest, 0);
  return digest;
}
