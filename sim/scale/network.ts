// A large network in virtual time: real blocks (ledger.ts) sealed by authorities under the real engine's plan and fork choice, spread over
// a modelled mesh between modelled places. What a node is here: which blocks it has, its head, and its machine.

import { authorityKeys } from '../../node/config/keys.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divide } from '../../node/lib/integer.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';
import { type Attesting, createAttesting } from './attesting.ts';
import { createFigures, type ScaleFigures } from './figures.ts';
import { createLedger, type LedgerBlock } from './ledger.ts';
import { createMesh } from './mesh.ts';
import { drawPlaces, TICKS_PER_MS } from './regions.ts';
import { createSpread } from './spread.ts';

export type ScaleOptions = {
  readonly seed: string;
  readonly nodes: number;
  /** Of the nodes, the first so many seal. */
  readonly authorities: number;
  /** Seconds. */
  readonly period: number;
  /** Transfers in a block. */
  readonly transfers: number;
  /** Of the nodes that take a block, so many sign what they computed and tell their peers. */
  readonly attesters: number;
  /** The distinct machines: node v has the one at `machineOf(v)`. */
  readonly machines: readonly Machine[];
  readonly machineOf: (node: number) => number;
  readonly hopeless: 'dropped' | 'sent';
};

export type ScaleNetwork = {
  /** Lets virtual time pass, milliseconds. */
  readonly run: (ms: number) => void;
  /** Parts the network: `sideOf` says on which side, 0 to 255, a node is. Null heals it, and everybody offers what it has again. */
  readonly cut: (sideOf: ((node: number) => number) | null) => void;
  readonly figures: () => ScaleFigures;
  /** The hash of a node's head. */
  readonly headOf: (node: number) => string;
};

/** What a node takes to decode, judge and execute a small block before it passes it on, and to sign what it computed. An assumption. */
export const HANDLING_TICKS = 3 * TICKS_PER_MS;

/** Virtual time begins here, 2026-01-01, as on the virtual arm. */
const START_S = 1_767_225_600;
const TICKS_PER_S = 1_000 * TICKS_PER_MS;
/** Of a network in which nothing is due. */
const NEVER = Number.MAX_SAFE_INTEGER;

type Authority = {
  readonly node: number;
  readonly random: Random;
  /** Null where it waits for another block. */
  due: { readonly tick: number; readonly timestamp: number } | null;
  /** Parents on which it has sealed. */
  readonly sealedOn: Set<number>;
};

/** A block that not every node has yet. */
type Open = {
  readonly block: LedgerBlock;
  readonly takers: number;
  readonly attesters: ReadonlySet<number>;
  have: number;
};

