// What is wrong with the machine that a real node runs on, as plain data: its launcher keeps it over the node's lives and tells the
// process, which obeys. The words are those of sim/kernel/machine-order.ts.

import { z } from 'zod';
import type { MachineOrder } from '../kernel/machine-order.ts';

export type MachineState = {
  /** Added to the clock that the core is told, milliseconds. */
  readonly offsetMs: number;
  /** A batch counts as durable so much later, milliseconds. */
  readonly syncMs: number;
  /** For every block that is executed the core's thread stands still so long, milliseconds. */
  readonly msPerBlock: number;
  /** Which writes fail. */
  readonly failing: 'none' | 'next' | 'all';
  /** What happens to the journal of the store when the process ends. */
  readonly tail: 'lost-tail' | 'torn-tail' | null;
};

/** A machine in order. */
export const WELL: MachineState = { offsetMs: 0, syncMs: 0, msPerBlock: 0, failing: 'none', tail: null };

/** The machine after an order that concerns it. Who freezes thaws by itself, and a flipped bit is no real arm's: neither is state. */
export function afterOrder(state: MachineState, order: MachineOrder): MachineState {
  switch (order.kind) {
    case 'clock':
      return { ...state, offsetMs: order.offsetMs };
    case 'sync':
      return { ...state, syncMs: order.delayMs };
    case 'slow':
      return { ...state, msPerBlock: order.msPerBlock };
    case 'disk':
      return { ...state, ...DISK[order.fault] };
    case 'freeze':
      return state;
    case 'repair':
      return WELL;
  }
}

const DISK: Readonly<Record<Extract<MachineOrder, { kind: 'disk' }>['fault'], Partial<MachineState>>> = {
  'write-error': { failing: 'next' },
  full: { failing: 'all' },
  'lost-tail': { tail: 'lost-tail' },
  'torn-tail': { tail: 'torn-tail' },
  'bit-flip': {},
  well: { failing: 'none', tail: null },
};

const message = z.strictObject({
  state: z.strictObject({
    offsetMs: z.number(),
    syncMs: z.number(),
    msPerBlock: z.number(),
    failing: z.enum(['none', 'next', 'all']),
    tail: z.enum(['lost-tail', 'torn-tail']).nullable(),
  }),
  /** Both threads stand still so long, once. */
  freezeMs: z.number(),
});

/** What a launcher tells a node's process: a line of JSON on its standard input. */
export type MachineMessage = z.output<typeof message>;

/** Reads such a line; null where it is none. */
export function readMachineMessage(line: string): MachineMessage | null {
  try {
    return message.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
