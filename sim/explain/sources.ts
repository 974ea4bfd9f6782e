// Which line of a contract's source a step stands on. Contracts are found by the hash of their code; the compiler's source map says which
// characters each instruction came from (Solidity's documentation, "Source Mappings").

import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';

/** A compiled contract as scenarios/contracts/compiled.json has it, and as `--sources` takes it. */
export type CompiledContract = {
  readonly name: string;
  /** Of the deployed code, which must be the code on the chain byte for byte (immutables change it). */
  readonly runtime: Hex;
  readonly sourceMap: string;
  /** Sources by their index in the map: name and text; null for one that the compiler made itself. */
  readonly sources: readonly ({ readonly file: string; readonly text: string } | null)[];
};

export type SourceLine = {
  readonly contract: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The whole line. */
  readonly text: string;
  /** The characters that the instruction came from, in one line, shortened. */
  readonly excerpt: string;
  /** The step itself is of a helper that the compiler made: this is where it was called. */
  readonly isCaller: boolean;
};

const EXCERPT_MAX = 80;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;

/**
 * Looks a step up; null where no known contract has that code. Of a helper that the compiler made, as checked division is, the last line on
 * the way there is given: `trail` has the steps before, the last first.
 */
export function findSource(
  contracts: readonly CompiledContract[],
  codeHash: string | null,
  pc: number,
  trail: readonly number[],
): SourceLine | null {
  const contract = contracts.find(({ runtime }) => keccakHex(hexToBytes(runtime)) === codeHash);
  if (contract === undefined) return null;
  for (const [i, at] of [pc, ...trail].entries()) {
    const line = lineAt(contract, at);
    if (line !== null) return { ...line, isCaller: i > 0 };
  }
  return null;
}

function lineAt(contract: CompiledContract, pc: number): Omit<SourceLine, 'isCaller'> | null {
  const entry = entryAt(contract.sourceMap, instructionAt(hexToBytes(contract.runtime), pc));
  const source = entry === null ? null : (contract.sources[entry.file] ?? null);
  if (entry === null || source === null) return null;
  // The map counts bytes of UTF-8.
  const bytes = new TextEncoder().encode(source.text);
  const before = new TextDecoder().decode(bytes.subarray(0, entry.start)).split('\n');
  const line = before.length;
  const excerpt = new TextDecoder()
    .decode(bytes.subarray(entry.start, entry.start + entry.length))
    .replace(/\s+/g, ' ');
  return {
    contract: contract.name,
    file: source.file,
    line,
    column: (before.at(-1) ?? '').length + 1,
    text: source.text.split('\n')[line - 1] ?? '',
    excerpt: excerpt.length > EXCERPT_MAX ? `${excerpt.slice(0, EXCERPT_MAX - 1)}…` : excerpt,
  };
}

/** How many instructions stand before a position of the code. */
function instructionAt(code: Uint8Array, pc: number): number {
  let count = 0;
  for (let at = 0; at < pc; count++) {
    const op = code[at] ?? 0;
    at += op >= PUSH1 && op <= PUSH32 ? op - PUSH1 + 2 : 1;
  }
  return count;
}

/** An instruction's entry `start:length:file:…`: fields that are left out are those of the entry before. */
function entryAt(
  map: string,
  index: number,
): { readonly start: number; readonly length: number; readonly file: number } | null {
  const fields: [number, number, number] = [0, 0, -1];
  const entries = map.split(';');
  if (index >= entries.length) return null;
  for (const entry of entries.slice(0, index + 1)) {
    const [start, length, file] = entry.split(':');
    if (start) fields[0] = Number(start);
    if (length) fields[1] = Number(length);
    if (file) fields[2] = Number(file);
  }
  const [start, length, file] = fields;
  return file < 0 || start < 0 ? null : { start, length, file };
}
