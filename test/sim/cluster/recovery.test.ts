import { describe, expect, it } from 'vitest';
import type { NodeEvent } from '../../../node/core/events.ts';
import type { Hex } from '../../../node/lib/bytes.ts';
import type { NetworkFacts, Observation } from '../../../sim/check/property.ts';
import { type RecoveryFigures, recoveryLine, watchRecovery } from '../../../sim/cluster/recovery.ts';

const FACTS = { nodes: ['n1', 'n2', 'n3'], authorities: ['n1', 'n2', 'n3'], faulty: ['n3'] } as unknown as NetworkFacts;
const NOTHING: RecoveryFigures = {
  agreementMs: null,
  unhealed: 0,
  reorganisations: 0,
  deepest: 0,
  transactions: { undone: 0, includedAgain: 0, lost: 0 },
};

/** Block `a2` is at height 2. */
const ref = (name: string) => ({ hash: `0x${name}` as Hex, number: Number(name.slice(-1)) });
const event = (atMs: number, node: string, fields: object): Observation => ({
  kind: 'event',
  atMs,
  node,
  event: fields as NodeEvent,
});
const started = (atMs: number, node: string) =>
  event(atMs, node, { kind: 'started', head: ref('g0'), stored: { from: 0, hashes: [] } });
const executed = (block: string, parent: string, ...txs: string[]) =>
  event(0, 'n1', {
    kind: 'executed',
    block: ref(block),
    parentHash: `0x${parent}`,
    transactions: txs.map((hash) => ({ hash, sender: '0x01', nonce: '0' })),
  });
const head = (atMs: number, node: string, block: string, undone: string[] = []) =>
  event(atMs, node, { kind: 'head', block: ref(block), undone: undone.map(ref), redone: [ref(block)] });
const cut: Observation = { kind: 'network', atMs: 10, order: { kind: 'partition', groups: [['n1'], ['n2']] } };
const heal = (atMs: number): Observation => ({ kind: 'network', atMs, order: { kind: 'heal' } });

function figuresOf(...observations: Observation[]): RecoveryFigures {
  const watch = watchRecovery(FACTS);
  for (const observation of observations) watch.observe(observation);
  return watch.figures();
}

const BEGIN = [started(0, 'n1'), started(0, 'n2'), started(0, 'n3')];

describe('the figures of a recovery', () => {
  it('are nothing where nothing was broken', () => {
    expect(figuresOf(...BEGIN, heal(5), head(6, 'n1', 'a1'))).toEqual(NOTHING);
  });

  it('count from the healing to one head of the correct nodes', () => {
    const story = [...BEGIN, cut, head(20, 'n1', 'a1'), heal(100), head(150, 'n1', 'b1', ['a1'])];
    expect(figuresOf(...story)).toMatchObject({ agreementMs: null, unhealed: 1 });
    expect(figuresOf(...story, head(170, 'n2', 'b1'))).toMatchObject({ agreementMs: 70, unhealed: 0 });
  });

  it('tell the longest of several healings', () => {
    const story = [...BEGIN, cut, head(20, 'n1', 'a1'), heal(100), head(400, 'n2', 'a1')];
    expect(figuresOf(...story, cut, heal(1_000)).agreementMs).toBe(300);
  });

  it('count a healing that was broken again as none', () => {
    expect(figuresOf(...BEGIN, cut, head(20, 'n1', 'a1'), heal(30), cut)).toMatchObject({ unhealed: 1 });
  });

  it('wait for no node that is dead, and for one that is back', () => {
    const killed: Observation = { kind: 'process', atMs: 10, node: 'n2', change: 'killed' };
    const calm: Observation = { kind: 'calm', atMs: 50 };
    expect(figuresOf(...BEGIN, killed, head(20, 'n1', 'a1'), calm)).toMatchObject({ agreementMs: 0 });
    const back = [started(55, 'n2'), head(90, 'n2', 'a1')];
    expect(figuresOf(...BEGIN, killed, head(20, 'n1', 'a1'), started(45, 'n2'), calm, ...back)).toMatchObject({
      agreementMs: 40,
    });
  });

  it('tell undone transactions by what became of them', () => {
    const story = [
      ...BEGIN,
      executed('a1', 'g0', '0xt1', '0xt2'),
      executed('a2', 'a1', '0xt3'),
      executed('b1', 'g0', '0xt2'),
      executed('b2', 'b1', '0xt4'),
      head(20, 'n1', 'a2'),
      head(40, 'n1', 'b2', ['a2', 'a1']),
      head(40, 'n2', 'b2'),
      head(41, 'n3', 'a2'),
    ];
    expect(figuresOf(...story)).toMatchObject({
      reorganisations: 1,
      deepest: 2,
      transactions: { undone: 3, includedAgain: 1, lost: 2 },
    });
  });

  it('are one line', () => {
    expect(recoveryLine(NOTHING)).toBe(
      'nothing was to be healed; no block undone; 0 transactions undone, 0 of them included again, 0 lost',
    );
    expect(recoveryLine({ ...NOTHING, agreementMs: 12, deepest: 1, unhealed: 2 })).toMatch(
      /^one head again 12 ms after healing; 2 healings without one head behind it; at most 1 block undone at once; /,
    );
    expect(recoveryLine({ ...NOTHING, unhealed: 1 })).toMatch(
      /^1 healing without one head behind it; no block undone; /,
    );
  });
});
