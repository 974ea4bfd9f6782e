import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../node/core/contract.ts';
import type { NodeView } from '../../node/core/view.ts';
import { createRpcGateway, stringifyBounded } from '../../node/host/rpc-gateway.ts';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import type { Json } from '../../node/rpc/json.ts';
import { resultResponse } from '../../node/rpc/message.ts';
import type { Method } from '../../node/rpc/method.ts';

const view = (): NodeView => ({}) as NodeView; // the methods below do not look at it

const methods = new Map<string, Method>([
  ['echo', { kind: 'read', parametersMax: 1, run: (_, params) => (params[0] ?? null) as Json }],
  [
    'seal',
    {
      kind: 'ask',
      parametersMax: 0,
      run: () => ({ ask: { kind: 'set-sealing', enabled: true }, toResult: () => 'sealing' }),
    },
  ],
]);

function gateway(asks: Ask[] = []) {
  const answer = createRpcGateway({
    methods,
    view,
    ask: async (ask) => {
      asks.push(ask);
      return { kind: 'accepted' };
    },
  });
  return async (text: string) => {
    const bytes = await answer(utf8ToBytes(text));
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  };
}

const call = (id: number | undefined, method: string, params: unknown[] = []) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe("the RPC's gateway", () => {
  it('answers single requests and batches, in order, with asks among them', async () => {
    const asks: Ask[] = [];
    const answer = gateway(asks);
    expect(await answer(JSON.stringify(call(1, 'echo', ['é'])))).toEqual({ jsonrpc: '2.0', id: 1, result: 'é' });
    expect(await answer(JSON.stringify([call(1, 'seal'), call(2, 'echo', [2]), call(undefined, 'echo')]))).toEqual([
      { jsonrpc: '2.0', id: 1, result: 'sealing' },
      { jsonrpc: '2.0', id: 2, result: 2 },
    ]);
    expect(asks).toHaveLength(1);
    expect(await answer(JSON.stringify(call(undefined, 'echo')))).toBeNull();
  });

  it('lets the core have its turn between the requests of a batch', async () => {
    const order: string[] = [];
    const note = (text: string): Json => order.push(text);
    const answer = createRpcGateway({
      methods: new Map<string, Method>([
        ['long', { kind: 'read', parametersMax: 1, run: (_, [text]) => note(String(text)) }],
      ]),
      view,
      ask: async () => ({ kind: 'accepted' }),
    });
    const { port1, port2 } = new MessageChannel();
    port1.on('message', () => note('a block'));
    const answered = answer(utf8ToBytes(JSON.stringify([1, 2, 3, 4, 5].map((id) => call(id, 'long', [id])))));
    port2.postMessage(null);
    await answered;
    port1.close();
    expect(order).toContain('a block');
    expect(order.indexOf('a block')).toBeLessThan(order.indexOf('5'));
  });

  it.each(['', '{', '\u0000'])('calls %j a parse error', async (text) => {
    expect(await gateway()(text)).toMatchObject({ id: null, error: { code: -32700 } });
  });

  it('calls bytes that are no UTF-8 a parse error', async () => {
    const bytes = await createRpcGateway({ methods, view, ask: () => Promise.reject(new Error('no')) })(
      Uint8Array.of(0x22, 0xff, 0x22),
    );
    expect(new TextDecoder().decode(bytes ?? undefined)).toContain('-32700');
  });

  it('replaces what does not fit into the answer by an error, and keeps what does', () => {
    const fits = resultResponse(1, 'x'.repeat(10));
    const length = JSON.stringify(fits).length;
    expect(JSON.parse(stringifyBounded(fits, length))).toEqual(fits);
    expect(JSON.parse(stringifyBounded(fits, length - 1))).toMatchObject({ id: 1, error: { code: -32003 } });
    const batch = [fits, resultResponse(2, 'y'.repeat(10)), resultResponse(3, 1)];
    const answers = JSON.parse(stringifyBounded(batch, length));
    expect(answers[0]).toEqual(fits);
    expect(answers.slice(1).map((answer: { error: { code: number } }) => answer.error.code)).toEqual([-32003, -32003]);
  });
});
