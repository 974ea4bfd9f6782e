// A function of the module for LOG0 to LOG4 (Yellow Paper, appendix H.2): it copies topics and data to a list, from which the driver brings
// them to the journal, unless their frame fails before.

import { BYTE_GAS } from '../opcodes/log.ts';
import { control } from './control.ts';
import {
  br,
  type Code,
  c32,
  c64,
  call,
  defineFunction,
  type FunctionCode,
  get,
  i32,
  i64,
  label,
  leave,
  local,
  loop,
  param,
  scope,
  seq,
  set,
  v128,
  when,
} from './emitter.ts';
import { CONTROL, LOG, type Rooms, WORD_BYTES } from './layout.ts';
import { REACH_MAX } from './ranges.ts';
import { isWide, limb } from './word.ts';

/** log(sp, gas, topics): the gas that is left, or -1 where the driver must do the instruction. The operands stay. */
export function logFunction(index: (name: string) => number, { logsEnd }: Rooms): FunctionCode {
  const of = scope('i32', 'i64', 'i32');
  const [sp, gas, topics] = [param(of, 0), param(of, 1), param(of, 2)];
  const [offset, size, end, top, i, at, bytes] = [
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
  ];
  const ask: Code = seq(c64(-1), leave);
  const isUnreachable = (depth: number): Code => i32.or(isWide(sp, depth), i64.gtU(limb(sp, depth, 0), c64(REACH_MAX)));
  const each = label('a topic');
  const setHead = (field: keyof typeof LOG, value: Code): Code => i32.store(get(top), LOG[field], value);
  return defineFunction(
    'log',
    of,
    ['i64'],
    when(i32.or(i32.ne(control('isStatic'), c32(0)), isUnreachable(1)), ask),
    set(size, i32.wrap(limb(sp, 1, 0))),
    set(top, control('logsTop')),
    set(bytes, i32.add(i32.shl(get(topics), c32(5)), i32.and(i32.add(get(size), c32(LOG.head + 7)), c32(-8)))),
    when(i32.gtU(get(bytes), i32.sub(c32(logsEnd), get(top))), ask),
    set(gas, i64.sub(get(gas), i64.mul(i64.extend(get(size)), c64(BYTE_GAS)))),
    when(i64.ltS(get(gas), c64(0)), ask),
    when(
      get(size),
      when(isUnreachable(0), ask),
      set(offset, i32.wrap(limb(sp, 0, 0))),
      set(end, i32.add(get(offset), get(size))),
      when(
        i32.gtU(get(end), control('msize')),
        set(gas, call(index('expand'), get(end), get(gas), control('memory'))),
        when(i64.ltS(get(gas), c64(0)), ask),
      ),
    ),
    setHead('bytes', get(bytes)),
    setHead('tag', control('slotTag')),
    setHead('topics', get(topics)),
    setHead('dataSize', get(size)),
    set(i, c32(0)),
    loop(
      each,
      when(
        i32.ltU(get(i), get(topics)),
        set(at, i32.add(get(sp), i32.shl(get(i), c32(5)))),
        set(end, i32.add(get(top), i32.shl(get(i), c32(5)))),
        v128.store(get(end), LOG.head, v128.reverse(v128.load(get(at), 2 * WORD_BYTES + 16))),
        v128.store(get(end), LOG.head + 16, v128.reverse(v128.load(get(at), 2 * WORD_BYTES))),
        set(i, i32.add(get(i), c32(1))),
        br(each),
      ),
    ),
    call(
      index('copy'),
      i32.add(i32.add(get(top), c32(LOG.head)), i32.shl(get(topics), c32(5))),
      i32.add(control('memory'), get(offset)),
      get(size),
    ),
    i32.store(c32(0), CONTROL.logsTop, i32.add(get(top), get(bytes))),
    get(gas),
  );
}
