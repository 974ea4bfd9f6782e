import { describe, expect, it } from 'vitest';
import { oneHead } from '../../../sim/check/p05-one-head.ts';
import { growth } from '../../../sim/check/p06-growth.ts';
import { haltingSide } from '../../../sim/check/p07-halting-side.ts';
import { noRepeat } from '../../../sim/check/p09-no-repeat.ts';
import { reorganisations } from '../../../sim/check/p10-reorganisations.ts';
import { once } from '../../../sim/check/p14-once.ts';
import { oneSeal } from '../../../sim/check/p18-one-seal.ts';
import { named } from '../../../sim/check/p20-named.ts';
import type { NetworkFacts, Observation, Property } from '../../../sim/check/property.ts';
import {
  chainOf,
  event,
  executed,
  FACTS,
  follow,
  hashOf,
  head,
  type MadeBlock,
  refOf,
  resultOf,
  SIGNER,
  sealed,
  started,
} from './made.ts';
import { judge } from './record.ts';

const find = (property: Property, observations: readonly Observation[], facts: NetworkFacts = FACTS) =>
  judge(property, { facts, observations });
const CHAIN = chainOf('a', ['n1', 'n2', 'n3', 'n1', 'n2']);
const block = (at: number): MadeBlock => CHAIN[at - 1]!;
const splitAt = (atMs: number, ...groups: string[][]): Observation => ({
  kind: 'network',
  atMs,
  order: { kind: 'partition', groups },
});
const processed = (node: string, change: 'started' | 'killed' | 'wiped'): Observation => ({
  kind: 'process',
  atMs: 0,
  node,
  change,
});

describe('P5, one head', () => {
  const everybodyAt = (atMs: number): Observation[] => FACTS.nodes.flatMap((node) => head(node, atMs, [block(1)]));
  const calm: Observation = { kind: 'calm', atMs: 1_000 };

  it.each([
    ['at the calm', [...everybodyAt(500), calm]],
    ['at the end of the window', [calm, ...everybodyAt(11_000)]],
    ['in a story that broke off before the calm', [head('n1', 1, [block(1)])]],
  ])('is fine where all agree %s', (_, story) => {
    expect(find(oneHead, story)).toEqual([]);
  });

  it('misses a head that came a millisecond behind the window', () => {
    expect(find(oneHead, [calm, ...everybodyAt(11_001)])).toEqual(['one head only after 10001 ms, 10000 allowed']);
  });

  it('measures the window in periods where they are long', () => {
    const facts = { ...FACTS, periodMs: 3_000 };
    expect(find(oneHead, [calm, ...everybodyAt(16_000)], facts)).toEqual([]);
    expect(find(oneHead, [calm, ...everybodyAt(16_001)], facts)).toHaveLength(1);
  });

  it('misses a common head where one node stands elsewhere', () => {
    expect(find(oneHead, [...everybodyAt(1), head('f1', 2, [block(2)]), calm])).toEqual([
      'no common head within 10000 ms',
    ]);
  });

  it('does not count the last word of a node that was killed since', () => {
    const story = [...everybodyAt(1), processed('n2', 'killed'), calm];
    expect(find(oneHead, story)).toHaveLength(1);
    expect(find(oneHead, [...story, started('n2', 2_000, block(1))])).toEqual([]);
  });

  it('does not ask faulty nodes', () => {
    const story = [...everybodyAt(1), head('n3', 2, [block(2)]), calm];
    expect(find(oneHead, story, { ...FACTS, faulty: ['n3'] })).toEqual([]);
  });
});

describe('P6, growth', () => {
  const grow = (blocks: number): Observation[] => [
    head('n1', 0, [{ ...block(1), number: 10 }]),
    { kind: 'calm', atMs: 0 },
    head('n1', 5, [{ ...block(1), number: 10 + blocks }]),
    { kind: 'drained', atMs: 10_000 },
  ];

  it('wants eight blocks in ten periods, and not seven', () => {
    expect(find(growth, grow(8))).toEqual([]);
    expect(find(growth, grow(7))).toEqual(['7 blocks in 10000 ms, at least 8 wanted']);
  });

  it('does not count the head of a faulty node', () => {
    const story = grow(7).toSpliced(3, 0, head('f1', 6, [{ ...block(1), number: 18 }]));
    expect(find(growth, story)).toEqual([]);
    expect(find(growth, story, { ...FACTS, faulty: ['f1'] })).toHaveLength(1);
  });

  it('is not asked where an authority has lost its store, but where a follower has', () => {
    expect(find(growth, [processed('n2', 'wiped'), ...grow(0)])).toEqual([]);
    expect(find(growth, [processed('f1', 'wiped'), ...grow(0)])).toHaveLength(1);
  });

  it('is not asked where an authority is faulty, nor in a story that broke off', () => {
    expect(find(growth, grow(0), { ...FACTS, faulty: ['n1'] })).toEqual([]);
    expect(find(growth, grow(0).slice(0, 2))).toEqual([]);
  });
});

