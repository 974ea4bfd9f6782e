// The interpreter's handlers of what works on the stack alone: constants, arithmetic, comparison, bits, DUP and SWAP.

import { type Code, c32, c64, call, get, i32, i64, select, seq, set, when } from './emitter.ts';
import { HEADER, INSTRUCTION_BYTES, WORD_BYTES } from './layout.ts';
import { MASK, REACHES } from './operations.ts';
import {
  type Handler,
  type Handlers,
  handOver,
  operandOf,
  pop,
  push,
  pushed,
  type Registers,
  straight,
} from './registers.ts';
import {
  add,
  bitwise,
  byteAt,
  copyWord,
  extendSign,
  isBelow,
  isEqual,
  isZero,
  LIMBS,
  leadingZeros,
  limb,
  moveWord,
  not,
  type Shift,
  setLimb,
  setSmall,
  shift,
  shiftBy,
  subtract,
} from './word.ts';

const EXPONENT_BYTE_GAS = 50n;
const SHIFTS: readonly (readonly [string, Shift])[] = [
  ['SHL', 'left'],
  ['SHR', 'right'],
  ['SAR', 'right-signed'],
];

export function computeHandlers(r: Registers): Handlers {
  return { ...constants(r), ...arithmetic(r), ...comparison(r), ...stack(r) };
}

function constants(r: Registers): Handlers {
  const { of, ip, sp, gas, header, base } = r;
  const { x, rest } = r.long;
  const operand = operandOf(r);
  return {
    push4: straight(push(r), setSmall(sp, 0, i64.extend(operand))),
    push8: { code: seq(push(r), setSmall(sp, 0, i64.load(get(ip), INSTRUCTION_BYTES))), operandBytes: 8 },
    push32: { code: seq(push(r), copyWord(get(sp), 0, get(ip), INSTRUCTION_BYTES)), operandBytes: WORD_BYTES },
    constant: straight(pushed(r, operand)),
    'frame-constant': straight(pushed(r, i32.add(get(base), operand))),
    control: straight(push(r), setSmall(sp, 0, i64.extend(i32.load(operand)))),
    GAS: straight(
      push(r),
      setSmall(sp, 0, i64.add(get(gas), i64.extend(i32.sub(i32.load(get(header), HEADER.gas), operand)))),
    ),
    'constant-ADD': straight(
      set(x, i64.extend(operand)),
      set(rest, i64.add(limb(sp, 0, 0), get(x))),
      setLimb(sp, 0, 0, get(rest)),
      when(
        i64.ltU(get(rest), get(x)),
        // a carry, which seldom goes far
        set(x, i64.add(limb(sp, 0, 1), c64(1))),
        setLimb(sp, 0, 1, get(x)),
        when(
          i64.eqz(get(x)),
          set(x, i64.add(limb(sp, 0, 2), c64(1))),
          setLimb(sp, 0, 2, get(x)),
          when(i64.eqz(get(x)), setLimb(sp, 0, 3, i64.add(limb(sp, 0, 3), c64(1)))),
        ),
      ),
    ),
    ...Object.fromEntries(
      SHIFTS.map(([name, kind]) => [
        `constant-${name}`,
        straight(shiftBy(of, sp, 0, kind, i64.extend(operand), i32.gtU(operand, c32(255)))),
      ]),
    ),
    [MASK]: mask(r),
    'constant-AND': straight(setSmall(sp, 0, i64.and(limb(sp, 0, 0), i64.extend(operand)))),
    'constant-EQ': straight(
      setSmall(
        sp,
        0,
        i64.extend(
          i64.eqz(
            i64.or(
              i64.xor(limb(sp, 0, 0), i64.extend(operand)),
              i64.or(limb(sp, 0, 1), i64.or(limb(sp, 0, 2), limb(sp, 0, 3))),
            ),
          ),
        ),
      ),
    ),
  };
}

