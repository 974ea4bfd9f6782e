// Virtual machines that break one rule, built as alterations of the real one: an opcode or a price, never a finished result by hand.
// What a diverging node looks like is then the protocol's own doing.

import { type CountingMachine, countSteps, createMachine } from '../../node/evm/create-machine.ts';
import { type Frame, pop, push } from '../../node/evm/frame.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';
import type { Tier } from '../../node/types/tier.ts';

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

/**
 * The machine of a planted fault, which is tier 0's whatever the tier, or the correct one for null. Null back where there is no fault of that
 * name.
 */
export function machineWithFault(name: string | null, tier: Tier): CountingMachine | null {
  const key = name ?? tier;
  const made = MACHINES.get(key);
  if (made !== undefined) return made;
  const machine = name === null ? createMachine({ tier }) : faultyMachine(name);
  if (machine !== null) MACHINES.set(key, machine);
  return machine;
}

/** A machine holds nothing of a chain: one serves all nodes of a thread. By tier, or by the fault's name. */
const MACHINES = new Map<string | Tier, CountingMachine>();

function faultyMachine(name: string): CountingMachine | null {
  const fault = FAULTS.get(name);
  return fault === undefined ? null : countSteps(fault.create());
}

/** Signed division whose quotient is rounded down: right where it comes out even or both signs are equal. */
function divideRoundingDown(frame: Frame): void {
  const dividend = BigInt.asIntN(256, pop(frame));
  const divisor = BigInt.asIntN(256, pop(frame));
  if (divisor === 0n) return push(frame, 0n);
  const truncated = dividend / divisor;
  const isUneven = dividend % divisor !== 0n && dividend < 0n !== divisor < 0n;
  push(frame, BigInt.asUintN(256, isUneven ? truncated - 1n : truncated));
}
