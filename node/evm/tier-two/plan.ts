// Chooses what becomes one function: a tree of blocks from a hot one on, along the jumps whose targets are known, the hottest first. A block is
// taken up again wherever control comes to it, so that what returns from a subroutine goes on in the same function; a branch back to a block on
// the way is a loop where the stack is as high as it was. What the loop changes on the stack is found by planning again until nothing is new.

import { assert } from '../../lib/assert.ts';
import type { Block, BlockReader, Operation } from './blocks.ts';
import { isWritten, mayLeave } from './operations.ts';

/** Where control goes. */
export type Edge =
  | { readonly kind: 'inline'; readonly node: PlanNode }
  | { readonly kind: 'back'; readonly node: PlanNode }
  /** To a block that is not in this function. */
  | { readonly kind: 'exit'; readonly header: number }
  /** To where the word on top says, or nowhere. */
  | { readonly kind: 'dynamic' };

export type Ending =
  | { readonly kind: 'goto'; readonly edge: Edge }
  /** JUMPI: the edge of the jump, and of what follows it. */
  | { readonly kind: 'branch'; readonly taken: Edge; readonly behind: Edge }
  /** The interpreter does the operation that was not written. */
  | { readonly kind: 'leave' }
  /** Another function does the rest of the block. */
  | { readonly kind: 'cut' };

/** A block in the function, or the part of one that is. */
export type PlanNode = {
  readonly block: Block;
  /** The operations that are written: all before `to` are. */
  readonly from: number;
  readonly to: number;
  readonly ending: Ending;
  /** How often it has run. */
  readonly heat: number;
  /** How high the stack is when it is entered, above where the function began. */
  readonly height: number;
  /** The deepest and the highest that the stack is meanwhile, likewise. */
  readonly lowest: number;
  readonly highest: number;
  /** Where a branch comes back to it: the words that differ then, by their distance from the top. */
  readonly loop: ReadonlySet<number> | null;
};

/** Where a function begins: a block, or an operation within one that is paid already. */
export type Root = { readonly header: number; readonly from: number };

/** What is known of blocks. */
export type Guide = {
  /** How often a block has been run. */
  readonly heat: (block: Block) => number;
  /** Whether a function begins there that is a loop: others leave for it, or every part of a loop would become a loop of its own. */
  readonly isLoop: (header: number) => boolean;
};

/** Operations of one function, and of a block without a cut. */
const OPERATIONS_MAX = 128;
const CUT_OPERATIONS = 128;
/** Words that are to be written to the stack wherever the function may be left. */
const UNWRITTEN_MAX = 24;
/** What has run less often than this part of the root is left to itself. */
const COLD_SHIFT = 5;
const ROUNDS_MAX = 8;

/** A word of the plan: a constant, or just itself. */
type Word = { readonly constant: bigint | null };
type Draft = { -readonly [K in keyof PlanNode]: PlanNode[K] } & {
  readonly parent: Draft | null;
  readonly stack: readonly Word[];
};
/** An edge that may become a node. */
type Candidate = {
  readonly header: number;
  readonly from: number;
  readonly parent: Draft | null;
  readonly stack: readonly Word[];
  readonly heat: number;
  readonly take: (edge: Edge) => void;
};

/** Plans the function that begins at a root. */
export function planRegion(reader: BlockReader, root: Root, guide: Guide): PlanNode {
  const changes = new Map<number, Set<number>>();
  for (let round = 1; ; round++) {
    const planner = createPlanner(reader, guide, changes, round < ROUNDS_MAX);
    const node = planner.plan(root);
    if (!planner.hasChanged()) return node;
    assert(round < ROUNDS_MAX, 'the last round takes loops as they are');
  }
}

