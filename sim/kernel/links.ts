// The words for what a network does to its links, and the table they act on: the same for the virtual network and for the wan that stands
// between real processes. A table is a value; orders give a new one.

import { assert } from '../../node/lib/assert.ts';
import { compareText } from '../../node/lib/bytes.ts';

/** n1, n2, …, f1. */
export type NodeName = string;

/** How one direction between two nodes carries bytes. */
export type LinkShape = {
  /** `open` carries; `stalled` holds bytes back until it opens again (what a real partition looks like); `cut` breaks the connection. */
  readonly state: 'open' | 'stalled' | 'cut';
  readonly delayMs: number;
  /** Each delivery waits up to this much longer; order on a link is kept. */
  readonly jitterMs: number;
  /** Null: unlimited. */
  readonly bitsPerSecond: number | null;
  /** Of a hundred messages so many never arrive. The wan carries a TCP stream, where a lost packet is a short stall. */
  readonly lossPercent: number;
  /** Of a hundred messages so many arrive a second time, later. Virtual network only, as the next one: a TCP stream has neither. */
  readonly duplicatePercent: number;
  /** At so many of a hundred arrivals any of the messages under way arrives, not the first. */
  readonly reorderPercent: number;
};

export const OPEN_LINK: LinkShape = {
  state: 'open',
  delayMs: 0,
  jitterMs: 0,
  bitsPerSecond: null,
  lossPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
};

/** Whether two shapes are the same in everything. */
export function isSameShape(a: LinkShape, b: LinkShape): boolean {
  return (
    a.state === b.state &&
    a.delayMs === b.delayMs &&
    a.jitterMs === b.jitterMs &&
    a.bitsPerSecond === b.bitsPerSecond &&
    a.lossPercent === b.lossPercent &&
    a.duplicatePercent === b.duplicatePercent &&
    a.reorderPercent === b.reorderPercent
  );
}

/** An order to the network. Groups of a partition name each node at most once; nodes that no group names form one of their own. */
export type NetworkOrder =
  | { readonly kind: 'partition'; readonly groups: readonly (readonly NodeName[])[] }
  /** Opens every link and takes away all shapes. */
  | { readonly kind: 'heal' }
  /** Shapes the link between two nodes, in both directions or in one; what is not named stays. */
  | {
      readonly kind: 'link';
      readonly from: NodeName;
      readonly to: NodeName;
      readonly direction: 'both' | 'one-way';
      readonly shape: Partial<LinkShape>;
    }
  /** Stalls, cuts or opens everything that one node sends and receives. */
  | { readonly kind: 'node'; readonly node: NodeName; readonly state: LinkShape['state'] };

/** Every directed link that is not open and plain, by `from>to`. */
export type LinkTable = ReadonlyMap<string, LinkShape>;

export const EMPTY_TABLE: LinkTable = new Map();

export function linkShape(table: LinkTable, from: NodeName, to: NodeName): LinkShape {
  return table.get(`${from}>${to}`) ?? OPEN_LINK;
}

/** The table after an order. The names must be those of the network: check a user's words with checkOrder first. */
export function applyOrder(table: LinkTable, order: NetworkOrder, nodes: readonly NodeName[]): LinkTable {
  const links = new Map(table);
  const shape = (from: NodeName, to: NodeName, change: Partial<LinkShape>): void => {
    links.set(`${from}>${to}`, { ...linkShape(links, from, to), ...change });
  };
  switch (order.kind) {
    case 'heal':
      return EMPTY_TABLE;
    case 'partition': {
      const side = sidesOf(order.groups, nodes);
      for (const [from, to] of pairs(nodes)) {
        const state = side.get(from) === side.get(to) ? 'open' : 'stalled';
        shape(from, to, { state });
      }
      return normalised(links);
    }
    case 'link':
      shape(order.from, order.to, order.shape);
      if (order.direction === 'both') shape(order.to, order.from, order.shape);
      return normalised(links);
    case 'node':
      for (const [from, to] of pairs(nodes)) {
        if (from === order.node || to === order.node) shape(from, to, { state: order.state });
      }
      return normalised(links);
  }
}

/** One clear line on what is wrong with an order for these nodes, or null. */
export function checkOrder(order: NetworkOrder, nodes: readonly NodeName[]): string | null {
  const named = order.kind === 'partition' ? order.groups.flat() : namesOf(order);
  for (const name of named) {
    if (!nodes.includes(name)) return `no node '${name}' in this network (it has ${nodes.join(', ')})`;
  }
  if (order.kind === 'partition') {
    const twice = named.find((name, i) => named.indexOf(name) !== i);
    if (twice !== undefined) return `node '${twice}' is on two sides`;
    if (named.length === 0) return 'a partition needs at least one side';
  }
  if (order.kind === 'link' && order.from === order.to) return `'${order.from}' has no link to itself`;
  return null;
}

function namesOf(order: Exclude<NetworkOrder, { kind: 'partition' }>): readonly NodeName[] {
  switch (order.kind) {
    case 'heal':
      return [];
    case 'link':
      return [order.from, order.to];
    case 'node':
      return [order.node];
  }
}

function sidesOf(groups: readonly (readonly NodeName[])[], nodes: readonly NodeName[]): ReadonlyMap<NodeName, number> {
  const side = new Map<NodeName, number>();
  groups.forEach((group, index) => {
    for (const node of group) {
      assert(!side.has(node), `${node} is on two sides`);
      side.set(node, index);
    }
  });
  for (const node of nodes) if (!side.has(node)) side.set(node, groups.length);
  return side;
}

function* pairs(nodes: readonly NodeName[]): Generator<readonly [NodeName, NodeName]> {
  for (const from of nodes) for (const to of nodes) if (from !== to) yield [from, to];
}

/** Without the links that are open and plain, ordered by name, so that equal tables print alike. */
function normalised(links: ReadonlyMap<string, LinkShape>): LinkTable {
  return new Map(
    [...links].filter(([, shape]) => !isSameShape(shape, OPEN_LINK)).sort(([a], [b]) => compareText(a, b)),
  );
}
