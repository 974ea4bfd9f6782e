// How a call or creation becomes a frame, and a frame that ended becomes an outcome: value, touch, precompiles, nonces, collisions, deposits.

import { assert } from '../lib/assert.ts';
import { EMPTY_BYTES } from '../lib/bytes.ts';
import { subtractWide, type Wide } from '../lib/wide.ts';
import type { Address } from '../types/transaction.ts';
import { codeOf, prepareCode } from './code.ts';
import { delegationOf } from './delegation.ts';
import type { Call, Creation, Execution, Exit, Frame, Invocation, Opening } from './frame.ts';
import type { Halt } from './machine.ts';
import type { Precompile } from './precompiles/precompile.ts';
import { wholeGas } from './wide-gas.ts';

/** How a call or creation ended. */
export type Outcome = {
  readonly kind: 'outcome';
  /** What it was a call or creation of. */
  readonly invocation: Invocation;
  readonly status: 'success' | 'revert' | 'halt';
  readonly halt: Halt | null;
  readonly gasLeft: Wide;
  /** Return data, a revert's data, or the code of the new contract. */
  readonly output: Uint8Array;
};

/** EIP-150 and the Yellow Paper: 1,024 frames below the outermost one, whose depth here is 1. */
export const DEPTH_MAX = 1025;

const NONCE_MAX = 2n ** 64n - 1n; // EIP-2681
const DEPOSIT_BYTE_GAS = 200;
const REFUSED_PREFIX = 0xef;

/** Begins a call: either a frame is to be opened, or it has ended already, as calls of precompiles, of no code and beyond a limit do. */
export function beginCall(
  execution: Execution,
  call: Call,
  depth: number,
  precompile: Precompile | null,
): Opening | Outcome {
  const { journal, rules } = execution;
  const checksBalance = call.type === 'CALL' || call.type === 'CALLCODE';
  const refusal = refusalOf(execution, depth, call.caller, checksBalance ? call.value : 0n);
  if (refusal !== null) return refuse(call, refusal);

  const checkpoint = journal.checkpoint();
  if (call.type === 'CALL') transfer(execution, call.caller, call.address, call.value);
  else if (call.type === 'STATICCALL') journal.touch(call.address);

  if (precompile !== null) {
    const outcome = runPrecompile(precompile, call);
    if (outcome.status !== 'success') journal.revertTo(checkpoint);
    return outcome;
  }

  const named = journal.code(call.codeAddress);
  const delegate = rules.followsDelegations ? delegationOf(named) : null; // a delegate that is a precompile runs as the empty code it has
  const code = delegate === null ? named : journal.code(delegate);
  if (code.length === 0) return succeed(call, call.gas, EMPTY_BYTES);
  const codeAddress = delegate ?? call.codeAddress;
  return { kind: 'opening', execution, invocation: call, depth, checkpoint, code: codeOf(code), codeAddress };
}

/** Begins a creation by an opcode: takes the creator's next nonce and makes the address warm, both for good (EIP-161, EIP-2929). */
export function beginInnerCreation(execution: Execution, creation: Creation, depth: number): Opening | Outcome {
  const { journal, rules } = execution;
  const { caller, address, value } = creation;
  const refusal = refusalOf(execution, depth, caller, value);
  if (refusal !== null) return refuse(creation, refusal);
  const nonce = journal.nonce(caller);
  if (nonce === NONCE_MAX) return refuse(creation, 'nonce-overflow');
  journal.setNonce(caller, nonce + 1n);
  if (rules.hasAccessCosts) journal.warmAddress(address);
  return beginCreation(execution, creation, depth);
}

/** Begins a creation whose nonce is taken. A collision takes all its gas (EIP-684, EIP-7610). */
export function beginCreation(execution: Execution, creation: Creation, depth: number): Opening | Outcome {
  const { journal, rules } = execution;
  const { caller, address, value } = creation;
  const isTaken = journal.nonce(address) !== 0n || journal.code(address).length > 0 || journal.hasStorage(address);
  if (isTaken) return failed(creation, 'create-collision', 0);

  const checkpoint = journal.checkpoint();
  journal.createContract(address, rules.contractNonce);
  transfer(execution, caller, address, value);
  const code = prepareCode(creation.initCode);
  return { kind: 'opening', execution, invocation: creation, depth, checkpoint, code, codeAddress: address };
}

