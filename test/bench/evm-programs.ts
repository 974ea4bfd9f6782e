// The programs that machines are compared on: Solidity and Yul of test/bench/contracts, and sentences of test/evm/assembler.ts. Each is one
// call that does its work as often as it is told, and returns what depends on all of it.

import { type Abi, encodeFunctionData } from 'viem';
import { hexToBytes, wordToAddress, wordToBytes } from '../../node/lib/bytes.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Compiled, compile } from '../e2e/compile.ts';
import { assemble } from '../evm/assembler.ts';
import { account, deploy, METER, type World } from './evm-world.ts';

export type Program = {
  readonly name: string;
  /** The program's own contracts. */
  readonly accounts: World;
  readonly entry: Address;
  /** How often it does its work where nothing else is said: some 150 ms of anvil's time on the machine of docs/benchmarks.md. */
  readonly count: number;
  readonly input: (count: number) => Uint8Array;
};

const WIDE = `0x${'f7'.repeat(32)}`;
const MODULUS = `0x${'e3'.repeat(31)}0d`;
const DIVISOR = `0x${'c5'.repeat(9)}`;
/** Contracts below the entry of a call chain. */
const CHAIN = 8;
const STORED_SLOTS = 512;

/** All programs. */
export function evmPrograms(): readonly Program[] {
  // In a loop's body the stack is: what is computed, and on top how often it is still to be done.
  const stored = new Map(Array.from({ length: STORED_SLOTS }, (_, i) => [BigInt(i), BigInt(i) + 7n] as const));
  return [
    loop('small loop', 2_000_000, 'DUP1 SWAP2 ADD SWAP1'),
    loop('MULMOD and DIV', 600_000, `SWAP1 ${MODULUS} SWAP1 ${WIDE} MULMOD ${DIVISOR} SWAP1 DIV NOT SWAP1`),
    loop('EXP', 20_000, `SWAP1 ${WIDE} SWAP1 EXP SWAP1`),
    loop('keccak loop', 300_000, 'DUP1 32 MSTORE 64 0 KECCAK256 0 MSTORE', '64 0 KECCAK256 ADD'),
    ...tokenPrograms(),
    loop('storage loop', 300_000, 'DUP1 1023 AND DUP1 SLOAD DUP3 ADD DUP1 SWAP4 ADD SWAP3 SWAP1 SSTORE', '', stored),
    loop(
      'memory copy',
      800_000,
      'DUP1 512 MSTORE 1024 0 1024 MCOPY 64 1530 2016 MCOPY SWAP1 2030 MLOAD ADD SWAP1',
      '2048 0 KECCAK256 ADD',
    ),
    callChain(),
    compiled('Mandelbrot', 'Mandelbrot.yul', 150, wordToBytes),
    compiled('quicksort', 'Quicksort.sol', 80, runOf),
    compiled('ray tracer', 'RayTracer.sol', 400, runOf),
  ];
}

/** Turns what is asked for into input. */
type Encode = (count: bigint, abi: Abi) => Uint8Array;

const runOf: Encode = (count, abi) => encode(abi, 'run', count);

function encode(abi: Abi, functionName: string, ...args: readonly unknown[]): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi, functionName, args }));
}

function loop(
  name: string,
  count: number,
  body: string,
  end = '',
  storage: AllocAccount['storage'] = new Map(),
): Program {
  const text = `3 0 CALLDATALOAD loop: ${body} 1 SWAP1 SUB DUP1 @loop JUMPI POP ${end} 0 MSTORE 32 0 RETURN`;
  const entry = addressOf(name);
  const accounts = new Map([[entry, account({ code: assemble(text), storage })]]);
  return { name, accounts, entry, count, input: (times) => wordToBytes(BigInt(times)) };
}

/** A loop that calls the first of a chain of contracts, each of which calls the next. */
function callChain(): Program {
  const name = 'call chain';
  const links = Array.from({ length: CHAIN }, (_, i) => addressOf(`${name} ${i}`));
  const callOf = (next: Address): string => `32 0 32 0 0 ${next} GAS CALL POP 0 MLOAD`;
  const [first = METER] = links;
  const head = loop(name, 15_000, `DUP1 0 MSTORE ${callOf(first)} SWAP1 SWAP2 ADD SWAP1`);
  const accounts = new Map(head.accounts);
  for (const [i, link] of links.entries()) {
    const next = links[i + 1];
    const inner = next === undefined ? '' : `0 MSTORE ${callOf(next)}`;
    accounts.set(link, account({ code: assemble(`0 CALLDATALOAD 1 ADD ${inner} 0 MSTORE 32 0 RETURN`) }));
  }
  return { ...head, accounts };
}

function compiled(name: string, file: string, count: number, encoder: Encode): Program {
  const { abi, bytecode } = contract(file);
  const entry = addressOf(name);
  const accounts = new Map([[entry, deploy(hexToBytes(bytecode), entry, METER)]]);
  return { name, accounts, entry, count, input: (times) => encoder(BigInt(times), abi) };
}

/** A token of OpenZeppelin's: its own loops, and a contract that calls it. */
function tokenPrograms(): readonly Program[] {
  const of =
    (functionName: string): Encode =>
    (count, abi) =>
      encode(abi, functionName, count);
  const token = addressOf('token');
  const caller = contract('TokenCaller.sol');
  const byCalls = compiled('ERC-20 transfer by calls', 'TokenCaller.sol', 20_000, runOf);
  const { bytecode } = contract('TokenLoop.sol');
  return [
    compiled('ERC-20 transfer', 'TokenLoop.sol', 60_000, of('transfers')),
    compiled('ERC-20 mint', 'TokenLoop.sol', 60_000, of('mints')),
    compiled('ERC-20 approve and transferFrom', 'TokenLoop.sol', 30_000, of('approvals')),
    {
      ...byCalls,
      accounts: new Map([...byCalls.accounts, [token, deploy(hexToBytes(bytecode), token, byCalls.entry)]]),
      input: (count) => encode(caller.abi, 'run', token, BigInt(count)),
    },
  ];
}

const contracts = new Map<string, Compiled>();

/** A contract of test/bench/contracts, compiled once. */
export function contract(file: string): Compiled {
  let found = contracts.get(file);
  if (found === undefined) {
    found = compile(`../../test/bench/contracts/${file}`);
    contracts.set(file, found);
  }
  return found;
}

/** An address of its own for every name. */
function addressOf(name: string): Address {
  const letters = [...name].reduce((sum, letter) => (sum * 31n + BigInt(letter.charCodeAt(0))) % 2n ** 96n, 0n);
  return wordToAddress((0xbe7cn << 144n) + letters);
}
