import { afterEach, describe, expect, it } from 'vitest';
import { installBackends } from '../../node/host/backends.ts';
import { keccakReference, useKeccak } from '../../node/lib/hashing.ts';
import { signatureReference, useSignatures } from '../../node/lib/signatures.ts';
import { TIERS } from '../../node/types/tier.ts';
import allCrash from '../../scenarios/all-crash.ts';
import bridge from '../../scenarios/bridge.ts';
import clockSkew from '../../scenarios/clock-skew.ts';
import cloneAttack, { onFour } from '../../scenarios/clone-attack.ts';
import crashRestart from '../../scenarios/crash-restart.ts';
import doubleSpend, { withTheRule } from '../../scenarios/double-spend.ts';
import faultyVm from '../../scenarios/faulty-vm.ts';
import flappingLink from '../../scenarios/flapping-link.ts';
import fork from '../../scenarios/fork.ts';
import lateJoiner from '../../scenarios/late-joiner.ts';
import oneWayCut from '../../scenarios/one-way-cut.ts';
import partitionHeal from '../../scenarios/partition-heal.ts';
import rollingRestart from '../../scenarios/rolling-restart.ts';
import slowMachine from '../../scenarios/slow-machine.ts';
import spam from '../../scenarios/spam.ts';
import steady from '../../scenarios/steady.ts';
import wipedNode from '../../scenarios/wiped-node.ts';
import { PROPERTIES } from '../../sim/check/properties.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { play, type RunResult } from '../../sim/cluster/runner.ts';
import { type Scenario, scenario } from '../../sim/cluster/scenario.ts';
import { playTwice } from '../../sim/cluster/twice.ts';
import { createVirtualCluster, type VirtualCluster } from '../../sim/cluster/virtual.ts';

await installBackends(); // noble takes five times as long

const SCENARIOS = [
  ...[steady, partitionHeal, fork, crashRestart, lateJoiner, faultyVm, cloneAttack, onFour],
  ...[doubleSpend, withTheRule],
  ...[allCrash, bridge, clockSkew, flappingLink, oneWayCut, rollingRestart, slowMachine, spam, wipedNode],
];

/** A cut and a restart in a few blocks, for what needs a run and not a story. */
const SHORT = scenario({
  name: 'short',
  title: 'a cut and a restart',
  network: { authorities: 3, followers: 1 },
  load: { everyMs: 500 },
  async play(net) {
    await net.height(2);
    await net.partition(['n1'], ['n2', 'n3', 'f1']);
    await net.blocks(2, ['n2', 'n3']);
    await net.heal();
    await net.kill('n2');
    await net.start('n2');
    await net.blocks(1);
  },
});

async function run(
  { network: { faults = {}, ...network }, ...rest }: Scenario,
  seed: string,
  prepare: (cluster: VirtualCluster) => void = () => {},
): Promise<RunResult> {
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, ...network, faults: new Map(Object.entries(faults)), seed });
  prepare(cluster);
  return play({ ...rest, network }, cluster, PROPERTIES, () => {});
}

const failed = ({ checks }: RunResult): readonly string[] =>
  checks.flatMap(({ id, passed, evidence }) => (passed ? [] : [`${id}: ${evidence}`]));

describe.each(SCENARIOS)('scenario $name on the virtual arm', (story) => {
  it.each(['one', 'two'])('passes with every check, seed %s', async (seed) => {
    const result = await run(story, seed);
    expect(failed(result)).toEqual([]);
    expect(result.checks.map(({ id }) => id)).toEqual(expect.arrayContaining(PROPERTIES.map(({ id }) => id)));
    expect(result.failure).toBeNull();
    expect(result.blocks).toBeGreaterThan(10);
  });
});

describe('a trace', () => {
  it('is the same for one seed, and another for another seed', async () => {
    const [once, again, other] = [await run(SHORT, 'a'), await run(SHORT, 'a'), await run(SHORT, 'b')];
    expect(failed(once)).toEqual([]);
    expect(again).toEqual(once);
    expect(other.traceHash).not.toBe(once.traceHash);
  });

  it('is compared with that of a second run where somebody asks for it (P22)', async () => {
    const { network, ...rest } = SHORT;
    const seeds = ['a', 'a', 'a', 'b'];
    const twice = () =>
      playTwice(
        { ...rest, network },
        async () => createVirtualCluster({ ...DEFAULT_PLAN, authorities: 3, seed: seeds.shift()! }),
        [],
        () => {},
      );
    const [same, other] = [await twice(), await twice()];
    expect(failed(same)).toEqual([]);
    expect(same.checks.at(-1)).toMatchObject({ id: 'P22', passed: true });
    expect(failed(other)).toEqual([expect.stringMatching(/^P22: observation \d+: first .*, then /)]);
    expect(other.passed).toBe(false);
  });

  it('does not change by wakes that nobody asked for', async () => {
    let wakes = 0;
    const woken = await run(SHORT, 'a', (cluster) => {
      cluster.every(1, async () => {
        for (const node of cluster.facts.nodes) {
          if (!cluster.world.isRunning(node)) continue;
          cluster.world.wakeEarly(node);
          wakes += 1;
        }
      });
    });
    expect(wakes).toBeGreaterThan(100);
    expect(woken.traceHash).toBe((await run(SHORT, 'a')).traceHash);
  });

  it('is the same on every tier of the virtual machine', async () => {
    const traces = new Set<string | null>();
    for (const tier of TIERS) {
      traces.add((await run({ ...faultyVm, network: { ...faultyVm.network, tier } }, 'a')).traceHash);
    }
    expect(traces.size).toBe(1);
  });

  describe('with the reference implementations', () => {
    afterEach(installBackends);

    it('is that of the fast ones', async () => {
      const fast = await run(SHORT, 'a');
      useKeccak(keccakReference);
      useSignatures(signatureReference);
      expect((await run(SHORT, 'a')).traceHash).toBe(fast.traceHash);
    });
  });
});

describe('the stage', () => {
  it('waits for all running nodes in the first call of a scenario', async () => {
    const heights: number[] = [];
    await run(
      {
        ...SHORT,
        async play(net) {
          await net.blocks(2);
          for (const node of net.nodes) heights.push(Number(await net.rpc(node, 'eth_blockNumber')));
        },
      },
      'first',
    );
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, Scenario['play'], RegExp]>([
    ['a wait for no nodes', (net) => net.height(1, []), /^a wait for no nodes$/],
    [
      'a wait when nobody runs',
      async (net) => {
        for (const node of net.nodes) await net.kill(node);
        await net.blocks(1);
      },
      /^no node runs$/,
    ],
    [
      'a height that is not reached in time',
      (net) => net.height(1, ['late']),
      /^waited 30 s for height 1 on late; n1 at/,
    ],
    ['a false expectation', async (net) => net.expect('sky', false, 'it is green'), /^sky: it is green$/],
    ['an order that a node cannot follow', (net) => net.start('n1'), /^the scenario threw: n1 runs already$/],
    [
      'a side with an unknown node',
      (net) => net.partition(['n9']),
      /^the scenario threw: no node 'n9' in this network/,
    ],
    [
      'a question to a paused node',
      async (net) => {
        await net.pause('n1');
        await net.rpc('n1', 'eth_blockNumber');
      },
      /^the scenario threw: n1 is paused and does not answer$/,
    ],
  ])('fails the scenario at %s', async (_, story, failure) => {
    const result = await run({ ...SHORT, load: null, play: story }, 'failing');
    expect(result.failure).toMatch(failure);
    expect(result.passed).toBe(false);
  });
});
