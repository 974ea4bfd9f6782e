// The interpreter of the module: checks a block once, then does its instructions one after the other, until the slice of steps is used up,
// the host has ended or suspended the frame, or something cannot be done here. What would halt is never decided here, but for want of gas at
// a block's beginning: the reference machine takes the frame over before the instruction, with the state as it was.

import { present } from '../../lib/assert.ts';
import { control, setControl } from './control.ts';
import {
  block,
  br,
  brIf,
  brTable,
  type Code,
  c32,
  c64,
  call,
  callIndirect,
  defineFunction,
  drop,
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
  when,
} from './emitter.ts';
import { computeHandlers } from './handlers-compute.ts';
import { flowHandlers } from './handlers-flow.ts';
import { memoryHandlers } from './handlers-memory.ts';
import { pairHandlers } from './handlers-pairs.ts';
import {
  CONTROL,
  END_KINDS,
  HEADER,
  HEAT_MAX,
  HEAT_STEPS_MAX,
  INSTRUCTION_BYTES,
  LEFT,
  RESUME,
  STACK_BYTES,
} from './layout.ts';
import { DENSE } from './operations.ts';
import {
  createRegisters,
  type Handler,
  handOver,
  leaveFor,
  loadFrame,
  loadGas,
  type Registers,
  restOfBlock,
  skip,
  storeFrame,
} from './registers.ts';

const WORD_GAS = 3n;

/** run(): executes from what CONTROL says, and returns why it left. expand(end, gas, memory): see there. */
export function interpreterFunctions(index: (name: string) => number): readonly FunctionCode[] {
  return [expansion(index), run(index)];
}

/** Grows the frame's memory to hold the bytes before `end`, and returns the gas that is left, or -1 where the gas or the room is missing. */
function expansion(index: (name: string) => number): FunctionCode {
  const of = scope('i32', 'i64', 'i32');
  const [end, gas, base] = [param(of, 0), param(of, 1), param(of, 2)];
  const [words, before] = [local(of, 'i64'), local(of, 'i64')];
  const price = (count: Local): Code =>
    i64.add(i64.mul(get(count), c64(WORD_GAS)), i64.shrU(i64.mul(get(count), get(count)), c64(9)));
  const refuse = seq(c64(-1), leave);
  return defineFunction(
    'expand',
    of,
    ['i64'],
    set(words, i64.extend(i32.shrU(i32.add(get(end), c32(31)), c32(5)))),
    set(before, i64.extend(i32.shrU(i32.load(c32(0), CONTROL.msize), c32(5)))),
    set(gas, i64.sub(get(gas), i64.sub(price(words), price(before)))),
    when(i64.ltS(get(gas), c64(0)), refuse),
    set(end, i32.add(get(base), i32.shl(i32.wrap(get(words)), c32(5)))),
    when(i32.gtU(get(end), i32.shl(memory.size, c32(16))), when(i32.eqz(call(index('reserve'), get(end))), refuse)),
    i32.store(c32(0), CONTROL.msize, i32.shl(i32.wrap(get(words)), c32(5))),
    get(gas),
  );
}

