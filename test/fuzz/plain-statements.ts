// Statements that speak to the program's own stack, memory and storage, and look at its surroundings.

import type { Random } from '../../node/lib/random.ts';
import type { Operands, Weighted } from './operands.ts';
import { randomWord } from './random-word.ts';

const UNARY = ['ISZERO', 'NOT', 'CALLDATALOAD', 'CLZ', 'BLOBHASH', 'BLOCKHASH'];
const BINARY = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'EXP', 'SIGNEXTEND', 'LT', 'GT', 'SLT', 'SGT', 'EQ', 'AND'],
  ...['OR', 'XOR', 'BYTE', 'SHL', 'SHR', 'SAR'],
];
const CONSTANTS = [
  ...['ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE', 'RETURNDATASIZE', 'COINBASE'],
  ...['TIMESTAMP', 'NUMBER', 'PREVRANDAO', 'GASLIMIT', 'CHAINID', 'SELFBALANCE', 'BASEFEE', 'BLOBBASEFEE', 'PC'],
  ...['MSIZE', 'GAS'],
];

/** Computes, reads, writes, copies and logs. */
export function plainStatements(operands: Operands): readonly Weighted[] {
  const { random, hasOpcode, code, op, push, own, word, need, pushAddress, offset, length, region, slot } = operands;
  const unary = operands.present(UNARY);
  const binary = operands.present(BINARY);
  const constants = operands.present(CONSTANTS);
  return [
    [6, word],
    [4, () => op(random.pick(constants))],
    [
      10,
      () => {
        if (random.chance(1, 3)) push(random.below(257));
        need(2);
        op(random.pick(binary));
      },
    ],
    [
      3,
      () => {
        need(1);
        op(random.pick(unary));
      },
    ],
    [
      2,
      () => {
        need(3);
        op(random.pick(['ADDMOD', 'MULMOD']));
      },
    ],
    [
      5,
      () => {
        if (random.chance(1, 8)) need(16);
        const height = code.height();
        if (height > 0) op(`DUP${random.between(1, Math.min(height, 16))}`);
      },
    ],
    [
      5,
      () => {
        if (random.chance(1, 8)) need(17);
        if (own() > 1) op(`SWAP${random.between(1, Math.min(own() - 1, 16))}`);
      },
    ],
    [
      2,
      () => {
        need(1);
        op('POP');
      },
    ],
    [
      5,
      () => {
        need(1);
        push(offset());
        op(random.pick(['MSTORE', 'MSTORE', 'MSTORE8']));
      },
    ],
    [
      3,
      () => {
        push(offset());
        op('MLOAD');
      },
    ],
    [
      3,
      () => {
        region();
        op('KECCAK256');
      },
    ],
    [
      6,
      () => {
        slot();
        op(hasOpcode('TLOAD') && random.chance(1, 4) ? 'TLOAD' : 'SLOAD');
      },
    ],
    [
      8,
      () => {
        if (random.chance(1, 2)) push(random.below(3));
        need(1);
        slot();
        op(hasOpcode('TSTORE') && random.chance(1, 4) ? 'TSTORE' : 'SSTORE');
      },
    ],
    [
      4,
      () => {
        push(length(), random.chance(1, 8) ? randomWord(random) : random.below(200), offset());
        op(random.pick(['CALLDATACOPY', 'CODECOPY']));
      },
    ],
    [
      2,
      () => {
        if (!hasOpcode('MCOPY')) return;
        push(length(), offset(), offset());
        op('MCOPY');
      },
    ],
    [
      1,
      () => {
        if (!hasOpcode('RETURNDATACOPY')) return;
        op('RETURNDATASIZE');
        if (random.chance(1, 10)) {
          push(1);
          op('ADD'); // one byte too far
        }
        push(0, offset());
        op('RETURNDATACOPY');
      },
    ],
    [
      2,
      () => {
        push(length(), random.below(100), offset());
        pushAddress();
        op('EXTCODECOPY');
      },
    ],
    [
      3,
      () => {
        pushAddress();
        op(random.pick(['BALANCE', 'EXTCODESIZE', hasOpcode('EXTCODEHASH') ? 'EXTCODEHASH' : 'BALANCE']));
      },
    ],
    [
      4,
      () => {
        const topics = random.below(5);
        need(topics);
        region();
        op(`LOG${topics}`);
      },
    ],
  ];
}

/** Looks at the gas, runs a piece of real code, and fills the stack. */
export function strangeStatements({
  around,
  random,
  code,
  op,
  push,
  word,
  need,
  isEnclosed,
}: Operands): readonly Weighted[] {
  return [
    [
      1,
      () => {
        op('GAS');
        push(random.pick([2300, 10_000, 50_000, 100_000, 200_000]));
        op(random.pick(['GT', 'LT', 'DIV', 'MOD']));
      },
    ],
    [
      1,
      () => {
        if (isEnclosed()) return;
        need(8); // real code expects something on the stack
        code.raw(pieceOf(random, around.fragments));
        code.setHeight(0); // unknown
      },
    ],
    [
      1,
      () => {
        for (let i = random.between(5, 20); i > 0; i--) word();
      },
    ],
  ];
}

/** A cut of real code, at times with a byte changed. */
function pieceOf(random: Random, fragments: readonly Uint8Array[]): Uint8Array {
  const whole = random.pick(fragments);
  const from = random.below(whole.length);
  const piece = whole.slice(from, from + random.between(4, 60));
  if (random.chance(1, 4)) piece[random.below(piece.length)] = random.below(256);
  return piece;
}
