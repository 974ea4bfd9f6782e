import { describe, expect, it } from 'vitest';
import type { NodeEvent } from '../../../node/core/events.ts';
import { safeStays } from '../../../sim/check/p02-safe.ts';
import { everybodySeals } from '../../../sim/check/p08-everybody-seals.ts';
import { reorganisations } from '../../../sim/check/p10-reorganisations.ts';
import { fates } from '../../../sim/check/p13-fates.ts';
import { supply } from '../../../sim/check/p15-supply.ts';
import { durableBlocks } from '../../../sim/check/p17-durable-blocks.ts';
import { evidenceTold } from '../../../sim/check/p19-evidence.ts';
import { caps } from '../../../sim/check/p21-caps.ts';
import { judgeTraces } from '../../../sim/check/p22-same-trace.ts';
import type { NetworkFacts, Observation, Property } from '../../../sim/check/property.ts';
import type { NetworkOrder } from '../../../sim/kernel/links.ts';
import { chainOf, event, executed, FACTS, follow, hashOf, head, type MadeBlock, SIGNER, started } from './made.ts';
import { judge } from './record.ts';

const find = (property: Property, observations: readonly Observation[], facts: NetworkFacts = FACTS) =>
  judge(property, { facts, observations });
const evidenceOf = (property: Property, observations: readonly Observation[]): string => {
  const watcher = property.watch(FACTS);
  for (const observation of observations) watcher.observe(observation);
  return watcher.finish().evidence;
};
type Change = Extract<Observation, { kind: 'process' }>['change'];
const processed = (node: string, change: Change, atMs = 0): Observation => ({ kind: 'process', atMs, node, change });
const ordered = (order: NetworkOrder, atMs = 0): Observation => ({ kind: 'network', atMs, order });
const calm: Observation = { kind: 'calm', atMs: 5_000 };
const drained: Observation = { kind: 'drained', atMs: 15_000 };

describe('P2, what was safe', () => {
  // Three signers: more than two of them must have built on a block.
  const chain = chainOf('a', ['n1', 'n2', 'n3', 'n1']);
  const branch = (from: number) =>
    chainOf('b', ['n2', 'n3', 'n1', 'n2', 'n3'], from === 0 ? undefined : { name: `a${from}`, number: from });

  it('is a block on which all three have built, and not one on which two have', () => {
    expect(evidenceOf(safeStays, follow('n1', 1, chain.slice(0, 3)))).toBe(
      'nothing is final; 0 blocks were safe, none of them undone',
    );
    expect(evidenceOf(safeStays, follow('n1', 1, chain))).toBe(
      'nothing is final; 1 blocks were safe, none of them undone',
    );
  });

  it('is counted where it is undone, on a correct node, and not where the blocks above it are', () => {
    const undo = (from: number, node = 'n1'): Observation[] => [
      ...branch(from).map((block) => executed(node, 2, block)),
      head(node, 2, branch(from), chain.slice(from).toReversed()),
    ];
    const story = follow('n1', 1, chain);
    expect(evidenceOf(safeStays, [...story, ...undo(1)])).toMatch(/none of them undone$/);
    expect(evidenceOf(safeStays, [...story, ...undo(0)])).toMatch(/undone 1 times on some node, at most 1 deep$/);
    expect(evidenceOf(safeStays, [...story, processed('n1', 'wiped'), ...undo(0)])).toMatch(/none of them undone$/);
  });
});

