// Blocks as the compiler sees them: tier 1's decoded block, with its instructions as opcodes again, and where the interpreter may take over.

import { assert, present } from '../../lib/assert.ts';
import { type Code, constantAt } from '../code.ts';
import type { Opcode, OpcodeTable } from '../opcode.ts';
import type { Decoded } from '../tier-one/code-cache.ts';
import type { EngineParts } from '../tier-one/engine.ts';
import { END_KINDS, HEADER, INSTRUCTION_BYTES, WORD_BYTES } from '../tier-one/layout.ts';
import { denseIndex, ENDS, joinsConstant } from '../tier-one/operations.ts';

/** An instruction of a block. */
export type Operation = {
  readonly position: number;
  readonly opcode: Opcode;
  /** What PUSH pushes, and PC. */
  readonly constant: bigint | null;
  /** The address at which the interpreter does it; zero where it does it together with the constant before. */
  readonly address: number;
  /** The block's gas up to and including it. */
  readonly gas: number;
};

/** A decoded block. */
export type Block = {
  readonly header: number;
  readonly gas: number;
  readonly steps: number;
  /** Words that it needs on the stack, and that it adds at most. */
  readonly needs: number;
  readonly grows: number;
  readonly operations: readonly Operation[];
  /** The block behind it; zero where control does not get there. */
  readonly behind: number;
};

/** Blocks of one piece of code, by the addresses of their headers. */
export type BlockReader = {
  readonly read: (header: number) => Block;
  /** The block that a jump to a position reaches; zero where none may land. */
  readonly target: (position: bigint) => number;
  readonly code: Code;
  readonly decoded: Decoded;
};

const JUMPDEST = 0x5b;
const PUSH0 = 0x5f;
const PUSH4 = 0x63;
const PUSH32 = 0x7f;

/** Reads the blocks of a piece of code. What it has read once it keeps: the code does not change while it is decoded. */
export function createBlockReader(
  { linear, blockAt }: Pick<EngineParts, 'linear' | 'blockAt'>,
  code: Code,
  decoded: Decoded,
  table: OpcodeTable,
): BlockReader {
  const known = new Map<number, Block>();
  const field = (header: number, offset: number): number => linear.ints[(header + offset) >>> 2] ?? 0;
  const denseAt = (address: number): number => field(address, 0) & 0xffff;
  const positionAt = (address: number): number => field(address, 0) >>> 16;

  const read = (header: number): Block => {
    const steps = field(header, HEADER.steps);
    const operations: Operation[] = [];
    let position = positionAt(header);
    let address = header + HEADER.bytes;
    let gas = 0;
    let before = JUMPDEST;
    for (let i = 0; i < steps; i++) {
      const byte = code.padded[position] ?? 0;
      const opcode = present(table[byte], 'an opcode for every byte');
      const size = byte > PUSH0 && byte <= PUSH32 ? byte - PUSH0 : 0;
      const isJoined = joinsConstant(opcode.name) && isShortPush(before);
      const isHere = byte !== JUMPDEST && !isJoined;
      assert(!isHere || positionAt(address) === position, 'an instruction is where it was decoded to');
      gas += opcode.gas;
      operations.push({
        position,
        opcode,
        constant: constantOf(code, byte, position, size),
        address: isHere ? address : 0,
        gas,
      });
      if (isHere) address += INSTRUCTION_BYTES + longOperand(denseAt(address));
      position += 1 + size;
      before = byte;
    }
    assert(gas === field(header, HEADER.gas), 'a block costs what its instructions cost');
    const last = operations.at(-1)?.opcode.name ?? 'JUMPDEST';
    const isEnd = ENDS.has(last) || (END_KINDS as readonly string[]).includes(last);
    const behind = isEnd ? 0 : behindOf(position, address);
    const [needs, grows] = [field(header, HEADER.needs) >>> 5, field(header, HEADER.grows) >>> 5];
    return { header, gas, steps, needs, grows, operations, behind };
  };
  /** The block that begins at a position: where a jump finds it, or at the address behind the one before. */
  const behindOf = (position: number, address: number): number => {
    const header = (isDestination(position) && blockAt(code, decoded, position)) || address;
    assert(denseAt(header) === denseIndex('block'), 'room for the block behind');
    return header;
  };
  const isDestination = (position: number): boolean =>
    position < code.bytes.length && code.bytes[position] === JUMPDEST;

  return {
    code,
    decoded,
    read(header) {
      let block = known.get(header);
      if (block === undefined) {
        block = read(header);
        known.set(header, block);
      }
      return block;
    },
    target: (position) => (position < code.bytes.length ? blockAt(code, decoded, Number(position)) : 0),
  };
}

function constantOf(code: Code, byte: number, position: number, size: number): bigint | null {
  if (byte === PUSH0) return 0n;
  if (size > 0) return constantAt(code, position + 1, size);
  return byte === PC ? BigInt(position) : null;
}

const PC = 0x58;

/** Whether the decoder joins the constant with the instruction behind it, where that takes one. */
const isShortPush = (byte: number): boolean => byte >= PUSH0 && byte <= PUSH4;

/** The bytes of a long constant behind an instruction. */
function longOperand(dense: number): number {
  if (dense === denseIndex('push8')) return 8;
  return dense === denseIndex('push32') ? WORD_BYTES : 0;
}
