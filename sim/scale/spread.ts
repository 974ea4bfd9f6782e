// How messages spread over a mesh: each has a slot with its best arrival at every node and one bit for each node that has it. What cannot
// arrive first is never queued. A link's delay for a message is a function of both, so that leaving hopeless sends out changes nothing.

import { assert } from '../../node/lib/assert.ts';
import type { Mesh } from './mesh.ts';
import { sendingTicks } from './regions.ts';
import { createWheel } from './wheel.ts';

export type SpreadOptions = {
  readonly mesh: Mesh;
  /** Of the seed: makes another network's jitter another one. */
  readonly salt: number;
  /** What a node does with a message before it acts on it and passes it on, ticks. */
  readonly handlingTicks: number;
  /** `sent` queues what cannot arrive first as well, as a simple simulator would: for the test that it changes nothing. */
  readonly hopeless: 'dropped' | 'sent';
};

export type Spread = {
  /** Opens a slot for a message, which nobody has yet. The number tells messages apart; bytes say how long sending one takes. */
  readonly open: (number: number, bytes: number) => number;
  /** Frees the slot; nothing of it may be under way. */
  readonly close: (slot: number) => void;
  /** Says that a node has the message without having been sent it: its maker. */
  readonly give: (slot: number, node: number) => void;
  readonly has: (slot: number, node: number) => boolean;
  /** The node offers the message to all its peers, one behind the other. Over a cut link nothing goes. */
  readonly forward: (slot: number, node: number, tick: number) => void;
  /** Parts the nodes by the side that each is on: between two sides nothing is sent any more. Null heals. */
  readonly cut: (sides: Uint8Array | null) => void;
  /** Whether the links between two sides carry nothing. */
  readonly isCut: () => boolean;
  readonly nextTick: () => number | null;
  /** Tells the first arrivals of a tick, in the order in which they were sent. */
  readonly arrive: (tick: number, visit: (slot: number, node: number) => void) => void;
  /** Arrivals under way in a slot. */
  readonly underWay: (slot: number) => number;
  readonly counts: () => SpreadCounts;
};

/** Offers over links; of them what was queued, and what was not because it could not arrive first. */
export type SpreadCounts = { readonly offered: number; readonly queued: number; readonly hopeless: number };

const NEVER = 0x7fff_ffff;

/** Messages that not everybody has, at once: a cut keeps every block of either side. An event is a node and a slot in 31 bits. */
const SLOT_BITS = 12;
const SLOTS_MAX = 1 << SLOT_BITS;

/** Jitter is up to a quarter of a link's delay: so many of 1,024 parts. An assumption. */
const JITTER_PARTS = 256;

export function createSpread({ mesh, salt, handlingTicks, hopeless }: SpreadOptions): Spread {
  const { nodes, places, offsets, targets, delays } = mesh;
  assert(handlingTicks >= 1, 'a message takes time');
  const wheel = createWheel();
  const words = (nodes + 31) >> 5;
  // By slot; a freed slot is used again.
  const best: Int32Array[] = [];
  const arrived: Int32Array[] = [];
  const numbers: number[] = [];
  const sizes: number[] = [];
  const waiting: number[] = [];
  const free: number[] = [];
  let sides: Uint8Array | null = null;
  const counts = { offered: 0, queued: 0, hopeless: 0 };

  const at = <T>(list: readonly T[], slot: number): T => {
    const found = list[slot];
    assert(found !== undefined, `no slot ${slot}`);
    return found;
  };

  return {
    open(number, bytes) {
      const slot = free.pop() ?? best.length;
      if (slot === best.length) {
        assert(slot < SLOTS_MAX && nodes <= NEVER >> SLOT_BITS, 'a slot and a node fit into one integer');
        best.push(new Int32Array(nodes));
        arrived.push(new Int32Array(words));
      }
      at(best, slot).fill(NEVER);
      at(arrived, slot).fill(0);
      numbers[slot] = number;
      sizes[slot] = bytes;
      waiting[slot] = 0;
      return slot;
    },
    close(slot) {
      assert(waiting[slot] === 0, `${waiting[slot]} arrivals under way in a slot that is given up`);
      free.push(slot);
    },
    give(slot, node) {
      setBit(at(arrived, slot), node);
      at(best, slot)[node] = 0;
    },
    has: (slot, node) => hasBit(at(arrived, slot), node),
    forward(slot, node, tick) {
      wheel.move(tick);
      const bestOf = at(best, slot);
      const sending = sendingTicks(places[node] ?? 0, at(sizes, slot));
      const key = Math.imul(at(numbers, slot) ^ salt, 0x9e37_79b1);
      const side = sides?.[node];
      const [from, to] = [offsets[node] ?? 0, offsets[node + 1] ?? 0];
      let sentAt = tick + handlingTicks;
      for (let edge = from; edge < to; edge++) {
        const peer = targets[edge] ?? 0;
        if (sides !== null && sides[peer] !== side) continue;
        counts.offered += 1;
        sentAt += sending; // whatever its use, so that the other offers' times do not depend on it
        const delay = delays[edge] ?? 0;
        const arrival = sentAt + delay + ((delay * (mix(key ^ edge) & (JITTER_PARTS - 1))) >> 10);
        if (arrival >= (bestOf[peer] ?? 0)) {
          counts.hopeless += 1;
          if (hopeless === 'dropped') continue;
        } else bestOf[peer] = arrival;
        counts.queued += 1;
        waiting[slot] = (waiting[slot] ?? 0) + 1;
        wheel.push(arrival, (peer << SLOT_BITS) | slot);
      }
    },
    cut(by) {
      sides = by;
    },
    isCut: () => sides !== null,
    nextTick: wheel.nextTick,
    arrive(tick, visit) {
      wheel.take(tick, (event) => {
        const node = event >> SLOT_BITS;
        const slot = event & (SLOTS_MAX - 1);
        waiting[slot] = (waiting[slot] ?? 0) - 1;
        const bits = at(arrived, slot);
        if (hasBit(bits, node)) return; // overtaken
        setBit(bits, node);
        visit(slot, node);
      });
    },
    underWay: (slot) => waiting[slot] ?? 0,
    counts: () => ({ ...counts }),
  };
}

function hasBit(bits: Int32Array, index: number): boolean {
  return ((bits[index >> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setBit(bits: Int32Array, index: number): void {
  bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31));
}

/** A hash of 32 bits: MurmurHash3's finaliser. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85eb_ca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
