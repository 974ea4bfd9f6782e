// The interpreter's handlers of what goes elsewhere or asks others: jumps, frames, storage, logs, accounts, and the driver.

import { WARM_GAS } from '../opcodes/access.ts';
import { accountEntry, isOther } from './accounts.ts';
import { control } from './control.ts';
import { br, brIf, type Code, c32, c64, call, either, get, i32, i64, seq, set, when } from './emitter.ts';
import { ACCOUNT, BALANCE } from './layout.ts';
import { REACH_MAX } from './ranges.ts';
import {
  type Handlers,
  handOver,
  loadFrame,
  loadGas,
  operandOf,
  outsource,
  pop,
  pushed,
  type Registers,
  restOfBlock,
  skip,
  storeFrame,
  straight,
  turning,
} from './registers.ts';
import { isWide, isZero, limb, setSmall } from './word.ts';

export function flowHandlers(r: Registers): Handlers {
  return { ...jumps(r), ...frames(r), ...state(r) };
}

/** Goes on at the block at a position below 2^31, once that many words are popped. */
export function jumpTo(r: Registers, position: Code, popped: number): Code {
  const { ip, index, labels } = r;
  const { source, from } = r.at;
  return seq(
    set(from, position),
    when(i32.geU(get(from), control('codeSize')), handOver(r)),
    set(source, i32.load(i32.add(control('jumps'), i32.shl(get(from), c32(2))))),
    when(i32.eqz(get(source)), set(source, call(index('block'), get(from))), when(i32.eqz(get(source)), handOver(r))),
    pop(r, popped),
    set(ip, get(source)),
    br(labels.enter),
  );
}

/** Goes on at the block that stands behind a jump which is not made. */
export function goOn(r: Registers, popped: number): Code {
  return seq(pop(r, popped), skip(r, 0), br(r.labels.enter));
}

function jumps(r: Registers): Handlers {
  const { sp, labels } = r;
  const operand = operandOf(r);
  const dynamic = (popped: number): Code =>
    seq(
      when(i32.or(isWide(sp, 0), i64.gtU(limb(sp, 0, 0), c64(REACH_MAX))), handOver(r)),
      jumpTo(r, i32.wrap(limb(sp, 0, 0)), popped),
    );
  return {
    block: turning(br(labels.enter)),
    fall: turning(jumpTo(r, operand, 0)),
    JUMP: turning(dynamic(1)),
    JUMPI: turning(either(isZero(sp, 1), goOn(r, 2), dynamic(2))),
    'constant-JUMP': turning(jumpTo(r, operand, 0)),
    'constant-JUMPI': turning(either(isZero(sp, 0), goOn(r, 1), jumpTo(r, operand, 1))),
  };
}

function frames(r: Registers): Handlers {
  const { labels } = r;
  const { from } = r.at;
  /** Opens or ends a frame, and goes on in the one that runs then. */
  const change = (name: string): Code =>
    seq(
      storeFrame(r),
      set(from, call(r.index(name), operandOf(r))),
      loadGas(r),
      brIf(i32.eqz(get(from)), labels.askingAtEnd),
      loadFrame(r),
      br(labels.enter),
    );
  return {
    call: turning(change('enterCall')),
    end: turning(change('leaveFrame')),
    host: turning(br(labels.asking)),
  };
}

function state(r: Registers): Handlers {
  const { sp, gas, index, labels } = r;
  const { from } = r.at;
  const { x, paid, rest } = r.long;
  const outside = (name: string, popped: number, ...more: readonly Code[]) =>
    straight(outsource(r, call(index(name), get(sp), get(gas), ...more)), pop(r, popped));
  return {
    SLOAD: outside('sload', 0),
    SSTORE: outside('sstore', 2, restOfBlock(r)),
    TLOAD: outside('tload', 0),
    TSTORE: outside('tstore', 2),
    ...Object.fromEntries([0, 1, 2, 3, 4].map((topics) => [`LOG${topics}`, outside('log', 2 + topics, c32(topics))])),
    SELFBALANCE: straight(
      brIf(i32.ne(control('balanceTag'), control('slotTag')), labels.asking),
      pushed(r, c32(BALANCE)),
    ),
    EXTCODESIZE: straight(
      set(x, limb(sp, 0, 0)),
      set(paid, limb(sp, 0, 1)),
      set(rest, i64.and(limb(sp, 0, 2), c64(0xffffffffn))),
      set(from, accountEntry(x, paid, rest)),
      brIf(isOther(from, x, paid, rest), labels.asking),
      set(paid, i64.sub(get(gas), c64(WARM_GAS))),
      brIf(i64.ltS(get(paid), c64(0)), labels.asking),
      set(gas, get(paid)),
      setSmall(sp, 0, i64.extend(i32.load(get(from), ACCOUNT.size))),
    ),
  };
}
