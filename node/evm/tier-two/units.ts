// What is compiled and kept, by piece of code: its functions' places in the engine's table, which the headers of its blocks name. Where that
// becomes too much, what has not run for longest goes, and its blocks are the interpreter's again.

import { assert } from '../../lib/assert.ts';
import type { EngineParts } from '../tier-one/engine.ts';
import { COMPILED_USED, COMPILED_USED_BYTES, HEADER } from '../tier-one/layout.ts';
import type { BlockReader } from './blocks.ts';

/** What is known of a piece of code that has hot blocks. */
export type Unit = {
  readonly reader: BlockReader;
  /** The places of its functions in the table, by the headers that lead there. */
  readonly places: Map<number, number>;
  /** Headers of functions that are loops. */
  readonly loops: Set<number>;
  /** The address of the byte that its functions set. */
  readonly used: number;
  /** Of its modules. */
  bytes: number;
};

/** What is kept at most, of everything: pieces of code, functions and bytes of modules. */
export type Limits = { readonly codes: number; readonly functions: number; readonly bytes: number };

export type Units = {
  /** The code at an address, which is of use now. */
  readonly find: (address: number) => Unit | null;
  /** Begins a piece of code; null where there is no room, as `makeRoom` has not been asked. */
  readonly begin: (address: number, reader: BlockReader) => Unit | null;
  /** Puts a function where the header's block runs it. */
  readonly add: (unit: Unit, header: number, compiled: unknown) => void;
  /** Forgets what has not run for longest, until there is room for another piece of code. */
  readonly makeRoom: () => void;
  /** Forgets the code at all addresses that are chosen. */
  readonly forget: (isChosen: (address: number, unit: Unit) => boolean) => void;
  readonly heat: (header: number) => number;
  readonly setHeat: (header: number, heat: number) => void;
};

/** By how many places the table grows. */
const PLACES = 256;

/** Keeps what is compiled on an engine. A block that is forgotten begins with the heat again. */
export function createUnits({ linear, functions }: EngineParts, limits: Limits, heat: number): Units {
  assert(limits.codes <= COMPILED_USED_BYTES, 'every piece of code has a byte');
  /** By the address of the decoded code, in the order in which they were looked at. */
  const units = new Map<number, Unit>();
  const free: number[] = [];
  const bytesOfUse = Array.from({ length: limits.codes }, (_, i) => COMPILED_USED + i);
  let functionsKept = 0;

  const heatOf = (header: number): number => (linear.ints[(header + HEADER.heat) >>> 2] ?? 0) | 0;
  const setHeat = (header: number, next: number): void => {
    linear.ints[(header + HEADER.heat) >>> 2] = next;
  };
  const drop = (address: number, unit: Unit): void => {
    for (const [header, place] of unit.places) {
      functions.set(place, null);
      free.push(place);
      if (heatOf(header) === -1 - place) setHeat(header, heat);
    }
    functionsKept -= unit.places.size;
    bytesOfUse.push(unit.used);
    units.delete(address);
  };
  const isFull = (): boolean => {
    let bytes = 0;
    for (const unit of units.values()) bytes += unit.bytes;
    return units.size >= limits.codes || functionsKept > limits.functions || bytes > limits.bytes;
  };

  return {
    heat: heatOf,
    setHeat,
    find: (address) => units.get(address) ?? null,
    begin(address, reader) {
      const used = bytesOfUse.pop();
      if (used === undefined) return null;
      linear.bytes[used] = 1;
      const unit = { reader, places: new Map(), loops: new Set<number>(), used, bytes: 0 };
      units.set(address, unit);
      return unit;
    },
    add(unit, header, compiled) {
      if (free.length === 0) {
        const first = functions.grow(PLACES);
        for (let i = PLACES - 1; i >= 0; i--) free.push(first + i);
      }
      const place = free.pop() ?? 0; // there are some now
      functions.set(place, compiled);
      unit.places.set(header, place);
      functionsKept++;
      setHeat(header, -1 - place);
    },
    makeRoom() {
      // what has run since it was looked at last has another chance
      while (isFull())
        for (const [address, unit] of [...units]) {
          if (linear.bytes[unit.used] === 0) {
            drop(address, unit);
            break;
          }
          linear.bytes[unit.used] = 0;
          units.delete(address);
          units.set(address, unit);
        }
    },
    forget(isChosen) {
      for (const [address, unit] of [...units]) if (isChosen(address, unit)) drop(address, unit);
    },
  };
}