function arithmetic(r: Registers): Handlers {
  const { of, sp, gas, index } = r;
  const { paid } = r.long;
  /** A function of the module on the addresses of its operands and of the result, which is the last one. */
  const helper = (name: string, operands: number): Code =>
    seq(
      call(
        index(name),
        ...Array.from({ length: operands }, (_, i) => i32.add(get(sp), c32(i * WORD_BYTES))),
        i32.add(get(sp), c32((operands - 1) * WORD_BYTES)),
      ),
      pop(r, operands - 1),
    );
  return {
    ADD: straight(add(of, sp), pop(r, 1)),
    MUL: straight(helper('mul', 2)),
    SUB: straight(subtract(of, sp), pop(r, 1)),
    DIV: straight(helper('div', 2)),
    SDIV: straight(helper('sdiv', 2)),
    MOD: straight(helper('mod', 2)),
    SMOD: straight(helper('smod', 2)),
    ADDMOD: straight(helper('addmod', 3)),
    MULMOD: straight(helper('mulmod', 3)),
    EXP: straight(
      set(paid, i64.sub(get(gas), i64.mul(exponentBytes(r), c64(EXPONENT_BYTE_GAS)))),
      when(i64.ltS(get(paid), c64(0)), handOver(r)),
      set(gas, get(paid)),
      helper('exp', 2),
    ),
    SIGNEXTEND: straight(extendSign(of, sp), pop(r, 1)),
    ...Object.fromEntries(SHIFTS.map(([name, kind]) => [name, straight(shift(of, sp, kind), pop(r, 1))])),
  };
}

function comparison(r: Registers): Handlers {
  const { sp } = r;
  const compare = (condition: Code) => straight(setSmall(sp, 1, i64.extend(condition)), pop(r, 1));
  return {
    LT: compare(isBelow(sp, 0, 1, 'unsigned')),
    GT: compare(isBelow(sp, 1, 0, 'unsigned')),
    SLT: compare(isBelow(sp, 0, 1, 'signed')),
    SGT: compare(isBelow(sp, 1, 0, 'signed')),
    EQ: compare(isEqual(sp)),
    ISZERO: straight(setSmall(sp, 0, i64.extend(isZero(sp, 0)))),
    AND: straight(bitwise(sp, i64.and), pop(r, 1)),
    OR: straight(bitwise(sp, i64.or), pop(r, 1)),
    XOR: straight(bitwise(sp, i64.xor), pop(r, 1)),
    NOT: straight(not(sp)),
    BYTE: straight(setSmall(sp, 1, byteAt(sp)), pop(r, 1)),
    CLZ: straight(setSmall(sp, 0, leadingZeros(sp))),
  };
}

function stack(r: Registers): Handlers {
  const { sp } = r;
  const { x } = r.long;
  const exchange = (n: number): Code =>
    seq(...LIMBS.map((i) => seq(set(x, limb(sp, 0, i)), setLimb(sp, 0, i, limb(sp, n, i)), setLimb(sp, n, i, get(x)))));
  return {
    POP: straight(pop(r, 1)),
    ...Object.fromEntries(REACHES.map((n) => [`DUP${n}`, straight(push(r), moveWord(sp, 0, n))])),
    ...Object.fromEntries(REACHES.map((n) => [`SWAP${n}`, straight(exchange(n))])),
  };
}

/** Pushes ones below the distance that the third of four instructions has. */
function mask(r: Registers): Handler {
  const { ip, sp } = r;
  const { x } = r.long;
  return {
    code: seq(
      set(x, i64.load32(get(ip), 2 * INSTRUCTION_BYTES + 4)),
      push(r),
      ...LIMBS.map((i) =>
        setLimb(
          sp,
          0,
          i,
          select(
            i64.geU(get(x), c64(64 * (i + 1))),
            c64(-1),
            select(
              i64.gtU(get(x), c64(64 * i)),
              i64.sub(i64.shl(c64(1), i64.sub(get(x), c64(64 * i))), c64(1)),
              c64(0),
            ),
          ),
        ),
      ),
    ),
    operandBytes: 3 * INSTRUCTION_BYTES,
  };
}

/** How many bytes the exponent, EXP's second operand, has. */
function exponentBytes({ sp }: Registers): Code {
  const bytesOf = (i: number): Code => i64.shrU(i64.sub(c64(64 * (i + 1) + 7), i64.clz(limb(sp, 1, i))), c64(3));
  let bytes = bytesOf(0);
  for (const i of [1, 2, 3]) bytes = select(i64.eqz(limb(sp, 1, i)), bytes, bytesOf(i));
  return bytes;
}
