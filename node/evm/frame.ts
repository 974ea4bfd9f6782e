// A frame: one call or creation while it runs, as plain data. Opcode handlers read and change it; the interpreter drives it.

import { EMPTY_BYTES } from '../lib/bytes.ts';
import type { Wide } from '../lib/wide.ts';
import type { Journal } from '../state/journal.ts';
import type { Address } from '../types/transaction.ts';
import type { Code } from './code.ts';
import type { BlockContext, Halt, TransactionContext } from './machine.ts';
import { createMemory, type Memory, resetMemory } from './memory.ts';
import type { Rules } from './rules.ts';
import { splitGas } from './wide-gas.ts';

/** What all frames of one message share, as far as opcodes see it. */
export type Execution = {
  readonly journal: Journal;
  readonly block: BlockContext;
  readonly transaction: TransactionContext;
  readonly rules: Rules;
};

/** A call that is to be made. */
export type Call = {
  readonly kind: 'call';
  /** Only CALL moves the value, and only CALL and STATICCALL touch the account. */
  readonly type: 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL';
  readonly caller: Address;
  /** On whose storage and balance the code works. */
  readonly address: Address;
  /** Whose code runs, before a delegation is followed. */
  readonly codeAddress: Address;
  /** What CALLVALUE returns, in wei. */
  readonly value: bigint;
  readonly input: Uint8Array;
  readonly gas: Wide;
  readonly isStatic: boolean;
  /** Where the caller's memory takes the output. */
  readonly outputOffset: bigint;
  readonly outputSize: bigint;
};

/** A contract that is to be created. */
export type Creation = {
  readonly kind: 'create';
  readonly type: 'CREATE' | 'CREATE2';
  readonly caller: Address;
  readonly address: Address;
  /** In wei. */
  readonly value: bigint;
  readonly initCode: Uint8Array;
  readonly gas: Wide;
};

export type Invocation = Call | Creation;

/** Why a frame does not go on: it ended, or it waits for what it invoked. */
export type Exit =
  | { readonly kind: 'return'; readonly output: Uint8Array }
  | { readonly kind: 'revert'; readonly output: Uint8Array }
  | { readonly kind: 'halt'; readonly halt: Halt }
  | { readonly kind: 'invoke'; readonly invocation: Invocation };

export type Frame = {
  readonly kind: 'frame';
  readonly execution: Execution;
  readonly invocation: Invocation;
  /** 1 for the outermost frame. */
  readonly depth: number;
  /** The journal's position to which a revert or a halt goes back. */
  readonly checkpoint: number;
  readonly code: Code;
  /** Whose code runs, behind a delegation the delegate. */
  readonly codeAddress: Address;
  readonly address: Address;
  readonly caller: Address;
  readonly value: bigint;
  /** A tier that runs frames elsewhere puts another array, stack or memory in place when it hands a frame over. */
  input: Uint8Array;
  readonly isStatic: boolean;

  pc: number;
  gas: number;
  /** The gas that does not fit into `gas`: nothing, unless the message has more than 2^53 - 1 (wide-gas.ts). */
  gasBeyond: bigint;
  /** 1,024 places, of which the lowest `height` are in use. */
  stack: bigint[];
  height: number;
  memory: Memory;
  /** The output of the last call (EIP-211). */
  returnData: Uint8Array;
  /** What a CALL's gas function has set aside for the callee, without the stipend. */
  gasForCallee: Wide;
  /** Null while the frame runs. */
  exit: Exit | null;
};

/** Yellow Paper, 9.1. */
export const STACK_HEIGHT_MAX = 1024;

/** The stack and memory of a depth. Frames of one depth follow each other, so they share one. */
export type Workspace = { readonly stack: bigint[]; readonly memory: Memory };

export function createWorkspace(): Workspace {
  return { stack: new Array<bigint>(STACK_HEIGHT_MAX).fill(0n), memory: createMemory() };
}

/** What of a frame is known when it opens. */
export type Opening = Pick<Frame, 'execution' | 'invocation' | 'depth' | 'checkpoint' | 'code' | 'codeAddress'> & {
  readonly kind: 'opening';
};

/** Opens a frame at the beginning of its code, in a workspace that no open frame uses. */
export function createFrame(opening: Opening, workspace: Workspace): Frame {
  const { invocation } = opening;
  const { gas, gasBeyond } = splitGas(invocation.gas);
  resetMemory(workspace.memory);
  return {
    kind: 'frame',
    execution: opening.execution,
    invocation,
    depth: opening.depth,
    checkpoint: opening.checkpoint,
    code: opening.code,
    codeAddress: opening.codeAddress,
    address: invocation.address,
    caller: invocation.caller,
    value: invocation.value,
    input: invocation.kind === 'call' ? invocation.input : EMPTY_BYTES,
    isStatic: invocation.kind === 'call' && invocation.isStatic,
    pc: 0,
    gas,
    gasBeyond,
    stack: workspace.stack,
    height: 0,
    memory: workspace.memory,
    returnData: EMPTY_BYTES,
    gasForCallee: 0,
    exit: null,
  };
}

/** Puts a word on the stack. The interpreter has checked that there is room. */
export function push(frame: Frame, word: bigint): void {
  frame.stack[frame.height++] = word;
}

/** Takes the top of the stack. The interpreter has checked that the opcode's operands are there. */
export function pop(frame: Frame): bigint {
  return frame.stack[--frame.height] as bigint; // the index is below STACK_HEIGHT_MAX: see above
}

/** The word at a distance from the top of the stack, which is at 0. It stays. */
export function peek(frame: Frame, distance: number): bigint {
  return frame.stack[frame.height - 1 - distance] as bigint; // the index is inside, as for pop
}

/** Ends the frame with all its gas gone and its changes undone. */
export function halt(frame: Frame, reason: Halt): void {
  frame.exit = { kind: 'halt', halt: reason };
}

/** Makes the frame wait for a call or a creation. */
export function invoke(frame: Frame, invocation: Invocation): void {
  frame.exit = { kind: 'invoke', invocation };
}
