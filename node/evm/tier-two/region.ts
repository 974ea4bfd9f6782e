// Writes the function of a planned region. Words stay in locals from the entry to wherever the function is left, and only there is the stack
// written; gas, steps and the stack's bounds are checked once for blocks that follow each other, and what was paid too early is given back.

import { assert, present } from '../../lib/assert.ts';
import {
  block,
  br,
  brIf,
  type Code,
  c32,
  c64,
  defineFunction,
  type FunctionCode,
  get,
  i32,
  i64,
  type Label,
  type Local,
  label,
  loop,
  param,
  returnCall,
  returnCallIndirect,
  scope,
  set,
  unreachable,
  when,
} from '../tier-one/emitter.ts';
import { CONTROL, HEADER, RESUME, STACK_BYTES, WORD_BYTES } from '../tier-one/layout.ts';
import { COMPILED } from '../tier-one/module.ts';
import { LIMBS } from '../tier-one/word.ts';
import type { BlockReader, Operation } from './blocks.ts';
import {
  anyBits,
  Builder,
  codeOf,
  constantOf,
  constantWord,
  loadedWord,
  pop,
  truthOf,
  type Value,
  wordOf,
} from './builder.ts';
import type { Context, Registers } from './context.ts';
import { mayLeave, writerOf } from './operations.ts';
import type { Edge, PlanNode, Root } from './plan.ts';
import { runtimeIndex } from './runtime.ts';

/** How a function reaches others. */
export type Linkage = {
  /** The type of compiled code in the module. */
  readonly type: number;
  /** The address of the byte that says that the code has run. */
  readonly used: number;
  /** The function that goes on within a block, or null where the interpreter does. */
  readonly rest: (root: Root) => number | null;
};

/** What is known on the way from the entry to a place in the code. */
type Path = {
  readonly stack: Value[];
  /** Where the lowest word of `stack` is, counted from the entry upwards. */
  lowest: number;
  /** What was paid for blocks that come after the one that is being written. */
  aheadGas: number;
  aheadSteps: number;
  /** How far the stack's bounds are checked. */
  checkedLow: number;
  checkedHigh: number;
  /** The least size that the memory is known to have. */
  reached: number;
};

/** A loop on the way, and the locals that its branches back set. */
type Loop = {
  readonly label: Label;
  readonly words: readonly { readonly distance: number; readonly limbs: Local[] }[];
};

