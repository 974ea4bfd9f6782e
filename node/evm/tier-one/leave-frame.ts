// Functions of the module that end a frame which it has begun: STOP, RETURN, REVERT, INVALID, and want of gas (EIP-140, EIP-141, EIP-211).

import { control, controlGas, setControl, setControlGas } from './control.ts';
import {
  br,
  type Code,
  c32,
  c64,
  call,
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
  seq,
  set,
  tee,
  when,
} from './emitter.ts';
import { copyState } from './enter-call.ts';
import {
  CONTROL,
  END_KINDS,
  HEADER,
  OPCODE_ENTRY_BYTES,
  OPCODE_RISKS,
  OPCODE_TABLE,
  RECORD,
  RETURN_DATA,
  type Rooms,
  SLOT,
  STACK_BYTES,
  WORD_BYTES,
  WRITE,
} from './layout.ts';
import { isUnreachable, isWideAt } from './ranges.ts';
import { LIMBS, limb } from './word.ts';

const refuse: Code = seq(c32(0), leave);

const PUSH1 = 0x60;

/**
 * leaveFrame(kind): as enterCall. Zero where the driver must end the frame. undoWrites(mark): brings slots back to what they were when the list
 * of writes ended there.
 */
export function leaveFunctions(index: (name: string) => number, rooms: Rooms): readonly FunctionCode[] {
  return [undoWrites(), leaveFrame(index, rooms), exhaust()];
}

function undoWrites(): FunctionCode {
  const of = scope('i32');
  const mark = param(of, 0);
  const [at, entry] = [local(of, 'i32'), local(of, 'i32')];
  const again = label('a write');
  const isThere = i64.eqz(
    LIMBS.map((i) => i64.xor(i64.load(get(at), WRITE.slot + i * 8), i64.load(get(entry), SLOT.slot + i * 8))).reduce(
      (all, part) => i64.or(all, part),
    ),
  );
  return defineFunction(
    'undoWrites',
    of,
    [],
    set(at, control('writesTop')),
    loop(
      again,
      when(
        i32.gtU(get(at), get(mark)),
        set(at, i32.sub(get(at), c32(WRITE.bytes))),
        set(entry, i32.load(get(at), WRITE.entry)),
        when(
          i32.eq(i32.load(get(at), WRITE.tag), i32.load(get(entry), SLOT.tag)),
          // the entry may be another slot's by now
          when(
            isThere,
            ...LIMBS.map((i) => i64.store(get(entry), SLOT.value + i * 8, i64.load(get(at), WRITE.before + i * 8))),
            i32.store(get(entry), SLOT.last, i32.load(get(at), WRITE.previous)),
          ),
        ),
        br(again),
      ),
    ),
    setControl('writesTop', get(at)),
  );
}

function leaveFrame(index: (name: string) => number, { returnDataBytes }: Rooms): FunctionCode {
  const of = scope('i32');
  const kind = param(of, 0);
  const int = (): Local => local(of, 'i32');
  const [sp, size, from, end, record, taken] = [int(), int(), int(), int(), int(), int()];
  const gas = local(of, 'i64');
  const endIs = (name: (typeof END_KINDS)[number]): Code => i32.eq(get(kind), c32(END_KINDS.indexOf(name)));
  const fails = i32.geU(get(kind), c32(END_KINDS.indexOf('REVERT')));
  return defineFunction(
    'leaveFrame',
    of,
    ['i32'],
    when(i32.eqz(control('isNative')), refuse),
    set(gas, controlGas),
    set(sp, control('sp')),
    when(
      i32.or(endIs('RETURN'), endIs('REVERT')),
      when(i32.or(isWideAt(sp, WORD_BYTES), i64.gtU(limb(sp, 1, 0), c64(returnDataBytes))), refuse),
      when(
        tee(size, i32.wrap(limb(sp, 1, 0))),
        when(isUnreachable(sp, 0), refuse),
        set(from, i32.wrap(limb(sp, 0, 0))),
        set(end, i32.add(get(from), get(size))),
        when(
          i32.gtU(get(end), control('msize')),
          set(gas, call(index('expand'), get(end), get(gas), control('memory'))),
          when(i64.ltS(get(gas), c64(0)), refuse),
        ),
        call(index('copy'), c32(RETURN_DATA), i32.add(control('memory'), get(from)), get(size)),
      ),
    ),
    set(record, control('record')),
    when(
      fails,
      either(
        i32.load(get(record), RECORD.hasCheckpoint),
        call(index('undo')),
        seq(
          call(index('undoWrites'), i32.load(get(record), RECORD.writesMark)),
          setControl('logsTop', i32.load(get(record), RECORD.logsMark)),
          i64.store(c32(0), CONTROL.refund, i64.load(get(record), RECORD.refundMark)),
        ),
      ),
      when(endIs('INVALID'), set(gas, c64(0))),
    ),
    call(index('zero'), control('memory'), control('msize')),

    // back to the caller
    set(taken, i32.load(get(record), RECORD.outputSize)),
    set(end, i32.load(get(record), RECORD.outputOffset)),
    set(record, i32.sub(get(record), c32(RECORD.bytes))),
    copyState(c32(0), get(record)),
    setControlGas(i64.add(controlGas, get(gas))),
    when(i32.gtU(get(taken), get(size)), set(taken, get(size))),
    when(get(taken), call(index('copy'), i32.add(control('memory'), get(end)), c32(RETURN_DATA), get(taken))),
    setControl('returnDataSize', get(size)),
    setControl('isReturnDataElsewhere', c32(0)),
    set(sp, i32.sub(control('sp'), c32(WORD_BYTES))),
    i64.store(get(sp), 0, i64.extend(i32.eqz(fails))),
    ...[1, 2, 3].map((i) => i64.store(get(sp), i * 8, c64(0))),
    setControl('sp', get(sp)),
    setControl('depth', i32.sub(control('depth'), c32(1))),
    setControl('record', get(record)),
    c32(1),
  );
}

/**
 * exhaust(header, gas, stack bytes): how many steps the frame does in a block that its gas does not pay before it halts. Zero where it may halt
 * otherwise before.
 */
function exhaust(): FunctionCode {
  const of = scope('i32', 'i64', 'i32');
  const [header, gas, height] = [param(of, 0), param(of, 1), param(of, 2)];
  const [at, opcode, steps] = [local(of, 'i32'), local(of, 'i32'), local(of, 'i32')];
  const each = label('an opcode');
  const constantGas = i64.load32(i32.mul(get(opcode), c32(OPCODE_ENTRY_BYTES)), OPCODE_TABLE + 4);
  return defineFunction(
    'exhaust',
    of,
    ['i32'],
    when(
      i32.or(
        i32.ltU(get(height), i32.load(get(header), HEADER.needs)),
        i32.gtU(i32.add(get(height), i32.load(get(header), HEADER.grows)), c32(STACK_BYTES)),
      ),
      refuse,
    ),
    set(at, i32.add(control('code'), i32.load16(get(header), HEADER.position))),
    loop(
      each,
      set(opcode, i32.load8(get(at))),
      set(steps, i32.add(get(steps), c32(1))),
      set(gas, i64.sub(get(gas), constantGas)),
      when(i64.ltS(get(gas), c64(0)), get(steps), leave),
      when(i32.load8(get(opcode), OPCODE_RISKS), refuse),
      set(at, i32.add(get(at), c32(1))),
      when(
        i32.ltU(i32.sub(get(opcode), c32(PUSH1)), c32(32)),
        set(at, i32.add(get(at), i32.sub(get(opcode), c32(PUSH1 - 1)))),
      ),
      br(each),
    ),
    c32(0),
  );
}
