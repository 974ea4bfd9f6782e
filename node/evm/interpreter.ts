// Tier 0, the reference machine: a loop over opcodes inside a loop over frames. Frames are data, so depth 1,024 costs no host stack.
// It is the tier to read, and the one that traces; faster ones must agree with it.

import { present, unreachable } from '../lib/assert.ts';
import { EMPTY_BYTES } from '../lib/bytes.ts';
import { subtractWide } from '../lib/wide.ts';
import type { Fork } from '../types/config.ts';
import type { Address } from '../types/transaction.ts';
import {
  type Call,
  createFrame,
  createWorkspace,
  type Execution,
  type Exit,
  type Frame,
  halt,
  type Invocation,
  type Opening,
  push,
  STACK_HEIGHT_MAX,
  type Workspace,
} from './frame.ts';
import { beginCall, beginCreation, beginInnerCreation, endFrame, type Outcome } from './invocation.ts';
import type { Environment, Halt, Hooks, Machine, Message, MessageResult, Step } from './machine.ts';
import { UNAFFORDABLE, viewOf, writeBytes } from './memory.ts';
import type { Opcode, OpcodeTable } from './opcode.ts';
import { type Precompile, precompileAt } from './precompiles/index.ts';
import { type Rules, rulesOf } from './rules.ts';
import { tableOf } from './table.ts';
import { giveGas, wholeGas } from './wide-gas.ts';

const STOP_CODE = 0x00;

/** Ways in which a machine may differ from the standard: for faults that are planted on purpose. */
export type Alterations = {
  readonly opcodes?: (table: OpcodeTable, fork: Fork) => OpcodeTable;
  readonly rules?: (rules: Rules) => Rules;
  readonly precompile?: (fork: Fork, address: Address) => Precompile | null;
};

/** Creates the reference machine, or one that differs from it on purpose. It keeps nothing between messages but its tables. */
export function createInterpreter(alterations: Alterations = {}): Machine {
  const forks = new Map<Fork, ForkParts>();
  const partsOf = (fork: Fork): ForkParts => {
    let parts = forks.get(fork);
    if (parts === undefined) {
      parts = assemble(fork, alterations);
      forks.set(fork, parts);
    }
    return parts;
  };
  return {
    execute: (environment, message) => execute(partsOf(environment.fork), environment, message, createPlainRunner),
  };
}

/** How frames are run: plainly, as here, or by a faster tier, which shares everything that happens between frames. */
export type FrameRunner = {
  readonly open: (opening: Opening) => Frame;
  /** Runs the frame from where it stands until it ends or waits. What its callee's outcome pushed is on `frame.stack`. */
  readonly run: (frame: Frame) => Exit | Descent;
  /** The frame has ended; its output is a copy. */
  readonly close: (frame: Frame) => void;
};

/** One that opens no frames itself. */
export type PlainRunner = Omit<FrameRunner, 'run'> & { readonly run: (frame: Frame) => Exit };

/** A faster tier opens frames itself: those that are open inside the frame that ran, of which the last one runs and the others wait. */
export type Descent = { readonly kind: 'descent'; readonly frames: readonly Frame[] };

/** What a fork makes of the machine. */
export type ForkParts = {
  readonly rules: Rules;
  readonly table: OpcodeTable;
  readonly precompile: (address: Address) => Precompile | null;
};

/** One message under way. */
export type Run = ForkParts & {
  readonly execution: Execution;
  readonly hooks: Hooks;
  readonly stepsMax: number;
  steps: number;
  /** By depth. */
  readonly workspaces: Workspace[];
};

/** Puts together what a fork makes of the machine. */
export function assemble(fork: Fork, alterations: Alterations): ForkParts {
  const { opcodes = (table) => table, rules = (unaltered) => unaltered, precompile = precompileAt } = alterations;
  return {
    rules: rules(rulesOf(fork)),
    table: opcodes(tableOf(fork), fork).map(copyOpcode),
    precompile: (address) => precompile(fork, address),
  };
}

/** One shape of object for all opcodes, however they were altered, keeps the loop fast. */
function copyOpcode({ code, name, takes, gives, gas, dynamicGas, run }: Opcode): Opcode {
  return { code, name, takes, gives, gas, dynamicGas, run };
}

