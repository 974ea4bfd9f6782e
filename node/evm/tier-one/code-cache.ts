// Decoded code in linear memory, block by block as it is reached: a large contract of which little runs costs little. What is decoded stays
// until there is no room for more, but for the bytes of creations, which go with their frame.

import { present } from '../../lib/assert.ts';
import { type Code, isJumpDestination } from '../code.ts';
import type { OpcodeTable } from '../opcode.ts';
import {
  aligned,
  CODE_SIZE_MAX,
  CODE_START,
  CONTROL,
  DECODED_BYTES_MAX,
  HEADER,
  HEAT_MAX,
  INSTRUCTION_BYTES,
  type Rooms,
} from './layout.ts';
import { type LinearMemory, setControl } from './linear-memory.ts';
import type { Exports } from './module.ts';
import { writeOpcodeTable } from './operations.ts';

/** Where a piece of code is: its bytes, its blocks by position, and the first of them. */
export type Decoded = {
  readonly code: number;
  readonly size: number;
  readonly jumps: number;
  readonly ip: number;
  /** Its blocks go with the frame: code of a creation. */
  readonly isPassing: boolean;
  /** Its number, for `byId`; zero where its blocks go with the frame. */
  readonly id: number;
};

/** A piece of code, and where it is. */
export type Known = { readonly code: Code; readonly decoded: Decoded };

export type CodeCache = {
  /** To be called between messages only: decoded code moves away. */
  readonly prepare: (table: OpcodeTable) => void;
  /** The decoded code of an account, or null where there is no room left for it. */
  readonly find: (code: Code) => Decoded | null;
  /** What `find` has given, by its number, until the next `prepare`. */
  readonly byId: (id: number) => Known;
  /** Decodes a creation's code, whose bytes and blocks by position go to an address with `roomFor` zeros behind it; null as for `find`. */
  readonly decodeAt: (code: Code, address: number) => Decoded | null;
  /** How far the blocks of creations reach: when a frame has ended, back to where they did when it opened. */
  readonly passingTop: () => number;
  readonly release: (passingTop: number) => void;
  /** Decodes the block at a position; zero where no jump may land, or no room is left. */
  readonly block: (code: Code, decoded: Decoded, position: number) => number;
};

/** The bytes that code and its blocks by position take, or null for code that has too many positions. */
export function roomFor(code: Code): number | null {
  const { length } = code.bytes;
  return length > CODE_SIZE_MAX ? null : aligned(aligned(code.padded.length) + 4 * length);
}

/** What becomes of decoded code: how warm its blocks begin, and who must know when it goes. */
export type Heating = {
  /** Steps that a block of an account's code, or of a creation's, does until it is hot. */
  readonly kept: number;
  readonly passing: number;
  /** Nothing that was decoded is there any more. */
  readonly onForget: () => void;
  /** The blocks of creations behind an address are no longer there. */
  readonly onRelease: (passingTop: number) => void;
};

/** Nothing is ever hot. */
export const COLD: Heating = { kept: HEAT_MAX, passing: HEAT_MAX, onForget: () => {}, onRelease: () => {} };

export function createCodeCache(
  linear: LinearMemory,
  decode: Exports['decode'],
  heating: Heating,
  { codeBytes }: Rooms,
): CodeCache {
  // The last quarter is for the blocks of creations.
  const passingEnd = CODE_START + codeBytes;
  const passingStart = aligned(passingEnd - (codeBytes >>> 2));
  // Above this, all is forgotten before the next message.
  const fillMax = codeBytes >>> 1;
  let known = new WeakMap<Uint8Array, Decoded>();
  const numbered: Known[] = [];
  let table: OpcodeTable | null = null;
  let top = CODE_START;
  let passing = passingStart;

  /** Decodes from a position to the top; zero where it might not fit. */
  const decodeFrom = ({ code, size, jumps, isPassing }: Omit<Decoded, 'ip' | 'id'>, position: number): number => {
    const ip = isPassing ? passing : top;
    const most = (size - position) * DECODED_BYTES_MAX + HEADER.bytes + 2 * INSTRUCTION_BYTES;
    if (ip + most > (isPassing ? passingEnd : passingStart)) return 0;
    setControl(linear, CONTROL.heat, isPassing ? heating.passing : heating.kept);
    const behind = aligned(decode(code, size, jumps, ip, position));
    if (isPassing) passing = behind;
    else top = behind;
    return ip;
  };

  const bring = (code: Code, address: number, lifetime: Pick<Decoded, 'isPassing' | 'id'>): Decoded | null => {
    linear.bytes.set(code.padded, address);
    const place = { code: address, size: code.bytes.length, jumps: address + aligned(code.padded.length), ...lifetime };
    const ip = decodeFrom(place, 0);
    return ip === 0 ? null : { ...place, ip };
  };

  return {
    prepare(next) {
      if (passing !== passingStart) heating.onRelease(passingStart);
      passing = passingStart;
      if (table === next && top - CODE_START <= fillMax) return;
      heating.onForget();
      known = new WeakMap();
      numbered.length = 0;
      top = CODE_START;
      if (table !== next) writeOpcodeTable(new DataView(linear.memory.buffer), next);
      table = next;
    },
    find(code) {
      let decoded = known.get(code.bytes) ?? null;
      if (decoded !== null) return decoded;
      const room = roomFor(code);
      if (room === null || top + room > passingStart) return null;
      const address = top;
      top += room;
      linear.bytes.fill(0, address, top);
      decoded = bring(code, address, { isPassing: false, id: numbered.length + 1 });
      if (decoded === null) return null;
      known.set(code.bytes, decoded);
      numbered.push({ code, decoded });
      return decoded;
    },
    decodeAt: (code, address) => bring(code, address, { isPassing: true, id: 0 }),
    byId: (id) => present(numbered[id - 1], 'decoded code of that number'),
    passingTop: () => passing,
    release(to) {
      if (passing === to) return;
      heating.onRelease(to);
      passing = to;
    },
    block(code, decoded, position) {
      if (!isJumpDestination(code, BigInt(position))) return 0;
      return decodeFrom(decoded, position);
    },
  };
}
