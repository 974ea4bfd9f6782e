// Programs that mostly run to their end: the generator knows how high the stack is, closes its loops, and keeps most offsets small. What it
// writes calls, creates, stores, logs, jumps by table and by return address, and looks at the gas that is left.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { Random } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Bytecode, createBytecode } from './bytecode.ts';
import type { PrecompileCall } from './precompile-calls.ts';

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

/** How many statements, about. */
export type Extent = { readonly statements: number };

/** The code of a program. */
export function generateProgram(around: Surroundings, { statements }: Extent): Uint8Array {
  const { random, hasOpcode } = around;
  const code = createBytecode({ hasPush0: hasOpcode('PUSH0') });
  const writer = createWriter(around, code);
  const leave = code.label();
  // where contracts call each other in a circle, most stop at some depth before all gas is gone
  const isGuarded = random.chance(4, 5);
  if (isGuarded) {
    code.op('GAS');
    code.push(random.pick(LEAST_GAS));
    code.op('GT');
    code.pushLabel(leave);
    code.op('JUMPI');
  }
  for (let i = random.between(statements >> 1, statements); i > 0; i--) writer.statement(0);
  writer.ending();
  if (isGuarded) {
    code.place(leave);
    code.op('STOP');
  }
  const bytes = code.finish();
  for (let i = bytes.length > 0 && random.chance(1, 12) ? random.between(1, 3) : 0; i > 0; i--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** With less than that, a guarded program stops at once. */
const LEAST_GAS: readonly number[] = [5_000, 30_000, 60_000, 90_000];

/** One word: few bits, all bits, edges, or a mixture. */
export function randomWord(random: Random): bigint {
  switch (random.below(8)) {
    case 0:
    case 1:
      return BigInt(random.below(4));
    case 2:
      return BigInt(random.below(300));
    case 3:
      return random.pick(EDGES);
    case 4:
      return (1n << BigInt(random.below(256))) - BigInt(random.below(2));
    case 5:
      return BigInt.asUintN(256, -BigInt(random.below(300)));
    default: {
      let word = 0n;
      for (let i = random.between(1, 8); i > 0; i--)
        word = (word << 32n) | BigInt(random.pick([0, 1, 2 ** 31, 2 ** 32 - 1, random.below(2 ** 32)]));
      return word;
    }
  }
}

const EDGES: readonly bigint[] = [
  ...[0n, 1n, 31n, 32n, 33n, 255n, 256n, 257n, 0xffffn, 0x10000n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n],
  ...[2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 127n, 2n ** 128n - 1n, 2n ** 128n, 2n ** 160n - 1n, 2n ** 160n],
  ...[2n ** 192n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 255n + 1n, 2n ** 256n - 2n, 2n ** 256n - 1n],
];
/** Where memory ends in a word, a page of the machine, or a price step; and far beyond what gas can pay. */
const MEMORY_EDGES: readonly number[] = [
  31, 32, 33, 63, 64, 511, 512, 1023, 1024, 1025, 4095, 4096, 8192, 32_767, 65_535,
];
const FAR: readonly bigint[] = [2n ** 24n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n, 2n ** 256n - 1n];

const UNARY = ['ISZERO', 'NOT', 'CALLDATALOAD', 'CLZ', 'BLOBHASH', 'BLOCKHASH'];
const BINARY = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'EXP', 'SIGNEXTEND', 'LT', 'GT', 'SLT', 'SGT', 'EQ', 'AND'],
  ...['OR', 'XOR', 'BYTE', 'SHL', 'SHR', 'SAR'],
];
const CONSTANTS = [
  ...['ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE', 'RETURNDATASIZE', 'COINBASE'],
  ...['TIMESTAMP', 'NUMBER', 'PREVRANDAO', 'GASLIMIT', 'CHAINID', 'SELFBALANCE', 'BASEFEE', 'BLOBBASEFEE', 'PC'],
  ...['MSIZE', 'GAS'],
];
const CALLS = ['CALL', 'CALL', 'CALL', 'STATICCALL', 'DELEGATECALL', 'DELEGATECALL', 'CALLCODE'];
const HEIGHT_MAX = 40;
const DEPTH_MAX = 3;