describe('P8, everybody seals', () => {
  const everybody = FACTS.nodes.map((node) => processed(node, 'started'));
  /** `length` blocks, of which n3 seals none behind the first so many; one a millisecond. */
  const without3 = (first: number, length: number): MadeBlock[] =>
    chainOf(
      'a',
      Array.from({ length }, (_, i) => (i < first ? 'n3' : i % 2 === 0 ? 'n1' : 'n2')),
    );
  const play = (blocks: readonly MadeBlock[]): Observation[] =>
    blocks.flatMap((block) => follow('n1', block.number, [block]));

  it('finds a signer that sealed none of thirty blocks, once, and not one that sealed the first of them', () => {
    expect(find(everybodySeals, [...everybody, ...play(without3(0, 29))])).toEqual([]);
    expect(find(everybodySeals, [...everybody, ...play(without3(0, 35))])).toEqual([
      'n3 was online and sealed none of the blocks 1 to 30 of n1',
    ]);
    expect(find(everybodySeals, [...everybody, ...play(without3(1, 30))])).toEqual([]);
    expect(find(everybodySeals, [...everybody, ...play(without3(1, 31))])).toHaveLength(1);
  });

  it('does not ask a faulty signer, nor one whose store was emptied', () => {
    const story = [...everybody, ...play(without3(0, 30))];
    expect(find(everybodySeals, story, { ...FACTS, faulty: ['n3'] })).toEqual([]);
    expect(
      find(everybodySeals, [...everybody, processed('n3', 'wiped'), processed('n3', 'started'), ...story.slice(4)]),
    ).toEqual([]);
  });

  const interruptions: readonly (readonly [string, Observation, Observation])[] = [
    ['was down', processed('n3', 'killed', 5), processed('n3', 'started', 7)],
    ['was paused', processed('n3', 'paused', 5), processed('n3', 'resumed', 7)],
    ['was cut off', ordered({ kind: 'partition', groups: [['n3']] }, 5), ordered({ kind: 'heal' }, 7)],
    [
      'had a slow link',
      ordered({ kind: 'link', from: 'n1', to: 'n3', direction: 'both', shape: { delayMs: 1 } }, 5),
      ordered({ kind: 'heal' }, 7),
    ],
    [
      'heard nothing',
      ordered({ kind: 'link', from: 'n1', to: 'n3', direction: 'one-way', shape: { state: 'cut' } }, 5),
      ordered({ kind: 'heal' }, 7),
    ],
    [
      'was told not to',
      event('n3', 5, { kind: 'sealing', enabled: false, reason: 'operator' }),
      event('n3', 7, { kind: 'sealing', enabled: true, reason: 'operator' }),
    ],
  ];
  it.each(interruptions)('does not ask a signer that %s, and asks it again afterwards', (_, begin, end) => {
    const blocks = play(without3(0, 36));
    const at = (ms: number): number => blocks.findIndex(({ atMs }) => atMs > ms);
    const interrupted = [...everybody, ...blocks.slice(0, at(6)), begin, end, ...blocks.slice(at(6))];
    expect(find(everybodySeals, interrupted.slice(0, -2))).toEqual([]); // block 6 began before it was back
    expect(find(everybodySeals, [...interrupted.slice(0, -2), begin])).toEqual([]);
    expect(find(everybodySeals, interrupted)).toEqual(['n3 was online and sealed none of the blocks 7 to 36 of n1']);
  });

  it('asks a signer on the observer’s side of a cut, and not one on the other', () => {
    const cut = (...side: string[]): Observation => ordered({ kind: 'partition', groups: [side] });
    const blocks = play(without3(0, 30));
    expect(find(everybodySeals, [...everybody, cut('n1', 'n3'), ...blocks])).toHaveLength(1);
    expect(find(everybodySeals, [...everybody, cut('n1', 'n2'), ...blocks])).toEqual([]);
  });
});

