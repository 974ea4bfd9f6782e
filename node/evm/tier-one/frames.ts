// Functions of the module that open and end frames without leaving it: a call of a warm account whose code is known, and STOP, RETURN, REVERT
// and INVALID in a frame that began so (EIP-150, EIP-211, EIP-2929; Yellow Paper, appendix H.2). Everything else is the driver's.

import { DEPTH_MAX } from '../invocation.ts';
import {
  br,
  type Code,
  c32,
  c64,
  call,
  defineFunction,
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
  tee,
  v128,
  when,
} from './emitter.ts';
import {
  ACCOUNT,
  ACCOUNTS,
  ACCOUNTS_BITS,
  CALL_KINDS,
  CONTROL,
  END_KINDS,
  FRAME_STATE_BYTES,
  FRAME_WORDS,
  HEADER,
  INSTRUCTION_BYTES,
  OPCODE_ENTRY_BYTES,
  OPCODE_RISKS,
  OPCODE_TABLE,
  RECORD,
  RETURN_DATA,
  RETURN_DATA_BYTES,
  SLOT,
  STACK_BYTES,
  WORD_BYTES,
  WRITE,
} from './layout.ts';
import { LIMBS, limb } from './word.ts';

/** Offsets and sizes above this are the reference's affair: they are unaffordable. */
export const REACH_MAX = 2 ** 30;

type ControlField = keyof typeof CONTROL;
const control = (field: ControlField): Code => i32.load(c32(0), CONTROL[field]);
const setControl = (field: ControlField, value: Code): Code => i32.store(c32(0), CONTROL[field], value);
const gasOf = (at: Code, offset: number): Code => i64.truncate(f64.load(at, offset));
const setGas = (value: Code): Code => f64.store(c32(0), CONTROL.gas, f64.convert(value));
const refund = i64.load(c32(0), CONTROL.refund);

/**
 * enterCall(kind), leaveFrame(kind): with `ip`, `sp` and `gas` in CONTROL, where the next frame's are afterwards. Zero where the driver must
 * do the instruction: nothing has changed then but that gas may be paid for what has become warm. undoWrites(mark): takes writes back.
 */
export function frameFunctions(index: (name: string) => number): readonly FunctionCode[] {
  return [undoWrites(), zeroMemory(), copyBytes(), enterCall(index), leaveFrame(index), exhaust()];
}

/** Brings slots back to what they were when the list of writes ended at the mark. */
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

/** Longer ranges are copied and cleared by the engine. */
const SHORT_BYTES = 512;

const isWideAt = (at: Local, offset: number): Code =>
  i64.ne(
    i64.or(i64.or(i64.load(get(at), offset + 8), i64.load(get(at), offset + 16)), i64.load(get(at), offset + 24)),
    c64(0),
  );
/** Whether the word at the address is no affordable offset or size. */
const isUnreachable = (at: Local, offset: number): Code =>
  i32.or(isWideAt(at, offset), i64.gtU(i64.load(get(at), offset), c64(REACH_MAX)));
const refuse: Code = seq(c32(0), leave);

/** Copies the frame's own part of CONTROL, or back. */
const copyState = (to: Code, from: Code): Code =>
  seq(...Array.from({ length: FRAME_STATE_BYTES >>> 3 }, (_, i) => i64.store(to, i * 8, i64.load(from, i * 8))));

const kindIs = (kind: Local, name: (typeof CALL_KINDS)[number]): Code =>
  i32.eq(get(kind), c32(CALL_KINDS.indexOf(name)));

