// Runs the frames of a message in the module, and those that it opens inside them, until one ends, waits or goes to the reference machine.
// What happens between frames that the module does not open itself is the reference's affair.

import { present } from '../../lib/assert.ts';
import type { Exit, Frame } from '../frame.ts';
import { createPlainRunner, type Descent, type FrameRunner, type Run } from '../interpreter.ts';
import { type Counts, createParts, type EngineOptions } from './engine.ts';
import { CONTROL, HEADER, HEAT_MAX, INSTRUCTION_BYTES, LEFT } from './layout.ts';
import { getControl, setControl } from './linear-memory.ts';
import { createOpenFrames, positionOf } from './open-frames.ts';
import { createRequests, type Requests } from './requests.ts';

/** Runs the frames of one message after another. */
export type Engine = { readonly createRunner: (run: Run) => FrameRunner; readonly counts: Counts };

/** Creates the module's instance, or throws what the engine throws where it refuses one. */
export function createEngine(options: EngineOptions): Engine {
  let answers: Requests | null = null;
  const answer = (): Requests => present(answers, 'a module that runs');
  const parts = createParts(
    {
      host: (position, gas) => answer().host(position, gas),
      block: (position) => answer().block(position),
      reserve: (end) => answer().reserve(end),
      account: (entry, gas) => answer().account(entry, gas),
      undo: () => answer().undo(),
    },
    options,
  );
  const frames = createOpenFrames(parts);
  const requests = createRequests(parts, frames);
  answers = requests;
  const { linear, exports, effects, placeAt, counts, compiler, messages } = parts;

  const runPlainly = (frame: Frame): Exit => {
    const message = messages.run();
    setControl(linear, CONTROL.depth, frame.depth);
    effects.sync(message.execution.journal);
    const before = message.steps;
    const exit = messages.plain().run(frame);
    counts.reference += message.steps - before;
    if (exit.kind === 'invoke' || exit.kind === 'return') effects.forgetSlots(); // it may have written to them
    return exit;
  };

  const runFrame = (frame: Frame): Exit | Descent => {
    if (frame.exit !== null) return frame.exit;
    if (placeAt(frame.depth).isHandedOver) return runPlainly(frame);
    const message = messages.run();
    frames.enter(frame);
    for (;;) {
      requests.grant();
      const reason = exports.run();
      requests.countSteps();
      if (reason === LEFT.hot) {
        heated();
        continue;
      }
      const header = getControl(linear, CONTROL.header);
      if (reason === LEFT.slice && message.steps + getControl(linear, header + HEADER.steps) <= message.stepsMax)
        continue;
      return leave(frame, reason);
    }
  };

  /** Has the hot block that the module stands at compiled. */
  const heated = (): void => {
    const header = getControl(linear, CONTROL.ip);
    if (compiler === null) setControl(linear, header + HEADER.heat, HEAT_MAX);
    else {
      const { table } = messages.run();
      compiler.compile({ header, ...requests.code(), table, stepsBefore: counts.module + counts.compiled });
    }
  };

  /** Brings frames and journal up to date with what the module has done inside a frame until it left. */
  const leave = (from: Frame, reason: number): Exit | Descent => {
    effects.sync(from.execution.journal);
    const inner = frames.descend(from);
    settle(inner.at(-1) ?? from, reason);
    const opening = requests.takeOpening();
    const opened = opening === null ? [] : [frames.open(opening)];
    if (inner.length + opened.length > 0) return { kind: 'descent', frames: [...inner, ...opened] };
    return from.exit ?? runPlainly(from);
  };

  /** Lets the innermost frame go on behind the instruction that it stopped at, end there, or go to the reference machine. */
  const settle = (frame: Frame, reason: number): void => {
    const place = placeAt(frame.depth);
    const position = positionOf(getControl(linear, place.ip));
    const { exit } = frame;
    if (reason !== LEFT.host) {
      const gas = reason === LEFT.slice ? (linear.doubles[CONTROL.gas >>> 3] ?? 0) : null;
      return frames.handOver(frame, position, gas);
    }
    const hasMovedOut = frame.memory.bytes.buffer !== linear.bytes.buffer;
    if (exit === null || (exit.kind === 'invoke' && hasMovedOut))
      return frames.handOver(frame, position + 1, frame.gas);
    if (exit.kind === 'halt') frames.uncount(frame, position + 1);
    place.ip += INSTRUCTION_BYTES;
  };

  return {
    counts,
    createRunner(run) {
      messages.begin(run, createPlainRunner(run));
      requests.takeOpening(); // of a message that ended with an assertion
      return { open: frames.open, run: runFrame, close: frames.close };
    },
  };
}