describe('P13, a transaction', () => {
  const SENDER = hashOf('sender');
  const tx = { hash: hashOf('tx'), sender: SENDER, nonce: '0' };
  const submitted = (node = 'n1', nonce = '0', name = 'tx'): Observation => ({
    kind: 'submitted',
    atMs: 1,
    node,
    hash: hashOf(name),
    sender: SENDER,
    nonce,
  });
  const fate = (
    node: string,
    what: Extract<NodeEvent, { kind: 'transaction' }>['fate'],
    code: 'pool-full' | null = null,
  ) => event(node, 2, { kind: 'transaction', fate: what, hash: tx.hash, code, block: null });
  const growth = follow('n1', 6_000, chainOf('a', ['n1', 'n2']));
  const end = (...told: Observation[]): Observation[] => [submitted(), ...told, calm, ...growth, drained];
  const lost = `n1 accepted ${tx.hash} (${SENDER}/0): it is neither mined nor told of`;

  it('is missed where it is neither mined nor told of', () => {
    expect(find(fates, end())).toEqual([lost]);
    expect(find(fates, end(fate('n2', 'dropped', 'pool-full')))).toEqual([lost]); // another node's pool is no excuse
  });

  it('is fine where it is mined on the chain that won, and missed where only on one that lost', () => {
    const [first, second] = chainOf('a', ['n1', 'n2']) as [MadeBlock, MadeBlock];
    const mined = follow('n1', 6_000, [{ ...first, transactions: [tx] }, second]);
    expect(find(fates, [submitted(), calm, ...mined, drained])).toEqual([]);
    const other = chainOf('b', ['n2', 'n3', 'n1']);
    const undone = [...other.map((block) => executed('n1', 7_000, block)), head('n1', 7_000, other, [second, first])];
    expect(find(fates, [submitted(), calm, ...mined, ...undone, drained])).toEqual([lost]);
  });

  it.each([
    ['replaced', null, []],
    ['dropped', 'pool-full', []],
    ['rejected', 'pool-full', []],
    ['dropped', null, [lost.replace('is neither mined nor told of', 'was dropped without a reason')]],
  ] as const)('that was %s with the reason %s is judged by it', (what, code, found) => {
    expect(find(fates, end(fate('n1', what, code)))).toEqual(found);
  });

  it('is missed again where it came back to the pool after its fate was told', () => {
    expect(find(fates, end(fate('n1', 'dropped', 'pool-full'), fate('n1', 'returned')))).toEqual([lost]);
  });

  it('may wait behind a nonce that nobody has used, but is not excused by one that was used', () => {
    const waiting = [submitted('n1', '1'), calm, ...growth, drained];
    expect(find(fates, waiting)).toEqual([]);
    const used = chainOf('a', ['n1', 'n2']).map((block) =>
      block.number === 1 ? { ...block, transactions: [{ ...tx, hash: hashOf('other') }] } : block,
    );
    expect(find(fates, [submitted('n1', '1'), calm, ...follow('n1', 6_000, used), drained])).toHaveLength(1);
  });

  it('is not asked of a faulty node, of a store that was emptied later, of a chain that stands still, nor before the end', () => {
    expect(find(fates, end(), { ...FACTS, faulty: ['n1'] })).toEqual([]);
    expect(find(fates, end(processed('n1', 'wiped')))).toEqual([]);
    expect(find(fates, [processed('n1', 'wiped'), ...end()])).toEqual([lost]);
    expect(find(fates, [submitted(), calm, ...growth.slice(0, 2), drained])).toEqual([]);
    expect(find(fates, end().slice(0, -1))).toEqual([]);
  });
});

describe('a block that a life has written, and was killed before it could tell of it', () => {
  const [a1, a2, a3] = chainOf('a', ['n1', 'n2', 'n3']) as [MadeBlock, MadeBlock, MadeBlock];
  const other = chainOf('b', ['n3', 'n1'], a1);
  const withNonce = (block: MadeBlock, nonce: string): MadeBlock => ({
    ...block,
    transactions: [{ hash: hashOf(`tx ${nonce}`), sender: SIGNER['n1']!, nonce }],
  });
  const back = started('n1', 3, a2);
  const facts = { ...FACTS, genesis: { alloc: {} } };
  const undo = [...other.map((block) => executed('n1', 4, block)), head('n1', 4, other, [a2])];

  it('is undone without a word of P10, which finds one that no store has held', () => {
    expect(find(reorganisations, [...follow('n1', 1, [a1]), processed('n1', 'killed'), back, ...undo])).toEqual([]);
    const found = find(reorganisations, [...follow('n1', 1, [a1]), ...undo]);
    expect(found).toHaveLength(1);
  });

  it('may hold the nonces that P15 misses, in the chain that a node begins with and in what it undoes', () => {
    const above = follow('n1', 5, [withNonce(a3, '4')]);
    expect(find(supply, [...follow('n1', 1, [a1]), back, ...above], facts)).toEqual([]);
    expect(find(supply, [...follow('n1', 1, [a1, a2]), ...above], facts)).toHaveLength(1);
    const rest = follow('n1', 5, [withNonce(chainOf('b', ['n2'], other[1])[0]!, '7')]);
    expect(find(supply, [...follow('n1', 1, [a1]), back, ...undo, ...rest], facts)).toEqual([]);
  });
});