function createPlanner(
  reader: BlockReader,
  { heat, isLoop }: Guide,
  changes: Map<number, Set<number>>,
  mayLearn: boolean,
) {
  /** Words that were on the stack when the function began, the top first. */
  const entry: Word[] = [];
  let operations = 0;
  let changed = false;
  const entryWord = (index: number): Word => {
    while (entry.length <= index) entry.push({ constant: null });
    return entry[index] as Word; // it is there now
  };

  const isTarget = ({ constant }: Word): boolean => constant !== null && reader.target(constant) !== 0;

  /** Whether a branch to an ancestor closes a loop; what differs on the stack is noted there. */
  const closes = (ancestor: Draft, stack: readonly Word[], height: number): boolean => {
    if (ancestor.from !== 0 || ancestor.height !== height) return false;
    const learned: number[] = [];
    const known = changes.get(ancestor.block.header);
    const depth = Math.max(stack.length, ancestor.stack.length);
    for (let i = 0; i < depth; i++) {
      const before = wordAt(ancestor.stack, ancestor.height, i);
      const now = wordAt(stack, height, i);
      if (before === now || (before.constant !== null && before.constant === now.constant)) continue;
      if (known?.has(i) === true) continue;
      if (isTarget(before) && isTarget(now)) return false; // a subroutine that is called from elsewhere
      learned.push(i);
    }
    if (learned.length === 0) return true;
    if (!mayLearn) return false;
    const set = known ?? new Set();
    for (const i of learned) set.add(i);
    changes.set(ancestor.block.header, set);
    changed = true;
    return true;
  };
  /** The word at a distance from the top of a stack of which only the words above some entry word are listed. */
  const wordAt = (stack: readonly Word[], height: number, distance: number): Word =>
    stack[stack.length - 1 - distance] ?? entryWord(distance - height);

  const queue: Candidate[] = [];
  const take = (candidate: Candidate): Edge => {
    for (let at = candidate.parent; at !== null; at = at.parent)
      if (at.block.header === candidate.header && closes(at, candidate.stack, heightOf(candidate))) {
        at.loop = changes.get(candidate.header) ?? new Set();
        return { kind: 'back', node: at };
      }
    return { kind: 'inline', node: visit(candidate) };
  };
  const heightOf = ({ parent, stack }: Candidate): number => (parent === null ? 0 : stack.length + parent.lowest);

  const visit = ({ header, from, parent, stack: before, heat: weight }: Candidate): Draft => {
    const block = reader.read(header);
    const height = parent === null ? 0 : before.length + parent.lowest;
    let stack = [...before];
    let lowest = height - stack.length;
    let highest = height;
    const need = (count: number): void => {
      while (stack.length < count) {
        lowest--;
        stack.unshift(entryWord(-1 - lowest));
      }
    };
    const loop = changes.get(header);
    if (loop !== undefined && from === 0) {
      need(Math.max(...loop) + 1);
      stack = stack.map((word, i) => (loop.has(stack.length - 1 - i) ? { constant: null } : word));
    }
    const node: Draft = {
      block,
      from,
      to: block.operations.length,
      ending: { kind: 'leave' },
      heat: weight,
      height,
      lowest,
      highest,
      loop: null,
      parent,
      stack: [...stack],
    };
    const edge = (to: number, then: (edge: Edge) => void): void => {
      if (to === 0) return;
      const next = reader.read(to);
      const candidate = { header: to, from: 0, parent: node, stack: [...stack], heat: Math.min(weight, heat(next)) };
      queue.push({ ...candidate, take: then });
    };
    let index = from;
    for (; index < block.operations.length; index++) {
      const operation = block.operations[index] as Operation; // the index is below the length
      if (index - from >= CUT_OPERATIONS || (index > from && mayLeave(operation) && unwritten() > UNWRITTEN_MAX)) {
        node.ending = { kind: 'cut' };
        break;
      }
      const { opcode, constant } = operation;
      if (opcode.name === 'JUMP' || opcode.name === 'JUMPI') {
        need(opcode.takes);
        end(operation);
        break;
      }
      if (!isWritten(operation)) {
        need(opcode.takes);
        break;
      }
      step(opcode.name, opcode.takes, opcode.gives, constant);
      highest = Math.max(highest, lowest + stack.length);
    }
    node.to = index;
    node.lowest = lowest;
    node.highest = highest;
    operations += index - from + 1;
    if (index === block.operations.length)
      follow(block.behind, (edge) => {
        node.ending = { kind: 'goto', edge };
      });
    return node;

    function unwritten(): number {
      let count = 0;
      for (const [i, word] of stack.entries()) if (lowest + i >= 0 || word !== entry[-1 - lowest - i]) count++;
      return count;
    }
    /** Goes on at a block; where it does not become part of the function, it is left for it. */
    function follow(header: number, then: (edge: Edge) => void): void {
      then({ kind: 'exit', header });
      if (!isLoop(header)) edge(header, then);
    }
    function end({ opcode }: Operation): void {
      const target = (stack.at(-1) as Word).constant; // JUMP needs it
      const header = target === null ? 0 : reader.target(target);
      if (target !== null && header === 0 && opcode.name === 'JUMP') return; // the interpreter halts
      stack.length -= opcode.takes;
      if (opcode.name === 'JUMP') {
        node.ending = { kind: 'goto', edge: { kind: 'dynamic' } };
        if (header !== 0)
          follow(header, (edge) => {
            node.ending = { kind: 'goto', edge };
          });
        return;
      }
      let taken: Edge = { kind: 'dynamic' };
      let behind: Edge = { kind: 'exit', header: block.behind };
      const set = (): void => {
        node.ending = { kind: 'branch', taken, behind };
      };
      set();
      if (header !== 0)
        follow(header, (edge) => {
          taken = edge;
          set();
        });
      follow(block.behind, (edge) => {
        behind = edge;
        set();
      });
    }
    function step(name: string, takes: number, gives: number, constant: bigint | null): void {
      need(takes);
      const reach = Number(/^(?:DUP|SWAP)(\d+)$/.exec(name)?.[1] ?? 0);
      if (name.startsWith('DUP')) stack.push(stack[stack.length - reach] as Word);
      else if (name.startsWith('SWAP')) {
        const [top, other] = [stack.length - 1, stack.length - 1 - reach];
        [stack[top], stack[other]] = [stack[other] as Word, stack[top] as Word];
      } else {
        stack.length -= takes;
        for (let i = 0; i < gives; i++) stack.push({ constant });
      }
    }
  };

  return {
    hasChanged: () => changed,
    plan({ header, from }: Root): PlanNode {
      const weight = heat(reader.read(header));
      const root = visit({ header, from, parent: null, stack: [], heat: weight, take: () => {} });
      while (operations < OPERATIONS_MAX && !changed) {
        let best = -1;
        for (const [i, candidate] of queue.entries())
          if (best < 0 || candidate.heat >= (queue[best] as Candidate).heat) best = i; // best is an index
        const [candidate] = best < 0 ? [] : queue.splice(best, 1);
        if (candidate === undefined) break;
        if (candidate.heat < weight >>> COLD_SHIFT) break; // all others are colder
        candidate.take(take(candidate));
      }
      return root;
    },
  };
}
