// Where frames are in linear memory, by depth: frames of one depth follow each other, so that a place is used again.

import { EMPTY_BYTES } from '../../lib/bytes.ts';
import type { Frame } from '../frame.ts';
import type { Memory } from '../memory.ts';
import type { Decoded } from './code-cache.ts';
import { aligned, FRAME_WORDS, STACK_TOP, WORD_BYTES } from './layout.ts';
import type { LinearMemory } from './linear-memory.ts';

/** What the driver knows of a frame's beginning: the journal's checkpoint, and how many slots and accounts were in linear memory. */
export type Beginning = { checkpoint: number; slotsMark: number; accountsMark: number };

export type Place = Beginning & {
  /** The driver's object for the last frame here, which may have ended. */
  frame: Frame | null;
  /** Its memory. */
  shown: Memory | null;
  /** The reference machine runs it, outside of linear memory. */
  isHandedOver: boolean;
  /** Its stack then, kept for the next such frame. */
  stack: bigint[] | null;
  /** What must be zeros again when the frame has ended: from here to the end of its memory. */
  start: number;
  memory: number;
  decoded: Decoded;
  /** How far the blocks of creations reached when it opened. */
  passingTop: number;
  input: number;
  inputSize: number;
  base: number;
  sp: number;
  ip: number;
  header: number;
};

const NOWHERE: Decoded = { code: 0, size: 0, jumps: 0, ip: 0, isPassing: false, id: 0 };
const NO_VIEW = new DataView(new ArrayBuffer(0));

/** The places of a machine, made as deep frames are reached. */
export function createPlaces(): (depth: number) => Place {
  const places: Place[] = [];
  return (depth) => {
    let place = places[depth];
    if (place === undefined) {
      place = newPlace();
      places[depth] = place;
    }
    return place;
  };
}

/** Where the memory and the stack of a frame's callee may begin. */
export function behind({ isHandedOver, start, memory, base, sp, frame }: Place): {
  readonly memory: number;
  readonly sp: number;
} {
  if (isHandedOver) return { memory: start, sp: base + FRAME_WORDS.length * WORD_BYTES };
  return { memory: aligned(memory + (frame?.memory.size ?? 0)), sp };
}

/** Where the outermost frame begins. */
export function outermost(memory: number): { readonly memory: number; readonly sp: number } {
  return { memory, sp: STACK_TOP };
}

/** A memory over the place's part of linear memory: a new one only where that lies elsewhere than for the last frame of the depth. */
export function memoryOf(place: Place, linear: LinearMemory, reserve: Memory['reserve']): Memory {
  const { shown } = place;
  if (shown !== null && shown.bytes.byteOffset === place.memory && shown.bytes.buffer === linear.bytes.buffer) {
    shown.size = 0;
    return shown;
  }
  const memory: Memory = { bytes: EMPTY_BYTES, view: NO_VIEW, size: 0, reserve };
  showMemory(memory, linear, place.memory);
  place.shown = memory;
  return memory;
}

/** Lets a frame's memory see linear memory from an address on. */
export function showMemory(memory: Memory, { bytes }: LinearMemory, address: number): void {
  memory.bytes = bytes.subarray(address);
  memory.view = new DataView(bytes.buffer, address);
}

function newPlace(): Place {
  return {
    frame: null,
    shown: null,
    isHandedOver: false,
    stack: null,
    start: 0,
    memory: 0,
    decoded: NOWHERE,
    passingTop: 0,
    input: 0,
    inputSize: 0,
    base: 0,
    sp: 0,
    ip: 0,
    header: 0,
    checkpoint: 0,
    slotsMark: 0,
    accountsMark: 0,
  };
}
