// Machines that break one rule, as real machines were seen to: what the fuzzer must find, and how small its tests must become.

import { type Frame, pop, push } from '../../node/evm/frame.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Environment, Machine } from '../../node/evm/machine.ts';
import { alterOpcode, type Opcode, type OpcodeTable } from '../../node/evm/opcode.ts';
import { precompileAt } from '../../node/evm/precompiles/index.ts';

export type PlantedBug = {
  readonly breaks: string;
  readonly machine: () => Machine;
  /** Within so many cases it is found. */
  readonly casesMax: number;
  /** So many instructions are left in all codes and initcodes together, without an observer's. */
  readonly instructionsMax: number;
};

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    breaks: 'SDIV rounds towards minus infinity',
    machine: () => altered('SDIV', () => ({ run: divideRoundingDown })),
    casesMax: 3000,
    instructionsMax: 20,
  },
  {
    breaks: 'SSTORE costs one more',
    machine: () => altered('SSTORE', ({ gas }) => ({ gas: gas + 1 })),
    casesMax: 5,
    instructionsMax: 5,
  },
  {
    breaks: 'what a reverted frame made warm stays warm',
    machine: () => withJournal(keepWarm),
    casesMax: 500,
    instructionsMax: 25,
  },
  {
    breaks: 'a refund is a unit too large',
    machine: () =>
      withJournal((environment) => {
        const { journal } = environment;
        return { ...environment, journal: { ...journal, addRefund: (gas) => journal.addRefund(gas + 1) } };
      }),
    casesMax: 100,
    instructionsMax: 20,
  },
  {
    breaks: 'a reverted creation leaves no return data',
    machine: noReturnDataOfCreations,
    casesMax: 1500,
    instructionsMax: 30,
  },
  {
    breaks: 'memory that grows is not zero',
    machine: () =>
      altered('MLOAD', ({ run }) => ({
        run(frame) {
          const isNew = (frame.stack[frame.height - 1] ?? 0n) >= 1024n;
          run(frame);
          if (isNew) push(frame, pop(frame) | 1n);
        },
      })),
    casesMax: 2000,
    instructionsMax: 15,
  },
  {
    breaks: 'CLZ of zero is 255',
    machine: () =>
      altered('CLZ', ({ run }) => ({
        run(frame) {
          run(frame);
          const zeros = pop(frame);
          push(frame, zeros === 256n ? 255n : zeros);
        },
      })),
    casesMax: 3000,
    instructionsMax: 12,
  },
  {
    breaks: 'a jump may land in the operand of a PUSH',
    machine: () =>
      altered('JUMP', ({ run }) => ({
        run(frame) {
          const target = Number(frame.stack[frame.height - 1]);
          if (frame.code.bytes[target] !== 0x5b) return run(frame);
          pop(frame);
          frame.pc = target;
        },
      })),
    casesMax: 1500,
    instructionsMax: 50,
  },
  {
    breaks: 'the identity contract returns one byte less',
    machine: () =>
      createInterpreter({
        precompile(fork, address) {
          const precompile = precompileAt(fork, address);
          if (precompile === null || BigInt(address) !== 4n) return precompile;
          return { ...precompile, run: (input) => input.slice(1) };
        },
      }),
    casesMax: 900,
    instructionsMax: 30,
  },
  {
    breaks: 'what is created and destroyed in one transaction stays',
    machine: () =>
      withJournal((environment) => ({ ...environment, journal: { ...environment.journal, isCreated: () => false } })),
    casesMax: 900,
    instructionsMax: 10,
  },
];

function altered(name: string, alter: (opcode: Opcode) => Partial<Omit<Opcode, 'code'>>): Machine {
  return createInterpreter({ opcodes: (table) => alterOpcode(table, name, alter) });
}

/** A machine that is right, in an environment that is not. */
function withJournal(alter: (environment: Environment) => Environment): Machine {
  const machine = createInterpreter();
  return { execute: (environment, message) => machine.execute(alter(environment), message) };
}

function keepWarm(environment: Environment): Environment {
  const { journal } = environment;
  const warm = new Set<string>();
  return {
    ...environment,
    journal: {
      ...journal,
      warmSlot(address, slot) {
        const key = `${address}/${slot}`;
        const isCold = journal.warmSlot(address, slot) && !warm.has(key);
        warm.add(key);
        return isCold;
      },
    },
  };
}

function noReturnDataOfCreations(): Machine {
  const created = new WeakSet<Frame>();
  const mark =
    (set: boolean) =>
    ({ run }: Opcode): Partial<Opcode> => ({
      run(frame) {
        if (set) created.add(frame);
        else created.delete(frame);
        run(frame);
      },
    });
  const size = ({ run }: Opcode): Partial<Opcode> => ({
    run(frame) {
      run(frame);
      if (created.has(frame)) push(frame, pop(frame) & 0n);
    },
  });
  const alterations: readonly (readonly [string, (opcode: Opcode) => Partial<Opcode>])[] = [
    ...['CREATE', 'CREATE2'].map((name) => [name, mark(true)] as const),
    ...['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'].map((name) => [name, mark(false)] as const),
    ['RETURNDATASIZE', size],
  ];
  const opcodes = (table: OpcodeTable): OpcodeTable =>
    alterations.reduce((changed, [name, alter]) => alterOpcode(changed, name, alter), table);
  return createInterpreter({ opcodes });
}

function divideRoundingDown(frame: Frame): void {
  const dividend = BigInt.asIntN(256, pop(frame));
  const divisor = BigInt.asIntN(256, pop(frame));
  if (divisor === 0n) return push(frame, 0n);
  const truncated = dividend / divisor;
  const isUneven = dividend % divisor !== 0n && dividend < 0n !== divisor < 0n;
  push(frame, BigInt.asUintN(256, isUneven ? truncated - 1n : truncated));
}
