// A recorded life lives again the same, hash for hash: through a partition, kills and restarts, with wrong machines and byzantine nodes; and
// what was changed in a recording is found.

import { beforeAll, describe, expect, it } from 'vitest';
import type { NodeView } from '../../node/core/view.ts';
import { installBackends } from '../../node/host/backends.ts';
import { type Hex, hexToBytes, isHex } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import { createPlayer, type Played, type Player } from '../../node/recording/player.ts';
import { isProblem, type RecordedStep, type Segment } from '../../node/recording/segment.ts';
import type { Tier } from '../../node/types/tier.ts';
import { recordedCore } from '../../sim/cluster/recorded-core.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from '../../sim/cluster/wallet.ts';
import type { World } from '../../sim/kernel/world.ts';
import { bytesOf, open, recordedWorld, segmentsOf } from './recorded-world.ts';

await installBackends();

const run = (world: World, ms: number): void => {
  const endMs = world.nowMs() + ms;
  while (world.advance(endMs));
};

/** Plays everything; the first thing that is not the same, or null. */
function playAll(player: Player): { readonly steps: number; readonly wrong: string | null } {
  for (let steps = 0; ; steps++) {
    const played = player.next();
    if (played === null) return { steps, wrong: null };
    if (isProblem(played)) return { steps, wrong: played.message };
    if (played.difference !== null)
      return { steps, wrong: `step ${played.step.index}: ${JSON.stringify(played.difference)}` };
  }
}

const play = (segments: readonly Segment[], tier: Tier = 1): Player => createPlayer(segments, recordedCore(tier));

describe('a network that was cut, healed, killed and started again', () => {
  const { network, world, lives } = recordedWorld({ authorities: 5 });
  const views = new Map<string, NodeView>();

  beforeAll(() => {
    for (const node of network.facts.nodes) world.start(node);
    run(world, 5_000);
    let nonce = 0n;
    const send = (via: string): void => {
      const draft = {
        chainId: 1337n,
        from: 0,
        to: accountOf(1).address,
        wei: 1n,
        nonce: nonce++,
        gas: TRANSFER_GAS,
        ...ORDINARY_FEES,
      };
      const { raw } = signDraft(draft);
      if (!isHex(raw)) throw new Error('not hex');
      expect(world.ask(via, { kind: 'submit-transaction', bytes: hexToBytes(raw) })).toMatchObject({
        kind: 'accepted',
      });
    };
    for (let i = 0; i < 5; i++) send('n2');
    run(world, 2_000);
    world.order({
      kind: 'partition',
      groups: [
        ['n1', 'n3'],
        ['n2', 'n4', 'n5', 'f1'],
      ],
    });
    run(world, 8_000);
    world.kill('n4');
    run(world, 3_000);
    world.start('n4');
    world.order({ kind: 'heal' });
    send('n4');
    run(world, 8_000);
    world.wipe('f1');
    world.start('f1');
    run(world, 6_000);
    for (const node of network.facts.nodes) views.set(node, world.view(node)!);
  });

  it.each([0, 1] as const)('lives again the same on tier %i', (tier) => {
    for (const [node, all] of lives) {
      const player = play(segmentsOf(all), tier);
      const { steps, wrong } = playAll(player);
      expect([node, wrong]).toEqual([node, null]);
      expect(steps).toBeGreaterThan(100);
      expect(player.view()?.head.hash).toBe(views.get(node)?.head.hash);
      expect(player.view()?.head.header.stateRoot).toBe(views.get(node)?.head.header.stateRoot);
    }
  });

  it('has a second life that goes on where the first one ended, and one that begins with nothing behind a wipe', () => {
    expect(lives.get('n4')?.map(({ head }) => head.store.kind)).toEqual(['snapshot', 'continues']);
    expect(lives.get('f1')?.map(({ head }) => head.store.kind)).toEqual(['snapshot', 'snapshot']);
    expect(playAll(play(segmentsOf(lives.get('n4')!.slice(1)))).wrong).toMatch(
      /^n4-2: goes on behind step \d+ of the life n4-1, which is not/,
    );
  });

  it('shows a view at every step, and the reorganisation among them', () => {
    const player = play(segmentsOf(lives.get('n1')!));
    let head = '';
    let moves = 0;
    let reorganisations = 0;
    while (player.next() !== null) {
      const now = player.view()!.head;
      if (now.hash === head) continue;
      moves += 1;
      if (head !== '' && player.view()?.canonicalHash(player.view()!.headerByHash(head as Hex)!.number) !== head)
        reorganisations += 1;
      head = now.hash;
    }
    expect(moves).toBeGreaterThan(10);
    expect(reorganisations).toBeGreaterThan(0);
  });

  it('finds a bit that was turned, wherever it is', () => {
    const random = createRandom('bits');
    const bytes = bytesOf(lives.get('n2')![0]!);
    for (let i = 0; i < 15; i++) {
      const at = random.below(bytes.length);
      const turned = Uint8Array.from(bytes);
      turned[at]! ^= 1 << random.below(8);
      let found: string | null;
      try {
        found = playAll(play([open(turned)])).wrong;
      } catch (error) {
        found = String(error); // in the head
      }
      expect([at, found]).toEqual([at, expect.any(String)]);
    }
  });

  it('plays what is whole of a file that was cut anywhere, and says how it ends', () => {
    const random = createRandom('cuts');
    const bytes = bytesOf(lives.get('n2')![0]!);
    for (let i = 0; i < 8; i++) {
      const length = random.between(bytes.length >> 1, bytes.length - 1);
      const player = play([open(bytes.subarray(0, length))]);
      expect(playAll(player).wrong).toBeNull();
      expect(['torn', 'killed']).toContain(player.ends()[0]?.end.kind);
    }
  });
});