/** Writes the function of a region. */
export function writeRegion(name: string, reader: BlockReader, plan: PlanNode, linkage: Linkage): FunctionCode {
  const of = scope(...COMPILED.params);
  const b = new Builder(of);
  const registers: Registers = {
    sp: param(of, 0),
    gas: param(of, 1),
    steps: param(of, 2),
    base: param(of, 3),
    memory: param(of, 4),
    msize: b.local('i32'),
    frame: b.local('i32'),
    target: b.local('i32'),
  };
  const { sp, gas, steps, base, msize, frame, target } = registers;
  const highest = Math.max(1, ...nodesOf(plan).map((node) => node.highest));
  const [chain, leaving] = [label('on to another function'), label('back to the interpreter')];
  const loops = new Map<PlanNode, Loop>();
  const entryWords = new Map<number, Value>();

  const place = (index: number): number => (highest - 1 - index) * WORD_BYTES;
  const entryWord = (index: number): Value => {
    let word = entryWords.get(index);
    if (word === undefined) {
      word = { ...loadedWord((i) => i64.load(get(frame), place(index) + i * 8)), home: index };
      entryWords.set(index, word);
    }
    return word;
  };
  const heightOf = (path: Path): number => path.lowest + path.stack.length;
  const need = (path: Path, count: number): void => {
    while (path.stack.length < count) path.stack.unshift(entryWord(--path.lowest));
  };
  const wordAt = (path: Path, distance: number): Value => {
    need(path, distance + 1);
    return present(path.stack[path.stack.length - 1 - distance], 'a word of the stack');
  };
  const copyOf = (path: Path): Path => ({ ...path, stack: [...path.stack] });

  /** Writes the stack up to a height, and gives back what was paid ahead. */
  const settle = (path: Path, height: number): void => {
    const moved = path.stack.slice(0, height - path.lowest).map((word, i) => ({ word, index: path.lowest + i }));
    const unwritten = moved.filter(({ word, index }) => word.home !== index);
    for (const { word } of unwritten) if (word.home !== null) b.limbs(word); // before its place is written to
    for (const { word, index } of unwritten)
      for (const i of LIMBS) b.emit(i64.store(get(frame), place(index) + i * 8, b.at(word, i)));
    giveBack(path);
    b.emit(set(sp, i32.add(get(frame), c32((highest - height) * WORD_BYTES))));
  };
  const giveBack = ({ aheadGas, aheadSteps }: Path): void => {
    if (aheadGas !== 0) b.emit(set(gas, i64.add(get(gas), c64(aheadGas))));
    if (aheadSteps !== 0) b.emit(set(steps, i32.add(get(steps), c32(aheadSteps))));
  };
  /** Leaves for a block, compiled or not. */
  const goTo = (path: Path, header: Code): void => {
    settle(path, heightOf(path));
    b.emit(set(target, header), br(chain));
  };
  /** Leaves for the interpreter before an operation. */
  const resumeAt = (path: Path, { block: within }: PlanNode, index: number): void => {
    let at = index;
    while (operationAt(within.operations, at).address === 0) at--;
    assert(
      within.operations.slice(at, index).every(({ constant }) => constant !== null),
      'an instruction is joined with constants only',
    );
    settle(path, heightOf(path) - (index - at));
    b.emit(
      i32.store(c32(0), CONTROL.header, c32(within.header)),
      set(target, c32(operationAt(within.operations, at).address + RESUME.instruction)),
      br(leaving),
    );
  };

  /** Pays for a block and those that follow it in the function without another way, and checks the stack for them. */
  const enter = (path: Path, node: PlanNode): void => {
    const nodes = [node];
    for (let next = follower(node); next !== null; next = follower(next)) nodes.push(next);
    const total = (field: 'gas' | 'steps'): number => nodes.reduce((sum, { block }) => sum + block[field], 0);
    const [gasNeeded, stepsNeeded] = [total('gas'), total('steps')];
    const low = Math.min(...nodes.map(({ height, block }) => height - block.needs));
    const high = Math.max(...nodes.map(({ height, block }) => height + block.grows));
    const conditions: Code[] = [i64.ltS(get(gas), c64(gasNeeded)), i32.ltU(get(steps), c32(stepsNeeded))];
    const entrySp = i32.add(get(frame), c32(highest * WORD_BYTES));
    const height = i32.sub(get(base), entrySp);
    if (low < path.checkedLow) conditions.push(i32.ltU(height, c32(-low * WORD_BYTES)));
    if (high > path.checkedHigh) conditions.push(i32.gtU(i32.add(height, c32(high * WORD_BYTES)), c32(STACK_BYTES)));
    const refuse = b.arm(() => {
      settle(path, heightOf(path));
      b.emit(set(target, c32(node.block.header + RESUME.block)), br(leaving));
    });
    b.emit(
      when(
        conditions.reduce((all, one) => i32.or(all, one)),
        refuse,
      ),
      set(gas, i64.sub(get(gas), c64(gasNeeded))),
      set(steps, i32.sub(get(steps), c32(stepsNeeded))),
    );
    path.checkedLow = Math.min(path.checkedLow, low);
    path.checkedHigh = Math.max(path.checkedHigh, high);
    path.aheadGas = gasNeeded;
    path.aheadSteps = stepsNeeded;
  };

  const visit = (path: Path, node: PlanNode, paid: 'paid' | 'unpaid'): void => {
    if (node.loop === null) return writeBlock(path, node, paid);
    const at = label('a loop');
    const words = [...node.loop].map((distance) => {
      const word = wordAt(path, distance);
      const limbs = LIMBS.map((i) => b.keep(b.at(word, i)));
      path.stack[path.stack.length - 1 - distance] = wordOf(limbs);
      return { distance, limbs };
    });
    loops.set(node, { label: at, words });
    const body = b.arm(() => writeBlock(path, node, paid));
    b.emit(loop(at, body));
  };

  const writeBlock = (path: Path, node: PlanNode, paid: 'paid' | 'unpaid'): void => {
    if (paid === 'unpaid') enter(path, node);
    if (node.from === 0) {
      path.aheadGas -= node.block.gas;
      path.aheadSteps -= node.block.steps;
    }
    for (let i = node.from; i < node.to; i++) writeOperation(path, node, i);
    writeEnding(path, node);
  };

  const contextAt = (path: Path, node: PlanNode, index: number, leave: Code): Context => {
    const operation = operationAt(node.block.operations, index);
    const { takes } = operation.opcode;
    return {
      b,
      registers,
      word: (distance) => wordAt(path, distance),
      give(value) {
        need(path, takes);
        path.stack.length -= takes;
        if (value !== undefined) path.stack.push(value);
      },
      leave,
      restOfGas: path.aheadGas + node.block.gas - operation.gas,
      helper:
        (name) =>
        (...operands) =>
          b.callForWord(runtimeIndex(name), ...operands.flatMap((word) => b.limbs(word).map(codeOf))),
      reached: () => path.reached,
      reach(end) {
        path.reached = Math.max(path.reached, end);
      },
      code: { address: reader.decoded.code, size: reader.decoded.size },
    };
  };

  const writeOperation = (path: Path, node: PlanNode, index: number): void => {
    const { opcode, constant } = operationAt(node.block.operations, index);
    const { name } = opcode;
    const reach = Number(/^(?:DUP|SWAP)(\d+)$/.exec(name)?.[1] ?? 0);
    if (constant !== null) path.stack.push(constantWord(constant));
    else if (name.startsWith('DUP')) path.stack.push(wordAt(path, reach - 1));
    else if (name.startsWith('SWAP')) {
      const [top, other] = [wordAt(path, 0), wordAt(path, reach)];
      path.stack[path.stack.length - 1] = other;
      path.stack[path.stack.length - 1 - reach] = top;
    } else writeCode(path, node, index);
  };
  /** Writes an operation that needs code, and behind it the one place where the function is left before it. */
  const writeCode = (path: Path, node: PlanNode, index: number): void => {
    const operation = operationAt(node.block.operations, index);
    const write = present(writerOf(operation.opcode.name), `code for ${operation.opcode.name}`);
    if (!mayLeave(operation)) return write(contextAt(path, node, index, unreachable));
    const [done, left] = [label('the next operation'), label('the way out')];
    const way = b.arm(() => resumeAt(copyOf(path), node, index)); // before anything is loaded that is not there yet on the way out
    const leave = br(left);
    const code = b.apart(() => write(contextAt(path, node, index, leave)));
    b.emit(uses(code, leave) ? block(done, block(left, code, br(done)), way) : code);
  };

  const writeEnding = (path: Path, node: PlanNode): void => {
    const { ending } = node;
    switch (ending.kind) {
      case 'leave':
        return resumeAt(path, node, node.to);
      case 'cut': {
        const rest = linkage.rest({ header: node.block.header, from: node.to });
        if (rest === null) return resumeAt(path, node, node.to);
        settle(path, heightOf(path));
        return b.emit(returnCall(rest, ...[sp, gas, steps, base, registers.memory].map(get)));
      }
      case 'goto': {
        const isJump = node.to < node.block.operations.length;
        const before = copyOf(path);
        const destination = isJump ? wordAt(path, 0) : null;
        if (isJump) path.stack.length -= 1;
        return take(path, node, ending.edge, before, destination);
      }
      case 'branch': {
        const [destination, condition] = [wordAt(path, 0), wordAt(path, 1)];
        const before = copyOf(path);
        path.stack.length -= 2;
        const known = constantOf(condition);
        if (known !== null) return take(path, node, known === 0n ? ending.behind : ending.taken, before, destination);
        const isTaken = truthOf(b, condition);
        const [near, far] =
          follower(node) === nodeOf(ending.taken) ? [ending.taken, ending.behind] : [ending.behind, ending.taken];
        b.emit(
          when(
            far === ending.taken ? isTaken : i32.eqz(isTaken),
            b.arm(() => take(copyOf(path), node, far, copyOf(before), destination)),
          ),
        );
        return take(path, node, near, before, destination);
      }
    }
  };

  /** Follows an edge. `before` is the stack before the jump, for where the interpreter must do it. */
  const take = (path: Path, node: PlanNode, edge: Edge, before: Path, destination: Value | null): void => {
    switch (edge.kind) {
      case 'inline': {
        if (follower(node) === edge.node) return visit(path, edge.node, 'paid');
        giveBack(path);
        path.aheadGas = 0;
        path.aheadSteps = 0;
        return visit(path, edge.node, 'unpaid');
      }
      case 'back': {
        giveBack(path);
        const { label: at, words } = present(loops.get(edge.node), 'a loop that is open');
        const moves = words.flatMap(({ distance, limbs }) => {
          const word = wordAt(path, distance);
          return limbs.map((to, i) => ({ to, from: b.limb(word, i) })).filter(({ to, from }) => to !== from);
        });
        return b.emit(
          moves.map(({ from }) => codeOf(from)),
          ...moves.reverse().map(({ to }) => pop(to)),
          br(at),
        );
      }
      case 'exit':
        return goTo(path, c32(edge.header));
      case 'dynamic': {
        const word = present(destination, 'a jump has a destination');
        const position = codeOf(b.limb(word, 0));
        const far = anyBits(b.limbs(word).slice(1));
        const header = b.local('i32');
        const found = label('a block there');
        b.emit(
          block(
            found,
            set(header, c32(0)),
            when(
              i32.eqz(i32.or(i64.ne(far, c64(0)), i64.geU(position, c64(reader.decoded.size)))),
              set(header, i32.load(i32.shl(i32.wrap(position), c32(2)), reader.decoded.jumps)),
              brIf(get(header), found),
            ),
            b.arm(() => resumeAt(copyOf(before), node, node.to)),
          ),
        );
        return goTo(path, get(header));
      }
    }
  };

  const start: Path = { stack: [], lowest: 0, ...NOTHING_AHEAD, checkedLow: 0, checkedHigh: 0, reached: 0 };
  const body = b.arm(() => visit(start, plan, plan.from === 0 ? 'unpaid' : 'paid'));
  const heat = b.local('i32');
  return defineFunction(
    name,
    of,
    COMPILED.results,
    set(frame, i32.sub(get(sp), c32(highest * WORD_BYTES))),
    set(msize, i32.load(c32(0), CONTROL.msize)),
    i32.store8(c32(0), linkage.used, c32(1)),
    block(
      leaving,
      block(chain, body, unreachable),
      set(heat, i32.load(get(target), HEADER.heat)),
      when(
        i32.ltS(get(heat), c32(0)),
        returnCallIndirect(
          linkage.type,
          i32.sub(c32(-1), get(heat)),
          ...[sp, gas, steps, base, registers.memory].map(get),
        ),
      ),
    ),
    i32.store(c32(0), CONTROL.sp, get(sp)),
    i64.store(c32(0), CONTROL.compiledGas, get(gas)),
    i32.store(c32(0), CONTROL.steps, get(steps)),
    get(target),
  );
}

