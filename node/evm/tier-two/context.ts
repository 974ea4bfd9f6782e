// What the code for an opcode has at hand: the words on the stack, the locals that every function has, and the way out before the opcode.

import type { Code, Local } from '../tier-one/emitter.ts';
import type { Builder, Helper, Value } from './builder.ts';

/** Locals that every function has. */
export type Registers = {
  /** The top of the stack, where the function is left. */
  readonly sp: Local;
  /** What is left, an i64, and of the slice of steps, an i32. */
  readonly gas: Local;
  readonly steps: Local;
  /** Where the operand stack and the memory begin. */
  readonly base: Local;
  readonly memory: Local;
  /** The size of the memory. */
  readonly msize: Local;
  /** The address from which the words that the function touches are reached. */
  readonly frame: Local;
  /** Where to go on: see RESUME. */
  readonly target: Local;
};

/** What the code for an opcode has at hand. The stack stays as it is until `give`. */
export type Context = {
  readonly b: Builder;
  readonly registers: Registers;
  /** The word at a distance from the top. */
  readonly word: (distance: number) => Value;
  /** Puts the result in the operands' place. */
  readonly give: (value?: Value) => void;
  /** Has the interpreter do the opcode: the function is left, with the stack as it was. */
  readonly leave: Code;
  /** What of the gas that is paid comes after the opcode. */
  readonly restOfGas: number;
  /** A function of the runtime on words. */
  readonly helper: (name: string) => Helper;
  /** The least that the memory's size is known to be. */
  readonly reached: () => number;
  readonly reach: (end: number) => void;
  readonly code: { readonly address: number; readonly size: number };
};

/** Writes the code for an opcode. */
export type Writer = (context: Context) => void;
