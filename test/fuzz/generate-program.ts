// Programs that mostly run to their end: the generator knows how high the stack is, closes its loops, and keeps most offsets small. What it
// writes calls, creates, stores, logs, jumps by table and by return address, and looks at the gas that is left.

import { type Bytecode, createBytecode } from './bytecode.ts';
import { callStatements } from './call-statements.ts';
import { controlStatements } from './control-statements.ts';
import { createOperands, type Surroundings } from './operands.ts';
import { plainStatements, strangeStatements } from './plain-statements.ts';

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

const HEIGHT_MAX = 40;
const DEPTH_MAX = 3;

type Writer = { readonly statement: (depth: number) => void; readonly ending: () => void };

function createWriter(around: Surroundings, code: Bytecode): Writer {
  const operands = createOperands(around, code);
  const { random, hasOpcode, op, push, own, word, region, pushAddress } = operands;
  const leaves = [...plainStatements(operands), ...callStatements(operands), ...strangeStatements(operands)];
  const total = leaves.reduce((sum, [weight]) => sum + weight, 0);
  const leaf = (): void => {
    let ticket = random.below(total);
    for (const [weight, write] of leaves) {
      ticket -= weight;
      if (ticket < 0) return write();
    }
  };
  const statement = (depth: number): void => {
    while (own() > HEIGHT_MAX) op('POP');
    if (depth >= DEPTH_MAX || random.chance(7, 8)) return leaf();
    random.pick(jumps)(depth);
  };

  const jumps = controlStatements(operands, statement);

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
