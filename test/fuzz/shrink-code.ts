// Smaller versions of a piece of code: without some of its instructions, with jumps that still lead to the same places, or with an instruction
// replaced by what it does to the stack's height.

import { tableOf } from '../../node/evm/table.ts';

export type Instruction = { readonly at: number; readonly bytes: Uint8Array };

const OPCODES = tableOf('Osaka');
const JUMPDEST = 0x5b;
const POP = 0x50;
const PUSH0 = 0x5f;
const PUSH1 = 0x60;
const PUSH2 = 0x61;
const PUSH32 = 0x7f;

/** Up to so many instructions, every run of them is tried; of longer ones those that begin at multiples of their length. */
const SLIDING_MAX = 6;

/** The smallest version of a code that is still wanted. Asks about one candidate at a time. */
export async function shrinkCode(
  code: Uint8Array,
  isWanted: (code: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = code;
  for (let size = instructionsOf(code).length; size >= 1; size = size > SLIDING_MAX ? Math.floor(size / 2) : size - 1)
    for (let from = 0; ; ) {
      const instructions = instructionsOf(best);
      if (from >= instructions.length) break;
      const candidate = without(instructions, from, from + size);
      if (await isWanted(candidate)) best = candidate;
      else from += size > SLIDING_MAX ? size : 1;
    }
  for (let i = 0; i < instructionsOf(best).length; i++) {
    const instructions = instructionsOf(best);
    const { at = 0, bytes = NOTHING } = instructions[i] ?? {};
    for (const instead of replacementsOf(bytes[0] ?? 0, bytes)) {
      const candidate = joined(instructions.with(i, { at, bytes: instead }));
      if (!(await isWanted(candidate))) continue;
      best = candidate;
      break;
    }
  }
  return best;
}

const NOTHING = new Uint8Array(0);

/** What may stand in an instruction's place: its operands dropped and a zero pushed; a smaller constant. */
function replacementsOf(opcode: number, bytes: Uint8Array): readonly Uint8Array[] {
  if (opcode >= PUSH1 && opcode <= PUSH32) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (bytes.length > 2) return [Uint8Array.of(PUSH1, last)];
    return last > 1 ? [Uint8Array.of(PUSH1, 1), Uint8Array.of(PUSH1, last >> 1)] : [];
  }
  const { takes = 0, gives = 0, name = 'INVALID' } = OPCODES[opcode] ?? {};
  if (name === 'INVALID' || opcode === POP || opcode === PUSH0 || opcode === JUMPDEST || gives > 1) return [];
  const pops = new Array<number>(takes).fill(POP);
  return [Uint8Array.from(gives === 1 ? [...pops, PUSH1, 0] : pops)];
}

/** The instructions of a piece of code, in order; data behind it are taken for some. */
export function instructionsOf(code: Uint8Array): readonly Instruction[] {
  const instructions: Instruction[] = [];
  for (let at = 0; at < code.length; ) {
    const opcode = code[at] ?? 0;
    const size = opcode >= PUSH1 && opcode <= PUSH32 ? opcode - PUSH1 + 2 : 1;
    instructions.push({ at, bytes: code.slice(at, at + size) });
    at += size;
  }
  return instructions;
}

function without(instructions: readonly Instruction[], from: number, to: number): Uint8Array {
  return joined([...instructions.slice(0, from), ...instructions.slice(to)]);
}

/** The code of the instructions that are left. A PUSH2 of where one of them was pushes where it is now. */
function joined(instructions: readonly Instruction[]): Uint8Array {
  const moved = new Map<number, number>();
  let size = 0;
  for (const { at, bytes } of instructions) {
    moved.set(at, size);
    size += bytes.length;
  }
  const code = new Uint8Array(size);
  let position = 0;
  for (const { bytes } of instructions) {
    code.set(bytes, position);
    if (bytes[0] === PUSH2 && bytes.length === 3) {
      const target = moved.get(((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0));
      if (target !== undefined) code.set([target >> 8, target & 0xff], position + 1);
    }
    position += bytes.length;
  }
  return code;
}
