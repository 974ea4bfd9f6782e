// Programs that mostly run to their end: the generator knows how high the stack is, keeps offsets small, and closes its loops and branches.

import type { Random } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from './assembler.ts';

/** Opcodes of computation by how many words they take; each gives one. */
const COMPUTING: readonly (readonly [string, number])[] = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'EXP', 'SIGNEXTEND'].map((name) => [name, 2] as const),
  ...['LT', 'GT', 'SLT', 'SGT', 'EQ', 'AND', 'OR', 'XOR', 'BYTE', 'SHL', 'SHR', 'SAR'].map(
    (name) => [name, 2] as const,
  ),
  ...['ADDMOD', 'MULMOD'].map((name) => [name, 3] as const),
  ...['ISZERO', 'NOT', 'CALLDATALOAD', 'BLOCKHASH', 'BLOBHASH'].map((name) => [name, 1] as const),
];
/** Not in every fork: where it is missing, the program ends. */
const CLZ = ['CLZ', 1] as const;
const CONSTANTS: readonly string[] = [
  ...['ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE', 'RETURNDATASIZE', 'COINBASE'],
  ...['TIMESTAMP', 'NUMBER', 'PREVRANDAO', 'GASLIMIT', 'CHAINID', 'SELFBALANCE', 'BASEFEE', 'BLOBBASEFEE', 'PC'],
  ...['MSIZE', 'GAS', 'PUSH0'],
];
const CALLS = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const;
const BLOCKS_MAX = 14;
const HEIGHT_MAX = 12;

/** The text of a program, for the assembler. Calls go to the addresses. */
export function randomProgram(random: Random, addresses: readonly Address[]): string {
  const words: string[] = [];
  let height = 0;
  let labels = 0;
  const word = (): string => {
    const size = random.pick([1, 1, 2, 4, 5, 8, 9, 20, 31, 32]);
    const digits = Array.from({ length: size }, () =>
      random.pick(['00', 'ff', '80', '01', random.below(256).toString(16).padStart(2, '0')]),
    );
    return `0x${digits.join('')}`;
  };
  const small = (max: number): string => String(random.below(max));
  const push = (text: string): void => {
    words.push(text);
    height++;
  };
  const need = (count: number): void => {
    while (height < count) push(word());
  };
  const range = (): string => `${random.chance(1, 6) ? 0 : small(100)} ${small(200)}`;

  const statements: readonly (() => void)[] = [
    () => push(word()),
    () => push(small(40)),
    () => push(random.pick(CONSTANTS)),
    () => {
      const [name, takes] = random.chance(1, 30) ? CLZ : random.pick(COMPUTING);
      if (takes > 1 && random.chance(1, 3)) push(small(256));
      need(takes);
      words.push(name);
      height -= takes - 1;
    },
    () => {
      const reach = random.between(1, 16);
      if (height < reach) return;
      words.push(`DUP${reach}`);
      height++;
    },
    () => {
      const reach = random.between(1, 16);
      if (height > reach) words.push(`SWAP${reach}`);
    },
    () => {
      need(1);
      words.push('POP');
      height--;
    },
    () => {
      need(1);
      words.push(`${small(300)} ${random.pick(['MSTORE', 'MSTORE8'])}`);
      height--;
    },
    () => push(`${small(300)} MLOAD`),
    () => push(`${range()} KECCAK256`),
    () => push(`${small(6)} ${random.pick(['SLOAD', 'TLOAD'])}`),
    () => {
      if (random.chance(1, 2)) push(small(3));
      need(1);
      words.push(`${small(6)} ${random.chance(1, 4) ? 'TSTORE' : 'SSTORE'}`);
      height--;
    },
    () => {
      const name = random.pick(['CALLDATACOPY', 'CODECOPY', 'MCOPY']);
      words.push(`${small(100)} ${random.chance(1, 8) ? word() : small(200)} ${small(200)} ${name}`);
    },
    () => words.push(`RETURNDATASIZE 0 ${small(100)} RETURNDATACOPY`),
    () => words.push(`${small(50)} ${small(50)} ${small(100)} ${random.pick(addresses)} EXTCODECOPY`),
    () => push(`${random.pick(addresses)} ${random.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'])}`),
    () => {
      const topics = random.below(5);
      words.push(`${Array.from({ length: topics }, word).join(' ')} ${range()} LOG${topics}`);
    },
    () => {
      const name = random.pick(CALLS);
      const value = name === 'CALL' || name === 'CALLCODE' ? `${random.chance(1, 3) ? 1 : 0}` : '';
      const gas = random.pick(['GAS', '30000', '3000', '100']);
      push(`${range()} ${range()} ${value} ${random.pick(addresses)} ${gas} ${name}`);
    },
    () => {
      const name = random.pick(['CREATE', 'CREATE2']);
      const salt = name === 'CREATE2' ? small(3) : '';
      push(`${salt} ${random.chance(1, 2) ? '0 0' : range()} ${small(2)} ${name}`);
    },
    () => {
      need(1);
      const name = `if${labels++}`;
      words.push(`@${name} JUMPI`);
      height--;
      for (let i = random.below(4); i > 0; i--) words.push(`${word()} POP ${small(3)} ${small(6)} SSTORE`);
      words.push(`${name}:`);
    },
    () => {
      const name = `loop${labels++}`;
      const body = random.pick(['DUP1 MUL POP', '1 SLOAD 1 ADD 1 SSTORE', '0 MLOAD 1 ADD 0 MSTORE', 'DUP1 SLOAD POP']);
      const safe = body.startsWith('DUP1 MUL') ? `DUP1 ${body}` : body;
      words.push(`${random.between(1, 20)} ${name}: ${safe} 1 SWAP1 SUB DUP1 @${name} JUMPI POP`);
    },
  ];
  const count = random.between(2, BLOCKS_MAX * 3);
  for (let i = 0; i < count; i++) {
    random.pick(statements)();
    while (height > HEIGHT_MAX * 2) {
      words.push('POP');
      height--;
    }
  }
  words.push(
    random.pick([
      ...['STOP', `${range()} RETURN`, `${range()} RETURN`, `${range()} REVERT`, '', '', 'STOP', `${range()} RETURN`],
      ...[`${random.pick(addresses)} SELFDESTRUCT`, 'POP POP POP JUMP INVALID'],
    ]),
  );
  return words.join(' ');
}

/** The program's bytes, at times with one of them changed: most such programs still do something. */
export function randomCode(random: Random, addresses: readonly Address[]): Uint8Array {
  const code = assemble(randomProgram(random, addresses));
  if (random.chance(1, 8)) code[random.below(code.length)] = random.below(256);
  return code;
}
