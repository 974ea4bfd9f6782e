// Code as it ran: the instructions of a frame in the order in which they were executed, without its jumps. What is left of a loop or of a
// compiler's functions is a straight line, which is easily made shorter.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Step } from '../../node/evm/machine.ts';
import { concatBytes } from '../../node/lib/bytes.ts';
import type { Address } from '../../node/types/transaction.ts';
import type { FuzzCase } from './case.ts';
import { startCase, viewOf } from './tiers.ts';

/** Above this, a straight line is no simplification. */
const INSTRUCTIONS_MAX = 1_500;
const STOP = 0x00;
const JUMP = 0x56;
const JUMPI = 0x57;
const JUMPDEST = 0x5b;
const CODECOPY = 0x39;
const POP = 0x50;
const PUSH1 = 0x60;
const PUSH2 = 0x61;
const PUSH32 = 0x7f;

/** By the address of their code: the first frame that ran it, straightened, where it jumped at all. */
export function straightCodes(of: FuzzCase): ReadonlyMap<Address, Uint8Array> {
  const lines = new Map<Address, Line>();
  const codeOf = (address: Address): Uint8Array => of.world.get(address)?.code ?? new Uint8Array(0);
  const watch = ({ codeAddress, pc, opcode, depth, stack }: Step): void => {
    for (const line of lines.values()) if (line.depth > depth) line.isOver = true;
    let line = lines.get(codeAddress);
    if (line === undefined) {
      line = { depth, parts: [], isOver: false, jumps: 0, copied: [] };
      lines.set(codeAddress, line);
    }
    if (line.isOver || line.depth !== depth || line.parts.length > INSTRUCTIONS_MAX) return;
    const size = opcode >= PUSH1 && opcode <= PUSH32 ? opcode - PUSH1 + 2 : 1;
    if (opcode === CODECOPY) line.copied.push(Number(stack.at(-2) ?? 0n));
    if (opcode === JUMP) line.parts.push(Uint8Array.of(POP));
    else if (opcode === JUMPI) line.parts.push(Uint8Array.of(POP, POP));
    else if (opcode !== JUMPDEST) line.parts.push(codeOf(codeAddress).slice(pc, pc + size));
    if (opcode === JUMP || opcode === JUMPI) line.jumps++;
  };
  const run = startCase(createInterpreter(), of, viewOf(of.world));
  for (const transaction of of.transactions) run.apply(transaction, { step: watch });

  const straight = new Map<Address, Uint8Array>();
  for (const [address, line] of lines)
    if (line.jumps > 0 && line.parts.length <= INSTRUCTIONS_MAX && of.world.has(address))
      straight.set(address, withData(line, codeOf(address)));
  return straight;
}

type Line = {
  readonly depth: number;
  readonly parts: Uint8Array[];
  /** The positions from which it copied its own code. */
  readonly copied: number[];
  isOver: boolean;
  jumps: number;
};

/** The line, and behind it the data that it copies, where it looks for them now. */
function withData({ parts, copied }: Line, code: Uint8Array): Uint8Array {
  const first = Math.min(...copied, code.length);
  const moved = parts.reduce((sum, { length }) => sum + length, 1) - first;
  const line = parts.map((part) => {
    const position = ((part[1] ?? 0) << 8) | (part[2] ?? 0);
    if (part[0] !== PUSH2 || !copied.includes(position)) return part;
    return Uint8Array.of(PUSH2, (position + moved) >> 8, (position + moved) & 0xff);
  });
  return concatBytes(...line, Uint8Array.of(STOP), code.slice(first));
}