function enterCall(index: (name: string) => number): FunctionCode {
  const of = scope('i32');
  const kind = param(of, 0);
  const int = (): Local => local(of, 'i32');
  const long = (): Local => local(of, 'i64');
  const [sp, at, entry, record, base, callerBase, msize, memoryAt] = [
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
    int(),
  ];
  const [inputOffset, inputSize, outputOffset, outputSize, end] = [int(), int(), int(), int(), int()];
  const [gas, paid, limit, calleeGas, address0, address1, address2] = [
    long(),
    long(),
    long(),
    long(),
    long(),
    long(),
    long(),
  ];
  const extra = local(of, 'f64');
  const hasValue = i32.leU(get(kind), c32(CALL_KINDS.indexOf('CALLCODE')));
  const isOwnStorage = i32.or(kindIs(kind, 'CALLCODE'), kindIs(kind, 'DELEGATECALL'));
  /** A range's end, zero for an empty range, whose offset counts for nothing. */
  const range = (offset: Local, size: Local, depth: number): Code =>
    seq(
      when(isUnreachable(at, (depth + 1) * WORD_BYTES), refuse),
      when(
        tee(size, i32.wrap(i64.load(get(at), (depth + 1) * WORD_BYTES))),
        when(isUnreachable(at, depth * WORD_BYTES), refuse),
        set(offset, i32.wrap(i64.load(get(at), depth * WORD_BYTES))),
        when(i32.gtU(i32.add(get(offset), get(size)), get(end)), set(end, i32.add(get(offset), get(size)))),
      ),
    );
  const entryField = (field: keyof typeof ACCOUNT): Code => i32.load(get(entry), ACCOUNT[field]);
  const setRecord = (field: keyof typeof RECORD, value: Code): Code => i32.store(get(record), RECORD[field], value);
  const copyWord = (toOffset: number, from: Local, fromOffset: number): Code =>
    seq(...LIMBS.map((i) => i64.store(get(base), toOffset + i * 8, i64.load(get(from), fromOffset + i * 8))));
  const [ADDRESS, CALLER, VALUE] = FRAME_WORDS.map((_, i) => i * WORD_BYTES) as [number, number, number]; // there are three

  return defineFunction(
    'enterCall',
    of,
    ['i32'],
    set(sp, control('sp')),
    set(gas, gasOf(c32(0), CONTROL.gas)),
    set(at, i32.add(get(sp), c32(2 * WORD_BYTES))),
    when(
      hasValue,
      when(
        i64.ne(
          LIMBS.map((i) => limb(sp, 2, i)).reduce((all, part) => i64.or(all, part)),
          c64(0),
        ),
        refuse,
      ),
      set(at, i32.add(get(at), c32(WORD_BYTES))),
    ),
    when(i32.geU(control('depth'), c32(DEPTH_MAX)), refuse),
    range(inputOffset, inputSize, 0),
    range(outputOffset, outputSize, 2),

    // the account, which the driver may make warm
    set(address0, limb(sp, 1, 0)),
    set(address1, limb(sp, 1, 1)),
    set(address2, i64.and(limb(sp, 1, 2), c64(0xffffffffn))),
    set(entry, accountEntry(address0, address1, address2)),
    when(
      isOther(entry, address0, address1, address2),
      set(extra, call(index('account'), get(entry), f64.convert(get(gas)))),
      when(f64.ltZero(get(extra)), refuse),
      set(gas, i64.sub(get(gas), i64.truncate(get(extra)))),
      setGas(get(gas)),
    ),

    // the price, and room for the next frame
    set(paid, i64.sub(get(gas), i64.extend(entryField('gas')))),
    when(i64.ltS(get(paid), c64(0)), call(index('leaveFrame'), c32(END_KINDS.indexOf('INVALID'))), leave),
    set(msize, control('msize')),
    when(
      i32.gtU(get(end), get(msize)),
      set(paid, call(index('expand'), get(end), get(paid), control('memory'))),
      when(i64.ltS(get(paid), c64(0)), refuse),
    ),
    set(memoryAt, i32.add(control('memory'), control('msize'))),
    when(
      i32.gtU(i32.add(get(memoryAt), c32(WORD_BYTES)), i32.shl(memory.size, c32(16))),
      when(
        i32.eqz(call(index('reserve'), i32.add(get(memoryAt), c32(WORD_BYTES)))),
        setControl('msize', get(msize)),
        refuse,
      ),
    ),
    set(limit, i64.sub(get(paid), i64.shrU(get(paid), c64(6)))),
    set(calleeGas, select(i32.or(isWideAt(sp, 0), i64.gtU(limb(sp, 0, 0), get(limit))), get(limit), limb(sp, 0, 0))),

    // the caller waits
    set(sp, select(hasValue, i32.add(get(sp), c32(7 * WORD_BYTES)), i32.add(get(sp), c32(6 * WORD_BYTES)))),
    setControl('sp', get(sp)),
    setControl('ip', i32.add(control('ip'), c32(INSTRUCTION_BYTES))),
    setGas(i64.sub(get(paid), get(calleeGas))),
    set(record, control('record')),
    copyState(get(record), c32(0)),
    set(record, i32.add(get(record), c32(RECORD.bytes))),
    setRecord('kind', get(kind)),
    setRecord('outputOffset', get(outputOffset)),
    setRecord('outputSize', get(outputSize)),
    setRecord('namedTag', entryField('tag')),
    setRecord('codeTag', entryField('codeTag')),
    setRecord('hasCheckpoint', c32(0)),
    setRecord('hasFrame', c32(0)),
    setRecord('writesMark', control('writesTop')),
    setRecord('logsMark', control('logsTop')),
    i64.store(get(record), RECORD.refundMark, refund),
    f64.store(get(record), RECORD.callGas, f64.convert(get(calleeGas))),

    // the callee begins
    set(callerBase, control('base')),
    set(base, i32.sub(get(sp), c32(FRAME_WORDS.length * WORD_BYTES))),
    either(
      isOwnStorage,
      seq(
        copyWord(ADDRESS, callerBase, ADDRESS),
        either(
          kindIs(kind, 'DELEGATECALL'),
          seq(copyWord(CALLER, callerBase, CALLER), copyWord(VALUE, callerBase, VALUE)),
          seq(copyWord(CALLER, callerBase, ADDRESS), zeroWord(base, VALUE)),
        ),
      ),
      seq(
        copyWord(CALLER, callerBase, ADDRESS),
        copyWord(ADDRESS, entry, ACCOUNT.address),
        zeroWord(base, VALUE),
        setControl('slotTag', entryField('tag')),
      ),
    ),
    when(kindIs(kind, 'STATICCALL'), setControl('isStatic', c32(1))),
    setControl('input', i32.add(control('memory'), get(inputOffset))),
    setControl('inputSize', get(inputSize)),
    setControl('ip', entryField('ip')),
    setControl('header', entryField('ip')),
    setControl('code', entryField('code')),
    setControl('codeSize', entryField('codeSize')),
    setControl('jumps', entryField('jumps')),
    setControl('codeId', entryField('codeId')),
    setControl('memory', get(memoryAt)),
    setControl('msize', c32(0)),
    setControl('base', get(base)),
    setControl('sp', get(base)),
    setControl('returnDataSize', c32(0)),
    setControl('isReturnDataElsewhere', c32(0)),
    setControl('isNative', c32(1)),
    setGas(get(calleeGas)),
    setControl('depth', i32.add(control('depth'), c32(1))),
    setControl('record', get(record)),
    c32(1),
  );
}

