// P3's own book of signers: EIP-225's cases of voting, and a real run in which a signer is added and another dropped.

import { describe, expect, it } from 'vitest';
import { concatBytes, type Hex, hexToBytes } from '../../../node/lib/bytes.ts';
import { validBlocks } from '../../../sim/check/p03-valid-blocks.ts';
import type { Observation } from '../../../sim/check/property.ts';
import type { SeenBlock } from '../../../sim/check/seen-block.ts';
import { judgeExtraData, limitOf, type Standing, standingAfter } from '../../../sim/check/signers.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { openStage } from '../../../sim/cluster/stage.ts';
import { createVirtualCluster } from '../../../sim/cluster/virtual.ts';
import { VOTING_CASES } from '../../consensus/clique/voting-cases.ts';
import { isExecuted, judge, type Recording } from './record.ts';

const addressOf = (name: string): Hex => `0x${(name.charCodeAt(0) - 64).toString(16).padStart(40, '0')}`;
const nameOf = (address: Hex): string => String.fromCharCode(64 + Number(address));
const standingOf = (names: string): Standing => ({ signers: [...names].map(addressOf), votes: new Map() });

/** `A+B` as what the book reads of a block. */
function blockOf(number: number, word: string): SeenBlock {
  const candidate = word[2];
  const kind = { '+': 1, '-': 2 }[word[1] ?? ''] ?? 0;
  const vote = candidate === undefined ? new Uint8Array(20) : hexToBytes(addressOf(candidate));
  const extraData = concatBytes(Uint8Array.of(kind), vote, new Uint8Array(11 + 65));
  return { number, extraData } as SeenBlock; // nothing else is read
}

describe("EIP-225's cases", () => {
  it.each(VOTING_CASES.filter(({ result }) => result !== undefined))('$what', ({ epoch, signers, blocks, result }) => {
    const rules = { epoch: epoch ?? 30_000, limit: null };
    const words = blocks.split(' ');
    const standing = words.reduce(
      (before, word, at) => standingAfter(blockOf(at + 1, word), addressOf(word[0] ?? ''), rules, before),
      standingOf(signers),
    );
    expect(standing.signers.map(nameOf).join('')).toBe(result);
  });
});

describe('the book', () => {
  it('wants the list of signers, and no vote, at a checkpoint', () => {
    const rules = { epoch: 3, limit: null };
    const listed = (names: string, kind: number): SeenBlock => {
      const list = [...names].map((name) => hexToBytes(addressOf(name)));
      return {
        number: 3,
        extraData: concatBytes(Uint8Array.of(kind), new Uint8Array(31), ...list, new Uint8Array(65)),
      } as SeenBlock;
    };
    expect(judgeExtraData(listed('AB', 0), rules, standingOf('AB'))).toBeNull();
    expect(judgeExtraData(listed('AC', 0), rules, standingOf('AB'))).toMatch(/^the checkpoint lists/);
    expect(judgeExtraData(listed('A', 0), rules, standingOf('AB'))).toMatch(/bytes of extraData/);
    expect(judgeExtraData(listed('AB', 1), rules, standingOf('AB'))).toBe('a vote at a checkpoint');
  });

  it('has L grow and shrink with the signers, where the genesis says nothing else', () => {
    expect(
      ['A', 'AB', 'ABC', 'ABCD', 'ABCDE'].map((names) => limitOf({ epoch: 9, limit: null }, standingOf(names))),
    ).toEqual([1, 2, 2, 3, 3]);
    expect(limitOf({ epoch: 9, limit: 4 }, standingOf('ABCDE'))).toBe(4);
    expect(limitOf({ epoch: 9, limit: 4 }, standingOf('AB'))).toBe(2);
  });
});

describe('a run in which the signers vote', async () => {
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, authorities: 3, followers: 0, seed: 'votes' });
  const observations: Observation[] = [];
  cluster.observe((observation) => observations.push(observation));
  const net = openStage(cluster, () => {});
  const n3 = cluster.facts.signerOf.get('n3')!;
  await net.height(2);
  for (const node of ['n1', 'n2'])
    cluster.world.ask(node, { kind: 'propose', proposal: { candidate: n3, authorize: false } });
  await net.height(12, ['n1', 'n2']);
  net.close();
  const run: Recording = { facts: cluster.facts, observations };
  const sealers = observations.flatMap((o) => (isExecuted(o) ? [o.event.sealer] : []));

  it('is followed: the dropped signer seals no more, and P3 finds nothing', () => {
    expect(sealers).toContain(n3);
    expect(sealers.slice(-6)).not.toContain(n3);
    expect(judge(validBlocks, run)).toEqual([]);
  });
});
