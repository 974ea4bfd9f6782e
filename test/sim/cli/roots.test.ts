import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lockstep } from './command.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers each path by its method (JSON-RPC) or its path (the control service). Some bytes are sent as they are, null breaks off. */
async function serve(answer: (what: string, params: readonly number[]) => unknown): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const call = body === '' ? { method: request.url ?? '', params: [] } : JSON.parse(body);
    const answered = answer(call.method, call.params);
    if (answered === null) {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"jsonrpc"');
      setImmediate(() => response.destroy());
    } else if (answered instanceof Uint8Array) response.end(answered);
    else response.end(JSON.stringify(body === '' ? answered : { jsonrpc: '2.0', id: 1, result: answered }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function control(nodes: Readonly<Record<string, string>>): Promise<string> {
  const listed = Object.entries(nodes).map(([name, rpc]) => ({ name, rpc, running: true, paused: false }));
  return serve(() => ({ kind: 'network', facts: { signerOf: {} }, nodes: listed }));
}

/** A node whose chain reaches a height, and which has refused some blocks, each with the root that it computed. */
function node(height: number, refused: readonly { number: number; hash: string; stateRoot: string }[]) {
  return serve((method, [from = 0, to = 0]) => {
    if (method === 'eth_blockNumber') return `0x${height.toString(16)}`;
    if (method === 'lockstep_badBlocks')
      return refused.map(({ stateRoot, ...block }) => ({ ...block, own: { stateRoot } }));
    return Array.from({ length: to - from + 1 }, (_, i) => {
      const number = from + i;
      return { number, hash: `0xblock${number}`, own: { stateRoot: `0xroot${number}` } };
    });
  });
}

describe('lockstep roots', { timeout: 60_000 }, () => {
  it('ends with 101 where a node has refused a block for its own result, and names its root', async () => {
    const faulty = node(4, [{ number: 5, hash: '0xblock5', stateRoot: '0xwrong' }]);
    const url = await control({ n1: await node(9, []), n4: await faulty });
    const ended = await lockstep('roots', '--control', url, '--json');
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      kind: 'roots',
      number: 5,
      agreement: 'diverged',
      nodes: [
        { node: 'n1', hash: '0xblock5', stateRoot: '0xroot5', refused: false },
        { node: 'n4', hash: '0xblock5', stateRoot: '0xwrong', refused: true },
      ],
    });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      kind: 'summary',
      to: 5,
      diverged: 1,
      forked: 0,
      passed: false,
    });
    expect(ended.status).toBe(101);
  });

  it('does not take a block that all have refused alike for a fork', async () => {
    const refused = [{ number: 3, hash: '0xother', stateRoot: '0xroot' }];
    const url = await control({ n1: await node(4, refused), n2: await node(4, refused) });
    const ended = await lockstep('roots', '--control', `${url}/`, '--json');
    expect(JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      to: 4,
      forked: 0,
      passed: true,
    });
    expect(ended.status).toBe(0);
  });

  it.each([
    ['breaks off in the middle of its answer', null],
    ['does not answer in JSON', Buffer.from('internal error')],
  ])('says in one line that a node %s', async (_, answer) => {
    const url = await control({ n1: await serve(() => answer) });
    const ended = await lockstep('roots', '--control', url);
    expect(ended.stderr).toMatch(/^lockstep: http:\S+ does not answer \(.*\)\n$/);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 102, stdout: '' });
  });

  it('says in one line that something else answers where the control service should', async () => {
    const url = await serve(() => ({ hello: 'world' }));
    const ended = await lockstep('roots', '--control', url);
    expect(ended.stderr).toMatch(/^lockstep: no network answers at .* \(but something else does\)\n$/);
    expect(ended.status).toBe(102);
  });
});
