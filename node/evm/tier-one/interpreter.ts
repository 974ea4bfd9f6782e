// The interpreter of the module: checks a block once, then does its instructions one after the other, until the slice of steps is used up,
// the host has ended or suspended the frame, or something cannot be done here. What would halt is never decided here: the reference
// machine takes the frame over before the instruction, with the state as it was.

import { WARM_GAS } from '../opcodes/access.ts';
import {
  block,
  br,
  brIf,
  brTable,
  type Code,
  c32,
  c64,
  call,
  callIndirect,
  defineFunction,
  drop,
  either,
  type FunctionCode,
  f64,
  get,
  i32,
  i64,
  type Local,
  label,
  leave,
  local,
  loop,
  memory,
  param,
  scope,
  select,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import { accountEntry, isOther, REACH_MAX } from './frames.ts';
import {
  ACCOUNT,
  BALANCE,
  CONTROL,
  END_KINDS,
  HEADER,
  HEAT_MAX,
  HEAT_STEPS_MAX,
  INSTRUCTION_BYTES,
  LEFT,
  RESUME,
  RETURN_DATA,
  STACK_BYTES,
  WORD_BYTES,
} from './layout.ts';
import { DENSE, REACHES } from './operations.ts';
import {
  add,
  bitwise,
  byteAt,
  copyWord,
  extendSign,
  isBelow,
  isEqual,
  isWide,
  isZero,
  LIMBS,
  leadingZeros,
  limb,
  loadPair,
  moveWord,
  not,
  setLimb,
  setSmall,
  shift,
  subtract,
} from './word.ts';

const WORD_GAS = 3n;
const HASH_WORD_GAS = 6n;
const EXPONENT_BYTE_GAS = 50n;
const COPY_WORD_GAS = 3n;

/** run(): executes from what CONTROL says, and returns why it left. expand(end, gas, memory): see there. */
export function interpreterFunctions(index: (name: string) => number): readonly FunctionCode[] {
  return [expansion(index), run(index)];
}

/** Grows the frame's memory to hold the bytes before `end`, and returns the gas that is left, or -1 where the gas or the room is missing. */
function expansion(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i64', 'i32');
  const [end, gas, base] = [param(of, 0), param(of, 1), param(of, 2)];
  const [words, before] = [local(of, 'i64'), local(of, 'i64')];
  const price = (count: Local): Code =>
    i64.add(i64.mul(get(count), c64(WORD_GAS)), i64.shrU(i64.mul(get(count), get(count)), c64(9)));
  const refuse = seq(c64(-1), leave);
  return defineFunction(
    'expand',
    of,
    ['i64'],
    set(words, i64.extend(i32.shrU(i32.add(get(end), c32(31)), c32(5)))),
    set(before, i64.extend(i32.shrU(i32.load(c32(0), CONTROL.msize), c32(5)))),
    set(gas, i64.sub(get(gas), i64.sub(price(words), price(before)))),
    when(i64.ltS(get(gas), c64(0)), refuse),
    set(end, i32.add(get(base), i32.shl(i32.wrap(get(words)), c32(5)))),
    when(i32.gtU(get(end), i32.shl(memory.size, c32(16))), when(i32.eqz(call(index('reserve'), get(end))), refuse)),
    i32.store(c32(0), CONTROL.msize, i32.shl(i32.wrap(get(words)), c32(5))),
    get(gas),
  );
}

function run(index: (name: string) => number): FunctionCode {
  const of = scope();
  const int = (): Local => local(of, 'i32');
  const long = (): Local => local(of, 'i64');
  const [ip, sp, gas, header, memoryBase, base, steps] = [int(), int(), long(), int(), int(), int(), int()];
  const [offset, size, end, source, from, limit] = [int(), int(), int(), int(), int(), int()];
  const [x, paid, rest] = [long(), long(), long()];
  const [half, otherHalf] = [local(of, 'v128'), local(of, 'v128')];
  const [reason, heat] = [int(), int()];
  const answer = local(of, 'f64');
  const [enter, entered] = [label('a block'), label('a block that is paid')];
  const [next, leaving] = [label('an instruction'), label('the end of the run')];
  const [asking, askingAtEnd] = [label('the driver does it'), label('the driver does what ends a block')];

  const leaveFor = (why: number): Code => seq(set(reason, c32(why)), br(leaving));
  const handOver = leaveFor(LEFT.handOver);
  const pop = (count: number): Code => set(sp, i32.add(get(sp), c32(count * WORD_BYTES)));
  const push = set(sp, i32.sub(get(sp), c32(WORD_BYTES)));
  const advance = (bytes: number): Code => seq(set(ip, i32.add(get(ip), c32(INSTRUCTION_BYTES + bytes))), br(next));
  const operand = i32.load(get(ip), 4);
  const control = (field: keyof typeof CONTROL): Code => i32.load(c32(0), CONTROL[field]);
  const done = advance(0);
  const helper = (name: string, operands: number): Code =>
    seq(
      call(
        index(name),
        ...Array.from({ length: operands }, (_, i) => i32.add(get(sp), c32(i * WORD_BYTES))),
        i32.add(get(sp), c32((operands - 1) * WORD_BYTES)),
      ),
      pop(operands - 1),
      done,
    );
  const compare = (condition: Code): Code => seq(setSmall(sp, 1, i64.extend(condition)), pop(1), done);
  /** Reads an operand that must be an affordable offset or size. */
  const reachable = (to: Local, depth: number): Code =>
    seq(
      when(i32.or(isWide(sp, depth), i64.gtU(limb(sp, depth, 0), c64(REACH_MAX))), handOver),
      set(to, i32.wrap(limb(sp, depth, 0))),
    );
  /** Grows the memory to `end` with what `paid` holds, and makes that the gas. */
  const grow = seq(
    when(
      i32.gtU(get(end), control('msize')),
      set(paid, call(index('expand'), get(end), get(paid), get(memoryBase))),
      when(i64.ltS(get(paid), c64(0)), handOver),
    ),
    set(gas, get(paid)),
  );
  /** Grows the memory for that many bytes at `offset`, and makes that an address. */
  const reach = (bytes: number): Code =>
    seq(
      set(end, i32.add(get(offset), c32(bytes))),
      when(
        i32.gtU(get(end), control('msize')),
        set(paid, call(index('expand'), get(end), get(gas), get(memoryBase))),
        when(i64.ltS(get(paid), c64(0)), handOver),
        set(gas, get(paid)),
      ),
      set(offset, i32.add(get(offset), get(memoryBase))),
    );
  const access = (bytes: number): Code => seq(reachable(offset, 0), reach(bytes));
  const accessConstant = seq(
    set(offset, operand),
    when(i32.gtU(get(offset), c32(REACH_MAX)), handOver),
    reach(WORD_BYTES),
  );
  /** Pays for the words of `size` into `paid`; the gas itself stays until nothing can fail any more. */
  const payWords = (price: bigint): Code =>
    seq(
      set(paid, i64.sub(get(gas), i64.mul(i64.extend(i32.shrU(i32.add(get(size), c32(31)), c32(5))), c64(price)))),
      when(i64.ltS(get(paid), c64(0)), handOver),
    );
  /** The range at `offset` of `size`, which begins at operand `depth`; an empty one may begin anywhere. */
  const range = (price: bigint, offsetDepth: number, sizeDepth: number): Code =>
    seq(
      reachable(size, sizeDepth),
      payWords(price),
      set(end, c32(0)),
      set(offset, c32(0)),
      when(get(size), reachable(offset, offsetDepth), set(end, i32.add(get(offset), get(size)))),
      grow,
    );
  /** Copies to memory from bytes at `source`, of which there are `limit`; zeros behind them. Operands: target, offset, size. */
  const copyFrom = (bytes: Code, length: Code): Code =>
    seq(
      range(COPY_WORD_GAS, 0, 2),
      set(source, bytes),
      set(limit, length),
      set(
        from,
        select(
          i32.or(isWide(sp, 1), i64.gtU(limb(sp, 1, 0), i64.extend(get(limit)))),
          get(limit),
          i32.wrap(limb(sp, 1, 0)),
        ),
      ),
      set(limit, i32.sub(get(limit), get(from))),
      set(limit, select(i32.gtU(get(limit), get(size)), get(size), get(limit))),
      set(offset, i32.add(get(offset), get(memoryBase))),
      memory.copy(get(offset), i32.add(get(source), get(from)), get(limit)),
      memory.fill(i32.add(get(offset), get(limit)), c32(0), i32.sub(get(size), get(limit))),
      pop(3),
      done,
    );
  /** Continues at the block at position `from`, which is below 2^31; the stack is as after the jump. */
  const target = seq(set(source, i32.load(i32.add(control('jumps'), i32.shl(get(from), c32(2))))));
  const jumpTo = (position: Code, popped: number): Code =>
    seq(
      set(from, position),
      when(i32.geU(get(from), control('codeSize')), handOver),
      target,
      when(i32.eqz(get(source)), set(source, call(index('block'), get(from))), when(i32.eqz(get(source)), handOver)),
      pop(popped),
      set(ip, get(source)),
      br(enter),
    );
  const dynamicTarget = seq(when(isWide(sp, 0), handOver), when(i64.gtU(limb(sp, 0, 0), c64(REACH_MAX)), handOver));

  const pushed = (at: Code): Code => seq(push, copyWord(get(sp), 0, at, 0), done);
  const restOfBlock = i64.extend(i32.sub(i32.load(get(header), HEADER.gas), operand));
  /** What the driver's answer is, after `rest` has been set. */
  const ask = seq(
    i32.store(c32(0), CONTROL.sp, get(sp)),
    i32.store(c32(0), CONTROL.steps, get(steps)),
    set(answer, call(index('host'), i32.load16(get(ip), 2), f64.convert(i64.add(get(gas), get(rest))))),
    set(sp, control('sp')),
    set(steps, control('steps')),
    when(f64.ltZero(get(answer)), leaveFor(LEFT.host)),
    set(gas, i64.sub(i64.truncate(get(answer)), get(rest))),
    set(ip, i32.add(get(ip), c32(INSTRUCTION_BYTES))),
    brIf(i64.ltS(get(gas), c64(0)), leaving),
    br(next),
  );
  /** Another function of the module does it: it gives the gas that is left, or nothing for the driver's. */
  const outsource = (result: Code): Code =>
    seq(set(paid, result), brIf(i64.ltS(get(paid), c64(0)), asking), set(gas, get(paid)));
  /** Opens or ends a frame, and goes on in the one that runs then. */
  const change = (name: string): Code =>
    seq(
      i32.store(c32(0), CONTROL.ip, get(ip)),
      i32.store(c32(0), CONTROL.sp, get(sp)),
      f64.store(c32(0), CONTROL.gas, f64.convert(get(gas))),
      set(from, call(index(name), operand)),
      set(gas, i64.truncate(f64.load(c32(0), CONTROL.gas))),
      brIf(i32.eqz(get(from)), askingAtEnd),
      loadFrame,
      br(enter),
    );
  const loadFrame = seq(
    set(ip, control('ip')),
    set(sp, control('sp')),
    set(memoryBase, control('memory')),
    set(base, control('base')),
  );
  /** Ends a frame that the module has opened where its block cannot be paid, if nothing else can happen to it before. */
  const endUnpaid = when(
    i32.and(i32.ne(control('isNative'), c32(0)), i64.ltS(get(gas), get(x))),
    set(from, call(index('exhaust'), get(ip), get(gas), i32.sub(get(base), get(sp)))),
    when(
      get(from),
      set(steps, i32.sub(get(steps), get(from))),
      drop(call(index('leaveFrame'), c32(END_KINDS.indexOf('INVALID')))),
      loadFrame,
      set(gas, i64.truncate(f64.load(c32(0), CONTROL.gas))),
      br(enter),
    ),
  );
  const logs = [0, 1, 2, 3, 4].map((topics) => [
    `LOG${topics}`,
    seq(outsource(call(index('log'), get(sp), get(gas), c32(topics))), pop(2 + topics), done),
  ]);
  const handlers: Readonly<Record<string, Code>> = {
    block: br(enter),
    fall: jumpTo(operand, 0),
    host: br(asking),
    call: change('enterCall'),
    end: change('leaveFrame'),
    push4: seq(push, setSmall(sp, 0, i64.extend(operand)), done),
    push8: seq(push, setSmall(sp, 0, i64.load(get(ip), INSTRUCTION_BYTES)), advance(8)),
    push32: seq(push, copyWord(get(sp), 0, get(ip), INSTRUCTION_BYTES), advance(WORD_BYTES)),
    'constant-JUMP': jumpTo(operand, 0),
    'constant-JUMPI': either(isZero(sp, 0), seq(pop(1), done), jumpTo(operand, 1)),
    'constant-ADD': seq(
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
      done,
    ),
    'constant-AND': seq(setSmall(sp, 0, i64.and(limb(sp, 0, 0), i64.extend(operand))), done),
    'constant-EQ': seq(
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
      done,
    ),
    'constant-MLOAD': seq(accessConstant, push, reversed(sp, 0, get(offset)), done),
    'constant-MSTORE': seq(accessConstant, writeReversed(sp, 0, offset), pop(1), done),
    constant: pushed(operand),
    'frame-constant': pushed(i32.add(get(base), operand)),
    control: seq(push, setSmall(sp, 0, i64.extend(i32.load(operand))), done),
    ADD: seq(add(of, sp), pop(1), done),
    MUL: helper('mul', 2),
    SUB: seq(subtract(of, sp), pop(1), done),
    DIV: helper('div', 2),
    SDIV: helper('sdiv', 2),
    MOD: helper('mod', 2),
    SMOD: helper('smod', 2),
    ADDMOD: helper('addmod', 3),
    MULMOD: helper('mulmod', 3),
    EXP: seq(
      set(paid, i64.sub(get(gas), i64.mul(exponentBytes(sp), c64(EXPONENT_BYTE_GAS)))),
      when(i64.ltS(get(paid), c64(0)), handOver),
      set(gas, get(paid)),
      helper('exp', 2),
    ),
    SIGNEXTEND: seq(extendSign(of, sp), pop(1), done),
    LT: compare(isBelow(sp, 0, 1, 'unsigned')),
    GT: compare(isBelow(sp, 1, 0, 'unsigned')),
    SLT: compare(isBelow(sp, 0, 1, 'signed')),
    SGT: compare(isBelow(sp, 1, 0, 'signed')),
    EQ: compare(isEqual(sp)),
    ISZERO: seq(setSmall(sp, 0, i64.extend(isZero(sp, 0))), done),
    AND: seq(bitwise(sp, i64.and), pop(1), done),
    OR: seq(bitwise(sp, i64.or), pop(1), done),
    XOR: seq(bitwise(sp, i64.xor), pop(1), done),
    NOT: seq(not(sp), done),
    BYTE: seq(setSmall(sp, 1, byteAt(sp)), pop(1), done),
    SHL: seq(shift(of, sp, 'left'), pop(1), done),
    SHR: seq(shift(of, sp, 'right'), pop(1), done),
    SAR: seq(shift(of, sp, 'right-signed'), pop(1), done),
    CLZ: seq(setSmall(sp, 0, leadingZeros(sp)), done),
    KECCAK256: seq(
      range(HASH_WORD_GAS, 0, 1),
      call(index('keccak'), i32.add(get(memoryBase), get(offset)), get(size), i32.add(get(sp), c32(WORD_BYTES))),
      pop(1),
      done,
    ),
    CALLDATALOAD: seq(
      set(source, control('input')),
      set(limit, control('inputSize')),
      either(
        i32.or(isWide(sp, 0), i64.geU(limb(sp, 0, 0), i64.extend(get(limit)))),
        setSmall(sp, 0, c64(0)),
        seq(
          set(offset, i32.wrap(limb(sp, 0, 0))),
          either(
            i32.leU(i32.add(get(offset), c32(WORD_BYTES)), get(limit)),
            reversed(sp, 0, i32.add(get(source), get(offset))),
            seq(
              // the input's end, in the word's own place, which is then turned round
              v128.store(get(sp), 0, v128.zero),
              v128.store(get(sp), 16, v128.zero),
              memory.copy(get(sp), i32.add(get(source), get(offset)), i32.sub(get(limit), get(offset))),
              set(half, v128.load(get(sp))),
              set(otherHalf, v128.load(get(sp), 16)),
              v128.store(get(sp), 0, v128.reverse(get(otherHalf))),
              v128.store(get(sp), 16, v128.reverse(get(half))),
            ),
          ),
        ),
      ),
      done,
    ),
    CALLDATACOPY: copyFrom(control('input'), control('inputSize')),
    CODECOPY: copyFrom(control('code'), control('codeSize')),
    POP: seq(pop(1), done),
    MLOAD: seq(access(WORD_BYTES), reversed(sp, 0, get(offset)), done),
    MSTORE: seq(access(WORD_BYTES), writeReversed(sp, 1, offset), pop(2), done),
    MSTORE8: seq(access(1), i64.store8(get(offset), 0, limb(sp, 1, 0)), pop(2), done),
    MCOPY: seq(
      reachable(size, 2),
      payWords(COPY_WORD_GAS),
      set(end, c32(0)),
      set(offset, c32(0)),
      set(from, c32(0)),
      when(
        get(size),
        reachable(offset, 0),
        reachable(from, 1),
        set(end, i32.add(select(i32.gtU(get(offset), get(from)), get(offset), get(from)), get(size))),
      ),
      grow,
      memory.copy(i32.add(get(memoryBase), get(offset)), i32.add(get(memoryBase), get(from)), get(size)),
      pop(3),
      done,
    ),
    JUMP: seq(dynamicTarget, jumpTo(i32.wrap(limb(sp, 0, 0)), 1)),
    JUMPI: either(isZero(sp, 1), seq(pop(2), done), seq(dynamicTarget, jumpTo(i32.wrap(limb(sp, 0, 0)), 2))),
    SLOAD: seq(outsource(call(index('sload'), get(sp), get(gas))), done),
    SSTORE: seq(outsource(call(index('sstore'), get(sp), get(gas), restOfBlock)), pop(2), done),
    TLOAD: seq(outsource(call(index('tload'), get(sp), get(gas))), done),
    TSTORE: seq(outsource(call(index('tstore'), get(sp), get(gas))), pop(2), done),
    ...Object.fromEntries(logs),
    RETURNDATACOPY: seq(
      brIf(control('isReturnDataElsewhere'), asking),
      reachable(size, 2),
      reachable(from, 1),
      brIf(i32.gtU(i32.add(get(from), get(size)), control('returnDataSize')), asking),
      payWords(COPY_WORD_GAS),
      set(end, c32(0)),
      set(offset, c32(0)),
      when(get(size), reachable(offset, 0), set(end, i32.add(get(offset), get(size)))),
      grow,
      call(index('copy'), i32.add(get(memoryBase), get(offset)), i32.add(c32(RETURN_DATA), get(from)), get(size)),
      pop(3),
      done,
    ),
    SELFBALANCE: seq(brIf(i32.ne(control('balanceTag'), control('slotTag')), asking), pushed(c32(BALANCE))),
    EXTCODESIZE: seq(
      set(x, limb(sp, 0, 0)),
      set(paid, limb(sp, 0, 1)),
      set(rest, i64.and(limb(sp, 0, 2), c64(0xffffffffn))),
      set(from, accountEntry(x, paid, rest)),
      i32.store(c32(0), CONTROL.slotEntry, get(from)),
      brIf(isOther(from, x, paid, rest), asking),
      set(paid, i64.sub(get(gas), c64(WARM_GAS))),
      brIf(i64.ltS(get(paid), c64(0)), asking),
      set(gas, get(paid)),
      setSmall(sp, 0, i64.extend(i32.load(get(from), ACCOUNT.size))),
      done,
    ),
    GAS: seq(
      push,
      setSmall(sp, 0, i64.add(get(gas), i64.extend(i32.sub(i32.load(get(header), HEADER.gas), operand)))),
      done,
    ),
    ...Object.fromEntries(REACHES.map((n) => [`DUP${n}`, seq(push, moveWord(sp, 0, n), done)])),
    ...Object.fromEntries(
      REACHES.map((n) => [
        `SWAP${n}`,
        seq(
          ...LIMBS.map((i) =>
            seq(set(x, limb(sp, 0, i)), setLimb(sp, 0, i, limb(sp, n, i)), setLimb(sp, n, i, get(x))),
          ),
          done,
        ),
      ]),
    ),
  };

  const labels = DENSE.map((name) => label(name));
  let dispatch = brTable(i32.load16(get(ip)), labels);
  for (const [i, name] of DENSE.entries()) {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`no handler for ${name}`);
    dispatch = seq(block(labels[i] ?? next, dispatch), handler);
  }
  const height = i32.sub(get(base), get(sp));
  /** Runs what is compiled of the block on; goes on behind where that leaves a block to the interpreter. */
  const runCompiled = seq(
    set(limit, get(steps)),
    set(
      ip,
      callIndirect(
        index('compiled'),
        i32.sub(c32(-1), get(heat)),
        ...[get(sp), get(gas), get(steps), get(base), get(memoryBase)],
      ),
    ),
    set(sp, control('sp')),
    set(gas, i64.load(c32(0), CONTROL.compiledGas)),
    set(steps, control('steps')),
    i32.store(c32(0), CONTROL.compiledSteps, i32.add(control('compiledSteps'), i32.sub(get(limit), get(steps)))),
    set(header, control('header')),
    set(reason, c32(LEFT.handOver)),
    set(from, i32.and(get(ip), c32(RESUME.block + RESUME.instruction))),
    set(ip, i32.sub(get(ip), get(from))),
    brIf(i32.eq(get(from), c32(RESUME.instruction)), entered),
    brIf(i32.eqz(get(from)), enter),
    set(header, get(ip)),
    set(x, i64.extend(i32.load(get(ip), HEADER.gas))),
    set(size, i32.load(get(ip), HEADER.steps)),
  );
  const heatUp = either(
    i32.gtS(get(heat), c32(0)),
    seq(
      set(limit, select(i32.gtU(get(size), c32(HEAT_STEPS_MAX)), c32(HEAT_STEPS_MAX), get(size))),
      i32.store(get(ip), HEADER.heat, select(i32.gtS(get(heat), get(limit)), i32.sub(get(heat), get(limit)), c32(0))),
    ),
    seq(when(i32.eqz(get(heat)), leaveFor(LEFT.hot)), runCompiled),
  );
  return defineFunction(
    'run',
    of,
    ['i32'],
    loadFrame,
    set(gas, i64.truncate(f64.load(c32(0), CONTROL.gas))),
    set(steps, control('steps')),
    block(
      leaving,
      loop(
        enter,
        block(
          entered,
          set(header, get(ip)),
          set(x, i64.extend(i32.load(get(ip), HEADER.gas))),
          set(size, i32.load(get(ip), HEADER.steps)),
          set(heat, i32.load(get(ip), HEADER.heat)),
          when(i32.ne(get(heat), c32(HEAT_MAX)), heatUp),
          when(i32.ltU(get(steps), get(size)), leaveFor(LEFT.slice)),
          when(
            i32.or(
              i32.or(i64.ltS(get(gas), get(x)), i32.ltU(height, i32.load(get(ip), HEADER.needs))),
              i32.gtU(i32.add(height, i32.load(get(ip), HEADER.grows)), c32(STACK_BYTES)),
            ),
            endUnpaid,
            handOver,
          ),
          set(gas, i64.sub(get(gas), get(x))),
          set(steps, i32.sub(get(steps), get(size))),
          set(ip, i32.add(get(ip), c32(HEADER.bytes))),
          set(reason, c32(LEFT.handOver)),
        ),
        loop(next, block(askingAtEnd, block(asking, dispatch), set(rest, restOfBlock), ask), set(rest, c64(0)), ask),
      ),
    ),
    i32.store(c32(0), CONTROL.ip, get(ip)),
    i32.store(c32(0), CONTROL.sp, get(sp)),
    f64.store(c32(0), CONTROL.gas, f64.convert(get(gas))),
    i32.store(c32(0), CONTROL.steps, get(steps)),
    i32.store(c32(0), CONTROL.header, get(header)),
    get(reason),
  );
}

/** Reads a big-endian word at an address into the word at that depth. The two may not overlap. */
function reversed(sp: Local, depth: number, at: Code): Code {
  return seq(
    v128.store(get(sp), depth * WORD_BYTES, v128.reverse(v128.load(at, 16))),
    v128.store(get(sp), depth * WORD_BYTES + 16, v128.reverse(v128.load(at))),
  );
}

/** Writes the word at that depth to an address, big-endian. */
function writeReversed(sp: Local, depth: number, at: Local): Code {
  return seq(
    v128.store(get(at), 0, v128.reverse(loadPair(sp, depth, 2))),
    v128.store(get(at), 16, v128.reverse(loadPair(sp, depth, 0))),
  );
}

/** How many bytes the exponent, EXP's second operand, has. */
function exponentBytes(sp: Local): Code {
  const bytesOf = (i: number): Code => i64.shrU(i64.sub(c64(64 * (i + 1) + 7), i64.clz(limb(sp, 1, i))), c64(3));
  let bytes = bytesOf(0);
  for (const i of [1, 2, 3]) bytes = select(i64.eqz(limb(sp, 1, i)), bytes, bytesOf(i));
  return bytes;
}
