// The programs of the worst case: each repeats what costs a machine most for its gas, until the gas is nearly gone, and ends well.
// Sentences of test/evm/assembler.ts; a body leaves the stack as it found it, on top of what `before` put there.

import { precompileAt } from '../../node/evm/precompiles/index.ts';
import { present } from '../../node/lib/assert.ts';
import { concatBytes, wordToAddress } from '../../node/lib/bytes.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from '../evm/assembler.ts';
import { type PrecompileInput, precompileInputs } from './precompile-inputs.ts';

/** Bombs cost a machine that prepares or compiles code most when it meets them first. */
export type Program = Sentence & { readonly kind: 'opcodes' | 'state' | 'calls' | 'bombs' | 'precompiles' };

type Sentence = {
  readonly name: string;
  readonly before?: string;
  readonly body: string;
  /** How often the body stands in the code before it jumps back. */
  readonly times?: number;
  /** Gas below which the program ends: more than what the bodies between two jumps use. */
  readonly reserve?: number;
  /** Whether the program's own slots are filled. */
  readonly hasSlots?: boolean;
  /** Bytes that lie in the memory from 0 on when the body begins. */
  readonly memory?: Uint8Array;
};

/** Existing slots of a program that has them: more than any program reads in one block. */
export const SLOTS = 8_000;
/** Existing contracts of 24 KB, each with its own code, at consecutive addresses: as many as a program reads for a million gas. */
export const CONTRACTS = 400;

/** The first of the accounts without code. */
export const FIRST_ACCOUNT = 0xacc0_0000n << 96n;
/** The first of the contracts. Called, each jumps to its end, so that its jump destinations must be found. */
export const FIRST_CONTRACT = 0xc0de_0000n << 96n;

/** The first of contracts that are run until they are hot, each with its own code, and how many there are. */
const FIRST_HOT = 0xb0b0_0000n << 96n;
const HOT_CONTRACTS = 400;

/** Callees of some programs. */
const SUCCEEDS: Address = `0x${'51'.repeat(20)}`;
const REVERTS: Address = `0x${'52'.repeat(20)}`;
const GROWS: Address = `0x${'53'.repeat(20)}`;

const WIDE = `0x${'f7'.repeat(32)}`;
const WIDE_ODD = `0x${'9b'.repeat(32)}`;
const HALF = `0x${'e3'.repeat(17)}`;
const CODE_BYTES = 24_576;

const callOf = (address: string): string => `0 0 0 0 0 ${address} GAS CALL POP`;

const OPCODES: readonly Sentence[] = [
  { name: 'ADD', before: `${WIDE} ${WIDE_ODD}`, body: 'DUP2 ADD' },
  { name: 'SUB below zero', before: `${WIDE} 0`, body: 'DUP2 DUP2 SUB POP' },
  { name: 'MUL', before: `${WIDE} ${WIDE_ODD}`, body: 'DUP2 MUL' },
  { name: 'DIV', before: `${HALF} ${WIDE}`, body: 'DUP2 DUP2 DIV POP' },
  { name: 'SDIV', before: `${HALF} ${WIDE}`, body: 'DUP2 DUP2 SDIV POP' },
  { name: 'SMOD', before: `${HALF} ${WIDE}`, body: 'DUP2 DUP2 SMOD POP' },
  { name: 'ADDMOD', before: `${HALF} ${WIDE} ${WIDE_ODD}`, body: 'DUP3 DUP3 DUP3 ADDMOD POP' },
  { name: 'MULMOD', before: `${HALF} ${WIDE} ${WIDE_ODD}`, body: 'DUP3 DUP3 DUP3 MULMOD POP' },
  { name: 'EXP, exponent of 32 bytes', before: `${WIDE} ${WIDE_ODD}`, body: 'DUP2 DUP2 EXP POP' },
  { name: 'EXP, exponent of 1 byte', before: `255 ${WIDE_ODD}`, body: 'DUP2 DUP2 EXP POP' },
  { name: 'SIGNEXTEND', before: `${WIDE} 3`, body: 'DUP2 DUP2 SIGNEXTEND POP' },
  { name: 'SAR', before: `${WIDE} 77`, body: 'DUP2 DUP2 SAR POP' },
  { name: 'BYTE', before: `${WIDE} 17`, body: 'DUP2 DUP2 BYTE POP' },
  { name: 'SLT', before: `${WIDE} ${WIDE_ODD}`, body: 'DUP2 DUP2 SLT POP' },
  { name: 'DUP16 SWAP16', before: `${WIDE} `.repeat(17), body: 'DUP16 SWAP16 POP' },
  { name: 'PUSH0', body: 'PUSH0 POP' },
  { name: 'PUSH32', body: `${WIDE} POP` },
  { name: 'JUMPDEST', body: raw('5b', 20_000), times: 1 },
  { name: 'JUMP', body: 'PC 5 ADD JUMP raw:5b' },
  { name: 'ADDRESS', body: 'ADDRESS POP' },
  { name: 'CALLER', body: 'CALLER POP' },
  { name: 'COINBASE', body: 'COINBASE POP' },
  { name: 'PREVRANDAO', body: 'PREVRANDAO POP' },
  { name: 'BLOCKHASH', body: '0 BLOCKHASH POP' },
  { name: 'SELFBALANCE', body: 'SELFBALANCE POP' },
  { name: 'CALLDATALOAD', body: 'PUSH0 CALLDATALOAD POP' },
  { name: 'MLOAD', before: `${WIDE} 0 MSTORE`, body: 'PUSH0 MLOAD POP' },
  { name: 'MSTORE', before: WIDE, body: 'DUP1 PUSH0 MSTORE' },
  { name: 'memory growth by words', body: 'MSIZE MLOAD POP' },
  { name: 'CALLDATACOPY, 32 KB', body: '32768 0 0 CALLDATACOPY' },
  { name: 'MCOPY, 1 word', body: '32 32 0 MCOPY' },
  { name: 'MCOPY, 32 KB', body: '32768 32 0 MCOPY' },
  { name: 'KECCAK256, no bytes', body: 'PUSH0 PUSH0 KECCAK256 POP' },
  { name: 'KECCAK256, 136 bytes', body: '136 0 KECCAK256 POP' },
  { name: 'KECCAK256, 64 KB', body: '65536 0 KECCAK256 POP', times: 4 },
  { name: 'LOG0, no bytes', body: '0 0 LOG0' },
  { name: 'LOG4, no bytes', before: WIDE, body: 'DUP1 DUP1 DUP1 DUP1 0 0 LOG4' },
  { name: 'LOG0, 8 KB', body: '8192 0 LOG0', times: 1 },
];

