// Warm storage slots and transient slots in linear memory: functions that answer SLOAD, SSTORE, TLOAD and TSTORE from them. An entry holds a
// slot with its value and, where it is warm storage, what it was when the transaction began (EIP-1153, EIP-2200, EIP-2929, EIP-3529).
// Everything else is the driver's: see slot-cache.ts. Each write leaves a record, by which a frame that fails takes it back.

import { assert } from '../../lib/assert.ts';
import { COLD_SLOT_GAS, WARM_GAS } from '../opcodes/access.ts';
import { storePrice, storeRefund } from '../opcodes/storage.ts';
import { rulesOf } from '../rules.ts';
import { control } from './control.ts';
import {
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
  leave,
  local,
  param,
  type Scope,
  scope,
  select,
  seq,
  set,
  when,
} from './emitter.ts';
import { CONTROL, RECORD, type Rooms, SLOT, SLOTS, SLOTS_BITS, TRANSIENT, WRITE } from './layout.ts';
import { LIMBS, limb } from './word.ts';

const { storage } = rulesOf('Cancun');
assert(storage.kind === 'net' && COLD_SLOT_GAS > WARM_GAS, 'SSTORE is metered net of earlier writes');
const { sentryGas } = storage;
const price = (original: bigint, current: bigint, next: bigint): number =>
  storePrice(storage, { original, current, next });
const refund = (original: bigint, current: bigint, next: bigint): number =>
  storeRefund(storage, { original, current, next });

const any = (a: (i: number) => Code): Code => LIMBS.map(a).reduce((all, part) => i64.or(all, part));
const differ = (a: (i: number) => Code, b: (i: number) => Code): Code => any((i) => i64.xor(a(i), b(i)));
const fieldOf =
  (entry: Local, offset: number) =>
  (i: number): Code =>
    i64.load(get(entry), offset + i * 8);

/**
 * sload(sp, gas), sstore(sp, gas, rest of the block's gas), tload(sp, gas), tstore(sp, gas): the gas that is left, or -1 where the driver must
 * do the instruction. The operands stay; what is loaded takes the place of the slot.
 */
export function storageFunctions({ writesEnd }: Rooms): readonly FunctionCode[] {
  const isFull = i32.geU(control('writesTop'), c32(writesEnd));
  return [loadSlot(), storeSlot(isFull), loadTransient(), storeTransient(isFull)];
}

const ask: Code = seq(c64(-1), leave);

/** Finds the entry of the slot on top, or asks; the driver is told where the entry would be. */
function find(of: Scope, sp: Local, entry: Local, tagOf: Code): Code {
  const [tag, hash] = [local(of, 'i32'), local(of, 'i64')];
  const slot = (i: number): Code => limb(sp, 0, i);
  return seq(
    set(tag, tagOf),
    set(
      hash,
      i64.mul(
        i64.xor(
          i64.xor(
            i64.xor(slot(0), i64.rotl(slot(1), c64(17))),
            i64.xor(i64.rotl(slot(2), c64(31)), i64.rotl(slot(3), c64(47))),
          ),
          i64.extend(i32.mul(get(tag), c32(0x9e3779b1))),
        ),
        c64(0x9e3779b97f4a7c15n),
      ),
    ),
    set(entry, i32.add(c32(SLOTS), i32.mul(i32.wrap(i64.shrU(get(hash), c64(64 - SLOTS_BITS))), c32(SLOT.bytes)))),
    when(
      i32.or(i32.ne(i32.load(get(entry), SLOT.tag), get(tag)), i64.ne(differ(slot, fieldOf(entry, SLOT.slot)), c64(0))),
      i32.store(c32(0), CONTROL.slotEntry, get(entry)),
      ask,
    ),
  );
}

/** The instruction goes to the driver, which is to remember nothing: the last place that it was told may be another slot's, or an account's. */
const askPlainly: Code = seq(i32.store(c32(0), CONTROL.slotEntry, c32(0)), ask);
const isStatic: Code = i32.ne(control('isStatic'), c32(0));

/** Writes the second word to the entry, with a record: the last one, where no frame has begun and the journal has seen nothing since it. */
function write(of: Scope, sp: Local, entry: Local): Code {
  const [last, top] = [local(of, 'i32'), local(of, 'i32')];
  const next = (i: number): Code => limb(sp, 1, i);
  return seq(
    set(last, i32.load(get(entry), SLOT.last)),
    when(
      i32.or(
        i32.ltU(get(last), i32.load(control('record'), RECORD.writesMark)),
        i32.ltU(get(last), control('writesSynced')),
      ),
      set(top, control('writesTop')),
      i32.store(get(top), WRITE.entry, get(entry)),
      i32.store(get(top), WRITE.tag, i32.load(get(entry), SLOT.tag)),
      i32.store(get(top), WRITE.previous, get(last)),
      ...LIMBS.map((i) => i64.store(get(top), WRITE.slot + i * 8, limb(sp, 0, i))),
      ...LIMBS.map((i) => i64.store(get(top), WRITE.before + i * 8, i64.load(get(entry), SLOT.value + i * 8))),
      i32.store(c32(0), CONTROL.writesTop, i32.add(get(top), c32(WRITE.bytes))),
      i32.store(get(entry), SLOT.last, get(top)),
      set(last, get(top)),
    ),
    ...LIMBS.map((i) => i64.store(get(last), WRITE.after + i * 8, next(i))),
    ...LIMBS.map((i) => i64.store(get(entry), SLOT.value + i * 8, next(i))),
  );
}