/** Executes a message with frames that are run by what `createRunner` makes. */
export function execute(
  parts: ForkParts,
  environment: Environment,
  message: Message,
  createRunner: (run: Run) => FrameRunner,
): MessageResult {
  const { journal, block, transaction, hooks = {}, stepBudget } = environment;
  const run: Run = {
    ...parts,
    execution: { journal, block, transaction, rules: parts.rules },
    hooks,
    stepsMax: stepBudget ?? Number.MAX_SAFE_INTEGER,
    steps: 0,
    workspaces: [],
  };
  const { status, halt, gasLeft, output } = runInvocation(run, invocationOf(message), () =>
    // Gas beyond 2^53 - 1 is this tier's affair alone: no block has it.
    typeof message.gas === 'number' ? createRunner(run) : createPlainRunner(run),
  );
  return { status, halt, gasLeft, output, steps: run.steps };
}

function invocationOf(message: Message): Invocation {
  const { caller, value, gas } = message;
  if (message.kind === 'create') {
    const { address, initCode } = message;
    return { kind: 'create', type: 'CREATE', caller, address, value, initCode, gas };
  }
  const { to, data } = message;
  const output = { outputOffset: 0n, outputSize: 0n };
  return {
    kind: 'call',
    type: 'CALL',
    caller,
    address: to,
    codeAddress: to,
    value,
    input: data,
    gas,
    isStatic: false,
    ...output,
  };
}

/** Runs a call or creation and all that it invokes, to the end: either a frame runs, or its outcome goes to the frame that waits for it. */
function runInvocation(run: Run, outermost: Invocation, createRunner: () => FrameRunner): Outcome {
  reportEntry(run, outermost, 1);
  const begun = beginInvocation(run, outermost, 1);
  if (begun.kind === 'outcome') return reportExit(run, begun, 1); // as most transfers end, which run no code
  const runner = createRunner();
  const waiting: Frame[] = [];
  let current: Frame | Outcome = runner.open(begun);
  for (;;) {
    if (current.kind === 'frame') {
      const exit = runner.run(current);
      if (exit.kind === 'invoke') {
        waiting.push(current);
        current = begin(run, runner, exit.invocation, current.depth + 1);
      } else if (exit.kind === 'descent') {
        waiting.push(current, ...exit.frames);
        current = present(waiting.pop(), 'the innermost frame');
      } else {
        runner.close(current);
        current = reportExit(run, endFrame(current, exit), current.depth);
      }
    } else {
      const caller = waiting.pop();
      if (caller === undefined) return current;
      resume(caller, current);
      current = caller;
    }
  }
}

function begin(run: Run, runner: FrameRunner, invocation: Invocation, depth: number): Frame | Outcome {
  reportEntry(run, invocation, depth);
  const begun = beginInvocation(run, invocation, depth);
  return begun.kind === 'outcome' ? reportExit(run, begun, depth) : runner.open(begun);
}

/** Runs frames by the opcodes' own handlers, one opcode at a time. */
export function createPlainRunner(run: Run): PlainRunner {
  return {
    open(opening) {
      const { depth } = opening;
      let workspace = run.workspaces[depth];
      if (workspace === undefined) {
        workspace = createWorkspace();
        run.workspaces[depth] = workspace;
      }
      return createFrame(opening, workspace);
    },
    run: (frame) => runFrame(run, frame),
    close: () => {},
  };
}

/** Begins a call or creation: a frame is to be opened for it, or it has ended already. */
export function beginInvocation(run: Run, invocation: Invocation, depth: number): Opening | Outcome {
  const { execution } = run;
  if (invocation.kind === 'call') {
    const precompile = run.precompile(invocation.codeAddress);
    if (precompile !== null && !takeSteps(run, precompile, invocation)) return overBudget(invocation);
    return beginCall(execution, invocation, depth, precompile);
  }
  return depth === 1 ? beginCreation(execution, invocation, depth) : beginInnerCreation(execution, invocation, depth);
}

/**
 * Counts a precompiled contract's work before it is done, a step for each unit of its gas; false where the budget does not cover it. The worst
 * takes 0.1 µs for that, about as long as a step of the reference machine.
 */
function takeSteps(run: Run, precompile: Precompile, { input, gas }: Call): boolean {
  const price = precompile.gas(input);
  if (price > gas) return true; // it fails and does nothing
  run.steps = Math.min(run.steps + price, run.stepsMax);
  return run.steps < run.stepsMax;
}

function overBudget(invocation: Invocation): Outcome {
  return { kind: 'outcome', invocation, status: 'halt', halt: 'step-budget', gasLeft: 0, output: EMPTY_BYTES };
}

