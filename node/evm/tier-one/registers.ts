// What the interpreter's handlers share: the registers of the frame that runs, as locals of `run`, the places that they branch to, and the
// pieces of code that many of them begin or end with.

import { control, controlGas, setControl, setControlGas } from './control.ts';
import {
  br,
  brIf,
  type Code,
  c32,
  c64,
  call,
  get,
  i32,
  i64,
  type Label,
  type Local,
  label,
  local,
  type Scope,
  scope,
  seq,
  set,
  when,
} from './emitter.ts';
import { HEADER, INSTRUCTION_BYTES, LEFT, WORD_BYTES } from './layout.ts';
import { REACH_MAX } from './ranges.ts';
import { copyWord, isWide, limb } from './word.ts';

export type Registers = {
  readonly of: Scope;
  readonly index: (name: string) => number;
  /** The instruction, the top of the stack, the gas, the block's header. */
  readonly ip: Local;
  readonly sp: Local;
  readonly gas: Local;
  readonly header: Local;
  /** Where the frame's memory and stack begin. */
  readonly memoryBase: Local;
  readonly base: Local;
  /** What is left of the slice. */
  readonly steps: Local;
  /** Why the run ends. */
  readonly reason: Local;
  /** Of no value between instructions. */
  readonly at: Readonly<Record<'offset' | 'size' | 'end' | 'source' | 'from' | 'limit', Local>>;
  readonly long: Readonly<Record<'x' | 'paid' | 'rest', Local>>;
  readonly labels: Readonly<Record<'enter' | 'entered' | 'next' | 'leaving' | 'asking' | 'askingAtEnd', Label>>;
};

/** The names of the handlers' places in the module are the dense opcodes'. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Code of an instruction. Straight code goes on behind the instruction and its long operand; other code branches away in every case. */
export type Handler = { readonly code: Code; readonly operandBytes: number | null };

export const straight = (...code: readonly Code[]): Handler => ({ code: seq(...code), operandBytes: 0 });
export const turning = (...code: readonly Code[]): Handler => ({ code: seq(...code), operandBytes: null });

export function createRegisters(index: (name: string) => number): Registers {
  const of = scope();
  const int = (): Local => local(of, 'i32');
  const long = (): Local => local(of, 'i64');
  return {
    of,
    index,
    ip: int(),
    sp: int(),
    gas: long(),
    header: int(),
    memoryBase: int(),
    base: int(),
    steps: int(),
    reason: int(),
    at: { offset: int(), size: int(), end: int(), source: int(), from: int(), limit: int() },
    long: { x: long(), paid: long(), rest: long() },
    labels: {
      enter: label('a block'),
      entered: label('a block that is paid'),
      next: label('an instruction'),
      leaving: label('the end of the run'),
      asking: label('the driver does it'),
      askingAtEnd: label('the driver does what ends a block'),
    },
  };
}

/** The operand of the instruction. */
export const operandOf = ({ ip }: Registers): Code => i32.load(get(ip), 4);
export const pop = ({ sp }: Registers, count: number): Code => set(sp, i32.add(get(sp), c32(count * WORD_BYTES)));
export const push = ({ sp }: Registers): Code => set(sp, i32.sub(get(sp), c32(WORD_BYTES)));
export const skip = ({ ip }: Registers, operandBytes: number): Code =>
  set(ip, i32.add(get(ip), c32(INSTRUCTION_BYTES + operandBytes)));
export const leaveFor = ({ reason, labels }: Registers, why: number): Code =>
  seq(set(reason, c32(why)), br(labels.leaving));
export const handOver = (r: Registers): Code => leaveFor(r, LEFT.handOver);
/** Pushes the word at an address. */
export const pushed = (r: Registers, address: Code): Code => seq(push(r), copyWord(get(r.sp), 0, address, 0));
/** What of the block's gas comes after the instruction, whose operand is the gas up to it. */
export const restOfBlock = (r: Registers): Code =>
  i64.extend(i32.sub(i32.load(get(r.header), HEADER.gas), operandOf(r)));

/** Another function of the module does it: it gives the gas that is left, or less than nothing where the driver is to do it. */
export const outsource = ({ gas, long: { paid }, labels }: Registers, result: Code): Code =>
  seq(set(paid, result), brIf(i64.ltS(get(paid), c64(0)), labels.asking), set(gas, get(paid)));

/** Takes over the frame that CONTROL names, but for its gas. */
export const loadFrame = ({ ip, sp, memoryBase, base }: Registers): Code =>
  seq(set(ip, control('ip')), set(sp, control('sp')), set(memoryBase, control('memory')), set(base, control('base')));
export const loadGas = ({ gas }: Registers): Code => set(gas, controlGas);
export const storeFrame = ({ ip, sp, gas }: Registers): Code =>
  seq(setControl('ip', get(ip)), setControl('sp', get(sp)), setControlGas(get(gas)));

/** Reads an operand that must be an affordable offset or size. */
export const reachable = (r: Registers, to: Local, depth: number): Code =>
  seq(
    when(i32.or(isWide(r.sp, depth), i64.gtU(limb(r.sp, depth, 0), c64(REACH_MAX))), handOver(r)),
    set(to, i32.wrap(limb(r.sp, depth, 0))),
  );

/** Grows the memory to `end` with what `paid` holds, and makes that the gas. */
export const grow = (r: Registers): Code => {
  const { paid } = r.long;
  return seq(
    when(
      i32.gtU(get(r.at.end), control('msize')),
      set(paid, call(r.index('expand'), get(r.at.end), get(paid), get(r.memoryBase))),
      when(i64.ltS(get(paid), c64(0)), handOver(r)),
    ),
    set(r.gas, get(paid)),
  );
};

/** Grows the memory for that many bytes at `offset`, and makes that an address. */
export const reach = (r: Registers, bytes: number): Code => {
  const { offset, end } = r.at;
  const { paid } = r.long;
  return seq(
    set(end, i32.add(get(offset), c32(bytes))),
    when(
      i32.gtU(get(end), control('msize')),
      set(paid, call(r.index('expand'), get(end), get(r.gas), get(r.memoryBase))),
      when(i64.ltS(get(paid), c64(0)), handOver(r)),
      set(r.gas, get(paid)),
    ),
    set(offset, i32.add(get(offset), get(r.memoryBase))),
  );
};

/** Pays for the words of `size` into `paid`; the gas itself stays until nothing can fail any more. */
export const payWords = (r: Registers, price: bigint): Code => {
  const words = i64.extend(i32.shrU(i32.add(get(r.at.size), c32(31)), c32(5)));
  return seq(
    set(r.long.paid, i64.sub(get(r.gas), i64.mul(words, c64(price)))),
    when(i64.ltS(get(r.long.paid), c64(0)), handOver(r)),
  );
};

/** Pays for the range at `offset` of `size`, which are operands, and for its words; an empty one may begin anywhere. */
export const range = (r: Registers, price: bigint, offsetDepth: number, sizeDepth: number): Code => {
  const { offset, size, end } = r.at;
  return seq(
    reachable(r, size, sizeDepth),
    payWords(r, price),
    set(end, c32(0)),
    set(offset, c32(0)),
    when(get(size), reachable(r, offset, offsetDepth), set(end, i32.add(get(offset), get(size)))),
    grow(r),
  );
};
