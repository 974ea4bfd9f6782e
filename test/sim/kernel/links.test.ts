import { describe, expect, it } from 'vitest';
import {
  applyOrder,
  checkOrder,
  EMPTY_TABLE,
  type LinkTable,
  linkShape,
  type NetworkOrder,
  OPEN_LINK,
} from '../../../sim/kernel/links.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'f1'];

const tableAfter = (...orders: readonly NetworkOrder[]): LinkTable =>
  orders.reduce((table, order) => applyOrder(table, order, NODES), EMPTY_TABLE);
const stateOf = (table: LinkTable, from: string, to: string): string => linkShape(table, from, to).state;

describe('an order to the network', () => {
  it('stalls every link between the sides of a partition, both ways, and none within a side', () => {
    const table = tableAfter({
      kind: 'partition',
      groups: [
        ['n1', 'n3'],
        ['n2', 'n4', 'f1'],
      ],
    });
    for (const from of NODES)
      for (const to of NODES) {
        if (from === to) continue;
        const isApart = ['n1', 'n3'].includes(from) !== ['n1', 'n3'].includes(to);
        expect(`${from}>${to} ${stateOf(table, from, to)}`).toBe(`${from}>${to} ${isApart ? 'stalled' : 'open'}`);
      }
  });

  it('puts nodes that no side names on one side of their own', () => {
    const table = tableAfter({ kind: 'partition', groups: [['n1'], ['n2']] });
    expect(stateOf(table, 'n3', 'n4')).toBe('open');
    expect(stateOf(table, 'f1', 'n3')).toBe('open');
    expect(stateOf(table, 'n3', 'n1')).toBe('stalled');
    expect(stateOf(table, 'n2', 'f1')).toBe('stalled');
  });

  it('replaces an earlier partition instead of adding to it', () => {
    const table = tableAfter({ kind: 'partition', groups: [['n1']] }, { kind: 'partition', groups: [['n2']] });
    expect(stateOf(table, 'n1', 'n3')).toBe('open');
    expect(stateOf(table, 'n2', 'n3')).toBe('stalled');
  });

  it('keeps the delay of a link through a partition, and takes it away when the network heals', () => {
    const shape: NetworkOrder = { kind: 'link', from: 'n1', to: 'n2', direction: 'both', shape: { delayMs: 200 } };
    const split = tableAfter(shape, { kind: 'partition', groups: [['n1']] });
    expect(linkShape(split, 'n1', 'n2')).toEqual({ ...OPEN_LINK, state: 'stalled', delayMs: 200 });
    expect(tableAfter(shape, { kind: 'partition', groups: [['n1']] }, { kind: 'heal' })).toEqual(EMPTY_TABLE);
  });

  it('shapes one direction of a link where it is told so, and leaves what it does not name', () => {
    const oneWay = { kind: 'link', from: 'n1', to: 'n2', direction: 'one-way' } as const;
    const table = tableAfter({ ...oneWay, shape: { delayMs: 50 } }, { ...oneWay, shape: { state: 'stalled' } });
    expect(linkShape(table, 'n1', 'n2')).toEqual({ ...OPEN_LINK, state: 'stalled', delayMs: 50 });
    expect(linkShape(table, 'n2', 'n1')).toEqual(OPEN_LINK);
  });

  it('treats every link of one node, in both directions, and no other', () => {
    const table = tableAfter({ kind: 'node', node: 'n2', state: 'cut' });
    expect(stateOf(table, 'n2', 'f1')).toBe('cut');
    expect(stateOf(table, 'f1', 'n2')).toBe('cut');
    expect(stateOf(table, 'n1', 'f1')).toBe('open');
    expect(tableAfter({ kind: 'node', node: 'n2', state: 'cut' }, { kind: 'node', node: 'n2', state: 'open' })).toEqual(
      EMPTY_TABLE,
    );
  });

  it('gives equal tables for orders that come to the same, whatever their order', () => {
    const a: NetworkOrder = { kind: 'link', from: 'n1', to: 'n2', direction: 'one-way', shape: { delayMs: 5 } };
    const b: NetworkOrder = { kind: 'link', from: 'f1', to: 'n3', direction: 'one-way', shape: { jitterMs: 5 } };
    expect([...tableAfter(a, b)]).toEqual([...tableAfter(b, a)]);
  });
});

describe('the check of an order', () => {
  it.each<[string, NetworkOrder, string | null]>([
    ['a partition', { kind: 'partition', groups: [['n1'], ['n2']] }, null],
    ['healing', { kind: 'heal' }, null],
    ['a node on two sides', { kind: 'partition', groups: [['n1', 'n2'], ['n2']] }, "node 'n2' is on two sides"],
    ['a node twice on one side', { kind: 'partition', groups: [['n1', 'n1']] }, "node 'n1' is on two sides"],
    ['no side', { kind: 'partition', groups: [] }, 'a partition needs at least one side'],
    [
      'an unknown node in a partition',
      { kind: 'partition', groups: [['n9']] },
      "no node 'n9' in this network (it has n1, n2, n3, n4, f1)",
    ],
    [
      'an unknown end of a link',
      { kind: 'link', from: 'n1', to: 'x', direction: 'both', shape: {} },
      "no node 'x' in this network (it has n1, n2, n3, n4, f1)",
    ],
    [
      'a link to itself',
      { kind: 'link', from: 'n1', to: 'n1', direction: 'both', shape: {} },
      "'n1' has no link to itself",
    ],
    [
      'an unknown node',
      { kind: 'node', node: 'n0', state: 'cut' },
      "no node 'n0' in this network (it has n1, n2, n3, n4, f1)",
    ],
  ])('answers %s', (_, order, problem) => {
    expect(checkOrder(order, NODES)).toBe(problem);
  });
});