const STATE: readonly Sentence[] = [
  { name: 'SLOAD, warm', body: '0 SLOAD POP' },
  { name: 'SLOAD, cold', before: '0', hasSlots: true, body: 'DUP1 SLOAD POP 1 ADD' },
  { name: 'SLOAD, cold, absent', before: WIDE, body: 'DUP1 SLOAD POP 1 ADD' },
  { name: 'SSTORE, dirty', before: '1', body: '1 ADD DUP1 0 SSTORE' },
  { name: 'SSTORE, changes', before: '0', hasSlots: true, body: `${WIDE} DUP2 SSTORE 1 ADD` },
  { name: 'SSTORE, creates', before: WIDE, body: '1 DUP2 SSTORE 1 ADD', times: 4 },
  { name: 'SSTORE, clears', before: '0', hasSlots: true, body: '0 DUP2 SSTORE 1 ADD' },
  { name: 'TSTORE', before: '0', body: 'DUP1 DUP1 TSTORE 1 ADD' },
  { name: 'BALANCE, cold', before: word(FIRST_ACCOUNT), body: 'DUP1 BALANCE POP 1 ADD' },
  { name: 'BALANCE, cold, absent', before: WIDE, body: 'DUP1 BALANCE POP 1 ADD' },
  { name: 'EXTCODESIZE, cold, 24 KB', before: word(FIRST_CONTRACT), body: 'DUP1 EXTCODESIZE POP 1 ADD' },
  { name: 'CALL, cold, 24 KB with a jump', before: word(FIRST_CONTRACT), body: `0 0 0 0 0 DUP6 GAS CALL POP 1 ADD` },
];

const CALLS: readonly Sentence[] = [
  { name: 'CALL, nothing there', body: callOf('CHAINID') },
  { name: 'CALL, flat loop', body: callOf(SUCCEEDS) },
  { name: 'CALL with value', body: `0 0 0 0 1 ${SUCCEEDS} GAS CALL POP`, times: 8 },
  { name: 'CALL, reverts', body: callOf(REVERTS) },
  { name: 'CALL, many succeed, then one reverts', body: `${callOf(SUCCEEDS)} `.repeat(30) + callOf(REVERTS), times: 4 },
  { name: 'CALL, callee grows 32 KB', body: callOf(GROWS) },
  { name: 'CALL to itself, as deep as it goes', body: callOf('ADDRESS'), times: 1 },
  { name: 'CREATE, 48 KB of init code', body: '49152 0 0 CREATE POP', times: 1 },
  { name: 'CREATE2, 48 KB of init code', before: '0', body: 'DUP1 49152 0 0 CREATE2 POP 1 ADD', times: 1 },
  { name: 'CREATE, 1 word', body: '32 0 0 CREATE POP', times: 2 },
];