describe('P7, a side that is too small', () => {
  const [a1] = CHAIN as [MadeBlock];
  const minority = chainOf('m', ['n1', 'n1', 'n1'], { name: 'a1', number: 1 });
  const before = [sealed('n1', 0, a1), splitAt(100, ['n1'], ['n2', 'n3', 'f1'])];

  it('may add as many blocks as it has signers, and not one more', () => {
    expect(find(haltingSide, [...before, sealed('n1', 200, minority[0]!)])).toEqual([]);
    expect(find(haltingSide, [...before, sealed('n1', 200, minority[0]!), sealed('n1', 300, minority[1]!)])).toEqual([
      'n1 added 2 blocks with 1 signers, 2 needed',
    ]);
  });

  it('may add as many on another branch', () => {
    const sibling = { ...minority[0]!, name: 'x2' };
    expect(find(haltingSide, [...before, sealed('n1', 200, minority[0]!), sealed('n1', 300, sibling)])).toEqual([]);
  });

  it('is free again when the network heals, and counts anew when it is cut again', () => {
    const story = [
      ...before,
      sealed('n1', 200, minority[0]!),
      { kind: 'network', atMs: 250, order: { kind: 'heal' } } as const,
    ];
    expect(find(haltingSide, [...story, sealed('n1', 300, minority[1]!)])).toEqual([]);
    const again = [...story, splitAt(260, ['n1']), sealed('n1', 300, minority[1]!)];
    expect(find(haltingSide, again)).toEqual([]);
    expect(find(haltingSide, [...again, sealed('n1', 400, minority[2]!)])).toHaveLength(1);
  });

  it('leaves a side with enough signers alone', () => {
    const majority = chainOf('b', ['n2', 'n3', 'n2', 'n3'], { name: 'a1', number: 1 });
    expect(find(haltingSide, [...before, ...majority.map((b) => sealed(b.sealer, 300, b))])).toEqual([]);
  });

  it('counts the nodes that no side names as one side', () => {
    const facts = { ...FACTS, signerLimit: 3 };
    const rest = chainOf('b', ['n2', 'n3', 'n2'], { name: 'a1', number: 1 });
    expect(find(haltingSide, [splitAt(100, ['n1']), ...rest.map((b) => sealed(b.sealer, 300, b))], facts)).toEqual([
      'n2, n3, f1 added 3 blocks with 2 signers, 3 needed',
    ]);
  });
});

describe('P9, no signer repeats', () => {
  it('finds a signer twice within L canonical blocks', () => {
    expect(find(noRepeat, follow('n1', 1, CHAIN))).toEqual([]);
    const [evidence, ...more] = find(noRepeat, follow('n1', 1, chainOf('a', ['n1', 'n2', 'n2'])));
    expect(evidence).toBe(`n1 holds blocks 2 and 3 by ${SIGNER['n2']} canonical, L is 2`);
    expect(more).toEqual([]);
  });

  it('looks back L - 1 blocks, and not L', () => {
    const story = follow('n1', 1, chainOf('a', ['n1', 'n2', 'n1']));
    expect(find(noRepeat, story)).toEqual([]);
    expect(find(noRepeat, story, { ...FACTS, signerLimit: 3 })).toHaveLength(1);
  });

  it('says nothing of a block that is on no canonical chain', () => {
    const blocks = chainOf('a', ['n1', 'n1']);
    expect(find(noRepeat, [...follow('n1', 1, blocks.slice(0, 1)), executed('n1', 1, blocks[1]!)])).toEqual([]);
  });
});