describe('P17, after a restart', () => {
  const chain = chainOf('a', ['n1', 'n2', 'n3']);
  const side = chainOf('b', ['n3'], { name: 'a1', number: 1 });
  const before = [
    ...follow('n1', 1, chain),
    ...side.map((block) => executed('n1', 2, block)),
    processed('n1', 'killed'),
  ];
  const back = (at: number, from: number, ...blocks: readonly MadeBlock[]): Observation => {
    const told = started('n1', 3, chain[at - 1]);
    if (told.kind !== 'event' || told.event.kind !== 'started') throw new Error('no start');
    return { ...told, event: { ...told.event, stored: { from, hashes: blocks.map(({ name }) => hashOf(name)) } } };
  };

  it('is fine with everything that was told, or with all of it that is told of', () => {
    expect(find(durableBlocks, [...before, back(3, 0, ...chain, ...side)])).toEqual([]);
    expect(find(durableBlocks, [...before, back(3, 3, chain[2]!)])).toEqual([]);
  });

  it('finds a block that is gone, on the chain or beside it, and a head that is an older one', () => {
    expect(find(durableBlocks, [...before, back(3, 0, ...chain)])).toEqual([
      `n1 came back without block 2 ${hashOf('b2')}, which it had imported`,
    ]);
    expect(find(durableBlocks, [...before, back(2, 0, ...chain.slice(0, 2), ...side)])).toEqual([
      `n1 came back without block 3 ${hashOf('a3')}, which it had imported`,
      `n1 came back at block 2 ${hashOf('a2')}, its head was ${hashOf('a3')}`,
    ]);
    expect(find(durableBlocks, [...before, back(2, 0, ...chain, ...side)])).toHaveLength(1);
  });

  it('is not asked of a faulty node, of an emptied store, nor for what was refused', () => {
    const gone = back(3, 0);
    expect(find(durableBlocks, [...before, gone])).toHaveLength(4);
    expect(find(durableBlocks, [...before, gone], { ...FACTS, faulty: ['n1'] })).toEqual([]);
    expect(find(durableBlocks, [...before, processed('n1', 'wiped'), gone])).toEqual([]);
    const refused = executed('n1', 2, chainOf('c', ['n1'])[0]!);
    if (refused.kind !== 'event' || refused.event.kind !== 'executed') throw new Error('not executed');
    const story = [...before, { ...refused, event: { ...refused.event, agrees: false } }];
    expect(find(durableBlocks, [...story, back(3, 0, ...chain, ...side)])).toEqual([]);
  });
});

describe('P19, evidence of double sealing', () => {
  const [a1, a2] = chainOf('a', ['n1', 'n2']) as [MadeBlock, MadeBlock];
  const twin = { ...a2, name: 'x2' };
  const elsewhere = { ...a2, name: 'y2', parent: 'x1' };
  const report = (
    strength: 'proof' | 'sign',
    atMs: number,
    [a, b]: readonly [MadeBlock, MadeBlock],
    signer = 'n2',
    node = 'n1',
  ): Observation =>
    event(node, atMs, {
      kind: 'equivocation',
      strength,
      signer: SIGNER[signer]!,
      number: 2,
      hashes: [hashOf(a.name), hashOf(b.name)],
    });
  const story = [executed('n1', 0, a1), executed('n1', 10, a2), executed('n1', 20, twin)];
  const later: Observation = { kind: 'end', atMs: 9_000 };

  it('is in time two periods after the second block, and not a millisecond later', () => {
    expect(find(evidenceTold, [...story, report('proof', 2_020, [a2, twin]), later])).toEqual([]);
    expect(find(evidenceTold, [...story, report('proof', 2_021, [a2, twin]), later])[0]).toMatch(
      /came to n1: a proof of double sealing, reported 2001 ms later$/,
    );
    expect(find(evidenceTold, [...story, later])[0]).toMatch(/a proof of double sealing, reported by nobody$/);
  });

  it('is not yet missed where the run ends before it is due', () => {
    expect(find(evidenceTold, [...story, { kind: 'end', atMs: 2_019 }])).toEqual([]);
    expect(find(evidenceTold, [...story, { kind: 'end', atMs: 2_020 }])).toHaveLength(1);
  });

  it('is wanted of the right strength: a sign for two parents', () => {
    const apart = [executed('n1', 0, a1), executed('n1', 10, a2), executed('n1', 20, elsewhere)];
    expect(find(evidenceTold, [...apart, report('sign', 30, [a2, elsewhere]), later])).toEqual([]);
    expect(find(evidenceTold, [...apart, report('proof', 30, [a2, elsewhere]), later])).toEqual([
      `n1 reports a proof of ${SIGNER['n2']} at 2, but they stand on two parents`,
      expect.stringMatching(/a sign of double sealing, reported by nobody$/),
    ]);
  });

  it('may come from any correct node, and from no faulty one', () => {
    const byOther = report('proof', 30, [a2, twin], 'n2', 'n3');
    expect(find(evidenceTold, [...story, byOther, later])).toEqual([]);
    expect(find(evidenceTold, [...story, byOther, later], { ...FACTS, faulty: ['n3'] })).toHaveLength(1);
  });

  it('is not wanted where the blocks came to different nodes, or to a faulty one, or the first was refused in another life', () => {
    expect(find(evidenceTold, [executed('n1', 10, a2), executed('n3', 20, twin), later])).toEqual([]);
    expect(find(evidenceTold, [...story, later], { ...FACTS, faulty: ['n1'] })).toEqual([]);
    const again = [...story.slice(0, 2), processed('n1', 'killed'), started('n1', 15, a1), story[2]!, later];
    expect(find(evidenceTold, again)).toHaveLength(1); // what was imported is known to the next life
    expect(find(evidenceTold, [...story.slice(0, 2), processed('n1', 'wiped'), story[2]!, later])).toEqual([]);
  });

  it('is found to be false where the blocks are another signer’s', () => {
    expect(
      find(evidenceTold, [...story, report('proof', 30, [a2, twin], 'n3'), report('proof', 40, [a2, twin]), later]),
    ).toEqual([`n1 reports a proof of ${SIGNER['n3']} at 2, but ${hashOf('a2')} was sealed by ${SIGNER['n2']}`]);
  });
});