/** Ends a frame: keeps or undoes what it changed, and for a creation, pays for the code and deploys it. */
export function endFrame(frame: Frame, exit: Exclude<Exit, { readonly kind: 'invoke' }>): Outcome {
  assert(frame.gas >= 0 || exit.kind === 'halt', 'a frame that ended with negative gas');
  const { journal } = frame.execution;
  const { invocation } = frame;
  switch (exit.kind) {
    case 'return':
      return invocation.kind === 'create'
        ? deploy(frame, invocation, exit.output)
        : succeed(invocation, wholeGas(frame), exit.output);
    case 'revert':
      journal.revertTo(frame.checkpoint);
      return { ...failed(invocation, null, wholeGas(frame)), output: exit.output };
    case 'halt':
      journal.revertTo(frame.checkpoint);
      return failed(invocation, exit.halt, 0);
  }
}

/** Makes the returned bytes the contract's code, in the order of checks: prefix, size, deposit. */
function deploy(frame: Frame, creation: Creation, code: Uint8Array): Outcome {
  const { journal, rules } = frame.execution;
  const deposit = code.length * DEPOSIT_BYTE_GAS;
  const reason = refusalOfCode(frame, code, deposit);
  if (reason !== null) {
    journal.revertTo(frame.checkpoint);
    return failed(creation, reason, 0);
  }
  if (deposit > frame.gas) {
    assert(rules.unpaidDeposit === 'no-code', 'an unpaid deposit');
    return succeed(creation, wholeGas(frame), EMPTY_BYTES);
  }
  journal.setCode(creation.address, code);
  return succeed(creation, subtractWide(wholeGas(frame), deposit), code);
}

function refusalOfCode(frame: Frame, code: Uint8Array, deposit: number): Halt | null {
  const { rules } = frame.execution;
  if (rules.refusesPrefixEF && code[0] === REFUSED_PREFIX) return 'code-prefix';
  if (rules.codeBytesMax !== null && code.length > rules.codeBytesMax) return 'code-size';
  return deposit > frame.gas && rules.unpaidDeposit === 'halt' ? 'out-of-gas' : null;
}

/** Charges before it works. */
function runPrecompile(precompile: Precompile, call: Call): Outcome {
  const gas = precompile.gas(call.input);
  if (gas > call.gas) return failed(call, 'out-of-gas', 0);
  const output = precompile.run(call.input);
  return output === null ? failed(call, 'precompile', 0) : succeed(call, subtractWide(call.gas, gas), output);
}

/** Moves the value. A transfer of nothing touches the receiver too (EIP-161), and before that rule creates it. */
function transfer(execution: Execution, from: Address, to: Address, value: bigint): void {
  const { journal } = execution;
  journal.touch(to);
  if (value === 0n) return;
  journal.subtractBalance(from, value);
  journal.addBalance(to, value);
}

/** Why a frame may not be opened at all. Its gas is given back. */
function refusalOf(execution: Execution, depth: number, payer: Address, value: bigint): Halt | null {
  if (depth > DEPTH_MAX) return 'call-depth';
  return value !== 0n && execution.journal.balance(payer) < value ? 'insufficient-balance' : null;
}

function refuse(invocation: Invocation, reason: Halt): Outcome {
  return failed(invocation, reason, invocation.gas);
}

function succeed(invocation: Invocation, gasLeft: Wide, output: Uint8Array): Outcome {
  return { kind: 'outcome', invocation, status: 'success', halt: null, gasLeft, output };
}

function failed(invocation: Invocation, reason: Halt | null, gasLeft: Wide): Outcome {
  const status = reason === null ? 'revert' : 'halt';
  return { kind: 'outcome', invocation, status, halt: reason, gasLeft, output: EMPTY_BYTES };
}
