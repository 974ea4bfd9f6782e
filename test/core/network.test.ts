import { describe, expect, it } from 'vitest';
import type { BlockRef } from '../../node/core/events.ts';
import { createNet, type Net } from './harness.ts';
import { transferBytes } from './transfers.ts';

const heads = (net: Net) => new Set(net.names.map((name) => net.view(name).head.hash));

function expectNoDoubleSeal(net: Net): void {
  const parents = net.events('sealed').map(({ event }) => `${event.signer} ${event.parentHash}`);
  expect(new Set(parents).size).toBe(parents.length);
}

function submit(net: Net, node: string, nonce: number): string {
  const outcome = net.ask(node, { kind: 'submit-transaction', bytes: transferBytes(nonce) });
  if (outcome.kind !== 'accepted' || outcome.hash === undefined) throw new Error(JSON.stringify(outcome));
  return outcome.hash;
}

describe('a network of cores', () => {
  it('seals its first block within five seconds and agrees on sixty', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(5_000);
    expect(net.view('n1').head.header.number).toBeGreaterThanOrEqual(1);
    net.run(60_000);
    expect(net.view('n1').head.header.number).toBeGreaterThanOrEqual(60);
    net.run(300);
    expect(heads(net).size).toBe(1);
    expect(net.events('divergence')).toEqual([]);
    expect(net.events('agreement', 'n2').length).toBeGreaterThanOrEqual(59);
    expect(net.events('rejected').map(({ event }) => event.code)).toEqual([]);
    expectNoDoubleSeal(net);
  });

  it('mines a transaction that one node was given, and tells its fate everywhere', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(3_000);
    const hash = submit(net, 'n4', 0);
    net.run(4_000);
    for (const name of net.names) {
      const fates = net.events('transaction', name).map(({ event }) => [event.fate, event.hash]);
      expect(fates).toEqual([
        ['accepted', hash],
        ['mined', hash],
      ]);
      expect(net.view(name).location(hash as `0x${string}`)).not.toBeNull();
    }
  });

  it('forks when it is split two and three, halts on the small side, and heals to one head with the undone transactions mined again', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(10_000);
    const splitAt = net.view('n1').head.header.number;
    net.split(['n1', 'n3'], ['n2', 'n4', 'n5']);
    net.run(200);
    const hash = submit(net, 'n1', 0);
    net.run(20_000);
    const minority = net.view('n1').head.header.number;
    expect(minority - splitAt).toBeGreaterThanOrEqual(1);
    expect(minority - splitAt).toBeLessThanOrEqual(3); // one block may have been on its way
    expect(net.view('n1').location(hash as `0x${string}`)).not.toBeNull();
    expect(net.view('n3').halted).toEqual({ signers: 2, needed: 3 });
    expect(net.view('n2').halted).toBeNull();
    expect(net.view('n2').head.header.number).toBeGreaterThan(minority + 10);
    net.heal();
    net.run(8_300);
    expect(heads(net).size).toBe(1);
    expect(net.view('n1').halted).toBeNull();
    expect(
      net
        .events('resumed')
        .map(({ node }) => node)
        .sort(),
    ).toEqual(['n1', 'n3']);
    const reorganisation = net.events('head', 'n1').find(({ event }) => event.undone.length > 0);
    expect(reorganisation?.event.undone.length).toBeGreaterThanOrEqual(1);
    const fates = net.events('transaction', 'n1').map(({ event }) => event.fate);
    expect(fates).toEqual(['accepted', 'mined', 'returned', 'mined']);
    for (const name of net.names) expect(net.view(name).location(hash as `0x${string}`)).not.toBeNull();
    expect(net.events('divergence')).toEqual([]);
    expectNoDoubleSeal(net);
  });

  it('carries a transaction of an isolated follower across after healing', () => {
    const net = createNet({ followers: 1 });
    net.start(...net.names);
    net.run(4_000);
    net.split(['n1', 'n2', 'n3', 'n4', 'n5'], ['f1']);
    net.run(1_000);
    const hash = submit(net, 'f1', 0);
    net.run(9_000);
    expect(net.view('f1').halted).toEqual({ signers: 0, needed: 3 });
    expect(net.view('n1').location(hash as `0x${string}`)).toBeNull();
    net.heal();
    net.run(6_000);
    for (const name of net.names) expect(net.view(name).location(hash as `0x${string}`)).not.toBeNull();
  });

  it('never seals twice on one parent, whenever a node is killed and started again', () => {
    const net = createNet();
    net.start(...net.names);
    for (let i = 0; i < 60; i++) {
      const victim = `n${(i % 5) + 1}`;
      net.run(i % 3 === 0 ? 1_000 : 387 + 13 * i);
      net.kill(victim);
      net.run(i % 4 === 0 ? 0 : 150);
      net.start(victim);
    }
    net.run(5_300);
    expectNoDoubleSeal(net);
    expect(net.view('n1').head.header.number).toBeGreaterThan(30);
    expect(heads(net).size).toBe(1);
    expect(net.events('equivocation').filter(({ event }) => event.strength === 'proof')).toEqual([]);
  });

  it.each([
    'killed',
    'paused',
  ])('does not let a node that was %s seal on its old head before it heard of the others', (how) => {
    const net = createNet();
    net.start(...net.names);
    net.run(8_000);
    while (net.view('n3').head.header.number % 5 !== 1) net.run(100); // n3 is in turn for what follows its head
    if (how === 'killed') net.kill('n3');
    else net.pause('n3');
    net.run(6_000);
    const height = net.view('n2').head.header.number;
    const from = net.told.length;
    if (how === 'killed') net.start('n3');
    else net.resume('n3');
    net.run(10_300);
    const sealed = net.told
      .slice(from)
      .flatMap(({ node, event }) => (node === 'n3' && event.kind === 'sealed' ? [event] : []));
    expect(sealed.length).toBeGreaterThan(0);
    expect(sealed[0]!.block.number).toBeGreaterThan(height);
  });

  it('goes on after all nodes were down', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(10_000);
    const before = net.view('n1').head.header.number;
    for (const name of net.names) net.kill(name);
    net.run(3_600_000);
    net.start(...net.names);
    expect(net.view('n1').head.header.number).toBeGreaterThanOrEqual(before);
    net.run(10_300);
    expect(net.view('n1').head.header.number).toBeGreaterThan(before + 7);
    expect(heads(net).size).toBe(1);
    expectNoDoubleSeal(net);
  });

  it('lets a late node catch up with 300 blocks, comparing every one of the history', () => {
    const net = createNet({ signers: 3, followers: 1 });
    net.start('n1', 'n2', 'n3');
    net.run(305_000);
    expect(net.view('n1').head.header.number).toBeGreaterThanOrEqual(300);
    net.start('f1');
    net.run(3_300);
    expect(net.view('f1').head.hash).toBe(net.view('n1').head.hash);
    const executed = net.events('executed', 'f1');
    expect(executed.filter(({ event }) => event.source === 'sync').length).toBeGreaterThanOrEqual(300);
    expect(net.events('agreement', 'f1').length).toBeGreaterThanOrEqual(256);
    expect(net.events('sync', 'f1')[0]?.event.from).toBe(1);
  });

  it('lets a signer that never ran join a chain that waits for it', () => {
    const net = createNet();
    net.start('n1', 'n2');
    net.run(20_000);
    expect(net.view('n1').head.header.number).toBe(2);
    net.start('n3');
    net.run(8_000);
    expect(net.view('n1').head.header.number).toBeGreaterThan(4);
  });

  it('makes a signer whose store was wiped wait for L blocks before it seals', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(20_000);
    net.kill('n2');
    net.wipe('n2');
    net.start('n2');
    const from = net.told.length;
    const height = net.view('n1').head.header.number;
    net.run(15_000);
    const sealedBy = net.told
      .slice(from)
      .flatMap(({ event }) => (event.kind === 'sealed' && event.signer === net.authorities[1]!.signer ? [event] : []));
    expect(sealedBy.length).toBeGreaterThan(0);
    expect(Math.min(...sealedBy.map(({ block }) => block.number))).toBeGreaterThan(height + 3);
    const reasons = net.events('sealing', 'n2').map(({ event }) => event.reason);
    expect(reasons).toEqual(['fresh-store', 'caught-up']);
    expect(net.events('equivocation')).toEqual([]);
  });

  it('stops sealing when its operator says so, and goes on likewise', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(5_000);
    expect(net.ask('n1', { kind: 'set-sealing', enabled: false })).toEqual({ kind: 'accepted' });
    const from = net.nowMs();
    net.run(12_000);
    const sealed = () => net.events('sealed', 'n1').filter(({ atMs }) => atMs > from).length;
    expect(sealed()).toBe(0);
    expect(net.view('n1').sealing).toBe(false);
    net.ask('n1', { kind: 'set-sealing', enabled: true });
    net.run(12_000);
    expect(sealed()).toBeGreaterThan(0);
  });

  it('seals up to the height that its operator names, and on when it is raised', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(5_000);
    const height = () => Math.max(...net.names.map((name) => net.view(name).head.header.number));
    const last = height() + 2;
    const signers = net.names.filter((name) => name.startsWith('n'));
    for (const name of signers) net.ask(name, { kind: 'set-sealing', enabled: true, upTo: last });
    net.run(12_000);
    expect(height()).toBe(last);
    for (const name of signers) net.ask(name, { kind: 'set-sealing', enabled: true, upTo: last + 1 });
    net.run(12_000);
    expect(height()).toBe(last + 1);
    for (const name of signers) net.ask(name, { kind: 'set-sealing', enabled: true });
    net.run(12_000);
    expect(height()).toBeGreaterThan(last + 5);
  });

  it('votes a signer in by proposals of a majority', () => {
    const net = createNet({ signers: 3, followers: 1 });
    const candidate = `0x${'ab'.repeat(20)}` as const;
    net.start(...net.names);
    net.run(3_000);
    for (const name of ['n1', 'n2'])
      expect(net.ask(name, { kind: 'propose', proposal: { candidate, authorize: true } })).toEqual({
        kind: 'accepted',
      });
    expect(net.ask('f1', { kind: 'propose', proposal: { candidate, authorize: true } })).toMatchObject({
      code: 'ask-not-a-signer',
    });
    net.run(8_000);
    expect(net.view('f1').snapshot.signers).toContain(candidate);
    expect(net.ask('n3', { kind: 'propose', proposal: { candidate, authorize: true } })).toMatchObject({
      code: 'ask-invalid',
    });
    expect(net.ask('n1', { kind: 'discard', candidate })).toEqual({ kind: 'accepted' });
    expect(net.view('n1').proposals).toEqual([]);
  });

  it('does the same with the same seed, and something else with another', () => {
    const run = (seed: string): string => {
      const net = createNet({ seed });
      net.start(...net.names);
      net.run(5_000);
      submit(net, 'n2', 0);
      net.split(['n1', 'n2'], ['n3', 'n4', 'n5']);
      net.run(6_000);
      net.heal();
      net.run(6_000);
      return net.traceHash();
    };
    expect(run('a')).toBe(run('a'));
    expect(run('a')).not.toBe(run('b'));
  });

  it('is not changed by wakes that come early', () => {
    const run = (earlyWakes: boolean): { readonly hash: string; readonly wakes: number } => {
      const net = createNet({ earlyWakes });
      net.start(...net.names);
      net.run(8_000);
      submit(net, 'n2', 0);
      net.split(['n1', 'n3'], ['n2', 'n4', 'n5']);
      net.run(12_000);
      net.kill('n4');
      net.heal();
      net.start('n4');
      net.run(8_000);
      return { hash: net.traceHash(), wakes: net.earlyWakes() };
    };
    const early = run(true);
    expect(early.wakes).toBeGreaterThan(200);
    expect(early.hash).toBe(run(false).hash);
  });

  it('reports every block of the canonical chain in its head events, as the walk of parents', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(6_000);
    net.split(['n1', 'n3'], ['n2', 'n4', 'n5']);
    net.run(8_000);
    net.heal();
    net.run(6_000);
    for (const name of net.names) {
      const chain: BlockRef[] = [];
      for (const { event } of net.events('head', name)) {
        for (const undone of event.undone) expect(chain.pop()).toEqual(undone);
        chain.push(...event.redone);
      }
      const view = net.view(name);
      expect(chain.map(({ hash }) => hash)).toEqual(chain.map(({ number }) => view.canonicalHash(number)));
      expect(chain.at(-1)?.hash).toBe(view.head.hash);
    }
  });
});