/** Creates a network in which everybody has the genesis. */
export function createScaleNetwork(options: ScaleOptions): ScaleNetwork {
  const { nodes, machines, machineOf, period, hopeless } = options;
  assert(options.authorities >= 1 && options.authorities <= nodes, `${options.authorities} authorities of ${nodes}`);
  const random = createRandom(options.seed);
  const keys = authorityKeys(options.seed, options.authorities);
  const ledger = createLedger({ authorities: keys, period, machines, transfers: options.transfers });
  const mesh = createMesh(drawPlaces(nodes, random.fork('places')), random.fork('mesh'));
  const salt = saltOf(options.seed);
  const spread = createSpread({ mesh, salt, handlingTicks: HANDLING_TICKS, hopeless });
  const attesting: Attesting = createAttesting({
    seed: options.seed,
    attesters: options.attesters,
    genesisHash: ledger.genesisHash,
    handlingTicks: HANDLING_TICKS,
    mesh,
    salt,
    machineOf,
  });
  const figures = createFigures(nodes);
  const machineIds = Uint8Array.from({ length: nodes }, (_, node) => machineOf(node));
  const nodesOfMachine = machines.map((_, machine) => machineIds.filter((id) => id === machine).length);

  /** By node: the id of its head. */
  const heads = new Int32Array(nodes);
  const authorities: Authority[] = keys.map(({ name }, node) => ({
    node,
    random: random.fork(`sealing/${name}`),
    due: null,
    sealedOn: new Set(),
  }));
  /** By slot of the spread; by id of a block, its slot; by id of a parent, the open blocks on it. */
  const open = new Map<number, Open>();
  const slots = new Map<number, number>();
  const children = new Map<number, number[]>();
  /** Which nodes have taken a block, where not all have: by slot. */
  const taken = new Map<number, Uint8Array>();
  let now = 0;
  let nextClosing = TICKS_PER_S;
  for (const authority of authorities) plan(authority);

  function plan(authority: Authority): void {
    const head = heads[authority.node] ?? 0;
    authority.due = null;
    if (authority.sealedOn.has(head)) return;
    const made = ledger.plan(head, authority.node, authority.random);
    if (made.kind !== 'seal') return;
    // As the core has it: a wait counts from the timestamp, or from now where that is past.
    const timestamp = Math.max(made.timestamp, START_S + period);
    const from = Math.max((timestamp - START_S) * TICKS_PER_S, now);
    authority.due = { tick: Math.max(from + made.delayMs * TICKS_PER_MS, now + 1), timestamp };
  }

  function seal(authority: Authority): void {
    const { node, due } = authority;
    const parent = heads[node] ?? 0;
    authority.due = null;
    authority.sealedOn.add(parent);
    const timestamp = Math.max(present(due, 'a seal that is due').timestamp, START_S + divide(now, TICKS_PER_S));
    const machine = machineIds[node] ?? 0;
    const block = ledger.seal({ parent, authority: node, machine, timestamp });
    const slot = spread.open(block.id, block.message.length);
    const takers = nodesOfMachine.reduce((sum, count, id) => sum + (block.accepted[id] === true ? count : 0), 0);
    open.set(slot, { block, takers, attesters: attesting.sample(block.id), have: 0 });
    slots.set(block.id, slot);
    taken.set(slot, new Uint8Array(nodes));
    children.set(parent, [...(children.get(parent) ?? []), slot]);
    figures.sealed(block, now);
    spread.give(slot, node);
    arrived(slot, node);
  }

  function isTaken(id: number, node: number): boolean {
    const slot = slots.get(id);
    return slot === undefined || taken.get(slot)?.[node] === 1; // a block without a slot is everybody's
  }

  /** A node has a block: takes it if its machine does and the parent is there, and then what waited for it. */
  function arrived(slot: number, node: number): void {
    const { block, attesters } = present(open.get(slot), 'an open block');
    const machine = machineIds[node] ?? 0;
    if (block.accepted[machine] !== true) return attesting.tell(block, node, now, attesters);
    if (!isTaken(block.parent, node)) return;
    take(slot, node);
    for (const child of children.get(block.id) ?? []) {
      if (spread.has(child, node) && taken.get(child)?.[node] === 0) arrived(child, node);
    }
  }

  function take(slot: number, node: number): void {
    const entry = present(open.get(slot), 'an open block');
    const { block, attesters } = entry;
    const marks = present(taken.get(slot), 'the marks of an open block');
    marks[node] = 1;
    entry.have += 1;
    figures.taken(block, entry.have, now);
    spread.forward(slot, node, now);
    attesting.tell(block, node, now, attesters);
    const head = heads[node] ?? 0;
    if (block.parent === head || ledger.compare(block.id, head) < 0) {
      figures.headMoved({ from: head, to: block.id, how: block.parent === head ? 'up' : 'over', tick: now });
      heads[node] = block.id;
      const authority = authorities[node];
      if (authority !== undefined) plan(authority);
    }
  }

  /** What everybody has, and nothing is under way of, needs no marks any more. */
  function closeFinished(): void {
    for (const [slot, { block, takers, have }] of open) {
      if (have < takers || spread.underWay(slot) > 0) continue;
      if (slots.has(block.parent)) continue; // of blocks that wait for each other the parent goes first
      if (takers < nodes && !isSettled(block)) continue;
      spread.close(slot);
      open.delete(slot);
      slots.delete(block.id);
      taken.delete(slot);
      children.delete(block.id);
      const siblings = (children.get(block.parent) ?? []).filter((each) => each !== slot);
      if (siblings.length > 0) children.set(block.parent, siblings);
      else children.delete(block.parent);
    }
  }

  /** One that some machines refuse stays open: those nodes must not take its children. */
  function isSettled(block: LedgerBlock): boolean {
    return block.accepted.every((each) => !each);
  }

  function nextTick(): number {
    let tick = Math.min(spread.nextTick() ?? NEVER, attesting.nextTick() ?? NEVER);
    for (const { due } of authorities) if (due !== null) tick = Math.min(tick, due.tick);
    return tick;
  }

  /** Everything of one tick: what was sent before it arrives before anybody sends or seals. */
  function happen(tick: number): void {
    now = tick;
    if (tick >= nextClosing) {
      closeFinished();
      nextClosing = tick + TICKS_PER_S;
    }
    attesting.arrive(tick);
    spread.arrive(tick, arrived);
    for (const authority of authorities) if (authority.due?.tick === tick) seal(authority);
  }

  return {
    run(ms) {
      const end = now + ms * TICKS_PER_MS;
      for (let tick = nextTick(); tick <= end; tick = nextTick()) happen(tick);
      now = end;
    },
    cut(sideOf) {
      const sides = sideOf === null ? null : Uint8Array.from({ length: nodes }, (_, node) => sideOf(node));
      const healed = sides === null;
      spread.cut(sides);
      attesting.cut(sides);
      if (!healed) return;
      for (const [slot] of open) {
        const marks = taken.get(slot);
        for (let node = 0; node < nodes; node++) if (marks?.[node] === 1) spread.forward(slot, node, now);
      }
    },
    figures: () => figures.read({ ledger, spread: spread.counts(), attestations: attesting.counts(), ticks: now }),
    headOf: (node) => ledger.block(present(heads[node], `no node ${node}`)).hash,
  };
}

function saltOf(seed: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = keccak256(utf8ToBytes(`${seed}/links`));
  return (a << 24) | (b << 16) | (c << 8) | d;
}
