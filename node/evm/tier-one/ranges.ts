// Functions of the module that clear and copy ranges, and code that looks at operands that name one.

import {
  br,
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
  loop,
  memory,
  param,
  scope,
  set,
  v128,
  when,
} from './emitter.ts';
import { WORD_BYTES } from './layout.ts';

/** Offsets and sizes above this are the reference's affair: they are unaffordable. */
export const REACH_MAX = 2 ** 30;

/** Longer ranges are copied and cleared by the engine. */
const SHORT_BYTES = 512;

export function rangeFunctions(): readonly FunctionCode[] {
  return [zeroMemory(), copyBytes()];
}

export const isWideAt = (at: Local, offset: number): Code =>
  i64.ne(
    i64.or(i64.or(i64.load(get(at), offset + 8), i64.load(get(at), offset + 16)), i64.load(get(at), offset + 24)),
    c64(0),
  );
/** Whether the word at the address is no affordable offset or size. */
export const isUnreachable = (at: Local, offset: number): Code =>
  i32.or(isWideAt(at, offset), i64.gtU(i64.load(get(at), offset), c64(REACH_MAX)));

/** zero(at, size): of memory, whose size is a multiple of 32. */
function zeroMemory(): FunctionCode {
  const of = scope('i32', 'i32');
  const [at, size] = [param(of, 0), param(of, 1)];
  const again = label('a word');
  return defineFunction(
    'zero',
    of,
    [],
    either(
      i32.gtU(get(size), c32(SHORT_BYTES)),
      memory.fill(get(at), c32(0), get(size)),
      loop(
        again,
        when(
          get(size),
          v128.store(get(at), 0, v128.zero),
          v128.store(get(at), 16, v128.zero),
          set(at, i32.add(get(at), c32(WORD_BYTES))),
          set(size, i32.sub(get(size), c32(WORD_BYTES))),
          br(again),
        ),
      ),
    ),
  );
}

/** copy(to, from, size): ranges that do not overlap. A call of the engine's own copy costs more than a few words do. */
function copyBytes(): FunctionCode {
  const of = scope('i32', 'i32', 'i32');
  const [to, from, size] = [param(of, 0), param(of, 1), param(of, 2)];
  const again = label('a word');
  const by = (index: Local, bytes: number): Code => set(index, i32.add(get(index), c32(bytes)));
  return defineFunction(
    'copy',
    of,
    [],
    when(i32.gtU(get(size), c32(SHORT_BYTES)), memory.copy(get(to), get(from), get(size)), leave),
    loop(
      again,
      when(
        i32.geU(get(size), c32(WORD_BYTES)),
        v128.store(get(to), 0, v128.load(get(from))),
        v128.store(get(to), 16, v128.load(get(from), 16)),
        by(to, WORD_BYTES),
        by(from, WORD_BYTES),
        by(size, -WORD_BYTES),
        br(again),
      ),
    ),
    when(get(size), memory.copy(get(to), get(from), get(size))),
  );
}
