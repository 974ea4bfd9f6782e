// The interpreter's handlers of what reads or writes the frame's memory, its input, its code, or what its last call returned.

import { control } from './control.ts';
import {
  brIf,
  type Code,
  c32,
  call,
  either,
  get,
  i32,
  i64,
  type Local,
  local,
  memory,
  select,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import { RETURN_DATA, WORD_BYTES } from './layout.ts';
import { REACH_MAX } from './ranges.ts';
import {
  grow,
  type Handlers,
  handOver,
  operandOf,
  payWords,
  pop,
  push,
  type Registers,
  range,
  reach,
  reachable,
  straight,
} from './registers.ts';
import { isWide, limb, loadPair, setSmall } from './word.ts';

const HASH_WORD_GAS = 6n;
const COPY_WORD_GAS = 3n;

export function memoryHandlers(r: Registers): Handlers {
  const { sp, memoryBase, index } = r;
  const { offset, size, end, from } = r.at;
  const access = (bytes: number): Code => seq(reachable(r, offset, 0), reach(r, bytes));
  const accessConstant = seq(
    set(offset, operandOf(r)),
    when(i32.gtU(get(offset), c32(REACH_MAX)), handOver(r)),
    reach(r, WORD_BYTES),
  );
  return {
    MLOAD: straight(access(WORD_BYTES), reversed(sp, 0, get(offset))),
    MSTORE: straight(access(WORD_BYTES), writeReversed(sp, 1, offset), pop(r, 2)),
    MSTORE8: straight(access(1), i64.store8(get(offset), 0, limb(sp, 1, 0)), pop(r, 2)),
    'constant-MLOAD': straight(accessConstant, push(r), reversed(sp, 0, get(offset))),
    'constant-MSTORE': straight(accessConstant, writeReversed(sp, 0, offset), pop(r, 1)),
    KECCAK256: straight(
      range(r, HASH_WORD_GAS, 0, 1),
      call(index('keccak'), i32.add(get(memoryBase), get(offset)), get(size), i32.add(get(sp), c32(WORD_BYTES))),
      pop(r, 1),
    ),
    CALLDATALOAD: straight(inputWord(r)),
    CALLDATACOPY: straight(copyFrom(r, control('input'), control('inputSize'))),
    CODECOPY: straight(copyFrom(r, control('code'), control('codeSize'))),
    MCOPY: straight(
      reachable(r, size, 2),
      payWords(r, COPY_WORD_GAS),
      set(end, c32(0)),
      set(offset, c32(0)),
      set(from, c32(0)),
      when(
        get(size),
        reachable(r, offset, 0),
        reachable(r, from, 1),
        set(end, i32.add(select(i32.gtU(get(offset), get(from)), get(offset), get(from)), get(size))),
      ),
      grow(r),
      memory.copy(i32.add(get(memoryBase), get(offset)), i32.add(get(memoryBase), get(from)), get(size)),
      pop(r, 3),
    ),
    RETURNDATACOPY: straight(
      brIf(control('isReturnDataElsewhere'), r.labels.asking),
      reachable(r, size, 2),
      reachable(r, from, 1),
      brIf(i32.gtU(i32.add(get(from), get(size)), control('returnDataSize')), r.labels.asking),
      range(r, COPY_WORD_GAS, 0, 2),
      call(index('copy'), i32.add(get(memoryBase), get(offset)), i32.add(c32(RETURN_DATA), get(from)), get(size)),
      pop(r, 3),
    ),
  };
}

/** Copies to memory from bytes of which there are so many; zeros behind them. Operands: target, offset, size. */
function copyFrom(r: Registers, bytes: Code, length: Code): Code {
  const { sp, memoryBase } = r;
  const { offset, size, source, from, limit } = r.at;
  return seq(
    range(r, COPY_WORD_GAS, 0, 2),
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
    call(r.index('copy'), get(offset), i32.add(get(source), get(from)), get(limit)),
    when(
      i32.gtU(get(size), get(limit)),
      memory.fill(i32.add(get(offset), get(limit)), c32(0), i32.sub(get(size), get(limit))),
    ),
    pop(r, 3),
  );
}

/** A word of the input, zeros behind its end. */
function inputWord(r: Registers): Code {
  const { of, sp } = r;
  const { offset, source, limit } = r.at;
  const [half, otherHalf] = [local(of, 'v128'), local(of, 'v128')];
  return seq(
    set(source, control('input')),
    set(limit, control('inputSize')),
    either(
      i32.or(isWide(sp, 0), i64.geU(limb(sp, 0, 0), i64.extend(get(limit)))),
      setSmall(sp, 0, i64.extend(c32(0))),
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
