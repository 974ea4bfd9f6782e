import { describe, expect, it } from 'vitest';
import { createKeptTransactions } from '../../node/core/kept-transactions.ts';
import { BATCH_DELAY_MS } from '../../node/core/limits.ts';
import { createOverlay } from '../../node/lib/store.ts';
import { transactionHash } from '../../node/types/transaction.ts';
import { createNet } from './harness.ts';
import { transfer, transferBytes } from './transfers.ts';

const submitted = (nonce: number) => ({ kind: 'submit-transaction', bytes: transferBytes(nonce) }) as const;

describe('a transaction that a node has accepted from its operator', () => {
  it('is mined although the node was killed before anybody had heard of it', () => {
    const net = createNet({ signers: 3 });
    net.start('n1', 'n2', 'n3');
    net.run(5_000);
    for (const nonce of [1, 0]) expect(net.ask('n2', submitted(nonce))).toMatchObject({ kind: 'accepted' });
    net.run(BATCH_DELAY_MS - 1);
    net.kill('n2');
    net.run(3_000);
    const hashes = [0, 1].map((nonce) => transactionHash(transfer(nonce)));
    const fates = (node: string) =>
      net.events('transaction', node).flatMap(({ event }) => (hashes.includes(event.hash!) ? [event.fate] : []));
    expect(fates('n1')).toEqual([]);
    net.start('n2');
    net.run(10_000);
    expect(fates('n2')).toEqual(['accepted', 'accepted', 'returned', 'returned', 'mined', 'mined']);
    expect(fates('n1')).toEqual(['accepted', 'accepted', 'mined', 'mined']);
  });

  it('is told as dropped, with its reason, where another of its nonce was mined while the node was down', () => {
    const net = createNet({ signers: 3, followers: 1 });
    net.start('n1', 'n2', 'n3', 'f1');
    net.run(5_000);
    net.ask('f1', submitted(0));
    net.kill('f1');
    net.ask('n1', { kind: 'submit-transaction', bytes: transferBytes(0, { dataBytes: 1 }) });
    net.run(5_000);
    net.start('f1');
    net.run(5_000);
    const hash = transactionHash(transfer(0));
    const told = net.events('transaction', 'f1').filter(({ event }) => event.hash === hash);
    expect(told.map(({ event }) => [event.fate, event.code])).toEqual([
      ['accepted', null],
      ['returned', null],
      ['dropped', 'tx-nonce-too-low'],
    ]);
  });

  it('does not come back in the next life when its fate was told', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(4_000);
    net.ask('n1', submitted(0));
    net.run(3_000);
    expect(net.events('transaction', 'n1').map(({ event }) => event.fate)).toEqual(['accepted', 'mined']);
    net.kill('n1');
    net.start('n1');
    net.run(3_000);
    expect(net.events('transaction', 'n1')).toHaveLength(2);
  });
});

describe('the slots of kept transactions', () => {
  it('are used again, and hold what was kept and not forgotten, ascending by nonce', () => {
    const disk = new Map<string, Uint8Array>();
    const open = () => {
      const overlay = createOverlay({ get: (key) => disk.get(key) });
      return { kept: createKeptTransactions(overlay), write: () => overlay.take() };
    };
    const { kept, write } = open();
    for (const nonce of [3, 1, 2, 1]) kept.keep(transfer(nonce));
    kept.forget(transactionHash(transfer(3)));
    kept.forget(transactionHash(transfer(9)));
    kept.keep(transfer(0));
    for (const { key, value } of write()) if (value !== null) disk.set(key, value);
    expect([...disk.keys()].sort()).toEqual(['pool/0', 'pool/1', 'pool/2', 'pool/slots']);
    expect(
      open()
        .kept.recovered()
        .map(({ nonce }) => nonce),
    ).toEqual([0n, 1n, 2n]);
  });
});