describe('P10, whole reorganisations', () => {
  const other = chainOf('b', ['n3', 'n1', 'n3'], block(1));
  const base = [...follow('n1', 1, CHAIN.slice(0, 3)), ...other.map((b) => executed('n1', 2, b))];

  it('accepts one that tells both branches', () => {
    expect(find(reorganisations, [...base, head('n1', 3, other, [block(3), block(2)])])).toEqual([]);
  });

  it.each<[string, Observation, RegExp]>([
    ['an undone block', head('n1', 3, other, [block(3)]), /redone block 2 is no child of/],
    ['the first redone block', head('n1', 3, other.slice(1), [block(3), block(2)]), /redone block 3 is no child of/],
    ['the branch that was left', head('n1', 3, other), /redone block 2 is no child of/],
    [
      'the order of what was undone',
      head('n1', 3, other, [block(2), block(3)]),
      /undone block 2 .* where the walk stands/,
    ],
  ])('finds one that does not tell %s', (_, reorganisation, problem) => {
    const [evidence, ...more] = find(reorganisations, [...base, reorganisation]);
    expect(evidence).toMatch(problem);
    expect(more).toEqual([]);
  });

  it('finds a head where the walk does not end', () => {
    const moved = head('n1', 3, [block(4)]);
    if (moved.kind !== 'event' || moved.event.kind !== 'head') throw new Error('no head');
    const lying = { ...moved, event: { ...moved.event, block: refOf(block(5)) } };
    expect(find(reorganisations, [...base, executed('n1', 2, block(4)), lying])[0]).toMatch(
      /the walk ends at .* the head is/,
    );
  });

  it('begins anew where a node says that it started', () => {
    const again = [...base, started('n1', 4, block(2)), head('n1', 5, [block(3)])];
    expect(find(reorganisations, again)).toEqual([]);
    expect(find(reorganisations, again.toSpliced(-2, 1))).toHaveLength(1);
  });
});

describe('P14, once', () => {
  const tx = { hash: hashOf('tx'), sender: SIGNER['n1']!, nonce: '0' };
  const withTx = (made: MadeBlock, ...transactions: (typeof tx)[]): MadeBlock => ({ ...made, transactions });

  it('finds a transaction that stands in two canonical blocks, and names both', () => {
    const story = follow('n1', 1, [withTx(block(1), tx), block(2), withTx(block(3), tx)]);
    expect(find(once, story)).toEqual([
      `n1: ${tx.hash} stands in block 3 ${hashOf('a3')} and in ${hashOf('a1')}`,
      `n1: ${tx.sender}/0 stands in block 3 ${hashOf('a3')} and in ${hashOf('a1')}`,
    ]);
  });

  it('finds two transactions of one sender with one nonce', () => {
    const second = { ...tx, hash: hashOf('other') };
    expect(find(once, follow('n1', 1, [withTx(block(1), tx), withTx(block(2), second)]))).toHaveLength(1);
    expect(find(once, follow('n1', 1, [withTx(block(1), tx, second)]))).toHaveLength(1);
    expect(find(once, follow('n1', 1, [withTx(block(1), tx), withTx(block(2), { ...second, nonce: '1' })]))).toEqual(
      [],
    );
  });

  it('lets a transaction be mined again whose block was undone, and finds one that was not', () => {
    const [first, second] = [
      withTx(block(1), tx),
      withTx({ ...block(2), name: 'b1', parent: 'genesis', number: 1 }, tx),
    ];
    const story = [...follow('n1', 1, [first]), executed('n1', 2, second)];
    expect(find(once, [...story, head('n1', 3, [second], [first])])).toEqual([]);
    expect(find(once, [...story, head('n1', 3, [second])])).toHaveLength(2);
  });

  it('lets a node with an emptied store follow its chain again, and remembers what a kept store holds', () => {
    const blocks = [withTx(block(1), tx), withTx(block(2))];
    const story = [...follow('n1', 1, blocks), started('n1', 2), ...follow('n1', 3, blocks)];
    expect(find(once, story)).toEqual([]);
    const kept = [...follow('n1', 1, blocks), started('n1', 2, block(2)), ...follow('n1', 3, [withTx(block(3), tx)])];
    expect(find(once, kept)).toHaveLength(2);
  });
});

describe('P18, one seal on a parent', () => {
  const twin = { ...block(2), name: 'x2' };
  const story = [executed('n1', 1, block(1)), executed('f1', 2, block(2)), executed('n3', 3, twin)];

  it('finds two blocks by one signer on one parent, whoever saw them', () => {
    expect(find(oneSeal, story)).toEqual([
      `${SIGNER['n2']} on ${hashOf('a1')}: ${hashOf('a2')} and ${hashOf('x2')}, both at 2`,
    ]);
  });

  it('lets two signers seal on one parent, one signer on two, and one block be executed by many', () => {
    expect(find(oneSeal, [executed('n1', 1, block(2)), executed('n1', 1, { ...twin, sealer: 'n3' })])).toEqual([]);
    expect(find(oneSeal, [executed('n1', 1, block(2)), executed('n1', 1, { ...twin, parent: 'x1' })])).toEqual([]);
    expect(find(oneSeal, [executed('n1', 1, block(2)), executed('n2', 1, block(2))])).toEqual([]);
  });

  it('does not hold it against a faulty node, nor against one whose store was emptied', () => {
    expect(find(oneSeal, story, { ...FACTS, faulty: ['n2'] })).toEqual([]);
    expect(find(oneSeal, [processed('n2', 'wiped'), ...story])).toEqual([]);
    expect(find(oneSeal, [processed('n2', 'killed'), processed('n2', 'started'), ...story])).toHaveLength(1);
  });
});

