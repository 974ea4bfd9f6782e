// 0x30 to 0x3f: who calls, with what, and what other accounts hold (Yellow Paper, appendix H.2; EIP-211, EIP-1052, EIP-2929).

import { wordToAddress } from '../../lib/bytes.ts';
import { addressToWord } from '../address.ts';
import { type Frame, halt, peek, pop, push } from '../frame.ts';
import { expansionGas, wordGas, wordOf, writeBytes } from '../memory.ts';
import { type DynamicGas, define } from '../opcode.ts';
import { accountAccessGas } from './access.ts';

export const ADDRESS = define(0x30, 'ADDRESS', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, addressToWord(frame.address));
});

/** Its price grew with EIP-150 and EIP-1884, and depends on access since EIP-2929. */
export const BALANCE = define(0x31, 'BALANCE', { takes: 1, gives: 1, gas: 20 }, (frame) => {
  push(frame, frame.execution.journal.balance(wordToAddress(pop(frame))));
});

export const ORIGIN = define(0x32, 'ORIGIN', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, addressToWord(frame.execution.transaction.origin));
});

export const CALLER = define(0x33, 'CALLER', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, addressToWord(frame.caller));
});

export const CALLVALUE = define(0x34, 'CALLVALUE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.value);
});

/** Reads zeros behind the input's end. */
export const CALLDATALOAD = define(0x35, 'CALLDATALOAD', { takes: 1, gives: 1, gas: 3 }, (frame) => {
  const offset = Number(pop(frame));
  push(frame, offset < frame.input.length ? wordOf(frame.input, offset) : 0n);
});

export const CALLDATASIZE = define(0x36, 'CALLDATASIZE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.input.length));
});

export const CALLDATACOPY = define(
  0x37,
  'CALLDATACOPY',
  { takes: 3, gives: 0, gas: 3, dynamicGas: (frame) => copyGas(frame, 0) },
  (frame) => copy(frame, frame.input),
);

export const CODESIZE = define(0x38, 'CODESIZE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.code.bytes.length));
});

export const CODECOPY = define(
  0x39,
  'CODECOPY',
  { takes: 3, gives: 0, gas: 3, dynamicGas: (frame) => copyGas(frame, 0) },
  (frame) => copy(frame, frame.code.bytes),
);

export const GASPRICE = define(0x3a, 'GASPRICE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, frame.execution.transaction.gasPrice);
});

/** Sees a delegation designator as it stands, 23 bytes (EIP-7702); EXTCODECOPY and EXTCODEHASH too. Priced by EIP-150, then EIP-2929. */
export const EXTCODESIZE = define(0x3b, 'EXTCODESIZE', { takes: 1, gives: 1, gas: 20 }, (frame) => {
  push(frame, BigInt(frame.execution.journal.code(wordToAddress(pop(frame))).length));
});

/** The address, then a copy's operands. Priced by EIP-150, then EIP-2929. */
export const EXTCODECOPY = define(
  0x3c,
  'EXTCODECOPY',
  { takes: 4, gives: 0, gas: 20, dynamicGas: (frame) => copyGas(frame, 1) },
  (frame) => copy(frame, frame.execution.journal.code(wordToAddress(pop(frame)))),
);

/** EIP-211. */
export const RETURNDATASIZE = define(0x3d, 'RETURNDATASIZE', { takes: 0, gives: 1, gas: 2 }, (frame) => {
  push(frame, BigInt(frame.returnData.length));
});

/** EIP-211: reading behind the end halts, even where nothing is copied. */
export const RETURNDATACOPY = define(
  0x3e,
  'RETURNDATACOPY',
  { takes: 3, gives: 0, gas: 3, dynamicGas: (frame) => copyGas(frame, 0) },
  (frame) => {
    if (peek(frame, 1) + peek(frame, 2) > frame.returnData.length) return halt(frame, 'return-data-out-of-bounds');
    copy(frame, frame.returnData);
  },
);

/** EIP-1052: zero for an account that is not there or is empty (EIP-161). Priced by EIP-1884, then EIP-2929. */
export const EXTCODEHASH = define(0x3f, 'EXTCODEHASH', { takes: 1, gives: 1, gas: 400 }, (frame) => {
  const { journal } = frame.execution;
  const address = wordToAddress(pop(frame));
  push(frame, journal.isEmpty(address) ? 0n : BigInt(journal.codeHash(address)));
});

/** EIP-2929's price of BALANCE, EXTCODESIZE and EXTCODEHASH, whole. */
export const accessGas: DynamicGas = (frame) => accountAccessGas(frame, wordToAddress(peek(frame, 0)));

/** EIP-2929's price of EXTCODECOPY, whole. */
export const accessAndCopyGas: DynamicGas = (frame) => accessGas(frame) + copyGas(frame, 1);

/** The price of a copy to memory whose operands (target, source, size) begin at that distance from the top. */
function copyGas(frame: Frame, at: number): number {
  const size = peek(frame, at + 2);
  return expansionGas(frame.memory, peek(frame, at), size) + wordGas(size, 3);
}

/** Copies to memory what the operands (target, source, size) say; zeros behind the source's end. */
function copy(frame: Frame, source: Uint8Array): void {
  const target = pop(frame);
  const from = pop(frame);
  writeBytes(frame.memory, target, source, from, pop(frame));
}
