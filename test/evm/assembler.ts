// Bytecode as sentences: numbers are pushed, words are opcodes, `name:` marks a jump destination and `@name` pushes it.

import { tableOf } from '../../node/evm/table.ts';
import { bigintToBytes, concatBytes, type Hex, hexToBytes } from '../../node/lib/bytes.ts';

const CODES = new Map(tableOf('Osaka').map((opcode) => [opcode.name, opcode.code]));
CODES.set('INVALID', 0xfe);

/** Assembles text. Numbers take the shortest PUSH (zero takes PUSH1, which every fork has); `0x…` keeps its length; `raw:…` is hex as it stands. */
export function assemble(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  const labels = new Map<string, number>();
  const uses: { readonly label: string; readonly part: number }[] = [];
  let length = 0;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (word.startsWith('@')) uses.push({ label: word.slice(1), part: parts.length });
    const bytes = encodeWord(word);
    if (word.endsWith(':')) labels.set(word.slice(0, -1), length);
    parts.push(bytes);
    length += bytes.length;
  }
  for (const { label, part } of uses) {
    const position = labels.get(label);
    if (position === undefined) throw new Error(`no label ${label}`);
    parts[part] = Uint8Array.of(0x61, position >> 8, position & 0xff);
  }
  return concatBytes(...parts);
}

function encodeWord(word: string): Uint8Array {
  if (word.startsWith('raw:')) return hexToBytes(`0x${word.slice(4)}`);
  if (word.startsWith('@')) return new Uint8Array(3);
  if (word.endsWith(':')) return Uint8Array.of(0x5b);
  if (word.startsWith('0x')) return pushOf(hexToBytes(word as Hex));
  if (/^\d+$/.test(word)) return pushOf(word === '0' ? Uint8Array.of(0) : bigintToBytes(BigInt(word)));
  const code = CODES.get(word);
  if (code === undefined) throw new Error(`no opcode ${word}`);
  return Uint8Array.of(code);
}

function pushOf(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x5f + bytes.length), bytes);
}
