// What was done to a virtual world from outside, each order between the two events where it came. A world of the same plan that is given the
// same orders at the same places is the same world, to the last byte: that is how a branch is made. Nodes cannot be copied (what lives in a
// core is its own), and need not be: the past is milliseconds away.

import { assert } from '../../node/lib/assert.ts';
import type { World } from '../kernel/world.ts';

/** An order and its place: behind so many events, at that time. */
type Entry = { readonly events: number; readonly nowMs: number; readonly act: (world: World) => void };

/** The past of a world, up to a moment. */
export type Past = {
  readonly nowMs: number;
  /** Takes a world of the same plan, in which nothing has happened yet, to that moment. Asserts that it is the same one. */
  readonly liveOn: (world: World) => void;
};

export type JournaledWorld = World & {
  /** The past so far. */
  readonly past: () => Past;
};

/** The same world, with a journal of what is done to it. */
export function journaled(world: World): JournaledWorld {
  const entries: Entry[] = [];
  let events = 0;
  const note = (act: (world: World) => void): void => {
    entries.push({ events, nowMs: world.nowMs(), act });
  };

  return {
    ...world,
    advance(untilMs) {
      const hasHappened = world.advance(untilMs);
      if (hasHappened) events += 1;
      return hasHappened;
    },
    start(node) {
      note((other) => other.start(node));
      world.start(node);
    },
    kill(node) {
      note((other) => other.kill(node));
      world.kill(node);
    },
    pause(node) {
      note((other) => other.pause(node));
      world.pause(node);
    },
    resume(node) {
      note((other) => other.resume(node));
      world.resume(node);
    },
    wipe(node) {
      note((other) => other.wipe(node));
      world.wipe(node);
    },
    wakeEarly(node) {
      note((other) => other.wakeEarly(node));
      world.wakeEarly(node);
    },
    order(order) {
      note((other) => other.order(order));
      world.order(order);
    },
    machine(order) {
      note((other) => other.machine(order));
      world.machine(order);
    },
    ask(node, ask) {
      note((other) => void other.ask(node, ask));
      return world.ask(node, ask);
    },
    past() {
      const orders = [...entries];
      const end: Entry = { events, nowMs: world.nowMs(), act: () => undefined };
      const traceHash = world.traceHash();
      return {
        nowMs: end.nowMs,
        liveOn(other) {
          let done = 0;
          for (const entry of [...orders, end]) {
            for (; done < entry.events; done++) assert(other.advance(entry.nowMs), 'an event of the past is missing');
            if (other.nowMs() < entry.nowMs) assert(!other.advance(entry.nowMs), 'an event that the past has not');
            entry.act(other);
          }
          assert(other.traceHash() === traceHash, 'the same orders at the same places make the same past');
        },
      };
    },
  };
}