describe('P21, caps', () => {
  const NOTHING = { peers: 0, held: 0, heldBytes: 0, pooled: 0, badBlocks: 0, syncs: 0, requests: 0 };
  const uses = (change: Partial<typeof NOTHING>, node = 'n1'): Observation => ({
    kind: 'usage',
    atMs: 1,
    node,
    usage: { ...NOTHING, ...change },
    resources: null,
  });
  const holds = (residentBytes: number, openFiles: number | null): Observation => ({
    kind: 'usage',
    atMs: 1,
    node: 'n1',
    usage: NOTHING,
    resources: { residentBytes, openFiles },
  });

  it.each([
    ['peers', 256],
    ['held', 64],
    ['heldBytes', 32 * 1_048_576],
    ['pooled', 4_096],
    ['badBlocks', 16],
    ['syncs', 3],
    ['requests', 1_024],
  ] as const)('lets a node keep as many %s as %i, and not one more', (name, most) => {
    expect(find(caps, [uses({ [name]: most })])).toEqual([]);
    expect(find(caps, [uses({ [name]: most + 1 }), uses({ [name]: most + 2 })])).toEqual([
      `n1 keeps ${most + 1} ${name}, ${most} allowed`,
    ]);
  });

  it('lets a process hold a GiB of memory and 512 files, and not more', () => {
    expect(find(caps, [holds(1_073_741_824, 512), holds(1, null)])).toEqual([]);
    expect(find(caps, [holds(1_073_741_825, 512)])).toEqual([
      'n1 keeps 1073741825 bytes of memory, 1073741824 allowed',
    ]);
    expect(find(caps, [holds(1, 513)])).toEqual(['n1 keeps 513 open files, 512 allowed']);
  });

  it('does not ask faulty nodes', () => {
    expect(find(caps, [uses({ held: 65 })], { ...FACTS, faulty: ['n1'] })).toEqual([]);
  });
});

describe('P22, two runs of a seed', () => {
  const run = (traceHash: 'a' | 'b' | null, ...observed: string[]) => ({
    traceHash: traceHash === null ? null : hashOf(traceHash),
    observed,
  });

  it('are the same where observations and trace are', () => {
    expect(judgeTraces(run('a', 'x', 'y'), run('a', 'x', 'y')).passed).toBe(true);
    expect(judgeTraces(run(null, 'x'), run(null, 'y')).passed).toBe(true); // an arm without a trace repeats nothing
  });

  it.each([
    ['another observation', run('b', 'x', 'z'), /^observation 1: first y, then z;/],
    ['one observation less', run('b', 'x'), /^observation 1: first y, then nothing;/],
    ['one observation more', run('b', 'x', 'y', 'z'), /^observation 2: first nothing, then z;/],
    ['another trace of the same observations', run('b', 'x', 'y'), /^traces .* of the same observations;/],
  ])('differ by %s', (_, second, evidence) => {
    const check = judgeTraces(run('a', 'x', 'y'), second);
    expect([check.passed, check.id]).toEqual([false, 'P22']);
    expect(check.evidence).toMatch(evidence);
  });
});