describe('P20, a faulty machine', () => {
  const facts = { ...FACTS, faulty: ['n3'] };
  const accuse = (
    by: string,
    made: MadeBlock,
    results: readonly (readonly [string | null, string])[],
    field: 'stateRoot' | 'receiptsRoot' | 'gasUsed' = 'stateRoot',
  ): Observation =>
    event(by, 5, {
      kind: 'divergence',
      block: refOf(made),
      results: results.map(([node, root]) => ({ node, nodeAddress: hashOf(node ?? 'nobody'), ...resultOf(root) })),
      field,
    });
  const right = ['n1', 'root of a2'] as const;
  const wrong = ['n3', 'wrong'] as const;
  const story = [
    ...follow('n1', 1, CHAIN.slice(0, 2)),
    ...follow('n2', 1, CHAIN.slice(0, 2)),
    executed('n3', 2, block(2), 'wrong'),
  ];
  const further = (blocks: number): Observation[] => follow('n1', 3, CHAIN.slice(2, 2 + blocks));

  it('is fine when it is named at its block or one behind', () => {
    expect(find(named, [...story, accuse('n1', block(2), [right, wrong])], facts)).toEqual([]);
    expect(find(named, [...story, ...further(1), accuse('n1', block(2), [right, wrong])], facts)).toEqual([]);
  });

  it('is found when it is named two blocks later, or never, or by nobody but itself', () => {
    const late = [...story, ...further(2), accuse('n1', block(2), [right, wrong])];
    expect(find(named, late, facts)).toEqual(['n3 was wrong first at block 2, named by n1 at height 4']);
    expect(find(named, [...story, ...further(2)], facts)).toEqual(['n3 was wrong first at block 2, named never']);
    expect(find(named, [...story, accuse('n3', block(2), [right, wrong])], facts)).toHaveLength(1);
  });

  it('may be named later where links were broken, but not never', () => {
    const cut = [...story, splitAt(3, ['n3']), ...further(2)];
    expect(find(named, [...cut, accuse('n1', block(2), [right, wrong])], facts)).toEqual([]);
    expect(find(named, cut, facts)).toHaveLength(1);
  });

  it('is fine when it never computed anything wrong', () => {
    expect(find(named, follow('n3', 1, CHAIN), facts)).toEqual([]);
  });

  it('finds a correct node that is accused, with or without faulty ones', () => {
    const false1 = accuse('n1', block(2), [right, ['n2', 'wrong']]);
    const evidence = [`block 2: n1 says that n2 has root ${hashOf('wrong')}, it has ${hashOf('root of a2')}`];
    expect(find(named, [...story, accuse('n1', block(2), [right, wrong]), false1], facts)).toEqual(evidence);
    expect(find(named, [...follow('n1', 1, CHAIN), ...follow('n2', 1, CHAIN), false1])).toEqual(evidence);
  });

  it('finds a result under a name of nobody, and one that the faulty node never had', () => {
    const anonymous = accuse('n1', block(2), [right, [null, 'wrong']]);
    expect(find(named, [...follow('n1', 1, CHAIN), anonymous])).toHaveLength(1);
    const other = accuse('n1', block(2), [right, ['n3', 'another']]);
    expect(find(named, [...story, other], facts)).toEqual([
      `block 2: n1 says that n3 has root ${hashOf('another')}, it has ${hashOf('wrong')}`,
    ]);
  });

  it('finds a field that is not the first which differs', () => {
    const named1 = accuse('n1', block(2), [right, wrong], 'gasUsed');
    expect(find(named, [...story, named1], facts)).toEqual([
      'n1 says that gasUsed differs at block 2, it is stateRoot',
    ]);
  });

  it('finds a correct node that has taken a wrong root', () => {
    const taken = head('n2', 1, [block(2)]);
    if (taken.kind !== 'event' || taken.event.kind !== 'head') throw new Error('no head');
    const lying = { ...taken, event: { ...taken.event, stateRoot: hashOf('wrong') } };
    expect(find(named, [...story, accuse('n1', block(2), [right, wrong]), lying], facts)).toEqual([
      `n2 took ${hashOf('a2')} with root ${hashOf('wrong')}, it gives ${hashOf('root of a2')}`,
    ]);
  });
});