function run(index: (name: string) => number): FunctionCode {
  const r = createRegisters(index);
  const { of, ip, sp, gas, header, memoryBase, base, steps, reason } = r;
  const { size, from, limit } = r.at;
  const { x, rest } = r.long;
  const { enter, entered, next, leaving, asking, askingAtEnd } = r.labels;
  const heat = local(of, 'i32');
  const dispatch = dispatchOf(r);
  const ask = askDriver(r);
  const countCompiled = (done: Code): Code => setControl('compiledSteps', i32.add(control('compiledSteps'), done));
  /** Ends a frame that the module has opened where its block cannot be paid, if nothing else can happen to it before. */
  const endUnpaid = when(
    i32.and(i32.ne(control('isNative'), c32(0)), i64.ltS(get(gas), get(x))),
    set(from, call(index('exhaust'), get(ip), get(gas), i32.sub(get(base), get(sp)))),
    when(
      get(from),
      set(steps, i32.sub(get(steps), get(from))),
      when(i32.ltS(get(heat), c32(0)), countCompiled(get(from))), // the compiled block has refused
      drop(call(index('leaveFrame'), c32(END_KINDS.indexOf('INVALID')))),
      loadFrame(r),
      loadGas(r),
      br(enter),
    ),
  );
  const height = i32.sub(get(base), get(sp));
  /** Runs what is compiled of the block on; goes on behind where that leaves a block to the interpreter. */
  const runCompiled = seq(
    set(limit, get(steps)),
    set(
      ip,
      callIndirect(
        index('compiled'),
        i32.sub(c32(-1), get(heat)),
        ...[get(sp), get(gas), get(steps), get(base), get(memoryBase)],
      ),
    ),
    set(sp, control('sp')),
    set(gas, i64.load(c32(0), CONTROL.compiledGas)),
    set(steps, control('steps')),
    countCompiled(i32.sub(get(limit), get(steps))),
    set(header, control('header')),
    set(reason, c32(LEFT.handOver)),
    set(from, i32.and(get(ip), c32(RESUME.block + RESUME.instruction))),
    set(ip, i32.sub(get(ip), get(from))),
    brIf(i32.eq(get(from), c32(RESUME.instruction)), entered),
    brIf(i32.eqz(get(from)), enter),
    set(header, get(ip)),
    set(x, i64.extend(i32.load(get(ip), HEADER.gas))),
    set(size, i32.load(get(ip), HEADER.steps)),
  );
  const heatUp = either(
    i32.gtS(get(heat), c32(0)),
    seq(
      set(limit, select(i32.gtU(get(size), c32(HEAT_STEPS_MAX)), c32(HEAT_STEPS_MAX), get(size))),
      i32.store(get(ip), HEADER.heat, select(i32.gtS(get(heat), get(limit)), i32.sub(get(heat), get(limit)), c32(0))),
    ),
    seq(when(i32.eqz(get(heat)), leaveFor(r, LEFT.hot)), runCompiled),
  );
  return defineFunction(
    'run',
    of,
    ['i32'],
    loadFrame(r),
    loadGas(r),
    set(steps, control('steps')),
    block(
      leaving,
      loop(
        enter,
        block(
          entered,
          set(header, get(ip)),
          set(x, i64.extend(i32.load(get(ip), HEADER.gas))),
          set(size, i32.load(get(ip), HEADER.steps)),
          set(heat, i32.load(get(ip), HEADER.heat)),
          when(i32.ne(get(heat), c32(HEAT_MAX)), heatUp),
          when(i32.ltU(get(steps), get(size)), leaveFor(r, LEFT.slice)),
          when(
            i32.or(
              i32.or(i64.ltS(get(gas), get(x)), i32.ltU(height, i32.load(get(ip), HEADER.needs))),
              i32.gtU(i32.add(height, i32.load(get(ip), HEADER.grows)), c32(STACK_BYTES)),
            ),
            endUnpaid,
            handOver(r),
          ),
          set(gas, i64.sub(get(gas), get(x))),
          set(steps, i32.sub(get(steps), get(size))),
          set(ip, i32.add(get(ip), c32(HEADER.bytes))),
          set(reason, c32(LEFT.handOver)),
        ),
        loop(next, block(askingAtEnd, block(asking, dispatch), set(rest, restOfBlock(r)), ask), set(rest, c64(0)), ask),
      ),
    ),
    storeFrame(r),
    setControl('steps', get(steps)),
    setControl('header', get(header)),
    get(reason),
  );
}

/** A jump table over the dense opcodes, and behind it their handlers. */
function dispatchOf(r: Registers): Code {
  const single = { ...computeHandlers(r), ...memoryHandlers(r), ...flowHandlers(r) };
  const handlers = { ...single, ...pairHandlers(r, single) };
  const labels = DENSE.map((name) => label(name));
  let dispatch = brTable(i32.load16(get(r.ip)), labels);
  for (const [i, name] of DENSE.entries()) {
    const handler: Handler = present(handlers[name], `a handler for ${name}`);
    const goOn = handler.operandBytes === null ? [] : seq(skip(r, handler.operandBytes), br(r.labels.next));
    dispatch = seq(block(present(labels[i], 'a label for each'), dispatch), handler.code, goOn);
  }
  return dispatch;
}

/** Has the driver do the instruction, after `rest` has been set, and goes on with its answer. */
function askDriver(r: Registers): Code {
  const { ip, sp, gas, steps } = r;
  const { rest } = r.long;
  const { leaving, next } = r.labels;
  const answer = local(r.of, 'f64');
  return seq(
    setControl('sp', get(sp)),
    setControl('steps', get(steps)),
    set(answer, call(r.index('host'), i32.load16(get(ip), 2), f64.convert(i64.add(get(gas), get(rest))))),
    set(sp, control('sp')),
    set(steps, control('steps')),
    when(f64.ltZero(get(answer)), leaveFor(r, LEFT.host)),
    set(gas, i64.sub(i64.truncate(get(answer)), get(rest))),
    set(ip, i32.add(get(ip), c32(INSTRUCTION_BYTES))),
    brIf(i64.ltS(get(gas), c64(0)), leaving),
    br(next),
  );
}
