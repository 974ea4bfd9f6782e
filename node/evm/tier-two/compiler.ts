// Compiles hot blocks and puts what comes of them where tier 1 finds it: functions in the engine's table, their places in the blocks' headers.
// What is compiled depends on the steps that were done alone. Where the engine refuses something, the blocks stay tier 1's.

import { present } from '../../lib/assert.ts';
import { divide } from '../../lib/integer.ts';
import { assembleModule, type FunctionCode } from '../tier-one/emitter.ts';
import type { Compiler, EngineParts, HotBlock } from '../tier-one/engine.ts';
import { COMPILED_USED_BYTES, HEAT_MAX, HEAT_STEPS_MAX } from '../tier-one/layout.ts';
import { COMPILED, PAGES_MAX, PAGES_MIN } from '../tier-one/module.ts';
import { createAllowance } from './allowance.ts';
import { type Block, createBlockReader } from './blocks.ts';
import { isInterpreted } from './operations.ts';
import { type Edge, type Guide, type PlanNode, planRegion, type Root } from './plan.ts';
import { writeRegion } from './region.ts';
import { instantiateRuntime, RUNTIME } from './runtime.ts';
import { createUnits, type Limits, type Unit } from './units.ts';

export type CompilerOptions = {
  /** Steps that a block does until it is hot; zero compiles everything, creations too. */
  readonly threshold: number;
  /** What is kept. */
  readonly limits: Limits;
  /** Called where a block is not compiled: the engine refused it, or there was no room. */
  readonly onRefusal: (error: unknown) => void;
};

/** What was compiled so far: for metrics and tests. */
export type CompilerCounts = { modules: number; functions: number; bytes: number; refusals: number };

/** As much as a node should spend on it: machine code is some four times as long. */
export const LIMITS: Limits = { codes: COMPILED_USED_BYTES, functions: 8192, bytes: 8 * 1024 * 1024 };

/** Blocks from which functions of one module begin, and the bytes above which no more are begun. */
const FUNCTIONS_MAX = 64;
const MODULE_BYTES_MAX = 64 * 1024;
/** Fewer operations before one that is the interpreter's are its as well, unless everything is to be compiled. */
const OPERATIONS_MIN = 24;
/** What one piece of code may become. */
const CODE_FUNCTIONS_MAX = 512;
const CODE_BYTES_MAX = 1024 * 1024;

/** Creates the compiler of an engine. */
export function createCompiler(
  parts: EngineParts,
  { threshold, limits, onRefusal }: CompilerOptions,
  counts: CompilerCounts,
): Compiler {
  const { linear, functions } = parts;
  const runtime = instantiateRuntime(parts);
  const units = createUnits(parts, limits, threshold);
  const allowance = createAllowance(threshold);

  /** How often a block has run, as its header tells. */
  const timesOf = ({ header, steps }: Block): number => {
    const heat = units.heat(header);
    const done = heat < 0 ? threshold : Math.max(0, threshold - heat);
    return divide(done, Math.max(1, Math.min(steps, HEAT_STEPS_MAX)));
  };

  const unitOf = ({ code, decoded, table }: HotBlock): Unit => {
    const known = units.find(decoded.ip);
    if (known !== null) return known;
    units.makeRoom();
    return present(units.begin(decoded.ip, createBlockReader(parts, code, decoded, table)), 'room for the code');
  };

  /** Whether a block is done sooner than a function is entered and left: one that soon comes to a call, or to the end of the frame. */
  const isShort = ({ reader }: Unit, header: number): boolean => {
    const { operations } = reader.read(header);
    const end = operations.findIndex((operation) => isInterpreted(operation));
    return threshold > 0 && end >= 0 && end < OPERATIONS_MIN;
  };

  /** Writes the functions of a block, of what follows it and is warm, and of the rest of blocks that are cut. */
  const write = (unit: Unit, first: number) => {
    const { reader, places, loops, used } = unit;
    const guide: Guide = { heat: timesOf, isLoop: (header) => loops.has(header) };
    const roots: Root[] = [{ header: first, from: 0 }];
    const written: FunctionCode[] = [];
    let bytes = 0;
    const indexOf = (root: Root): number | null => {
      let index = roots.findIndex(({ header, from }) => header === root.header && from === root.from);
      if (index < 0 && bytes > MODULE_BYTES_MAX) return null;
      if (index < 0) index = roots.push(root) - 1;
      return RUNTIME.length + index;
    };
    const isWanted = (header: number): boolean => {
      const heat = units.heat(header);
      return heat >= 0 && heat <= threshold >>> 2 && !places.has(header) && !isShort(unit, header);
    };
    for (let i = 0; i < roots.length; i++) {
      const root = roots[i] as Root; // i is below the length
      const plan = planRegion(reader, root, guide);
      if (plan.loop !== null) loops.add(root.header);
      const region = writeRegion(`f${i}`, reader, plan, { type: RUNTIME.length, used, rest: indexOf });
      written.push(region);
      bytes += region.body.length;
      for (const header of exitsOf(plan))
        if (roots.length < FUNCTIONS_MAX && isWanted(header)) indexOf({ header, from: 0 });
    }
    return { roots, written };
  };

  const compile = (block: HotBlock): void => {
    if (!allowance.isThere(block.stepsBefore)) return units.setHeat(block.header, threshold); // later
    const unit = unitOf(block);
    if (unit.bytes > CODE_BYTES_MAX || unit.places.size > CODE_FUNCTIONS_MAX)
      return units.setHeat(block.header, HEAT_MAX);
    if (isShort(unit, block.header)) return units.setHeat(block.header, HEAT_MAX);
    const { roots, written } = write(unit, block.header);
    const bytes = assembleModule(RUNTIME, written, { min: PAGES_MIN, max: PAGES_MAX }, [COMPILED]);
    const env = { memory: linear.memory, table: functions };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env, runtime });
    for (const [i, { header, from }] of roots.entries()) if (from === 0) units.add(unit, header, exports[`f${i}`]);
    unit.bytes += bytes.length;
    allowance.spend(bytes.length);
    counts.modules++;
    counts.functions += roots.length;
    counts.bytes += bytes.length;
  };

  return {
    kept: threshold,
    passing: threshold === 0 ? 0 : HEAT_MAX,
    compile(block) {
      try {
        compile(block);
      } catch (error) {
        onRefusal(error);
        counts.refusals++;
        units.setHeat(block.header, HEAT_MAX);
      }
    },
    onForget: () => units.forget(() => true),
    onRelease: (passingTop) => units.forget((address, { reader }) => reader.decoded.isPassing && address >= passingTop),
  };
}

const edgesOf = ({ ending }: PlanNode): readonly Edge[] =>
  ending.kind === 'goto' ? [ending.edge] : ending.kind === 'branch' ? [ending.behind, ending.taken] : [];

/** The blocks for which the function is left. */
function exitsOf(node: PlanNode): readonly number[] {
  return edgesOf(node).flatMap((edge) =>
    edge.kind === 'exit' ? [edge.header] : edge.kind === 'inline' ? exitsOf(edge.node) : [],
  );
}
