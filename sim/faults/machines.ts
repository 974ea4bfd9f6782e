// Virtual machines that break one rule, built as alterations of the real one: an opcode or a price, never a finished result by hand.
// What a diverging node looks like is then the protocol's own doing.

import { type CountingMachine, countSteps, createMachine } from '../../node/evm/create-machine.ts';
import { type Frame, pop, push } from '../../node/evm/frame.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { alterOpcode } from '../../node/evm/opcode.ts';
import { type Precompile, precompileAt } from '../../node/evm/precompiles/index.ts';
import type { Fork } from '../../node/types/config.ts';
import type { Tier } from '../../node/types/tier.ts';
import type { Address } from '../../node/types/transaction.ts';

type Fault = {
  readonly breaks: string;
  /** `nowMs` is the clock of the machine that the node runs on: a correct machine has no use for it. */
  readonly create: (nowMs: () => number) => Machine;
};

const FAULTS: ReadonlyMap<string, Fault> = new Map<string, Fault>([
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
  [
    'randao-reads-the-clock',
    {
      breaks: 'PREVRANDAO is the machine’s own clock, so that executing a block again gives another value',
      create: (nowMs) =>
        createInterpreter({
          opcodes: (table) =>
            alterOpcode(table, 'PREVRANDAO', () => ({ run: (frame) => push(frame, BigInt(Math.floor(nowMs()))) })),
        }),
    },
  ],
  [
    'div-in-floating-point',
    {
      breaks: 'DIV divides floating-point numbers, which hold 53 bits',
      create: () =>
        createInterpreter({ opcodes: (table) => alterOpcode(table, 'DIV', () => ({ run: divideAsFloats })) }),
    },
  ],
  [
    'log-topics-unordered',
    {
      breaks: 'a log’s topics come out of a set: each once, in the order of their values',
      create: () =>
        createInterpreter({
          opcodes: (table) =>
            [2, 3, 4].reduce(
              (altered, topics) =>
                alterOpcode(altered, `LOG${topics}`, ({ run }) => ({
                  run: (frame) => {
                    sortTopics(frame, topics);
                    run(frame);
                  },
                })),
              table,
            ),
        }),
    },
  ],
  [
    'sha256-flips-a-bit',
    {
      breaks: 'the last bit of SHA-256 (the precompiled contract at 0x2) is the other one',
      create: () => createInterpreter({ precompile: flippedSha256 }),
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
export function machineWithFault(name: string | null, tier: Tier, nowMs: () => number): CountingMachine | null {
  if (name !== null) {
    const fault = FAULTS.get(name);
    return fault === undefined ? null : countSteps(fault.create(nowMs));
  }
  let machine = MACHINES.get(tier);
  if (machine === undefined) {
    machine = createMachine({ tier });
    MACHINES.set(tier, machine);
  }
  return machine;
}

/** A correct machine holds nothing of a chain and reads no clock: one of a tier serves all nodes of a thread. */
const MACHINES = new Map<Tier, CountingMachine>();

/** Right for what a floating-point number holds, and near it above. */
function divideAsFloats(frame: Frame): void {
  const dividend = Number(pop(frame));
  const divisor = Number(pop(frame));
  push(frame, divisor === 0 ? 0n : BigInt.asUintN(256, BigInt(Math.floor(dividend / divisor))));
}

/** Offset and size of the data stand above the topics. A topic that comes twice leaves the place of the second to zero. */
function sortTopics(frame: Frame, count: number): void {
  const [offset, size] = [pop(frame), pop(frame)];
  const topics = new Set(Array.from({ length: count }, () => pop(frame)));
  const sorted = [...topics].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  while (sorted.length < count) sorted.push(0n);
  for (const topic of sorted.toReversed()) push(frame, topic);
  push(frame, size);
  push(frame, offset);
}

const SHA256_ADDRESS = `0x${'00'.repeat(19)}02`;

function flippedSha256(fork: Fork, address: Address): Precompile | null {
  const precompile = precompileAt(fork, address);
  if (precompile === null || address !== SHA256_ADDRESS) return precompile;
  return {
    ...precompile,
    run(input) {
      const output = precompile.run(input);
      if (output === null) return null;
      const flipped = Uint8Array.from(output);
      flipped[31] = (flipped[31] ?? 0) ^ 1;
      return flipped;
    },
  };
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