describe('an effect that is not what it was', () => {
  const { world, lives } = recordedWorld({ authorities: 1, followers: 0 });
  world.start('n1');
  run(world, 2_000);
  world.ask('n1', { kind: 'submit-transaction', bytes: Uint8Array.of(2, 3) });
  run(world, 2_000);
  const segment = open(bytesOf(lives.get('n1')![0]!));

  /** What a replay finds where the steps are not those that were recorded. */
  const differenceWith = (change: (step: RecordedStep) => RecordedStep): Played | null => {
    function* steps(): ReturnType<Segment['steps']> {
      const read = segment.steps();
      for (let next = read.next(); ; next = read.next()) {
        if (next.done) return next.value;
        yield change(next.value);
      }
    }
    const player = play([{ ...segment, steps }]);
    let last: Played | null = null;
    for (let next = player.next(); next !== null && !isProblem(next); next = player.next()) last = next;
    expect(player.next()).toBeNull();
    return last;
  };

  it('is not there where nothing was changed', () => {
    expect(differenceWith((step) => step)?.difference).toBeNull();
  });

  it('is named with its step and with both sides', () => {
    const bytes = Uint8Array.of(4, 5);
    const found = differenceWith((step) =>
      step.input.kind === 'ask'
        ? { ...step, input: { ...step.input, ask: { kind: 'submit-transaction', bytes } } }
        : step,
    );
    expect(found?.step.input.kind).toBe('ask');
    expect(found?.difference).toMatchObject({
      recorded: expect.stringMatching(/2/),
      replayed: expect.stringMatching(/4/),
    });
  });

  it('may be one that is missing', () => {
    const found = differenceWith((step) => (step.index < 2 ? step : { ...step, nowMs: step.nowMs - 999 }));
    expect(found?.difference).toMatchObject({ recorded: expect.stringMatching(/^persist/), replayed: null });
  });

  it('may be a signature that nobody had asked for', () => {
    const found = differenceWith((step) =>
      step.result === null ? step : { ...step, result: { ...step.result, outside: [] } },
    );
    expect(found?.difference?.why).toContain('it asked for a signature');
  });
});

describe('a node with a fault lives again with it', () => {
  it.each(['randao-reads-the-clock', 'double-sealer', 'spammer', 'invalid-seal', 'clone-of-n1'])('%s', (fault) => {
    const { network, world, lives } = recordedWorld({ faults: new Map([['n2', fault]]) });
    for (const node of network.facts.nodes) world.start(node);
    run(world, 6_000);
    for (const [node, all] of lives) expect([node, playAll(play(segmentsOf(all))).wrong]).toEqual([node, null]);
  });
});
