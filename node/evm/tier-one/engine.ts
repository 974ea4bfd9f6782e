// What the parts of tier 1's driver share: the module, its memory and what the driver knows of it, and the message under way.

import { present } from '../../lib/assert.ts';
import type { Code } from '../code.ts';
import type { PlainRunner, Run } from '../interpreter.ts';
import type { OpcodeTable } from '../opcode.ts';
import { type AccountCache, createAccountCache } from './account-cache.ts';
import { COLD, type CodeCache, createCodeCache, type Decoded, type Heating } from './code-cache.ts';
import { createEffects, type Effects } from './effects.ts';
import type { Rooms } from './layout.ts';
import type { LinearMemory } from './linear-memory.ts';
import { type Exports, type Host, instantiate } from './module.ts';
import { createPlaces, type Place } from './place.ts';
import { createSlotCache, type SlotCache } from './slot-cache.ts';

/** Steps that were counted, by who did them; those of compiled code by the block, and apart from the module's. */
export type Counts = { compiled: number; module: number; reference: number };

/** What compiles hot blocks, on the engine that it is given. */
export type Compiler = Heating & {
  /** Makes of a hot block's header what it is to be from now on: its heat must change. */
  readonly compile: (block: HotBlock) => void;
};

/** A block that is hot, and the code that it is of. */
export type HotBlock = {
  readonly header: number;
  readonly code: Code;
  readonly decoded: Decoded;
  readonly table: OpcodeTable;
  /** Steps that the engine has done in all messages so far. */
  readonly stepsBefore: number;
};

/** What compiled code works on. */
export type EngineParts = {
  readonly linear: LinearMemory;
  readonly exports: Exports;
  readonly functions: WebAssembly.Table;
  /** The block that a jump to a position reaches; zero where none may land, or no room is left. */
  readonly blockAt: (code: Code, decoded: Decoded, position: number) => number;
};

export type EngineOptions = {
  /** Pages of 64 KiB that the module's memory may have. */
  readonly pagesMax: number;
  readonly rooms: Rooms;
  readonly createCompiler?: (parts: EngineParts) => Compiler;
};

export type Parts = {
  readonly linear: LinearMemory;
  readonly exports: Exports;
  readonly pagesMax: number;
  readonly rooms: Rooms;
  readonly codes: CodeCache;
  readonly slots: SlotCache;
  readonly accounts: AccountCache;
  readonly effects: Effects;
  readonly placeAt: (depth: number) => Place;
  readonly counts: Counts;
  readonly compiler: Compiler | null;
  readonly messages: Messages;
};

/** The message under way, and the reference's way of running its frames. */
export type Messages = {
  readonly begin: (run: Run, plain: PlainRunner) => void;
  readonly run: () => Run;
  readonly plain: () => PlainRunner;
};

/** Puts the parts together. Throws what the engine throws where it refuses the module. */
export function createParts(host: Host, { pagesMax, rooms, createCompiler }: EngineOptions): Parts {
  const { exports, linear, table: functions } = instantiate(host, pagesMax, rooms);
  const blockAt: EngineParts['blockAt'] = (code, decoded, position) =>
    (position < decoded.size ? (linear.ints[(decoded.jumps >>> 2) + position] ?? 0) : 0) ||
    codes.block(code, decoded, position);
  const compiler = createCompiler?.({ linear, exports, functions, blockAt }) ?? null;
  const codes = createCodeCache(linear, exports.decode, compiler ?? COLD, rooms);
  const slots = createSlotCache(linear);
  const accounts = createAccountCache(linear, codes);
  const placeAt = createPlaces();
  const effects = createEffects(linear, exports.undoWrites, slots, accounts, placeAt, rooms);
  const counts: Counts = { compiled: 0, module: 0, reference: 0 };
  const messages = createMessages();
  return { linear, exports, pagesMax, rooms, codes, slots, accounts, effects, placeAt, counts, compiler, messages };
}

function createMessages(): Messages {
  let run: Run | null = null;
  let plain: PlainRunner | null = null;
  return {
    begin(nextRun, nextPlain) {
      run = nextRun;
      plain = nextPlain;
    },
    run: () => present(run, 'a message under way'),
    plain: () => present(plain, 'a message under way'),
  };
}
