import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { createNet, type Net } from './harness.ts';
import { SINK, transferBytes } from './transfers.ts';

const RIGHT = createInterpreter();

/** A machine that mints a wei for whoever is the sink: another state root, everything else as it should be. */
const MINTING: Machine = {
  execute(environment, message) {
    const result = RIGHT.execute(environment, message);
    if (message.kind === 'call' && message.to === SINK) environment.journal.addBalance(SINK, 1n);
    return result;
  },
};

function createFaultyNet(options: { readonly followers?: number; readonly faulty: string }): Net {
  const net = createNet({
    followers: options.followers ?? 0,
    machine: (name) => (name === options.faulty ? MINTING : RIGHT),
  });
  net.start(...net.names);
  net.run(5_100);
  net.ask('n1', { kind: 'submit-transaction', bytes: transferBytes(0) });
  net.run(6_300);
  return net;
}

describe('a node with a faulty machine', () => {
  it('is named by every other node at the first block whose result is wrong', () => {
    const net = createFaultyNet({ faulty: 'f1', followers: 1 });
    const [mined] = net.events('transaction', 'n1').filter(({ event }) => event.fate === 'mined');
    for (const name of ['n1', 'n2', 'n3', 'n4', 'n5', 'f1']) {
      const told = net.events('divergence', name).filter(({ event }) => event.block.hash === mined?.event.block);
      expect(told.length).toBeGreaterThan(0);
      const complete = told.at(-1)?.event;
      expect(complete?.field).toBe('stateRoot');
      expect(complete?.results.map(({ node }) => node)).toEqual(['n1', 'f1', 'n2', 'n3', 'n4', 'n5']);
      expect(complete?.results[0]?.stateRoot).not.toBe(complete?.results[1]?.stateRoot);
      expect(told[0]!.atMs - mined!.atMs).toBeLessThan(1_000);
    }
    expect(net.view('f1').retraces.mismatches()[0]?.hash).toBe(mined?.event.block);
    expect(net.view('f1').head.header.number).toBe(net.view('f1').retraces.mismatches()[0]!.block.header.number - 1);
  });

  it('reaches no correct node with a wrong root when it seals, and does not stop them', () => {
    const net = createFaultyNet({ faulty: 'n3' });
    for (let nonce = 1; nonce <= 10; nonce++) {
      net.ask('n1', { kind: 'submit-transaction', bytes: transferBytes(nonce) });
      net.run(1_000);
    }
    net.run(2_300);
    const view = net.view('n1');
    expect(view.head.header.number).toBeGreaterThan(15);
    for (const name of ['n2', 'n4', 'n5']) expect(net.view(name).head.hash).toBe(view.head.hash);
    for (const { event } of net.events('executed').filter(({ node, event }) => node !== 'n3' && event.agrees)) {
      const header = view.headerByHash(event.block.hash);
      expect(header?.stateRoot).toBe(event.own.stateRoot);
    }
    expect(net.view('n1').state(view.head.header.stateRoot).account(SINK)?.balance).toBe(11n);
    const named = net.events('divergence', 'n1').at(-1)?.event.results;
    expect(named?.map(({ node }) => node)).toContain('n3');
  });

  it('is not asked for the same bad branch again and again', () => {
    const net = createFaultyNet({ faulty: 'f1', followers: 1 });
    net.run(30_000);
    const asked = net.effects.filter(
      ({ node, effect }) => node === 'f1' && effect.kind === 'request' && effect.bytes[0] === 0x12,
    );
    expect(asked.length).toBeLessThan(40);
  });

  it('is heard of beyond its own peers by the disagreement that is gossiped, once per block and pair', () => {
    const net = createFaultyNet({ faulty: 'f1', followers: 1 });
    const published = net.effects.filter(({ effect }) => effect.kind === 'publish' && effect.topic === 'disagreements');
    const blocks = new Set(net.events('divergence').map(({ event }) => event.block.hash));
    expect(published.length).toBeGreaterThan(0);
    expect(published.length).toBeLessThanOrEqual(6 * blocks.size);
  });
});
