// Virtual machines that break one rule, built as alterations of the real one: an opcode or a price, never a finished result by hand.
// What a diverging node looks like is then the protocol's own doing.

import { type Frame, pop, push } from '../../node/evm/frame.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';

type Fault = { readonly breaks: string; readonly create: () => Machine };

const FAULTS: ReadonlyMap<string, Fault> = new Map([
  [
    'sdiv-rounds-down',
    {
      breaks: 'SDIV rounds towards minus infinity instead of towards zero',
      create: () =>
        createInterpreter({ opcodes: (table) => alterOpcode(table, 'SDIV', () => ({ run: divideRoundingDown })) }),
    },
  ],
  [
    'sstore-costs-one-more',
    {
      breaks: 'SSTORE charges one gas too much',
      create: () =>
        createInterpreter({ opcodes: (table) => alterOpcode(table, 'SSTORE', (opcode) => ({ gas: opcode.gas + 1 })) }),
    },
  ],
  [
    'clz-counts-from-zero',
    {
      breaks: 'CLZ of zero is 255 instead of 256 (EIP-7939)',
      create: () =>
        createInterpreter({
          opcodes: (table) =>
            alterOpcode(table, 'CLZ', (opcode) => ({
              run: (frame) => {
                opcode.run(frame);
                const zeros = pop(frame);
                push(frame, zeros === 256n ? 255n : zeros);
              },
            })),
        }),
    },
  ],
]);

/** The names of the machines that there are, with what each breaks. */
export function machineFaults(): readonly { readonly name: string; readonly breaks: string }[] {
  return [...FAULTS].map(([name, { breaks }]) => ({ name, breaks }));
}

/** The machine of a planted fault, or the correct one for null. Null back where there is no fault of that name. */
export function machineWithFault(name: string | null): Machine | null {
  const made = MACHINES.get(name);
  if (made !== undefined) return made;
  const machine = name === null ? createInterpreter() : (FAULTS.get(name)?.create() ?? null);
  if (machine !== null) MACHINES.set(name, machine);
  return machine;
}

/** A machine holds nothing but its tables: one serves all nodes of a thread. */
const MACHINES = new Map<string | null, Machine>();

/** Signed division whose quotient is rounded down: right where it comes out even or both signs are equal. */
function divideRoundingDown(frame: Frame): void {
  const dividend = BigInt.asIntN(256, pop(frame));
  const divisor = BigInt.asIntN(256, pop(frame));
  if (divisor === 0n) return push(frame, 0n);
  const truncated = dividend / divisor;
  const isUneven = dividend % divisor !== 0n && dividend < 0n !== divisor < 0n;
  push(frame, BigInt.asUintN(256, isUneven ? truncated - 1n : truncated));
}
