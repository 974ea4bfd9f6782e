// A timing wheel: events that are integers, by the tick at which they are due, in flat arrays. What falls due at one tick comes out in the
// order in which it was put in. It reaches as far ahead as its slots do: large networks have short waits and very many of them.

import { assert } from '../../node/lib/assert.ts';

/** Ticks that the wheel reaches ahead. */
export const WHEEL_TICKS = 65_536;
const MASK = WHEEL_TICKS - 1;
const NONE = -1;

export type Wheel = {
  /** Puts an event in, due after the present tick and within WHEEL_TICKS of it. */
  readonly push: (tick: number, event: number) => void;
  /** The earliest tick at which something is due; null where nothing is. */
  readonly nextTick: () => number | null;
  /** Moves the present to a later tick, up to which nothing is due. */
  readonly move: (tick: number) => void;
  /** Moves to a tick, before which nothing is due, and takes out what is due at it; `visit` may push. */
  readonly take: (tick: number, visit: (event: number) => void) => void;
  readonly size: () => number;
};

/** Creates an empty wheel at tick 0. */
export function createWheel(): Wheel {
  const first = new Int32Array(WHEEL_TICKS).fill(NONE);
  const last = new Int32Array(WHEEL_TICKS).fill(NONE);
  /** One bit for each slot that holds something. */
  const filled = new Int32Array(WHEEL_TICKS >> 5);
  let events = new Int32Array(1024);
  let next = new Int32Array(1024);
  let free = NONE;
  let used = 0;
  let count = 0;
  let now = 0;

  const cell = (): number => {
    if (free !== NONE) {
      const taken = free;
      free = next[taken] ?? NONE;
      return taken;
    }
    if (used === events.length) {
      events = grown(events);
      next = grown(next);
    }
    used += 1;
    return used - 1;
  };

  const wheel: Wheel = {
    push(tick, event) {
      assert(tick > now && tick - now < WHEEL_TICKS, `an event for tick ${tick} at ${now}`);
      const at = cell();
      events[at] = event;
      next[at] = NONE;
      const slot = tick & MASK;
      const end = last[slot] ?? NONE;
      if (end === NONE) {
        first[slot] = at;
        filled[slot >> 5] = (filled[slot >> 5] ?? 0) | (1 << (slot & 31));
      } else next[end] = at;
      last[slot] = at;
      count += 1;
    },
    nextTick() {
      if (count === 0) return null;
      // From the slot behind the present one on, word by word; the first word a second time at the end, for its lower slots.
      const start = (now + 1) & MASK;
      let word = start >> 5;
      let bits = (filled[word] ?? 0) & (NONE << (start & 31));
      for (let i = 0; i <= filled.length; i++) {
        if (bits !== 0) {
          const slot = (word << 5) + 31 - Math.clz32(bits & -bits);
          return now + 1 + ((slot - start) & MASK);
        }
        word = (word + 1) & (filled.length - 1);
        bits = filled[word] ?? 0;
      }
      return null;
    },
    move(tick) {
      if (tick === now) return;
      const due = wheel.nextTick();
      assert(tick > now && (due === null || due > tick), `from tick ${now} to ${tick}, past what is due at ${due}`);
      now = tick;
    },
    take(tick, visit) {
      assert(tick > now, `from tick ${now} back to ${tick}`);
      now = tick;
      const slot = tick & MASK;
      let at = first[slot] ?? NONE;
      if (at === NONE) return;
      first[slot] = NONE;
      last[slot] = NONE;
      filled[slot >> 5] = (filled[slot >> 5] ?? 0) & ~(1 << (slot & 31));
      while (at !== NONE) {
        const event = events[at] ?? 0;
        const following = next[at] ?? NONE;
        next[at] = free;
        free = at;
        count -= 1;
        visit(event);
        at = following;
      }
    },
    size: () => count,
  };
  return wheel;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
