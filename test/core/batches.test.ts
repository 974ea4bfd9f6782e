import { describe, expect, it } from 'vitest';
import { BATCH_BYTES_TARGET, BATCH_DELAY_MS, STATUS_HASHES_MAX } from '../../node/core/limits.ts';
import { decodeStatusResponse, encodeStatusRequest } from '../../node/core/wire/status.ts';
import { decodeTransactions } from '../../node/core/wire/transactions.ts';
import { ACCOUNT_KEYS, createNet } from './harness.ts';
import { transferBytes } from './transfers.ts';

describe('transactions of one node', () => {
  it('are gossiped in batches, after the delay or when a batch is full', () => {
    const net = createNet({ followers: 1 });
    net.start('f1');
    net.run(100);
    const published = () =>
      net.effects.flatMap(({ effect }) =>
        effect.kind === 'publish' && effect.topic === 'transactions' ? [effect.bytes] : [],
      );
    for (let nonce = 0; nonce < 3; nonce++) net.ask('f1', { kind: 'submit-transaction', bytes: transferBytes(nonce) });
    net.run(BATCH_DELAY_MS - 1);
    expect(published().length).toBe(0);
    net.run(1);
    expect(published().map((bytes) => (decodeTransactions(bytes) as readonly unknown[]).length)).toEqual([3]);

    const before = published().length;
    let nonce = 3;
    const large = (): Uint8Array => transferBytes(nonce++, { dataBytes: 3_000 });
    while (published().length === before && nonce < 60) net.ask('f1', { kind: 'submit-transaction', bytes: large() });
    expect(nonce).toBe(3 + Math.ceil(BATCH_BYTES_TARGET / large().length));
    net.run(BATCH_DELAY_MS);
    for (const bytes of published()) expect(bytes.length).toBeLessThan(BATCH_BYTES_TARGET + 2_000);
  });

  it('are refused with the pool’s reason, and told as rejected', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(2_000);
    const submit = (bytes: Uint8Array) => net.ask('n1', { kind: 'submit-transaction', bytes });
    expect(submit(transferBytes(0, { chainId: 2n }))).toMatchObject({ code: 'tx-wrong-chain' });
    expect(submit(Uint8Array.of(0xc1))).toMatchObject({ code: 'encoding' });
    expect(submit(new Uint8Array(200_000))).toMatchObject({ code: 'wire-oversized' });
    expect(submit(transferBytes(0))).toMatchObject({ kind: 'accepted' });
    expect(submit(transferBytes(0))).toMatchObject({ code: 'pool-known' });
    const told = net.events('transaction', 'n1').map(({ event }) => [event.fate, event.code]);
    expect(told).toEqual([
      ['rejected', 'tx-wrong-chain'],
      ['rejected', 'encoding'],
      ['rejected', 'wire-oversized'],
      ['accepted', null],
    ]);
  });

  it('reach a late node by the exchange of hashes, however many they are', () => {
    const net = createNet({ followers: 2 });
    net.start('f1');
    net.run(100);
    const count = 2 * STATUS_HASHES_MAX + 50;
    for (let i = 0; i < count; i++) {
      const bytes = transferBytes(i >> 4, { key: ACCOUNT_KEYS[i & 15] });
      expect(net.ask('f1', { kind: 'submit-transaction', bytes })).toMatchObject({ kind: 'accepted' });
    }
    net.run(100);
    net.start('f2');
    net.run(8_000);
    expect(net.view('f2').pool.size).toBe(count);
  });

  it('are told to each peer all of them, whoever else is told in between', () => {
    const net = createNet({ followers: 1 });
    net.start('f1');
    for (let i = 0; i < 2 * STATUS_HASHES_MAX; i++) {
      const bytes = transferBytes(i >> 4, { key: ACCOUNT_KEYS[i & 15] });
      net.ask('f1', { kind: 'submit-transaction', bytes });
    }
    for (const peer of ['a', 'b']) net.give('f1', { kind: 'peer-up', peer, name: null });
    const { genesisHash } = net.view('f1');
    const request = encodeStatusRequest({
      genesisHash,
      headHash: genesisHash,
      number: 0,
      totalDifficulty: 1n,
      pooled: [],
    });
    const told = new Set<string>();
    for (let id = 0; id < 8; id++) {
      net.give('f1', { kind: 'request', from: id % 2 === 0 ? 'a' : 'b', id: 1_000_000 + id, bytes: request });
      const answer = net.effects.at(-1)?.effect;
      const status = answer?.kind === 'respond' ? decodeStatusResponse(answer.bytes) : null;
      if (id % 2 === 0 && status !== null && 'pooled' in status) for (const hash of status.pooled) told.add(hash);
    }
    expect(told.size).toBe(2 * STATUS_HASHES_MAX);
  });
});
