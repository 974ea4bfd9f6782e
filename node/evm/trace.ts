// EIP-3155: a transaction's steps as lines of JSON, as go-ethereum's `evm --json` writes them: one before each step, with an error where the
// step cannot be taken; a second one, with the error, where it fails while it is taken; and one for the outcome. Formats only: the hooks
// of tier 0 (machine.ts) say what happens.

import { bytesToHex, quantity } from '../lib/bytes.ts';
import type { Wide } from '../lib/wide.ts';
import type { Fork } from '../types/config.ts';
import { STACK_HEIGHT_MAX } from './frame.ts';
import type { FrameEvent, Halt, Hooks, Step } from './machine.ts';
import type { OpcodeTable } from './opcode.ts';
import { tableOf } from './table.ts';
import { gasBeforeMemory, memoryEnd, memoryFault, sizeOfEnd, unmeteredGas } from './trace-gas.ts';

/** Makes hooks that write the lines of one transaction, without line ends. */
export function createTracer(fork: Fork, write: (line: string) => void): Hooks {
  const table = tableOf(fork);
  let pending: Taken | null = null; // whether the step fails is known only when something follows it
  const flush = (): void => {
    if (pending !== null) write(lineOf(pending, pending.step.gasCost, null));
    pending = null;
  };
  return {
    step(step) {
      flush();
      pending = { step, memorySize: step.memory.length };
    },
    frame(event) {
      if (event.kind === 'enter' || event.halt === null) flush();
      if (event.kind === 'enter') return;
      const failed = pending;
      pending = null;
      const error = failed === null ? messageOf(event.halt) : writeFailure(fork, table, failed, event.halt, write);
      if (event.depth === 1) write(lastLine(event, error));
    },
  };
}

/** A step and the size of the memory before it: the machine's own array grows. */
type Taken = { readonly step: Step; readonly memorySize: number };

/** Writes the last step of a frame that failed; returns the error. */
function writeFailure(
  fork: Fork,
  table: OpcodeTable,
  taken: Taken,
  halt: Halt | 'revert' | null,
  write: (line: string) => void,
): string | null {
  const { step } = taken;
  const refusal = refusalOf(fork, table, taken, halt);
  if (refusal !== null) {
    write(lineOf(taken, refusal.gasCost, refusal.error));
    return refusal.error;
  }
  write(lineOf(taken, step.gasCost, null));
  const isDeposit = halt === 'out-of-gas' || halt === 'code-size' || halt === 'code-prefix';
  if (isDeposit || halt === null) return messageOf(halt === 'out-of-gas' ? 'deposit' : halt);
  const error = halt === 'invalid-opcode' ? `invalid opcode: ${nameOf(step.opcode)}` : messageOf(halt);
  const height = step.stack.length - (POPPED[step.opcode] ?? 0);
  const behind = { ...step, stack: step.stack.slice(0, height) };
  write(lineOf({ step: behind, memorySize: sizeOfEnd(memoryEnd(step), taken.memorySize) }, step.gasCost, error));
  return error;
}

/** Why a step could not even be taken, and the price as far as it was known then; null where it failed later. */
function refusalOf(
  fork: Fork,
  table: OpcodeTable,
  { step, memorySize }: Taken,
  halt: Halt | 'revert' | null,
): { readonly gasCost: Wide; readonly error: string } | null {
  const { takes = 0, gives = 0 } = table[step.opcode] ?? {};
  const constant = gasBeforeMemory(fork, table, step.opcode);
  const height = step.stack.length;
  if (halt === 'stack-underflow') return { gasCost: constant, error: `stack underflow (${height} <=> ${takes})` };
  if (halt === 'stack-overflow')
    return { gasCost: constant, error: `stack limit reached ${height} (${STACK_HEIGHT_MAX + takes - gives})` };
  if (halt === 'initcode-size')
    return { gasCost: constant, error: `out of gas: max initcode size exceeded: size ${step.stack.at(-3)}` };
  if (halt !== 'out-of-gas' || step.gasCost <= step.gasLeft) return null;
  if (step.gasLeft < constant) return { gasCost: constant, error: messageOf('out-of-gas') };
  if (step.opcode === SSTORE && step.gasLeft <= SENTRY_GAS)
    return { gasCost: constant, error: 'out of gas: not enough gas for reentrancy sentry' };
  const fault = memoryFault(step);
  if (fault !== null) return { gasCost: constant, error: fault };
  return { gasCost: unmeteredGas(fork, table, step, memorySize) ?? step.gasCost, error: messageOf('out-of-gas') };
}

const SSTORE = 0x55;
/** EIP-2200. */
const SENTRY_GAS = 2_300;

/** Operands that are gone when an operation finds out that it fails: JUMP, JUMPI, RETURNDATACOPY, CALL, REVERT. */
const POPPED: Readonly<Record<number, number>> = { 86: 1, 87: 2, 62: 3, 241: 7, 253: 2 };

/** go-ethereum's words. */
const MESSAGES = {
  'out-of-gas': 'out of gas',
  'stack-underflow': 'stack underflow',
  'stack-overflow': 'stack limit reached',
  'invalid-opcode': 'invalid opcode',
  'invalid-jump': 'invalid jump destination',
  'static-violation': 'write protection',
  'return-data-out-of-bounds': 'return data out of bounds',
  'create-collision': 'contract address collision',
  'code-size': 'max code size exceeded',
  'code-prefix': 'invalid code: must not begin with 0xef',
  'initcode-size': 'max initcode size exceeded',
  'nonce-overflow': 'nonce uint64 overflow',
  'call-depth': 'max call depth exceeded',
  'insufficient-balance': 'insufficient balance for transfer',
  precompile: 'precompiled contract failed',
  'step-budget': 'step budget exhausted',
  revert: 'execution reverted',
  deposit: 'contract creation code storage out of gas',
} as const satisfies Record<Halt | 'revert' | 'deposit', string>;

function messageOf(halt: keyof typeof MESSAGES): string;
function messageOf(halt: keyof typeof MESSAGES | null): string | null;
function messageOf(halt: keyof typeof MESSAGES | null): string | null {
  return halt === null ? null : MESSAGES[halt];
}

function lineOf({ step, memorySize }: Taken, gasCost: Wide, error: string | null): string {
  return encode({
    pc: step.pc,
    op: step.opcode,
    gas: quantity(step.gasLeft),
    gasCost: quantity(gasCost),
    memSize: memorySize,
    stack: step.stack.map(quantity),
    depth: step.depth,
    refund: step.refund,
    opName: nameOf(step.opcode),
    ...(error !== null && { error }),
  });
}

function lastLine({ output, gasUsed }: FrameEvent & { readonly kind: 'exit' }, error: string | null): string {
  return encode({ output: bytesToHex(output).slice(2), gasUsed: quantity(gasUsed), ...(error !== null && { error }) });
}

/** Go's encoder writes < and > so that the text may stand in HTML. */
function encode(fields: object): string {
  return JSON.stringify(fields).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
}

const NEWEST = tableOf('Osaka');
const INVALID = 0xfe;
const PREVRANDAO = 0x44;

/** Names do not depend on the fork; DIFFICULTY keeps the one that it had first. */
function nameOf(code: number): string {
  if (code === PREVRANDAO) return 'DIFFICULTY';
  const name = NEWEST[code]?.name ?? 'INVALID';
  return name === 'INVALID' && code !== INVALID ? `opcode 0x${code.toString(16)} not defined` : name;
}
