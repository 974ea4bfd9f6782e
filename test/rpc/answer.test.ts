import { describe, expect, it } from 'vitest';
import type { Accepted, Ask } from '../../node/core/contract.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { answer, answerFrom } from '../../node/rpc/answer.ts';
import { BATCH_MAX } from '../../node/rpc/limits.ts';
import { parseError, responseTooLarge } from '../../node/rpc/message.ts';
import { adminMethods, publicMethods } from '../../node/rpc/method-table.ts';
import { type Reply, serve } from '../../node/rpc/serve.ts';
import { type Rejection, type RejectionCode, reject } from '../../node/types/rejection.ts';
import { encodeTransaction, transactionHash } from '../../node/types/transaction.ts';
import { errorOf, resultOf } from './call.ts';
import { ALICE, ALICE_KEY, createFixture, signed } from './view.ts';

const { view } = createFixture();

describe('a request', () => {
  it('gets its own id back, whatever kind it is of', () => {
    for (const id of [1, 0, 'seven', null]) {
      const answered = answer(view, { jsonrpc: '2.0', id, method: 'eth_chainId' });
      expect(answered).toEqual({ kind: 'reply', response: { jsonrpc: '2.0', id, result: '0x539' } });
    }
  });

  it.each([
    ['a number', 7],
    ['null', null],
    ['a wrong version', { jsonrpc: '1.0', id: 1, method: 'eth_chainId' }],
    ['no method', { jsonrpc: '2.0', id: 1 }],
    ['an object as its id', { jsonrpc: '2.0', id: {}, method: 'eth_chainId' }],
  ])('is refused as invalid where it is or has %s', (_what, request) => {
    const answered = answer(view, request);
    expect(answered.kind === 'reply' && answered.response).toMatchObject({ error: { code: -32600 } });
  });

  it('for an unknown method is answered with the very code that libraries fall back on', () => {
    for (const method of [
      'eth_fillTransaction',
      'eth_newFilter',
      'hardhat_metadata',
      'anvil_nodeInfo',
      'constructor',
    ]) {
      expect(errorOf(view, method)).toEqual({
        code: -32601,
        message: `the method ${method} does not exist/is not available`,
      });
    }
  });

  it('is refused where its parameters are an object or too many', () => {
    const named = answer(view, { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: {} });
    expect(named.kind === 'reply' && named.response).toMatchObject({
      error: { code: -32602, message: 'non-array args' },
    });
    expect(errorOf(view, 'eth_chainId', 1)).toEqual({ code: -32602, message: 'too many arguments, want at most 0' });
  });

  it('without parameters has an empty list of them', () => {
    for (const params of [undefined, null, []]) {
      const answered = answer(view, { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params });
      expect(answered.kind === 'reply' && answered.response).toMatchObject({ result: '0x539' });
    }
  });
});

describe('eth_sendRawTransaction', () => {
  const tx = signed(ALICE_KEY, { type: 2, nonce: 6n });
  const raw = bytesToHex(encodeTransaction(tx));
  const submit = (outcome: Accepted | Rejection) => {
    const answered = answer(view, { jsonrpc: '2.0', id: 5, method: 'eth_sendRawTransaction', params: [raw] });
    if (answered.kind !== 'ask') throw new Error('no ask');
    return answered.reply(outcome);
  };

  it('asks the core and answers with the hash', () => {
    const answered = answer(view, { jsonrpc: '2.0', id: 5, method: 'eth_sendRawTransaction', params: [raw] });
    expect(answered.kind === 'ask' && answered.ask).toEqual({
      kind: 'submit-transaction',
      bytes: encodeTransaction(tx),
    });
    expect(submit({ kind: 'accepted' })).toEqual({ jsonrpc: '2.0', id: 5, result: transactionHash(tx) });
  });

  it.each<[RejectionCode, RegExp]>([
    ['tx-nonce-too-low', /^nonce too low/],
    ['tx-nonce-too-high', /^nonce too high/],
    ['tx-insufficient-funds', /^insufficient funds for gas \* price \+ value/],
    ['tx-intrinsic-gas', /^intrinsic gas too low/],
    ['tx-fee-below-base-fee', /^max fee per gas less than block base fee/],
    ['tx-tip-above-fee', /^max priority fee per gas higher than max fee per gas/],
    ['tx-type-not-supported', /^transaction type not supported/],
    ['pool-known', /^already known/],
    ['pool-underpriced', /^replacement transaction underpriced/],
  ])('words %s as go-ethereum does', (code, text) => {
    const response = submit({ kind: 'rejection', code, message: 'a sentence', expected: '5', actual: '3' });
    expect(response).toMatchObject({ error: { code: -32000, message: expect.stringMatching(text) } });
  });

  it('does not say twice what the core says in those words already', () => {
    const response = submit(reject('tx-nonce-too-low', 'nonce too low: address 0x1, tx: 3 state: 5'));
    expect(response).toMatchObject({ error: { message: 'nonce too low: address 0x1, tx: 3 state: 5' } });
  });

  it('refuses blob transactions in their network form before anybody decodes them', () => {
    expect(errorOf(view, 'eth_sendRawTransaction', '0x03fa0219f8')).toEqual({
      code: -32000,
      message: 'transaction type not supported',
    });
  });
});