function leaveFrame(index: (name: string) => number): FunctionCode {
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
    set(gas, gasOf(c32(0), CONTROL.gas)),
    set(sp, control('sp')),
    when(
      i32.or(endIs('RETURN'), endIs('REVERT')),
      when(i32.or(isWideAt(sp, WORD_BYTES), i64.gtU(limb(sp, 1, 0), c64(RETURN_DATA_BYTES))), refuse),
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
    setGas(i64.add(gasOf(c32(0), CONTROL.gas), get(gas))),
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

const PUSH1 = 0x60;

/** Where the account with these limbs would be. */
export function accountEntry(a: Local, b: Local, c: Local): Code {
  const mixed = i64.xor(i64.xor(get(a), i64.rotl(get(b), c64(17))), i64.rotl(get(c), c64(31)));
  const hash = i32.wrap(i64.shrU(i64.mul(mixed, c64(0x9e3779b97f4a7c15n)), c64(64 - ACCOUNTS_BITS)));
  return i32.add(c32(ACCOUNTS), i32.mul(hash, c32(ACCOUNT.bytes)));
}

/** Whether no account, or another one, is at the entry. */
export function isOther(entry: Local, a: Local, b: Local, c: Local): Code {
  const differs = [a, b, c]
    .map((part, i) => i64.xor(i64.load(get(entry), ACCOUNT.address + i * 8), get(part)))
    .reduce((all, part) => i64.or(all, part));
  return i32.or(i32.eqz(i32.load(get(entry), ACCOUNT.tag)), i64.ne(differs, c64(0)));
}

const zeroWord = (at: Local, offset: number): Code =>
  seq(...LIMBS.map((i) => i64.store(get(at), offset + i * 8, c64(0))));