function loadSlot(): FunctionCode {
  const of = scope('i32', 'i64');
  const [sp, gas] = [param(of, 0), param(of, 1)];
  const entry = local(of, 'i32');
  return defineFunction(
    'sload',
    of,
    ['i64'],
    find(of, sp, entry, control('slotTag')),
    set(gas, i64.sub(get(gas), c64(WARM_GAS))),
    when(i64.ltS(get(gas), c64(0)), askPlainly),
    ...LIMBS.map((i) => i64.store(get(sp), i * 8, fieldOf(entry, SLOT.value)(i))),
    get(gas),
  );
}

function storeSlot(isFull: Code): FunctionCode {
  const of = scope('i32', 'i64', 'i64');
  const [sp, gas, rest] = [param(of, 0), param(of, 1), param(of, 2)];
  const int = (): Local => local(of, 'i32');
  const [entry, isSame, isClean, wasZero, isCleared, gain] = [int(), int(), int(), int(), int(), int()];
  const next = (i: number): Code => limb(sp, 1, i);
  const value = fieldOf(entry, SLOT.value);
  const original = fieldOf(entry, SLOT.original);
  /** A clean slot's first change; a later one's clauses of EIP-2200. */
  const gained = either(
    get(isClean),
    set(gain, select(i32.and(get(isCleared), i32.eqz(get(wasZero))), c32(refund(1n, 1n, 0n)), c32(0))),
    seq(
      set(gain, c32(0)),
      when(
        i32.eqz(get(wasZero)),
        when(i64.eqz(any(value)), set(gain, c32(refund(1n, 0n, 2n)))),
        when(get(isCleared), set(gain, i32.add(get(gain), c32(refund(1n, 2n, 0n))))),
      ),
      when(
        i64.eqz(differ(original, next)),
        set(gain, i32.add(get(gain), select(get(wasZero), c32(refund(0n, 1n, 0n)), c32(refund(1n, 2n, 1n))))),
      ),
    ),
  );
  return defineFunction(
    'sstore',
    of,
    ['i64'],
    when(i32.or(isStatic, i64.ltS(i64.add(get(gas), get(rest)), c64(sentryGas + 1))), askPlainly),
    find(of, sp, entry, control('slotTag')),
    when(isFull, i32.store(c32(0), CONTROL.slotEntry, get(entry)), ask),
    set(isSame, i64.eqz(differ(value, next))),
    set(isClean, i64.eqz(differ(value, original))),
    set(wasZero, i64.eqz(any(original))),
    set(isCleared, i64.eqz(any(next))),
    set(
      gas,
      i64.sub(
        get(gas),
        i64.extend(
          select(
            i32.or(get(isSame), i32.eqz(get(isClean))),
            c32(price(1n, 2n, 3n)),
            select(get(wasZero), c32(price(0n, 0n, 1n)), c32(price(1n, 1n, 2n))),
          ),
        ),
      ),
    ),
    when(i64.ltS(get(gas), c64(0)), askPlainly),
    when(
      i32.eqz(get(isSame)),
      gained,
      i64.store(c32(0), CONTROL.refund, i64.add(i64.load(c32(0), CONTROL.refund), i64.extendS(get(gain)))),
      write(of, sp, entry),
    ),
    get(gas),
  );
}

const transientTag: Code = i32.or(control('slotTag'), c32(TRANSIENT));

function loadTransient(): FunctionCode {
  const of = scope('i32', 'i64');
  const [sp, gas] = [param(of, 0), param(of, 1)];
  const entry = local(of, 'i32');
  return defineFunction(
    'tload',
    of,
    ['i64'],
    find(of, sp, entry, transientTag),
    ...LIMBS.map((i) => i64.store(get(sp), i * 8, fieldOf(entry, SLOT.value)(i))),
    get(gas),
  );
}

function storeTransient(isFull: Code): FunctionCode {
  const of = scope('i32', 'i64');
  const [sp, gas] = [param(of, 0), param(of, 1)];
  const entry = local(of, 'i32');
  return defineFunction(
    'tstore',
    of,
    ['i64'],
    when(isStatic, askPlainly),
    find(of, sp, entry, transientTag),
    when(isFull, i32.store(c32(0), CONTROL.slotEntry, get(entry)), ask),
    write(of, sp, entry),
    get(gas),
  );
}
