// What a virtual machine is: a message and a state in, a result out. It sees a journal and a block's context, never a chain.

import type { Wide } from '../lib/wide.ts';
import type { Journal } from '../state/journal.ts';
import type { Fork } from '../types/config.ts';
import type { Address, Hash } from '../types/transaction.ts';

/** What the block's opcodes return. */
export type BlockContext = {
  readonly number: number;
  /** Seconds. */
  readonly timestamp: Wide;
  readonly coinbase: Address;
  /** PREVRANDAO since Paris. */
  readonly prevRandao: Hash;
  /** DIFFICULTY before Paris. */
  readonly difficulty: bigint;
  readonly gasLimit: Wide;
  /** In wei. */
  readonly baseFee: bigint;
  /** In wei (EIP-7516). */
  readonly blobBaseFee: bigint;
  readonly chainId: bigint;
  /** The hash of one of the 256 last blocks of the branch that is executed; the machine checks the window, this function does not. */
  readonly blockHash: (number: number) => Hash;
};

/** What is the same in every frame of a transaction. */
export type TransactionContext = {
  readonly origin: Address;
  /** The effective gas price, in wei. */
  readonly gasPrice: bigint;
  readonly blobVersionedHashes: readonly Hash[];
};

/** A step of the interpreter, before its opcode is executed (EIP-3155). The arrays are the machine's own: copy what is to be kept. */
export type Step = {
  readonly pc: number;
  readonly opcode: number;
  /** 1 for the message's own frame. */
  readonly depth: number;
  /** Before the step is paid. */
  readonly gasLeft: Wide;
  /**
   * The whole price, memory, access and the gas that a call passes on included (the stipend is not: nobody pays it). It may exceed
   * `gasLeft`: the frame halts then. Zero for an opcode that the stack does not allow.
   */
  readonly gasCost: Wide;
  readonly refund: number;
  readonly stack: readonly bigint[];
  readonly memory: Uint8Array;
  readonly returnData: Uint8Array;
  /** Whose code runs, and on whose storage. */
  readonly codeAddress: Address;
  readonly address: Address;
};

/** Frames as they open and close, for call traces. Depth 1 is the message's own frame. The bytes are the machine's own: copy what is to be kept. */
export type FrameEvent =
  | {
      readonly kind: 'enter';
      readonly type: string;
      readonly from: Address;
      readonly to: Address;
      readonly value: bigint;
      readonly gas: Wide;
      readonly input: Uint8Array;
      readonly depth: number;
    }
  | {
      readonly kind: 'exit';
      readonly depth: number;
      readonly gasUsed: Wide;
      readonly output: Uint8Array;
      readonly halt: Halt | 'revert' | null;
    };

/** Watches execution without changing it. */
export type Hooks = {
  readonly step?: (step: Step) => void;
  readonly frame?: (event: FrameEvent) => void;
};

/** Everything a message is executed in. */
export type Environment = {
  readonly fork: Fork;
  readonly journal: Journal;
  readonly block: BlockContext;
  readonly transaction: TransactionContext;
  readonly hooks?: Hooks;
  /**
   * Ends the execution after that many steps with the halt `step-budget`, for calls that no block contains. A precompiled contract counts
   * by its gas. Null: gas alone bounds it.
   */
  readonly stepBudget: number | null;
};

/** A top-level message: a transaction's call or creation, or a system call. The nonce and the value's cover are checked by the caller. */
export type Message =
  | {
      readonly kind: 'call';
      readonly caller: Address;
      readonly to: Address;
      readonly value: bigint;
      readonly data: Uint8Array;
      readonly gas: Wide;
    }
  | {
      readonly kind: 'create';
      readonly caller: Address;
      /** Computed by the caller from sender and nonce. */
      readonly address: Address;
      readonly value: bigint;
      readonly initCode: Uint8Array;
      readonly gas: Wide;
    };

/**
 * Why a frame ended with all its gas gone. `call-depth`, `insufficient-balance` and `nonce-overflow` alone give it back: the frame was
 * never opened.
 */
export type Halt =
  | 'out-of-gas'
  | 'stack-underflow'
  | 'stack-overflow'
  | 'invalid-opcode'
  | 'invalid-jump'
  | 'static-violation'
  | 'return-data-out-of-bounds'
  | 'create-collision'
  | 'code-size'
  | 'code-prefix'
  | 'initcode-size'
  | 'nonce-overflow'
  | 'call-depth'
  | 'insufficient-balance'
  | 'precompile'
  | 'step-budget';

export type MessageResult = {
  /** `halt` takes all gas; `revert` gives back what is left. State changes are undone in both. */
  readonly status: 'success' | 'revert' | 'halt';
  readonly halt: Halt | null;
  readonly gasLeft: Wide;
  /** The return data; for a creation that succeeded, the deployed code. */
  readonly output: Uint8Array;
  readonly steps: number;
};

/** Executes one message to its end. Deterministic: the same environment and message give the same result and journal on every machine. */
export type Machine = {
  readonly execute: (environment: Environment, message: Message) => MessageResult;
};
