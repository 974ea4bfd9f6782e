// Clocks, disks and slow machines on the virtual arm: what correct nodes stand, and which property finds what they cannot.

import { describe, expect, it } from 'vitest';
import { installBackends } from '../../node/host/backends.ts';
import { PROPERTIES } from '../../sim/check/properties.ts';
import type { CheckResult, Observation } from '../../sim/check/property.ts';
import { DEFAULT_PLAN } from '../../sim/cluster/description.ts';
import { play, type RunResult } from '../../sim/cluster/runner.ts';
import type { Stage } from '../../sim/cluster/scenario.ts';
import { createVirtualCluster } from '../../sim/cluster/virtual.ts';

await installBackends();

type Run = { readonly result: RunResult; readonly observations: readonly Observation[] };

async function run(seed: string, story: (net: Stage) => Promise<void>): Promise<Run> {
  const cluster = createVirtualCluster({ ...DEFAULT_PLAN, authorities: 5, followers: 1, seed });
  const observations: Observation[] = [];
  cluster.observe((observation) => observations.push(observation));
  const scenario = { name: 'machine', title: '', network: {}, load: { everyMs: 200 }, play: story };
  const result = await play(scenario, cluster, PROPERTIES, () => {});
  return { result, observations };
}

const failed = ({ checks }: RunResult): readonly string[] =>
  checks.flatMap(({ id, passed, evidence }: CheckResult) => (passed ? [] : [`${id}: ${evidence}`]));
const killed = ({ observations }: Run, node: string): number =>
  observations.filter((o) => o.kind === 'process' && o.node === node && o.change === 'killed').length;

describe('a clock', () => {
  it.each([
    ['five periods behind', -5_000],
    ['five periods ahead', 5_000],
  ])('that is %s breaks no property, and the others go on', async (_, offsetMs) => {
    const { result } = await run('clock', async (net) => {
      await net.height(3);
      await net.machine({ kind: 'clock', node: 'n2', offsetMs });
      await net.blocks(10, ['n1', 'n3', 'n4', 'n5']);
      await net.machine({ kind: 'repair' });
      await net.blocks(6);
    });
    expect(failed(result)).toEqual([]);
  });

  it('that is ahead seals too early for the others, who refuse it as of the future', async () => {
    const { observations } = await run('clock', async (net) => {
      await net.height(3);
      await net.machine({ kind: 'clock', node: 'n2', offsetMs: 5_000 });
      await net.blocks(8, ['n1', 'n3', 'n4', 'n5']);
    });
    const codes = observations.map((o) => (o.kind === 'event' && o.event.kind === 'rejected' ? o.event.code : null));
    expect(codes).toContain('header-future');
  });

  it('that jumps about breaks no property', async () => {
    const { result } = await run('jumps', async (net) => {
      await net.height(3);
      for (const offsetMs of [3_000, -2_000, 900, 0]) {
        await net.machine({ kind: 'clock', node: 'n4', offsetMs });
        await net.blocks(3, ['n1', 'n2', 'n3', 'n5']);
      }
    });
    expect(failed(result)).toEqual([]);
  });
});

describe('a disk', () => {
  it.each([
    'write-error',
    'full',
  ] as const)('that answers %s ends its node, which comes back when it is well', async (fault) => {
    const played = await run('write', async (net) => {
      await net.height(3);
      await net.machine({ kind: 'disk', node: 'n2', fault });
      await net.event('n2 to end', (o) => o.kind === 'process' && o.node === 'n2' && o.change === 'killed');
      if (fault === 'full') await net.start('n2').catch(() => {});
      await net.blocks(3, ['n1', 'n3', 'n4', 'n5']);
    });
    expect(killed(played, 'n2')).toBeGreaterThanOrEqual(1);
    expect(failed(played.result)).toEqual([]);
  });

  it('that is slow lets nothing out before it is durable: whenever its node is killed, it seals once and forgets nothing', async () => {
    const played = await run('sync', async (net) => {
      await net.height(3);
      await net.machine({ kind: 'sync', node: 'n2', delayMs: 400 });
      for (let round = 0; round < 8; round++) {
        await net.blocks(1, ['n1', 'n3', 'n4', 'n5']);
        await net.kill('n2');
        await net.start('n2');
      }
    });
    expect(killed(played, 'n2')).toBe(8);
    expect(failed(played.result)).toEqual([]);
  });

  it('that loses what it called durable takes its node back, and leads nobody else astray', async () => {
    const { result, observations } = await run('tail', async (net) => {
      await net.height(6);
      let round = 0;
      // The last batch of a life may hold no block: then nothing that was told is gone.
      while (round++ < 6) {
        await net.machine({ kind: 'disk', node: 'n2', fault: 'lost-tail' });
        const { block } = await sealedBy(net, 'n2');
        net.say(`n2 sealed ${block.number}`);
        await net.kill('n2');
        await net.start('n2');
        await net.blocks(3);
      }
    });
    let head = 0;
    const steps = observations.flatMap((o) => {
      if (o.kind !== 'event' || o.node !== 'n2') return [];
      if (o.event.kind === 'head') head = o.event.block.number;
      return o.event.kind === 'started' ? [o.event.head.number - head] : [];
    });
    expect(Math.min(...steps)).toBeLessThan(0);
    expect(failed(result)).toEqual([]);
  });

  it('with a flipped bit ends its node or makes it differ, and leads nobody else astray', async () => {
    let flips = 0;
    for (const seed of ['a', 'b', 'c', 'd']) {
      const { result, observations } = await run(`flip ${seed}`, async (net) => {
        await net.height(4);
        for (let round = 0; round < 20; round++) {
          await net.machine({ kind: 'disk', node: 'f1', fault: 'bit-flip' });
          await net.blocks(1, ['n1', 'n2', 'n3', 'n4', 'n5']);
          if (!(await isAlive(net, 'f1'))) break;
        }
        await net.kill('f1').catch(() => {});
        await net.start('f1').catch(() => {});
        await net.blocks(2, ['n1', 'n2', 'n3', 'n4', 'n5']);
      });
      const others = observations.filter((o) => o.kind === 'event' && o.node !== 'f1' && o.event.kind === 'divergence');
      if (failed(result).length > 0 || others.length > 0) flips += 1;
      const heads = observations.flatMap((o) =>
        o.kind === 'event' && o.node !== 'f1' && o.event.kind === 'head' ? [o.event] : [],
      );
      const roots = new Map(heads.map(({ block, stateRoot }) => [block.hash, stateRoot]));
      expect(heads.every(({ block, stateRoot }) => roots.get(block.hash) === stateRoot)).toBe(true);
    }
    expect(flips).toBeGreaterThan(0);
  });
});

describe('a slow machine', () => {
  it('that needs most of a period for a block breaks no property', async () => {
    const { result } = await run('slow', async (net) => {
      await net.height(3);
      await net.machine({ kind: 'slow', node: 'n3', msPerBlock: 700 });
      await net.blocks(10, ['n1', 'n2', 'n4', 'n5']);
    });
    expect(failed(result)).toEqual([]);
  });
});

async function sealedBy(net: Stage, node: string) {
  const count = net.seen().length;
  const seen = await net.event(
    `a block of ${node}`,
    (o) => o.kind === 'event' && o.node === node && o.event.kind === 'sealed' && net.seen().indexOf(o) >= count,
  );
  if (seen.kind !== 'event' || seen.event.kind !== 'sealed') throw new Error('no seal');
  return seen.event;
}

const isAlive = (net: Stage, node: string): Promise<boolean> =>
  net.rpc(node, 'eth_blockNumber').then(
    () => true,
    () => false,
  );
