// The decoder of the module: bytecode into a stream of instructions, cut into blocks. A block's header says what the whole block costs and
// needs of the stack, so that it is checked once; it ends where gas may come back or control may go elsewhere.

import {
  block,
  br,
  brIf,
  type Code,
  c32,
  c64,
  defineFunction,
  either,
  type FunctionCode,
  get,
  i32,
  i64,
  type Local,
  label,
  leave,
  local,
  loop,
  param,
  scope,
  select,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import {
  CONTROL,
  END_KINDS,
  HEADER,
  INSTRUCTION_BYTES,
  OPCODE_ENTRY_BYTES,
  OPCODE_TABLE,
  PAIRED_MAX,
  PAIRS,
  WORD_BYTES,
} from './layout.ts';
import { denseIndex, FORM, MASK } from './operations.ts';

const SUB = 0x03;
const PUSH0 = 0x5f;

/** Code bytes after which decoding stops at the next JUMPDEST: what is never reached should cost little. */
const CHUNK_BYTES = 512;

/**
 * decode(code, size, jumps, out, pc): decodes from the beginning or a JUMPDEST on, to where nothing follows or what follows is decoded
 * already, and returns the end of the stream. The code is followed by 33 zeros; `jumps` has 4 bytes for each of the code's.
 */
export function decoderFunction(): FunctionCode {
  const of = scope('i32', 'i32', 'i32', 'i32', 'i32');
  const [code, size, jumps, out, pc] = [param(of, 0), param(of, 1), param(of, 2), param(of, 3), param(of, 4)];
  const [start, opcode, entry, form, header, isDead] = [
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
  ];
  const [gas, height, needs, grows, steps, length, i, last] = [
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
  ];
  const [before, third, pair] = [local(of, 'i32'), local(of, 'i32'), local(of, 'i32')];
  const [denseLast, denseBefore, denseThird] = [local(of, 'i32'), local(of, 'i32'), local(of, 'i32')];
  const place = i32.add(get(jumps), i32.shl(get(pc), c32(2)));
  const takes = i32.load8(get(entry), OPCODE_TABLE + 2);
  const gives = i32.load8(get(entry), OPCODE_TABLE + 3);
  const is = (value: number): Code => i32.eq(get(form), c32(value));
  const raise = (max: typeof needs, value: Code): Code => when(i32.gtS(value, get(max)), set(max, value));
  const openBlock = seq(
    set(header, get(out)),
    i32.store16(get(out), 0, c32(denseIndex('block'))),
    i32.store16(get(out), HEADER.position, get(pc)),
    i32.store(get(out), HEADER.heat, i32.load(c32(0), CONTROL.heat)),
    set(out, i32.add(get(out), c32(HEADER.bytes))),
    ...[gas, height, needs, grows, steps, last, before, third].map((counter) => set(counter, c32(0))),
  );
  const words = (count: typeof needs): Code => i32.mul(get(count), c32(WORD_BYTES));
  const closeBlock = seq(
    i32.store(get(header), HEADER.gas, get(gas)),
    i32.store(get(header), HEADER.needs, words(needs)),
    i32.store(get(header), HEADER.grows, words(grows)),
    i32.store(get(header), HEADER.steps, get(steps)),
    set(header, c32(0)),
  );
  const account = seq(
    raise(needs, i32.sub(takes, get(height))),
    set(height, i32.add(get(height), i32.sub(gives, takes))),
    raise(grows, get(height)),
    set(gas, i32.add(get(gas), i32.load(get(entry), OPCODE_TABLE + 4))),
    set(steps, i32.add(get(steps), c32(1))),
  );
  /** Makes the instruction before the last one do both, or itself alone again. */
  const pairUp = when(
    get(before),
    set(pair, i32.load8(i32.add(i32.mul(get(denseBefore), c32(PAIRED_MAX)), get(denseLast)), PAIRS)),
    i32.store16(get(before), 0, select(get(pair), get(pair), get(denseBefore))),
  );
  const emit = (dense: Code, operand: Code): Code =>
    seq(
      set(third, get(before)),
      set(denseThird, get(denseBefore)),
      set(before, get(last)),
      set(denseBefore, get(denseLast)),
      set(denseLast, dense),
      i32.store16(get(out), 0, get(denseLast)),
      i32.store16(get(out), 2, get(pc)),
      i32.store(get(out), 4, operand),
      set(last, get(out)),
      set(out, i32.add(get(out), c32(INSTRUCTION_BYTES))),
      pairUp,
    );
  const isOne = (at: Local, dense: Local): Code =>
    i32.and(i32.eq(get(dense), c32(denseIndex('push4'))), i32.eq(i32.load(get(at), 4), c32(1)));
  /** Three instructions before SUB that make a mask with it. */
  const isMask = i32.and(
    i32.and(i32.eq(get(opcode), c32(SUB)), i32.ne(get(third), c32(0))),
    i32.and(
      i32.eq(get(denseLast), c32(denseIndex('constant-SHL'))),
      i32.and(isOne(before, denseBefore), isOne(third, denseThird)),
    ),
  );
  const dense = i32.load16(get(entry), OPCODE_TABLE);
  const bytes = label('bytes of a constant');
  const copyBytes = (offset: Code): Code =>
    seq(
      set(i, c32(0)),
      loop(
        bytes,
        i32.store8(
          i32.add(offset, i32.sub(i32.sub(get(length), c32(1)), get(i))),
          0,
          i32.load8(i32.add(i32.add(get(code), get(pc)), get(i)), 1),
        ),
        set(i, i32.add(get(i), c32(1))),
        brIf(i32.ltU(get(i), get(length)), bytes),
      ),
    );
  const push = either(
    i32.leU(get(length), c32(4)),
    seq(emit(c32(denseIndex('push4')), c32(0)), when(get(length), copyBytes(i32.add(get(last), c32(4))))),
    either(
      i32.leU(get(length), c32(8)),
      seq(
        emit(c32(denseIndex('push8')), c32(0)),
        i64.store(get(out), 0, c64(0)),
        copyBytes(get(out)),
        set(out, i32.add(get(out), c32(8))),
      ),
      seq(
        emit(c32(denseIndex('push32')), c32(0)),
        v128.store(get(out), 0, v128.zero),
        v128.store(get(out), 16, v128.zero),
        copyBytes(get(out)),
        set(out, i32.add(get(out), c32(WORD_BYTES))),
      ),
    ),
  );
  /** Emits the instruction, or makes it one with the short constant before it, whose position the two keep. */
  const joined = i32.load16(get(entry), OPCODE_TABLE + 10);
  const emitOrJoin = either(
    i32.and(
      i32.and(i32.ne(joined, c32(0)), i32.ne(get(last), c32(0))),
      i32.eq(get(denseLast), c32(denseIndex('push4'))),
    ),
    seq(set(denseLast, joined), i32.store16(get(last), 0, get(denseLast)), pairUp),
    seq(when(isMask, i32.store16(get(third), 0, c32(denseIndex(MASK)))), emit(dense, get(gas))),
  );
  const [each, next, done] = [label('a byte'), label('the next'), label('a form')];

  return defineFunction(
    'decode',
    of,
    ['i32'],
    set(start, get(pc)),
    loop(
      each,
      when(
        i32.ltU(get(pc), get(size)),
        block(
          next,
          set(opcode, i32.load8(i32.add(get(code), get(pc)))),
          set(entry, i32.mul(get(opcode), c32(OPCODE_ENTRY_BYTES))),
          set(form, i32.load16(get(entry), OPCODE_TABLE + 8)),
          set(length, c32(0)),
          when(is(FORM.push), set(length, i32.sub(get(opcode), c32(PUSH0)))),
          when(
            is(FORM.destination),
            when(
              i32.or(i32.load(place), i32.gtU(get(pc), i32.add(get(start), c32(CHUNK_BYTES)))),
              when(i32.eqz(get(header)), openBlock),
              emit(c32(denseIndex('fall')), get(pc)),
              closeBlock,
              get(out),
              leave,
            ),
            when(get(header), closeBlock),
            openBlock,
            i32.store(place, 0, get(header)),
            account,
            br(next),
          ),
          when(i32.eqz(get(header)), openBlock),
          account,
          block(
            done,
            when(is(FORM.plain), emitOrJoin, br(next)),
            when(is(FORM.push), push, br(next)),
            when(is(FORM.operand), emit(dense, i32.load(get(entry), OPCODE_TABLE + 12)), br(next)),
            when(is(FORM.position), emit(c32(denseIndex('push32')), c32(0)), wide(get(pc)), br(next)),
            when(is(FORM.codeSize), emit(c32(denseIndex('push32')), c32(0)), wide(get(size)), br(next)),
            either(
              i32.or(is(FORM.calls), is(FORM.leaves)),
              emit(dense, i32.load(get(entry), OPCODE_TABLE + 12)),
              emitOrJoin,
            ),
            when(i32.or(is(FORM.ends), is(FORM.leaves)), set(isDead, c32(1))),
          ),
          closeBlock,
          when(get(isDead), get(out), leave),
        ),
        set(pc, i32.add(i32.add(get(pc), c32(1)), get(length))),
        br(each),
      ),
    ),
    // behind the end stands STOP
    when(i32.eqz(get(header)), openBlock),
    set(steps, i32.add(get(steps), c32(1))),
    emit(c32(denseIndex('end')), c32(END_KINDS.indexOf('STOP'))),
    closeBlock,
    get(out),
  );

  function wide(value: Code): Code {
    return seq(
      v128.store(get(out), 0, v128.zero),
      v128.store(get(out), 16, v128.zero),
      i32.store(get(out), 0, value),
      set(out, i32.add(get(out), c32(WORD_BYTES))),
    );
  }
}