/** Code on which a careless preparation or compilation takes long, or much memory. */
const BOMBS: readonly Sentence[] = [
  { name: 'DUP1 MUL × 12,000', before: '3', body: raw('8002', 12_000), times: 1 },
  {
    name: 'JUMPI × 7,000 on 900 pending words',
    body: `${raw('5f', 900)} ${raw('5f5f57', 7_000)} ${raw('50', 900)}`,
    times: 1,
  },
  { name: 'intermediate results × 24,000', before: '7', body: `${raw('80800150', 6_000)}`, times: 1 },
  {
    name: 'intermediate words × 1,000, swapped',
    body: `${raw('30', 1_000)} ${raw('9f018f', 7_000)} ${raw('50', 1_000)}`,
    times: 1,
  },
  { name: 'JUMPDEST × 24,500', body: raw('5b', 24_500), times: 1 },
  { name: 'fresh contracts, each until it is hot', before: word(FIRST_HOT), body: `${callOf('DUP6')} 1 ADD`, times: 1 },
  { name: 'PUSH32 of JUMPDESTs × 720', body: `${raw(`7f${'5b'.repeat(32)}50`, 720)}`, times: 1 },
];

/** Every program, the costliest kinds last. */
export function programs(): readonly Program[] {
  return [
    ...OPCODES.map((sentence) => ({ ...sentence, kind: 'opcodes' as const })),
    ...STATE.map((sentence) => ({ ...sentence, kind: 'state' as const })),
    ...CALLS.map((sentence) => ({ ...sentence, kind: 'calls' as const })),
    ...BOMBS.map((sentence) => ({ ...sentence, kind: 'bombs' as const })),
    ...precompileInputs().map((input) => ({ ...precompileSentence(input), kind: 'precompiles' as const })),
  ];
}

/** Calls with exactly the gas that is needed: what fails takes no more than what succeeds. */
function precompileSentence({ name, address, input }: PrecompileInput): Sentence {
  const precompile = present(precompileAt('Osaka', wordToAddress(BigInt(address))), `precompile ${address}`);
  const gas = precompile.gas(input);
  const body = `PUSH0 PUSH0 ${input.length} PUSH0 ${address} ${gas} STATICCALL POP`;
  const times = Math.max(1, Math.min(TIMES, Math.floor(GAS_RESERVE / (gas + 200))));
  return { name, body, memory: input, times, reserve: Math.max(GAS_RESERVE, 2 * gas) };
}

/** A program's code, and the account whose code is its memory's bytes. */
export function codeOf(program: Program, memoryAt: Address): Uint8Array {
  const { before = '', body, times = TIMES, reserve = GAS_RESERVE, memory } = program;
  const load = memory === undefined ? '' : `${memory.length} 0 0 ${memoryAt} EXTCODECOPY`;
  return assemble(`${load} ${before} again: ${`${body} `.repeat(times)} ${reserve} GAS GT @again JUMPI STOP`);
}

const TIMES = 16;
const GAS_RESERVE = 120_000;

/** What stands in the state beside the programs: so many accounts without code, and what the programs call. */
export function surroundings(plainAccounts: number): ReadonlyMap<Address, AllocAccount> {
  const accounts = new Map<Address, AllocAccount>();
  for (let i = 0n; i < plainAccounts; i++) accounts.set(wordToAddress(FIRST_ACCOUNT + i), account({ balance: i + 1n }));
  for (let i = 0n; i < CONTRACTS; i++) accounts.set(wordToAddress(FIRST_CONTRACT + i), account({ code: longCode(i) }));
  for (let i = 0n; i < HOT_CONTRACTS; i++) accounts.set(wordToAddress(FIRST_HOT + i), account({ code: hotCode(i) }));
  accounts.set(SUCCEEDS, account({ code: assemble('STOP') }));
  accounts.set(REVERTS, account({ code: assemble('0 0 REVERT') }));
  accounts.set(GROWS, account({ code: assemble('32736 MLOAD STOP') }));
  return accounts;
}

/** An account of the state, of which only what is given is not zero. */
export function account(fields: Partial<AllocAccount>): AllocAccount {
  return { nonce: 1n, balance: 0n, code: new Uint8Array(0), storage: new Map(), ...fields };
}

/** 24 KB of jump destinations behind a jump to the last one; the index makes the code its own. */
function longCode(index: bigint): Uint8Array {
  const head = assemble(`0x${(CODE_BYTES - 1).toString(16).padStart(4, '0')} JUMP ${word(index)}`);
  return concatBytes(head, new Uint8Array(CODE_BYTES - head.length).fill(0x5b));
}

/**
 * A loop of few steps that is run as often as tier 2 wants to see it, and a long one around it, hot enough to be compiled with it: most to
 * compile for the gas. The index makes the code its own.
 */
function hotCode(index: bigint): Uint8Array {
  const long = 'DUP1 MUL '.repeat(55);
  const inner = `${HOT_ROUNDS} inner: 1 SWAP1 SUB DUP1 @inner JUMPI POP`;
  return assemble(`${word(index)} ${HOT_TURNS} outer: SWAP1 ${long} SWAP1 ${inner} 1 SWAP1 SUB DUP1 @outer JUMPI STOP`);
}
/** Some 20,000 steps of the inner loop, with as many turns of the outer one as leave it warm enough. */
const HOT_ROUNDS = 30;
const HOT_TURNS = 100;

function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

function raw(byte: string, count: number): string {
  return `raw:${byte.repeat(count)}`;
}