type Writer = { readonly statement: (depth: number) => void; readonly ending: () => void };

function createWriter(around: Surroundings, code: Bytecode): Writer {
  const { random, addresses, hasOpcode } = around;
  const { op, push } = code;
  const present = (names: readonly string[]): readonly string[] =>
    random.chance(1, 100) ? names : names.filter(hasOpcode);
  const unary = present(UNARY);
  const binary = present(BINARY);
  const constants = present(CONSTANTS);
  const calls = present(CALLS);

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
  const gasForCall = (): void => {
    switch (random.below(8)) {
      case 0:
        return push(random.pick([0, 1, 100, 700, 2300, 2301, 3000, 5000, 9000, 21_000, 30_000, 60_000]));
      case 1:
        push(random.between(1, 5));
        op('GAS', 'DIV');
        return;
      case 2:
        return push(random.pick(EDGES));
      default:
        return op('GAS');
    }
  };
  /** Whether a call or creation succeeded: dropped, kept, stored, or branched on. */
  const useResult = (): void => {
    switch (random.below(5)) {
      case 0:
        return;
      case 1:
        slot();
        return op('SSTORE');
      case 2:
        push(offset());
        return op('MSTORE');
      default:
        return op('POP');
    }
  };
  const callWith = (input: () => void, address: () => void): void => {
    const name = random.pick(calls);
    region(); // of the output
    input();
    if (name === 'CALL' || name === 'CALLCODE') push(random.chance(1, 3) ? random.below(4) : 0);
    address();
    gasForCall();
    op(name);
    useResult();
    if (hasOpcode('RETURNDATACOPY') && random.chance(1, 4)) {
      op('RETURNDATASIZE');
      push(0, offset());
      op('RETURNDATACOPY');
    }
  };
  /** A call whose input is that data, which is brought to memory first. */
  const callWithData = (data: Uint8Array, address: () => void): void => {
    const to = random.below(4) * 32;
    code.pushData(data);
    push(to);
    op('CODECOPY');
    callWith(() => push(data.length, to), address);
  };

  const leaves: readonly (readonly [number, () => void])[] = [
    [6, word],
    [4, () => op(random.pick(constants))],
    [
      10,
      () => {
        if (random.chance(1, 3)) push(random.below(257));
        need(2);
        op(random.pick(binary));
      },
    ],
    [
      3,
      () => {
        need(1);
        op(random.pick(unary));
      },
    ],
    [
      2,
      () => {
        need(3);
        op(random.pick(['ADDMOD', 'MULMOD']));
      },
    ],
    [
      5,
      () => {
        if (random.chance(1, 8)) need(16);
        const height = code.height();
        if (height > 0) op(`DUP${random.between(1, Math.min(height, 16))}`);
      },
    ],
    [
      5,
      () => {
        if (random.chance(1, 8)) need(17);
        if (own() > 1) op(`SWAP${random.between(1, Math.min(own() - 1, 16))}`);
      },
    ],
    [
      2,
      () => {
        need(1);
        op('POP');
      },
    ],
    [
      5,
      () => {
        need(1);
        push(offset());
        op(random.pick(['MSTORE', 'MSTORE', 'MSTORE8']));
      },
    ],
    [
      3,
      () => {
        push(offset());
        op('MLOAD');
      },
    ],
    [
      3,
      () => {
        region();
        op('KECCAK256');
      },
    ],
    [
      6,
      () => {
        slot();
        op(hasOpcode('TLOAD') && random.chance(1, 4) ? 'TLOAD' : 'SLOAD');
      },
    ],
    [
      8,
      () => {
        if (random.chance(1, 2)) push(random.below(3));
        need(1);
        slot();
        op(hasOpcode('TSTORE') && random.chance(1, 4) ? 'TSTORE' : 'SSTORE');
      },
    ],
    [
      4,
      () => {
        push(length(), random.chance(1, 8) ? randomWord(random) : random.below(200), offset());
        op(random.pick(['CALLDATACOPY', 'CODECOPY']));
      },
    ],
    [
      2,
      () => {
        if (!hasOpcode('MCOPY')) return;
        push(length(), offset(), offset());
        op('MCOPY');
      },
    ],
    [
      1,
      () => {
        if (!hasOpcode('RETURNDATACOPY')) return;
        op('RETURNDATASIZE');
        if (random.chance(1, 10)) {
          push(1);
          op('ADD'); // one byte too far
        }
        push(0, offset());
        op('RETURNDATACOPY');
      },
    ],
    [
      2,
      () => {
        push(length(), random.below(100), offset());
        pushAddress();
        op('EXTCODECOPY');
      },
    ],
    [
      3,
      () => {
        pushAddress();
        op(random.pick(['BALANCE', 'EXTCODESIZE', hasOpcode('EXTCODEHASH') ? 'EXTCODEHASH' : 'BALANCE']));
      },
    ],
    [
      4,
      () => {
        const topics = random.below(5);
        need(topics);
        region();
        op(`LOG${topics}`);
      },
    ],
    [9, () => callWith(region, pushAddress)],
    [
      4,
      () => {
        const address = random.pick(addresses);
        const inputs = around.inputsOf(address);
        if (inputs.length === 0) return callWith(region, () => code.pushBytes(hexToBytes(address)));
        callWithData(random.pick(inputs), () => code.pushBytes(hexToBytes(address)));
      },
    ],
    [
      4,
      () => {
        const { address, input } = random.pick(around.precompiles);
        callWithData(input, () => push(address));
      },
    ],
    [
      4,
      () => {
        const init = random.pick(around.initCodes);
        const name = random.chance(1, 2) || !hasOpcode('CREATE2') ? 'CREATE' : 'CREATE2';
        code.pushData(init);
        push(0);
        op('CODECOPY');
        if (name === 'CREATE2') push(random.below(3));
        push(random.chance(1, 12) ? random.below(32) : init.length, 0, random.chance(1, 3) ? random.below(3) : 0);
        op(name);
        useResult();
      },
    ],
    [
      1,
      () => {
        op('GAS');
        push(random.pick([2300, 10_000, 50_000, 100_000, 200_000]));
        op(random.pick(['GT', 'LT', 'DIV', 'MOD']));
      },
    ],
    [
      1,
      () => {
        if (floor > 0) return;
        need(8); // real code expects something on the stack
        code.raw(pieceOf(random, around.fragments));
        code.setHeight(0); // unknown
      },
    ],
    [
      1,
      () => {
        for (let i = random.between(5, 20); i > 0; i--) word();
      },
    ],
  ];
  const total = leaves.reduce((sum, [weight]) => sum + weight, 0);
  const leaf = (): void => {
    let ticket = random.below(total);
    for (const [weight, write] of leaves) {
      ticket -= weight;
      if (ticket < 0) return write();
    }
  };
  /** Statements that leave the stack as high as it was, and what was on it untouched. */
  const body = (count: number, depth: number): void => {
    const around = floor;
    floor = code.height();
    for (let i = count; i > 0; i--) statement(depth + 1);
    while (own() > 0) op('POP');
    floor = around;
  };

  const branch = (depth: number): void => {
    const end = code.label();
    need(1);
    code.pushLabel(end);
    op('JUMPI');
    body(random.between(1, 3), depth);
    code.place(end);
  };
  const choice = (depth: number): void => {
    const other = code.label();
    const end = code.label();
    if (random.chance(1, 2)) {
      push(random.below(300));
      op('CALLDATALOAD');
    }
    need(1);
    code.pushLabel(other);
    op('JUMPI');
    body(random.between(0, 2), depth);
    code.pushLabel(end);
    op('JUMP');
    code.place(other);
    body(random.between(0, 2), depth);
    code.place(end);
  };
  const loop = (depth: number): void => {
    const start = code.label();
    push(depth === 0 && random.chance(1, 20) ? random.between(50, 150) : random.between(1, depth === 0 ? 8 : 3));
    code.place(start);
    body(random.between(1, 3), depth);
    push(1);
    op('SWAP1', 'SUB', 'DUP1');
    code.pushLabel(start);
    op('JUMPI', 'POP');
  };
  /** A function that is called with its return address, from two places. */
  const routine = (depth: number): void => {
    const start = code.label();
    const end = code.label();
    code.pushLabel(end);
    op('JUMP');
    code.place(start);
    const height = code.height();
    code.setHeight(height + 1); // the return address
    body(random.between(1, 3), depth);
    op('JUMP');
    code.setHeight(height);
    code.place(end);
    for (let i = random.between(1, 3); i > 0; i--) {
      const back = code.label();
      code.pushLabel(back);
      code.pushLabel(start);
      op('JUMP');
      code.setHeight(height);
      code.place(back);
    }
  };
  /** A jump into a row of destinations of equal width. */
  const jumpTable = (): void => {
    const first = code.label();
    const end = code.label();
    const cases = random.between(2, 4);
    need(1);
    push(cases);
    op('SWAP1', 'MOD');
    push(5); // JUMPDEST, PUSH2, two bytes, JUMP
    op('MUL');
    code.pushLabel(first);
    op('ADD', 'JUMP');
    const height = code.height();
    for (let i = 0; i < cases; i++) {
      if (i === 0) code.place(first);
      else op('JUMPDEST');
      code.pushLabel(end);
      op('JUMP');
    }
    code.setHeight(height);
    code.place(end);
  };

  const statement = (depth: number): void => {
    while (own() > HEIGHT_MAX) op('POP');
    if (depth >= DEPTH_MAX || random.chance(7, 8)) return leaf();
    random.pick([branch, branch, choice, loop, loop, routine, jumpTable])(depth);
  };

  /** Makes one word of all that is on the stack and in memory, so that whatever was computed shows, and whatever was overwritten. */
  const fold = (): void => {
    op('MSIZE');
    push(0);
    op('KECCAK256');
    while (code.height() > 1) op(random.pick(['ADD', 'XOR']));
  };

  return {
    statement,
    ending() {
      switch (random.below(16)) {
        case 0:
          pushAddress();
          return op('SELFDESTRUCT');
        case 1:
        case 2:
          region();
          return op(hasOpcode('REVERT') ? 'REVERT' : 'RETURN');
        case 3:
          return random.chance(1, 2) ? op('INVALID') : op('ADDRESS', 'SELFDESTRUCT');
        case 4:
          // into the operand of a PUSH that looks like destinations, or to anything
          if (random.chance(1, 2)) {
            const inside = code.size() + 1 + random.below(32);
            code.pushBytes(new Uint8Array(32).fill(0x5b));
            push(inside);
          } else word();
          return op('JUMP');
        case 5:
          return op('STOP');
        case 6:
          return; // runs over the end, into the data where there is some
        case 7:
          region();
          return op('RETURN');
        case 8:
        case 9:
          fold();
          push(random.below(6));
          return op('SSTORE', 'STOP');
        default:
          fold();
          push(0);
          op('MSTORE');
          push(random.chance(1, 2) ? 32 : random.pick([64, 256, 500]), 0);
          return op('RETURN');
      }
    },
  };
}

/** A cut of real code, at times with a byte changed. */
function pieceOf(random: Random, fragments: readonly Uint8Array[]): Uint8Array {
  const whole = random.pick(fragments);
  const from = random.below(whole.length);
  const piece = whole.slice(from, from + random.between(4, 60));
  if (random.chance(1, 4)) piece[random.below(piece.length)] = random.below(256);
  return piece;
}
