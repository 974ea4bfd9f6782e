// Statements that jump: branches, loops, routines with a return address, tables. What they enclose leaves the stack as it was.

import type { Operands } from './operands.ts';

/** The statements, given how deep they are; `statement` writes any, and is what they enclose. */
export function controlStatements(
  { random, code, op, push, need, enclose }: Operands,
  statement: (depth: number) => void,
): readonly ((depth: number) => void)[] {
  const body = (count: number, depth: number): void =>
    enclose(() => {
      for (let i = count; i > 0; i--) statement(depth + 1);
    });
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

  return [branch, branch, choice, loop, loop, routine, jumpTable];
}
