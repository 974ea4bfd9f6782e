// Decoded code in linear memory: that of accounts stays until there is no room for more, that of creations goes with its frame.

import type { Code } from '../code.ts';
import type { OpcodeTable } from '../opcode.ts';
import { CODE_BYTES, CODE_SIZE_MAX, CODE_START, DECODED_BYTES_MAX, HEADER, INSTRUCTION_BYTES } from './layout.ts';
import type { LinearMemory } from './linear-memory.ts';
import type { Exports } from './module.ts';
import { writeOpcodeTable } from './operations.ts';

/** Where a piece of code is: its bytes, the blocks by position, the first instruction, and the end of it all. */
export type Decoded = {
  readonly code: number;
  readonly size: number;
  readonly jumps: number;
  readonly ip: number;
  readonly end: number;
};

export type CodeCache = {
  /** To be called between messages only: decoded code moves away. */
  readonly prepare: (table: OpcodeTable) => void;
  /** The decoded code of an account, or null where there is no room left for it. */
  readonly find: (code: Code) => Decoded | null;
  /** Decodes to an address behind which there are `roomFor` bytes. */
  readonly decodeAt: (code: Code, address: number) => Decoded;
};

/** Above this, all is forgotten before the next message. */
const FILL_MAX = CODE_BYTES - (CODE_BYTES >>> 2);

/** The bytes that decoding needs at most, or null for code that has too many positions. */
export function roomFor(code: Code): number | null {
  const { length } = code.bytes;
  if (length > CODE_SIZE_MAX) return null;
  return code.padded.length + 4 * length + DECODED_BYTES_MAX * length + HEADER.bytes + INSTRUCTION_BYTES + 64;
}

export function createCodeCache(linear: LinearMemory, decode: Exports['decode']): CodeCache {
  let known = new WeakMap<Uint8Array, Decoded>();
  let table: OpcodeTable | null = null;
  let top = CODE_START;

  const decodeAt = (code: Code, address: number): Decoded => {
    const { padded } = code;
    const size = code.bytes.length;
    linear.bytes.set(padded, address);
    const jumps = aligned(address + padded.length);
    const ip = aligned(jumps + 4 * size);
    return { code: address, size, jumps, ip, end: aligned(decode(address, size, jumps, ip)) };
  };

  return {
    prepare(next) {
      if (table === next && top - CODE_START <= FILL_MAX) return;
      known = new WeakMap();
      top = CODE_START;
      if (table !== next) writeOpcodeTable(new DataView(linear.memory.buffer), next);
      table = next;
    },
    find(code) {
      let decoded = known.get(code.bytes) ?? null;
      if (decoded !== null) return decoded;
      const room = roomFor(code);
      if (room === null || top + room > CODE_START + CODE_BYTES) return null;
      decoded = decodeAt(code, top);
      top = decoded.end;
      known.set(code.bytes, decoded);
      return decoded;
    },
    decodeAt,
  };
}

/** The next multiple of 32. */
export function aligned(address: number): number {
  return (address + 31) & -32;
}
