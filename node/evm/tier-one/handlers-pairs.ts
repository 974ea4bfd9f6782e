// The interpreter's handlers of two instructions that are one: the second stands where it always does, so that what stops there finds it.

import { assert, present } from '../../lib/assert.ts';
import { type Code, c64, either, get, i32, i64, type Local, seq, set } from './emitter.ts';
import { goOn, jumpTo } from './handlers-flow.ts';
import { PAIRED, pairName } from './operations.ts';
import { type Handler, type Handlers, operandOf, pop, type Registers, skip, turning } from './registers.ts';
import { isBelow, isEqual, isZero, limb, moveWord, setSmall } from './word.ts';

/** A pair's own code where it has some, else that of the first and then that of the second. */
export function pairHandlers(r: Registers, single: Handlers): Handlers {
  const special = specialPairs(r);
  return Object.fromEntries(
    PAIRED.map(([first, second]) => {
      const name = pairName(first, second);
      return [name, special[name] ?? joined(r, handlerOf(single, first), handlerOf(single, second))];
    }),
  );
}

function handlerOf(single: Handlers, name: string): Handler {
  return present(single[name], `a handler for ${name}`);
}

function joined(r: Registers, first: Handler, second: Handler): Handler {
  assert(first.operandBytes === 0, 'the first of a pair goes on behind itself');
  return { code: seq(first.code, skip(r, 0), second.code), operandBytes: second.operandBytes };
}

function specialPairs(r: Registers): Handlers {
  const { sp } = r;
  const name = pairName;
  const below = (n: number): Handler => twice(r, seq(moveWord(sp, n, 0), pop(r, 1)));
  const equalsOperand = i64.eqz(
    i64.or(
      i64.xor(limb(sp, 0, 0), i64.extend(operandOf(r))),
      i64.or(limb(sp, 0, 1), i64.or(limb(sp, 0, 2), limb(sp, 0, 3))),
    ),
  );
  const { from } = r.at;
  return {
    [name('POP', 'POP')]: twice(r, pop(r, 2)),
    [name('SWAP1', 'POP')]: below(1),
    [name('SWAP2', 'POP')]: below(2),
    [name('SWAP3', 'POP')]: below(3),
    [name('LT', 'ISZERO')]: twice(
      r,
      seq(setSmall(sp, 1, i64.extend(i32.eqz(isBelow(sp, 0, 1, 'unsigned')))), pop(r, 1)),
    ),
    [name('GT', 'ISZERO')]: twice(
      r,
      seq(setSmall(sp, 1, i64.extend(i32.eqz(isBelow(sp, 1, 0, 'unsigned')))), pop(r, 1)),
    ),
    [name('ISZERO', 'constant-JUMPI')]: testing(r, from, isZero(sp, 0), 0),
    [name('LT', 'constant-JUMPI')]: testing(r, from, isBelow(sp, 0, 1, 'unsigned'), 1),
    [name('GT', 'constant-JUMPI')]: testing(r, from, isBelow(sp, 1, 0, 'unsigned'), 1),
    [name('EQ', 'constant-JUMPI')]: testing(r, from, isEqual(sp), 1),
    [name('constant-EQ', 'constant-JUMPI')]: testing(r, from, equalsOperand, 0),
  };
}

/** Straight code for both instructions. */
function twice(r: Registers, code: Code): Handler {
  return { code: seq(code, skip(r, 0)), operandBytes: 0 };
}

/** A test of which so many words go, then a jump where it holds. Only where the jump is made, its word is written: the jump may be invalid. */
function testing(r: Registers, condition: Local, test: Code, popped: number): Handler {
  return turning(
    set(condition, test),
    skip(r, 0),
    either(
      get(condition),
      seq(setSmall(r.sp, popped, c64(1)), pop(r, popped), jumpTo(r, operandOf(r), 1)),
      goOn(r, popped + 1),
    ),
  );
}
