// What the module asks of the driver: instructions by the reference's own handlers, on operands that are brought to them and a view of the
// memory; accounts that are not in linear memory yet; and to undo what the journal knows.

import { assert, present } from '../../lib/assert.ts';
import { type Frame, halt, type Opening } from '../frame.ts';
import { beginInvocation, resume } from '../interpreter.ts';
import type { Opcode } from '../opcode.ts';
import type { Known } from './code-cache.ts';
import type { Parts } from './engine.ts';
import { BALANCE, CONTROL, RETURN_DATA, WORD_BYTES } from './layout.ts';
import { getControl, readLimbs, setControl, writeLimbs } from './linear-memory.ts';
import type { Host } from './module.ts';
import type { OpenFrames } from './open-frames.ts';

export type Requests = Host & {
  /** The call or creation that made the module leave, once. */
  readonly takeOpening: () => Opening | null;
  /** The code that the module runs. */
  readonly code: () => Known;
  /** Lets the module do a slice of steps. */
  readonly grant: () => void;
  /** Counts the steps that the module has done since the last time. */
  readonly countSteps: () => void;
};

/** Steps between two returns to the driver: the engine replaces the module's code by its optimised version only then. */
const SLICE_STEPS = 2 ** 17;

/** Answers the module's requests. */
export function createRequests(parts: Parts, frames: OpenFrames): Requests {
  const { linear, codes, slots, accounts, effects, placeAt, counts, messages, rooms } = parts;
  let granted = 0;
  let opening: Opening | null = null;

  const grant = (): void => {
    const { stepsMax, steps } = messages.run();
    granted = Math.min(stepsMax - steps, SLICE_STEPS);
    setControl(linear, CONTROL.steps, granted);
  };
  const countSteps = (): void => {
    const message = messages.run();
    const left = getControl(linear, CONTROL.steps);
    const compiled = getControl(linear, CONTROL.compiledSteps);
    setControl(linear, CONTROL.compiledSteps, 0);
    message.steps += granted - left;
    counts.compiled += compiled;
    counts.module += granted - left - compiled;
    granted = left;
  };
  /** A precompiled contract has taken steps too. */
  const limitSteps = (): void => {
    const { stepsMax, steps } = messages.run();
    granted = Math.min(granted, stepsMax - steps);
    setControl(linear, CONTROL.steps, granted);
  };

  /** Calls of precompiled contracts and of no code, and what is refused, end at once. */
  const invoke = (frame: Frame): void => {
    const { exit } = frame;
    assert(exit?.kind === 'invoke', 'a frame that calls');
    effects.forgetBalance();
    const begun = beginInvocation(messages.run(), exit.invocation, frame.depth + 1);
    limitSteps();
    if (begun.kind === 'opening') {
      opening = begun;
      return;
    }
    resume(frame, begun);
    const { returnData } = frame;
    const isElsewhere = returnData.length > rooms.returnDataBytes;
    if (!isElsewhere) linear.bytes.set(returnData, RETURN_DATA);
    setControl(linear, CONTROL.isReturnDataElsewhere, isElsewhere ? 1 : 0);
    setControl(linear, CONTROL.returnDataSize, returnData.length);
  };

  /** Puts what an instruction has found out where the module finds it the next time. */
  const remember = (frame: Frame, opcode: Opcode, operand: bigint): void => {
    const entry = getControl(linear, CONTROL.slotEntry);
    const tag = getControl(linear, CONTROL.slotTag);
    const { journal } = frame.execution;
    if (opcode.code === SLOAD || opcode.code === SSTORE) slots.remember(entry, tag, journal, frame.address, operand);
    else if (opcode.code === SELFBALANCE) {
      writeLimbs(linear, BALANCE, frame.stack[0] ?? 0n);
      setControl(linear, CONTROL.balanceTag, tag);
    } else slots.rememberTransient(entry, tag, journal, frame.address, operand);
  };
  const callableAt = (word: bigint) => {
    const { execution, precompile } = messages.run();
    const callable = accounts.prepare(execution, word);
    return callable !== null && precompile(callable.address) === null ? callable : null;
  };

  const currentCode = (): Known => {
    if (getControl(linear, CONTROL.isNative) !== 0) return codes.byId(getControl(linear, CONTROL.codeId));
    const { frame, decoded } = placeAt(getControl(linear, CONTROL.depth));
    return { code: present(frame, 'a frame that runs').code, decoded };
  };

  return {
    code: currentCode,
    grant,
    countSteps,
    takeOpening() {
      const taken = opening;
      opening = null;
      return taken;
    },

    host(position, gas) {
      countSteps();
      const { execution, table } = messages.run();
      effects.sync(execution.journal);
      const frame = frames.current();
      const operands = frame.stack;
      const opcode = table[frame.code.padded[position] ?? 0] as Opcode; // a byte is an index of the table
      const sp = getControl(linear, CONTROL.sp);
      for (let i = 0; i < opcode.takes; i++) operands[opcode.takes - 1 - i] = readLimbs(linear, sp + i * WORD_BYTES);
      const operand = operands[opcode.takes - 1] ?? 0n;
      if (opcode.code === RETURNDATACOPY) frames.showReturnData(frame);
      if (effects.isFull()) effects.forgetSlots();
      frame.height = opcode.takes;
      frame.gas = gas;
      if (opcode.dynamicGas !== null) frame.gas -= opcode.dynamicGas(frame);
      if (frame.gas < 0) halt(frame, 'out-of-gas');
      else opcode.run(frame);
      if (frame.exit === null && REMEMBERED.has(opcode.code)) remember(frame, opcode, operand);
      else if (frame.exit?.kind === 'invoke') invoke(frame);

      const top = sp + (opcode.takes - frame.height) * WORD_BYTES;
      setControl(linear, CONTROL.sp, top);
      for (let i = 0; i < frame.height; i++)
        writeLimbs(linear, top + (frame.height - 1 - i) * WORD_BYTES, operands[i] ?? 0n);
      frame.height = 0;
      if (frame.memory.bytes.buffer !== linear.bytes.buffer) return -1; // moved out: `msize` stays what is to be cleared
      setControl(linear, CONTROL.msize, frame.memory.size);
      return frame.exit === null ? frame.gas : -1;
    },

    block(position) {
      const { code, decoded } = currentCode();
      return codes.block(code, decoded, position);
    },

    reserve: (end) => (frames.reserve(end) ? 1 : 0),

    account(entry, gas) {
      const { execution } = messages.run();
      const callable = callableAt(readLimbs(linear, getControl(linear, CONTROL.sp) + WORD_BYTES));
      if (callable === null || callable.coldGas > gas) return -1;
      if (callable.coldGas > 0) {
        const { journal } = execution;
        effects.sync(journal);
        journal.warmAddress(callable.address);
        journal.warmAddress(callable.codeAddress);
      }
      accounts.remember(entry, callable);
      return callable.coldGas;
    },

    undo() {
      const depth = getControl(linear, CONTROL.depth);
      messages.run().execution.journal.revertTo(placeAt(depth).checkpoint);
      effects.revert(depth);
    },
  };
}

const RETURNDATACOPY = 0x3e;
const SELFBALANCE = 0x47;
const SLOAD = 0x54;
const SSTORE = 0x55;
const TLOAD = 0x5c;
const TSTORE = 0x5d;
const REMEMBERED: ReadonlySet<number> = new Set([SELFBALANCE, SLOAD, SSTORE, TLOAD, TSTORE]);
