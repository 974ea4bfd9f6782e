// A branch has the past of its trunk, to the last byte, and a future of its own; so a story may have several endings.

import { describe, expect, it } from 'vitest';
import { installBackends } from '../../../node/host/backends.ts';
import twoEndings from '../../../scenarios/two-endings.ts';
import { PROPERTIES } from '../../../sim/check/properties.ts';
import type { Observation } from '../../../sim/check/property.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { playAll } from '../../../sim/cluster/endings.ts';
import { journaled } from '../../../sim/cluster/journal.ts';
import type { Scenario } from '../../../sim/cluster/scenario.ts';
import { createVirtualCluster, type VirtualCluster } from '../../../sim/cluster/virtual.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from '../../../sim/cluster/wallet.ts';

await installBackends();

const PLAN = { ...DEFAULT_PLAN, authorities: 3, followers: 1 };
const pass = (cluster: VirtualCluster, ms: number): Promise<boolean> => cluster.until(() => false, ms);
/** Everything that may be done to a network: cuts, kills, pauses, wrong clocks, transactions. */
async function liveThrough(cluster: VirtualCluster): Promise<void> {
  await pass(cluster, 3_210);
  await cluster.network({ kind: 'partition', groups: [['n1'], ['n2', 'n3', 'f1']] });
  const draft = {
    chainId: 1337n,
    from: 0,
    to: accountOf(1).address,
    wei: 1n,
    nonce: 0n,
    gas: TRANSFER_GAS,
    ...ORDINARY_FEES,
  };
  const { raw, hash } = signDraft(draft);
  await cluster.rpc('n2', 'eth_sendRawTransaction', [raw]);
  cluster.note({
    kind: 'submitted',
    atMs: cluster.nowMs(),
    node: 'n2',
    hash,
    sender: accountOf(0).address,
    nonce: '0',
  });
  await pass(cluster, 2_500);
  await cluster.process('n3', 'kill');
  await cluster.machine({ kind: 'clock', node: 'n2', offsetMs: 400 });
  await pass(cluster, 1_111);
  await cluster.process('n3', 'start');
  await cluster.process('f1', 'pause');
  await cluster.network({ kind: 'heal' });
  await pass(cluster, 2_000);
  await cluster.process('f1', 'resume');
  await cluster.process('f1', 'wipe');
  await pass(cluster, 777);
  await cluster.process('f1', 'start');
}

describe('a branch', () => {
  it('has its trunk’s past to the last byte, and what its observers see of it is all of it', async () => {
    const trunk = createVirtualCluster(PLAN);
    const seen: Observation[] = [];
    trunk.observe((observation) => seen.push(observation));
    await liveThrough(trunk);
    const branch = trunk.branch();
    const seenAgain: Observation[] = [];
    branch.observe((observation) => seenAgain.push(observation));
    expect(branch.nowMs()).toBe(trunk.nowMs());
    expect(seenAgain).toEqual([]);
    expect(branch.traceHash()).toBe(trunk.traceHash());
    expect(seenAgain).toEqual(seen);
    expect(seenAgain.some(({ kind }) => kind === 'submitted')).toBe(true);
    expect(branch.world.effects()).toBe(trunk.world.effects());
  });

  it('has a future of its own, which is its trunk’s where the same is done', async () => {
    const trunk = createVirtualCluster(PLAN);
    await liveThrough(trunk);
    const [same, other] = [trunk.branch(), trunk.branch()];
    await other.process('n1', 'kill');
    expect(trunk.isRunning('n1')).toBe(true);
    for (const cluster of [trunk, same, other]) await pass(cluster, 3_000);
    expect(same.traceHash()).toBe(trunk.traceHash());
    expect(other.traceHash()).not.toBe(trunk.traceHash());
  });

  it('may be made of a branch, and of a moment that is over for its trunk', async () => {
    const trunk = createVirtualCluster(PLAN);
    await pass(trunk, 2_000);
    const early = trunk.branch();
    const hash = trunk.traceHash();
    await liveThrough(trunk);
    expect(early.traceHash()).toBe(hash);
    await pass(early, 1_000);
    await early.process('n2', 'kill');
    const twig = early.branch();
    const twigOfTwig = twig.branch();
    expect([twig.traceHash(), twigOfTwig.traceHash()]).toEqual([early.traceHash(), early.traceHash()]);
    expect(twig.isRunning('n2')).toBe(false);
  });

  it('is a network that has not begun where its trunk has not', async () => {
    const trunk = createVirtualCluster(PLAN);
    const branch = trunk.branch();
    await pass(branch, 1_500);
    await pass(trunk, 1_500);
    expect(branch.traceHash()).toBe(trunk.traceHash());
  });

  it('ends with an assertion where the world is another one', async () => {
    const trunk = createVirtualCluster(PLAN);
    await pass(trunk, 3_000);
    const past = journaled(trunk.world); // it has seen nothing of what happened
    expect(() => past.past().liveOn(createVirtualCluster(PLAN).world)).toThrow('the same past');
  });
});

describe('a story with two endings', () => {
  const play = (scenario: Scenario, seed: string) => {
    const { faults: _, ...network } = scenario.network;
    return playAll(scenario, createVirtualCluster({ ...DEFAULT_PLAN, ...network, seed }), PROPERTIES, () => {});
  };

  it.each(['lockstep', 'a', 'b', 'c'])('comes to both, with seed %s, from one past', async (seed) => {
    const result = await play(twoEndings, seed);
    expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.checks.find(({ id }) => id === 'branches')?.evidence).toMatch(/^one past, trace 0x[0-9a-f]{8}; /);
    expect(result.passed).toBe(true);
  });

  it('fails with the ending that fails, by its name', async () => {
    const { endings = {}, ...story } = twoEndings;
    const result = await play(
      {
        ...story,
        endings: {
          ...endings,
          never: async () => {
            throw new Error('no such end');
          },
        },
      },
      'lockstep',
    );
    expect(result.passed).toBe(false);
    expect(result.failure).toBe('never: the scenario threw: no such end');
  });

  it('fails where two endings are the same', async () => {
    const { endings: _, ...story } = twoEndings;
    const wait = (net: Parameters<Scenario['play']>[0]) => net.blocks(1);
    const result = await play({ ...story, endings: { one: wait, another: wait } }, 'lockstep');
    expect(result.checks.find(({ id }) => id === 'branches')?.passed).toBe(false);
  });
});
