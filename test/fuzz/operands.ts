// What statements of a generated program are written with: the code, what it may speak to, and operands that are mostly small.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { Random } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import type { Bytecode } from './bytecode.ts';
import type { PrecompileCall } from './precompile-calls.ts';
import { FAR, MEMORY_EDGES, randomWord } from './random-word.ts';

/** What a program may speak to. */
export type Surroundings = {
  readonly random: Random;
  readonly hasOpcode: (name: string) => boolean;
  /** Accounts of every kind; those that are called more often stand there more often. */
  readonly addresses: readonly Address[];
  /** What a contract understands as input, where it is one that expects something. */
  readonly inputsOf: (address: Address) => readonly Uint8Array[];
  readonly precompiles: readonly PrecompileCall[];
  readonly initCodes: readonly Uint8Array[];
  /** Real contracts' code, to cut pieces from. */
  readonly fragments: readonly Uint8Array[];
};

/** A program under way: its code, and what puts operands on the stack. */
export type Operands = ReturnType<typeof createOperands>;

/** A statement and how often it is chosen. */
export type Weighted = readonly [weight: number, write: () => void];

export function createOperands(around: Surroundings, code: Bytecode) {
  const { random, addresses, hasOpcode } = around;
  const { op, push } = code;
  /** What lies below belongs to a loop or a routine around, and is only looked at. */
  let floor = 0;
  const own = (): number => code.height() - floor;
  const word = (): void => push(randomWord(random));
  const need = (count: number): void => {
    while (own() < count) word();
  };
  const pushAddress = (): Address => {
    const address = random.pick(addresses);
    code.pushBytes(hexToBytes(address));
    return address;
  };
  const offset = (): number | bigint => {
    if (random.chance(1, 400)) return random.pick(FAR);
    if (random.chance(1, 12)) return random.pick(MEMORY_EDGES);
    return random.chance(1, 3) ? random.below(8) * 32 : random.below(200);
  };
  const length = (): number | bigint => {
    if (random.chance(1, 5)) return 0;
    if (random.chance(1, 500)) return random.pick(FAR);
    if (random.chance(1, 20)) return random.pick(MEMORY_EDGES);
    return random.below(130);
  };
  /** A region of memory: its size below its offset, as most opcodes want it. */
  const region = (): void => push(length(), offset());
  const slot = (): void => {
    if (random.chance(1, 12)) return word();
    push(random.below(6));
  };
  /** Writes what leaves the stack as high as it was, and what was on it untouched. */
  const enclose = (write: () => void): void => {
    const outside = floor;
    floor = code.height();
    write();
    while (own() > 0) op('POP');
    floor = outside;
  };
  return {
    ...{
      around,
      random,
      hasOpcode,
      code,
      op,
      push,
      own,
      word,
      need,
      pushAddress,
      offset,
      length,
      region,
      slot,
      enclose,
    },
    isEnclosed: () => floor > 0,
    /** Those that the fork has, and at times all. */
    present: (names: readonly string[]): readonly string[] => (random.chance(1, 100) ? names : names.filter(hasOpcode)),
  };
}
