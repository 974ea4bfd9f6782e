import { describe, expect, it } from 'vitest';
import { SYNC_STANDSTILL_MS } from '../../node/core/limits.ts';
import { encodeBlocksResponse } from '../../node/core/wire/blocks.ts';
import { encodeStatusRequest } from '../../node/core/wire/status.ts';
import { wordToHex } from '../../node/lib/bytes.ts';
import type { Block } from '../../node/types/block.ts';
import type { Hash } from '../../node/types/transaction.ts';
import { ACCOUNT_KEYS, createNet, type Net } from './harness.ts';
import { transfer, transferBytes } from './transfers.ts';

const FAKE = wordToHex(12_345n);
let id = 5_000_000;

/** A peer of n1's tells a head that is heavier than any. */
function claim(net: Net, peer: string, headHash: Hash, number: number): void {
  const { genesisHash } = net.view('n1');
  const status = { genesisHash, headHash, number, totalDifficulty: 10n ** 30n, pooled: [] };
  id += 1;
  net.give('n1', { kind: 'request', from: peer, id, bytes: encodeStatusRequest(status) });
}

/** Answers n1's last request for blocks to a peer, if it was not answered before; whether it did. */
function answer(net: Net, peer: string, answered: Set<number>, blocks: () => readonly Block[]): boolean {
  for (const { node, effect } of net.effects.toReversed().slice(0, 400)) {
    if (node !== 'n1' || effect.kind !== 'request' || effect.to !== peer || effect.bytes[0] !== 0x12) continue;
    if (answered.has(effect.id)) return false;
    answered.add(effect.id);
    net.give('n1', { kind: 'response', id: effect.id, bytes: encodeBlocksResponse(blocks()) });
    return true;
  }
  return false;
}

function stopSealing(net: Net): void {
  for (const name of net.names) net.ask(name, { kind: 'set-sealing', enabled: false });
}

const blockAt = (net: Net, node: string, number: number): Block => {
  const view = net.view(node);
  const block = view.blockByHash(view.canonicalHash(number) ?? FAKE);
  if (block === null) throw new Error(`no block ${number}`);
  return block;
};

describe('a peer that lies in a sync', () => {
  it('does not make the honest head that it told unobtainable', () => {
    const net = createNet();
    net.start(...net.names);
    net.run(5_100);
    net.split(['n1'], ['n2', 'n3', 'n4', 'n5']);
    net.run(5_000);
    stopSealing(net);
    net.run(100);
    const { hash, header } = net.view('n2').head;
    net.give('n1', { kind: 'peer-up', peer: 'evil', name: null });
    claim(net, 'evil', hash, header.number);
    const next = blockAt(net, 'n2', net.view('n1').head.header.number + 1);
    expect(answer(net, 'evil', new Set(), () => [{ ...next, transactions: [transfer(0)] }])).toBe(true);
    expect(net.view('n1').rejections.get('block-transactions-root')).toBe(1);
    net.heal();
    net.run(6_000);
    expect(net.view('n1').head.hash).toBe(hash);
  });

  it('gets rivals while it sends nothing but blocks that we have, and loses its word', () => {
    const net = createNet({ signers: 3 });
    net.start(...net.names);
    net.run(60_100);
    net.split(['n1'], ['n2', 'n3']);
    net.run(5_000);
    stopSealing(net);
    net.give('n1', { kind: 'peer-up', peer: 'evil', name: null });
    claim(net, 'evil', FAKE, 1_000_000);
    net.heal();
    const answered = new Set<number>();
    let number = 0;
    for (let atMs = 0; atMs < SYNC_STANDSTILL_MS + 1_000; atMs += 500) {
      answer(net, 'evil', answered, () => [blockAt(net, 'n1', ++number)]);
      net.run(500);
      if (atMs === 5_000) expect(net.view('n1').head.hash).toBe(net.view('n2').head.hash);
    }
    expect(number).toBeGreaterThan(15);
    expect(net.events('rejected', 'n1').at(-1)?.event).toMatchObject({ peer: 'evil', code: 'wire-unrequested' });
    expect(answer(net, 'evil', answered, () => [])).toBe(false);
  });

  it('keeps no signer from sealing as long as it is distrusted', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(5_000);
    net.give('n1', { kind: 'peer-up', peer: 'evil', name: null });
    claim(net, 'evil', FAKE, 1_000_000);
    answer(net, 'evil', new Set(), () => []);
    claim(net, 'evil', FAKE, 1_000_001);
    const before = net.view('n1').head.header.number;
    net.run(5_000);
    expect(net.view('n1').head.header.number).toBe(before + 5);
  });

  it('keeps no signer from sealing once it has fallen silent', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(5_000);
    for (const peer of ['evil', 'silent']) {
      net.give('n1', { kind: 'peer-up', peer, name: null });
      claim(net, peer, peer === 'evil' ? FAKE : wordToHex(54_321n), 1_000_000);
    }
    const before = net.view('n1').head.header.number;
    net.run(5_500);
    expect(net.view('n1').head.header.number).toBe(before);
    net.run(5_500);
    expect(net.view('n1').head.header.number).toBeGreaterThan(before + 3);
  });
});

describe('a sync of full blocks', () => {
  it('executes about one of them in a step, so that requests get their turn', () => {
    const net = createNet({ signers: 1, followers: 1, gasLimit: 63_000 });
    net.start('n1');
    for (let i = 0; i < 30; i++)
      net.ask('n1', { kind: 'submit-transaction', bytes: transferBytes(i >> 4, { key: ACCOUNT_KEYS[i & 15] }) });
    net.run(15_000);
    expect(net.view('n1').pool.size).toBe(0);
    const from = net.effects.length;
    net.start('f1');
    net.run(1_300);
    expect(net.view('f1').head.hash).toBe(net.view('n1').head.hash);
    let inStep = 0;
    let full = 0;
    for (const { node, effect } of net.effects.slice(from)) {
      if (node !== 'f1') continue;
      if (effect.kind === 'persist') inStep = 0;
      if (effect.kind !== 'event' || effect.event.kind !== 'executed' || effect.event.own.gasUsed < 63_000) continue;
      full += 1;
      expect(++inStep).toBe(1);
    }
    expect(full).toBeGreaterThanOrEqual(9);
  });
});
