// Warm storage slots in linear memory: code that answers SLOAD and SSTORE from them. An entry holds a slot that is warm, with its value and
// what it was when the transaction began (EIP-2200, EIP-2929, EIP-3529). Everything else is the driver's: see slot-cache.ts.

import { assert } from '../../lib/assert.ts';
import { COLD_SLOT_GAS, WARM_GAS } from '../opcodes/access.ts';
import { storePrice, storeRefund } from '../opcodes/storage.ts';
import { rulesOf } from '../rules.ts';
import {
  type Code,
  c32,
  c64,
  either,
  get,
  i32,
  i64,
  type Local,
  local,
  type Scope,
  select,
  seq,
  set,
  when,
} from './emitter.ts';
import { CONTROL, SLOT, SLOTS, SLOTS_BITS, WRITTEN } from './layout.ts';
import { LIMBS, limb } from './word.ts';

const { storage } = rulesOf('Cancun');
assert(storage.kind === 'net' && COLD_SLOT_GAS > WARM_GAS, 'SSTORE is metered net of earlier writes');
const { sentryGas } = storage;
const price = (original: bigint, current: bigint, next: bigint): number =>
  storePrice(storage, { original, current, next });
const refund = (original: bigint, current: bigint, next: bigint): number =>
  storeRefund(storage, { original, current, next });

/** What the handlers share with the interpreter. */
export type Surroundings = {
  readonly scope: Scope;
  readonly sp: Local;
  readonly gas: Local;
  /** The instruction goes to the driver instead. */
  readonly ask: Code;
  readonly handOver: Code;
  /** What of the block's gas comes after the instruction. */
  readonly rest: Code;
};

/** SLOAD and SSTORE, without what moves on to the next instruction. */
export function storageHandlers({ scope: of, sp, gas, ask, handOver, rest }: Surroundings): {
  readonly load: Code;
  readonly store: Code;
} {
  const [entry, hash, paid] = [local(of, 'i32'), local(of, 'i64'), local(of, 'i64')];
  const [isSame, isClean, wasZero, isCleared, gain] = [
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
    local(of, 'i32'),
  ];
  const control = (field: keyof typeof CONTROL): Code => i32.load(c32(0), CONTROL[field]);
  const field = (offset: number, i: number): Code => i64.load(get(entry), offset + i * 8);
  const differ = (a: (i: number) => Code, b: (i: number) => Code): Code =>
    LIMBS.map((i) => i64.xor(a(i), b(i))).reduce((all, part) => i64.or(all, part));
  const any = (a: (i: number) => Code): Code => LIMBS.map(a).reduce((all, part) => i64.or(all, part));
  const slot = (i: number): Code => limb(sp, 0, i);
  const next = (i: number): Code => limb(sp, 1, i);
  const value = (i: number): Code => field(SLOT.value, i);
  const original = (i: number): Code => field(SLOT.original, i);

  /** Finds the entry of the slot on top, or asks; the driver is told where the entry would be. */
  const find = seq(
    set(
      hash,
      i64.mul(
        i64.xor(
          i64.xor(
            i64.xor(slot(0), i64.rotl(slot(1), c64(17))),
            i64.xor(i64.rotl(slot(2), c64(31)), i64.rotl(slot(3), c64(47))),
          ),
          i64.extend(i32.mul(control('slotTag'), c32(0x9e3779b1))),
        ),
        c64(0x9e3779b97f4a7c15n),
      ),
    ),
    set(entry, i32.add(c32(SLOTS), i32.mul(i32.wrap(i64.shrU(get(hash), c64(64 - SLOTS_BITS))), c32(SLOT.bytes)))),
    when(
      i32.or(
        i32.ne(i32.load(get(entry), SLOT.tag), control('slotTag')),
        i64.ne(
          differ(slot, (i) => field(SLOT.slot, i)),
          c64(0),
        ),
      ),
      i32.store(c32(0), CONTROL.slotEntry, get(entry)),
      ask,
    ),
  );
  const pay = (cost: Code): Code =>
    seq(
      set(paid, i64.sub(get(gas), i64.extend(cost))),
      when(i64.ltS(get(paid), c64(0)), handOver),
      set(gas, get(paid)),
    );
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
  return {
    load: seq(find, pay(c32(WARM_GAS)), ...LIMBS.map((i) => i64.store(get(sp), i * 8, value(i)))),
    store: seq(
      when(
        i32.or(i32.ne(control('isStatic'), c32(0)), i64.ltS(i64.add(get(gas), rest), c64(sentryGas + 1))),
        i32.store(c32(0), CONTROL.slotEntry, c32(0)),
        ask,
      ),
      find,
      set(isSame, i64.eqz(differ(value, next))),
      set(isClean, i64.eqz(differ(value, original))),
      set(wasZero, i64.eqz(any(original))),
      set(isCleared, i64.eqz(any(next))),
      pay(
        select(
          i32.or(get(isSame), i32.eqz(get(isClean))),
          c32(price(1n, 2n, 3n)),
          select(get(wasZero), c32(price(0n, 0n, 1n)), c32(price(1n, 1n, 2n))),
        ),
      ),
      when(
        i32.eqz(get(isSame)),
        gained,
        i32.store(c32(0), CONTROL.refund, i32.add(control('refund'), get(gain))),
        ...LIMBS.map((i) => i64.store(get(entry), SLOT.value + i * 8, next(i))),
        when(
          i32.eqz(i32.load(get(entry), SLOT.isWritten)),
          i32.store(get(entry), SLOT.isWritten, c32(1)),
          i32.store(i32.shl(control('written'), c32(2)), WRITTEN, get(entry)),
          i32.store(c32(0), CONTROL.written, i32.add(control('written'), c32(1))),
        ),
      ),
    ),
  };
}