/** Whether a piece of code is part of another. */
function uses(code: Code, part: Code): boolean {
  return code.some((item) => item === part || (Array.isArray(item) && uses(item, part)));
}

const NOTHING_AHEAD = { aheadGas: 0, aheadSteps: 0 } as const;

const operationAt = (operations: readonly Operation[], index: number): Operation =>
  present(operations[index], 'an operation of the block');

const nodeOf = (edge: Edge): PlanNode | null => (edge.kind === 'inline' ? edge.node : null);

/** The block that is paid together with the node: the hotter of those that follow it here and are no loops. */
function follower({ ending, from }: PlanNode): PlanNode | null {
  if (from > 0) return null; // its block was paid elsewhere
  if (ending.kind !== 'goto' && ending.kind !== 'branch') return null;
  const edges = ending.kind === 'goto' ? [ending.edge] : [ending.behind, ending.taken];
  const nodes = edges.map(nodeOf).filter((node) => node !== null && node.loop === null);
  return nodes.reduce((best, node) => (best === null || (node !== null && node.heat > best.heat) ? node : best), null);
}

/** All nodes of a plan. */
function nodesOf(node: PlanNode): readonly PlanNode[] {
  const { ending } = node;
  if (ending.kind !== 'goto' && ending.kind !== 'branch') return [node];
  const edges = ending.kind === 'goto' ? [ending.edge] : [ending.behind, ending.taken];
  return [node, ...edges.flatMap((edge) => (edge.kind === 'inline' ? nodesOf(edge.node) : []))];
}