describe('a body', () => {
  const request = (id: number, method: string, params: readonly unknown[] = []) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  });
  const run = (body: unknown, outcome: Accepted | Rejection = { kind: 'accepted' }): { reply: Reply; asks: Ask[] } => {
    const asks: Ask[] = [];
    const serving = serve(publicMethods, () => view, body);
    let turn = serving.next();
    while (!turn.done) {
      if (turn.value !== null) asks.push(turn.value);
      turn = serving.next(turn.value === null ? null : outcome);
    }
    return { reply: turn.value, asks };
  };

  it('of one request has one response', () => {
    expect(run(request(1, 'net_version')).reply).toEqual({ jsonrpc: '2.0', id: 1, result: '1337' });
  });

  it('of several is answered in their order, the wrong ones among them', () => {
    const { reply } = run([request(1, 'net_version'), 3, request(2, 'nothing'), request(3, 'eth_chainId')]);
    expect(reply).toMatchObject([
      { id: 1, result: '1337' },
      { id: null, error: { code: -32600 } },
      { id: 2, error: { code: -32601 } },
      { id: 3, result: '0x539' },
    ]);
  });

  it('asks the core once for each transaction, and reads the view anew behind it', () => {
    const bytes = encodeTransaction(signed(ALICE_KEY, { type: 2, nonce: 6n }));
    let views = 0;
    const serving = serve(
      publicMethods,
      () => ({ ...view, head: { ...view.head, header: { ...view.head.header, number: ++views } } }),
      [request(1, 'eth_sendRawTransaction', [bytesToHex(bytes)]), request(2, 'eth_blockNumber')],
    );
    expect(serving.next().value).toEqual({ kind: 'submit-transaction', bytes });
    expect(serving.next({ kind: 'accepted' }).value).toBeNull(); // a rest between the two
    const end = serving.next(null);
    expect(end.value).toMatchObject([{ id: 1 }, { id: 2, result: '0x2' }]);
  });

  it('has no response for notifications', () => {
    expect(run({ jsonrpc: '2.0', method: 'eth_chainId' }).reply).toBeNull();
    expect(run([{ jsonrpc: '2.0', method: 'eth_chainId' }]).reply).toBeNull();
    expect(run([{ jsonrpc: '2.0', method: 'eth_chainId' }, request(1, 'eth_chainId')]).reply).toHaveLength(1);
  });

  it('may hold as many requests as the bound, and not one more', () => {
    const batch = (size: number) => Array.from({ length: size }, (_, i) => request(i, 'eth_chainId'));
    expect(run(batch(BATCH_MAX)).reply).toHaveLength(BATCH_MAX);
    expect(run(batch(BATCH_MAX + 1)).reply).toMatchObject({ error: { code: -32600, message: 'batch too large' } });
    expect(run([]).reply).toMatchObject({ error: { code: -32600, message: 'empty batch' } });
  });

  it('that is no JSON, or an answer that is too long, has a response to be sent instead', () => {
    expect(parseError()).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } });
    expect(responseTooLarge(4)).toMatchObject({ id: 4, error: { code: -32003 } });
  });
});

describe('the operator methods', () => {
  const order = (method: string, ...params: readonly unknown[]) =>
    answerFrom(adminMethods, view, { jsonrpc: '2.0', id: 1, method, params });

  it('are not there for the public', () => {
    for (const method of adminMethods.keys()) expect(errorOf(view, method).code).toBe(-32601);
  });

  it('become asks', () => {
    const asks = [
      order('clique_propose', ALICE, true),
      order('clique_discard', ALICE),
      order('lockstep_setSealing', false),
      order('lockstep_setSealing', true, '0x10'),
    ].map((answered) => answered.kind === 'ask' && answered.ask);
    expect(asks).toEqual([
      { kind: 'propose', proposal: { candidate: ALICE, authorize: true } },
      { kind: 'discard', candidate: ALICE },
      { kind: 'set-sealing', enabled: false },
      { kind: 'set-sealing', enabled: true, upTo: 16 },
    ]);
  });

  it('tell what the core refuses', () => {
    const answered = order('clique_propose', ALICE, true);
    const response = answered.kind === 'ask' && answered.reply(reject('ask-not-a-signer', 'this node does not seal'));
    expect(response).toMatchObject({ error: { code: -32000, message: 'this node does not seal' } });
  });
});

it('names itself and the network', () => {
  expect(resultOf(view, 'web3_clientVersion')).toBe('Lockstep/v0.1.0/n1');
  expect(resultOf(view, 'net_version')).toBe('1337');
  expect(resultOf(view, 'net_listening')).toBe(true);
  expect(resultOf(view, 'net_peerCount')).toBe('0x2');
  expect(resultOf(view, 'eth_syncing')).toBe(false);
  expect(resultOf(view, 'eth_accounts')).toEqual([]);
  expect(resultOf(view, 'eth_coinbase')).toBe(view.signer);
  expect(errorOf({ ...view, signer: null }, 'eth_coinbase').message).toBe('etherbase must be explicitly specified');
});

it('hashes with keccak, not with SHA3', () => {
  expect(resultOf(view, 'web3_sha3', '0x')).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
});
