// Compiles hot blocks and puts what comes of them where tier 1 finds it: functions in the engine's table, their places in the blocks' headers.
// What is compiled depends on the steps that were done alone. Where the engine refuses something, the blocks stay tier 1's.

import { divide } from '../../lib/integer.ts';
import { assembleModule, type FunctionCode } from '../tier-one/emitter.ts';
import type { Compiler, EngineParts, HotBlock } from '../tier-one/engine.ts';
import { HEADER, HEAT_MAX } from '../tier-one/layout.ts';
import { COMPILED, PAGES_MAX, PAGES_MIN } from '../tier-one/module.ts';
import { type Block, type BlockReader, createBlockReader } from './blocks.ts';
import { type Guide, type PlanNode, planRegion, type Root } from './plan.ts';
import { writeRegion } from './region.ts';
import { instantiateRuntime, RUNTIME } from './runtime.ts';

export type CompilerOptions = {
  /** Steps that a block does until it is hot; zero compiles everything, creations too. */
  readonly threshold: number;
  /** Called where a block is not compiled: the engine refused it, or there was no room. */
  readonly onRefusal: (error: unknown) => void;
};

/** What was compiled so far: for metrics and tests. */
export type CompilerCounts = { modules: number; functions: number; bytes: number; refusals: number };

/** Blocks from which functions of one module begin, and the bytes above which no more are begun. */
const FUNCTIONS_MAX = 64;
const MODULE_BYTES_MAX = 256 * 1024;
/** All that is compiled at a time; above it, all is forgotten. */
const FUNCTIONS_KEPT = 8192;
const BYTES_KEPT = 16 * 1024 * 1024;
/** What one piece of code may become. */
const CODE_FUNCTIONS_MAX = 512;
const CODE_BYTES_MAX = 1024 * 1024;

/** What is known of a piece of code that has hot blocks. */
type Unit = {
  readonly reader: BlockReader;
  /** The places of its functions in the table, by the headers that lead there. */
  readonly places: Map<number, number>;
  /** Headers of functions that are loops. */
  readonly loops: Set<number>;
  bytes: number;
};

/** Creates the compiler of an engine. */
export function createCompiler(
  parts: EngineParts,
  { threshold, onRefusal }: CompilerOptions,
  counts: CompilerCounts,
): Compiler {
  const { linear, functions } = parts;
  const runtime = instantiateRuntime(parts);
  /** By the address of the decoded code, least recently compiled first. */
  const units = new Map<number, Unit>();
  const free: number[] = [];
  let bytesKept = 0;
  let functionsKept = 0;

  const heatAt = (header: number): number => (linear.ints[(header + HEADER.heat) >>> 2] ?? 0) | 0;
  const setHeat = (header: number, heat: number): void => {
    linear.ints[(header + HEADER.heat) >>> 2] = heat;
  };
  /** How often a block has run, as its header tells. */
  const heatOf = ({ header, steps }: Block): number => {
    const heat = heatAt(header);
    const done = heat < 0 ? threshold : Math.max(0, threshold - heat);
    return divide(done, Math.max(1, steps));
  };

  const unitOf = ({ code, decoded, table }: HotBlock): Unit => {
    let unit = units.get(decoded.ip);
    if (unit === undefined)
      unit = { reader: createBlockReader(parts, code, decoded, table), places: new Map(), loops: new Set(), bytes: 0 };
    else units.delete(decoded.ip);
    units.set(decoded.ip, unit);
    return unit;
  };

  const forget = (address: number, unit: Unit): void => {
    for (const [header, place] of unit.places) {
      functions.set(place, null);
      free.push(place);
      if (heatAt(header) === -1 - place) setHeat(header, threshold);
    }
    functionsKept -= unit.places.size;
    bytesKept -= unit.bytes;
    units.delete(address);
  };
  const makeRoom = (): void => {
    for (const [address, unit] of units) {
      if (functionsKept <= FUNCTIONS_KEPT && bytesKept <= BYTES_KEPT) return;
      forget(address, unit);
    }
  };

  const place = (compiled: unknown): number => {
    if (free.length === 0) {
      const first = functions.grow(256);
      for (let i = 255; i >= 0; i--) free.push(first + i);
    }
    const index = free.pop() ?? 0; // there are some now
    functions.set(index, compiled);
    return index;
  };

  /** Writes the functions of a block, of what follows it, and of the rest of blocks that are cut. */
  const write = ({ reader, places, loops }: Unit, first: number) => {
    const guide: Guide = { heat: heatOf, isLoop: (header) => loops.has(header) };
    const roots: Root[] = [{ header: first, from: 0 }];
    const written: FunctionCode[] = [];
    let bytes = 0;
    const indexOf = (root: Root): number | null => {
      let index = roots.findIndex(({ header, from }) => header === root.header && from === root.from);
      if (index < 0 && bytes > MODULE_BYTES_MAX) return null;
      if (index < 0) index = roots.push(root) - 1;
      return RUNTIME.length + index;
    };
    const isWanted = (header: number): boolean =>
      header !== 0 && heatAt(header) >= 0 && heatAt(header) <= threshold >>> 2 && !places.has(header);
    for (let i = 0; i < roots.length; i++) {
      const root = roots[i] as Root; // i is below the length
      const plan = planRegion(reader, root, guide);
      if (plan.loop !== null) loops.add(root.header);
      const region = writeRegion(`f${i}`, reader, plan, { type: RUNTIME.length, rest: indexOf });
      written.push(region);
      bytes += region.body.length;
      for (const header of exitsOf(plan))
        if (roots.length < FUNCTIONS_MAX && isWanted(header)) indexOf({ header, from: 0 });
    }
    return { roots, written };
  };

  const compile = (block: HotBlock): void => {
    const unit = unitOf(block);
    if (unit.bytes > CODE_BYTES_MAX || unit.places.size > CODE_FUNCTIONS_MAX) return setHeat(block.header, HEAT_MAX);
    const { roots, written } = write(unit, block.header);
    const bytes = assembleModule(RUNTIME, written, { min: PAGES_MIN, max: PAGES_MAX }, [COMPILED]);
    const env = { memory: linear.memory, table: functions };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env, runtime });
    for (const [i, { header, from }] of roots.entries())
      if (from === 0) {
        const index = place(exports[`f${i}`]);
        unit.places.set(header, index);
        setHeat(header, -1 - index);
        functionsKept++;
      }
    unit.bytes += bytes.length;
    bytesKept += bytes.length;
    counts.modules++;
    counts.functions += roots.length;
    counts.bytes += bytes.length;
  };

  return {
    kept: threshold,
    passing: threshold === 0 ? 0 : HEAT_MAX,
    compile(block) {
      try {
        makeRoom();
        compile(block);
      } catch (error) {
        onRefusal(error);
        counts.refusals++;
        setHeat(block.header, HEAT_MAX);
      }
    },
    onForget() {
      for (const [address, unit] of units) forget(address, unit);
    },
    onRelease(passingTop) {
      for (const [address, unit] of units)
        if (unit.reader.decoded.isPassing && address >= passingTop) forget(address, unit);
    },
  };
}

/** The blocks for which the function is left. */
function exitsOf({ ending }: PlanNode): readonly number[] {
  if (ending.kind !== 'goto' && ending.kind !== 'branch') return [];
  const edges = ending.kind === 'goto' ? [ending.edge] : [ending.behind, ending.taken];
  return edges.flatMap((edge) =>
    edge.kind === 'exit' ? [edge.header] : edge.kind === 'inline' ? exitsOf(edge.node) : [],
  );
}
