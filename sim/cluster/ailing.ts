// A node's clock, store and core with whatever is wrong with its machine: the same faults that the simulator's world plants, for a real
// process. The core's thread stands still for real, so what its main thread is told reaches it through shared memory.

import type { NodeCore } from '../../node/core/contract.ts';
import type { Write } from '../../node/lib/store.ts';
import type { MachineMessage } from './machine-state.ts';

type Persisting = { readonly persist: (writes: readonly Write[]) => Promise<void> };

/** What both threads of a process share of its machine. */
export type SharedMachine = { readonly change: Int32Array; readonly values: Float64Array };

/** The key under which a process's main thread leaves the memory for the core's (worker_threads' environment data). */
export const MACHINE_MEMORY = 'lockstep machine';

/** Places in `values`. */
const OFFSET = 0;
const SYNC = 1;
const PER_BLOCK = 2;
const FAILING = 3;
const FREEZE = 4;
const PLACES = 5;
/** Values of FAILING. */
const NONE = 0;
const NEXT = 1;
const ALL = 2;

/** Memory for a machine in order. */
export function createMachineMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((PLACES + 1) * Float64Array.BYTES_PER_ELEMENT);
}

/** A thread's view of it. */
export function viewMachine(memory: SharedArrayBuffer): SharedMachine {
  return { change: new Int32Array(memory, 0, 1), values: new Float64Array(memory, Float64Array.BYTES_PER_ELEMENT) };
}

/** Main thread: changes the machine, and wakes a core's thread that stands still for the machine as it was. */
export function tellMachine({ change, values }: SharedMachine, { state, freezeMs }: MachineMessage): void {
  values[OFFSET] = state.offsetMs;
  values[SYNC] = state.syncMs;
  values[PER_BLOCK] = state.msPerBlock;
  values[FAILING] = { none: NONE, next: NEXT, all: ALL }[state.failing];
  values[FREEZE] = (values[FREEZE] ?? 0) + freezeMs;
  Atomics.add(change, 0, 1);
  Atomics.notify(change, 0);
}

export type AilingParts = {
  readonly clock: (now: () => number) => () => number;
  readonly wrapStore: (store: Persisting) => Persisting;
  readonly wrapCore: (core: NodeCore) => NodeCore;
};

/** Core's thread: what stands around the real parts. */
export function ailingParts(machine: SharedMachine): AilingParts {
  const { values } = machine;
  const at = (place: number): number => values[place] ?? 0;
  return {
    clock: (now) => () => now() + at(OFFSET),
    wrapStore: (store) => ({
      persist(writes) {
        const failing = at(FAILING);
        if (failing !== NONE) {
          if (failing === NEXT) values[FAILING] = NONE;
          return Promise.reject(new Error('a write failed: no space left on device (planted)'));
        }
        const durable = store.persist(writes);
        const syncMs = at(SYNC);
        return syncMs === 0 ? durable : durable.then(() => new Promise((done) => setTimeout(done, syncMs)));
      },
    }),
    wrapCore: (core) => ({
      ...core,
      step(nowMs, input) {
        const effects = core.step(nowMs, input);
        if (at(PER_BLOCK) > 0) {
          const executed = effects.filter((e) => e.kind === 'event' && e.event.kind === 'executed').length;
          standStill(machine, () => executed * at(PER_BLOCK));
        }
        const freezeMs = at(FREEZE);
        values[FREEZE] = 0;
        if (freezeMs > 0) standStill(machine, () => freezeMs);
        return effects;
      },
    }),
  };
}

/** Main thread: the event loop is held up. Nobody can wake it. */
export function freezeThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}

/** Keeps this thread for so long, which may become less on the way. */
function standStill({ change }: SharedMachine, ms: () => number): void {
  const beganMs = performance.now();
  for (;;) {
    const seen = Atomics.load(change, 0);
    const leftMs = ms() - (performance.now() - beganMs);
    if (leftMs <= 0) return;
    Atomics.wait(change, 0, seen, leftMs);
  }
}