/** Runs opcodes until the frame ends or waits. */
function runFrame(run: Run, frame: Frame): Exit {
  const { table, stepsMax } = run;
  const { step } = run.hooks;
  const { padded } = frame.code;
  let { steps } = run;
  while (frame.exit === null) {
    if (steps === stepsMax) {
      halt(frame, 'step-budget');
      break;
    }
    steps++;
    const opcode = table[padded[frame.pc] as number] as Opcode; // the counter stays in the padded code, and a byte is an index of the table

    const { height } = frame;
    if (height < opcode.takes) {
      haltBefore(run, frame, 'stack-underflow');
      break;
    }
    if (height - opcode.takes + opcode.gives > STACK_HEIGHT_MAX) {
      haltBefore(run, frame, 'stack-overflow');
      break;
    }

    const { gas, gasBeyond } = frame;
    frame.gas -= opcode.gas;
    if (opcode.dynamicGas !== null && frame.gas >= 0) {
      const dynamicGas = opcode.dynamicGas(frame);
      frame.gas -= dynamicGas;
    }
    if (step !== undefined) step(stepOf(frame, { gas, gasBeyond }));
    if (frame.gas < 0) {
      halt(frame, 'out-of-gas');
      break;
    }

    frame.pc++;
    opcode.run(frame);
  }
  run.steps = steps;
  return present(frame.exit, 'a frame that stopped has an exit');
}

/** Halts at an opcode that is not paid, and shows it. */
function haltBefore(run: Run, frame: Frame, reason: Halt): void {
  run.hooks.step?.(stepOf(frame, frame));
  halt(frame, reason);
}

/** Hands a frame the outcome of what it invoked. */
export function resume(frame: Frame, outcome: Outcome): void {
  if (outcome.halt === 'step-budget') return halt(frame, 'step-budget'); // the budget is the whole execution's
  const { invocation, output, status } = outcome;
  frame.exit = null;
  giveGas(frame, outcome.gasLeft);
  switch (invocation.kind) {
    case 'call': {
      const { outputOffset, outputSize } = invocation;
      const size = outputSize < output.length ? outputSize : BigInt(output.length);
      writeBytes(frame.memory, outputOffset, output, 0n, size);
      frame.returnData = output;
      return push(frame, status === 'success' ? 1n : 0n);
    }
    case 'create':
      frame.returnData = status === 'revert' ? output : EMPTY_BYTES; // EIP-211
      return push(frame, status === 'success' ? BigInt(invocation.address) : 0n);
    default:
      return unreachable(invocation);
  }
}

function stepOf(frame: Frame, before: Pick<Frame, 'gas' | 'gasBeyond'>): Step {
  const gasLeft = wholeGas(before);
  return {
    pc: frame.pc,
    opcode: frame.code.padded[frame.pc] ?? STOP_CODE,
    depth: frame.depth,
    gasLeft,
    gasCost:
      before.gasBeyond === frame.gasBeyond
        ? Math.min(before.gas - frame.gas, UNAFFORDABLE)
        : subtractWide(gasLeft, wholeGas(frame)),
    refund: frame.execution.journal.refund(),
    stack: frame.stack.slice(0, frame.height),
    memory: viewOf(frame.memory),
    returnData: frame.returnData,
    codeAddress: frame.codeAddress,
    address: frame.address,
  };
}

function reportEntry(run: Run, invocation: Invocation, depth: number): void {
  const { frame } = run.hooks;
  if (frame === undefined) return;
  const { type, value, gas } = invocation;
  const isDelegated = type === 'DELEGATECALL'; // its caller is the caller's caller: for a trace, who called is who executes
  const from = isDelegated ? invocation.address : invocation.caller;
  const to = invocation.kind === 'call' ? invocation.codeAddress : invocation.address;
  const input = invocation.kind === 'call' ? invocation.input : invocation.initCode;
  frame({ kind: 'enter', type, from, to, value, gas, input, depth });
}

function reportExit(run: Run, outcome: Outcome, depth: number): Outcome {
  const { status, invocation, gasLeft, output } = outcome;
  const reason = status === 'revert' ? 'revert' : outcome.halt;
  run.hooks.frame?.({ kind: 'exit', depth, gasUsed: subtractWide(invocation.gas, gasLeft), output, halt: reason });
  return outcome;
}
