// A function of the module that begins a call of a warm account whose code is known, without leaving the module (EIP-150, EIP-211, EIP-2929;
// Yellow Paper, appendix H.2). Every other call is the driver's.

import { DEPTH_MAX } from '../invocation.ts';
import { accountEntry, isOther } from './accounts.ts';
import { control, controlGas, setControl, setControlGas } from './control.ts';
import {
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
  leave,
  local,
  memory,
  param,
  scope,
  select,
  seq,
  set,
  tee,
  when,
} from './emitter.ts';
import {
  ACCOUNT,
  CALL_KINDS,
  CONTROL,
  END_KINDS,
  FRAME_STATE_BYTES,
  FRAME_WORDS,
  INSTRUCTION_BYTES,
  RECORD,
  WORD_BYTES,
} from './layout.ts';
import { isUnreachable, isWideAt } from './ranges.ts';
import { LIMBS, limb } from './word.ts';

const refund = i64.load(c32(0), CONTROL.refund);
const refuse: Code = seq(c32(0), leave);

/** Copies the frame's own part of CONTROL, or back. */
export const copyState = (to: Code, from: Code): Code =>
  seq(...Array.from({ length: FRAME_STATE_BYTES >>> 3 }, (_, i) => i64.store(to, i * 8, i64.load(from, i * 8))));

const kindIs = (kind: Local, name: (typeof CALL_KINDS)[number]): Code =>
  i32.eq(get(kind), c32(CALL_KINDS.indexOf(name)));

/**
 * enterCall(kind): with `ip`, `sp` and `gas` in CONTROL, where the next frame's are afterwards. Zero where the driver must do the call: nothing
 * has changed then but that gas may be paid for what has become warm.
 */
export function enterFunction(index: (name: string) => number): FunctionCode {
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
    set(gas, controlGas),
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
      setControlGas(get(gas)),
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
    setControlGas(i64.sub(get(paid), get(calleeGas))),
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
    setControlGas(get(calleeGas)),
    setControl('depth', i32.add(control('depth'), c32(1))),
    setControl('record', get(record)),
    c32(1),
  );
}

const zeroWord = (at: Local, offset: number): Code =>
  seq(...LIMBS.map((i) => i64.store(get(at), offset + i * 8, c64(0))));
