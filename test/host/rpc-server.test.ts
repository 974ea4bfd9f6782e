import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../node/host/http-server.ts';
import {
  BODY_BYTES_MAX,
  IN_FLIGHT_MAX,
  isAllowedHost,
  isAllowedOrigin,
  type RpcBackend,
  startRpcServer,
} from '../../node/host/rpc-server.ts';

const LISTEN = { host: '127.0.0.1', port: 0, allowedHosts: ['n1'], corsOrigins: ['https://app.example'] };

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const echo: RpcBackend = {
  rpc: async (body) => body,
  health: async () => ({ head: { number: 3, hash: '0xabc' }, peers: 2 }),
  metrics: async () => 'lockstep_up 1\n',
  failed: () => undefined,
};

type Answer = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: string };

async function start(backend: Partial<RpcBackend> = {}): Promise<HttpServer> {
  server = await startRpcServer(LISTEN, { ...echo, ...backend });
  return server;
}

function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: server!.port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) =>
  send('POST', '/', headers, body);

describe("the RPC's server", () => {
  it('hands a body to the backend and sends back what it says', async () => {
    await start();
    const answer = await post('{"a":1}');
    expect(answer).toMatchObject({ status: 200, body: '{"a":1}' });
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('answers nothing but 204 where all requests were notifications', async () => {
    await start({ rpc: async () => null });
    expect(await post('{}')).toMatchObject({ status: 204, body: '' });
  });

  it('takes a body of 1 MiB and refuses one byte more, announced or not', async () => {
    await start({ rpc: async (body) => new TextEncoder().encode(String(body.length)) });
    expect(await post(new Uint8Array(BODY_BYTES_MAX))).toMatchObject({ status: 200, body: String(BODY_BYTES_MAX) });
    const announced = await post(new Uint8Array(BODY_BYTES_MAX + 1));
    expect(announced.status).toBe(413);
    expect(JSON.parse(announced.body)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } });
    const chunked = await post(new Uint8Array(BODY_BYTES_MAX + 1), { ...JSON_TYPE, 'transfer-encoding': 'chunked' });
    expect(chunked.status).toBe(413);
  });

  it('refuses a Host header that names somebody else', async () => {
    await start();
    expect((await post('{}', { ...JSON_TYPE, host: 'evil.example:8545' })).status).toBe(403);
    expect((await post('{}', { ...JSON_TYPE, host: 'N1:8545' })).status).toBe(200);
    expect((await post('{}', { ...JSON_TYPE, host: 'localhost' })).status).toBe(200);
  });

  it('serves pages of loopback and of listed origins, and no other', async () => {
    await start();
    const listed = await post('{}', { ...JSON_TYPE, origin: 'https://app.example' });
    expect(listed).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://app.example', vary: 'Origin' },
    });
    expect((await post('{}', { ...JSON_TYPE, origin: 'http://localhost:3000' })).status).toBe(200);
    const foreign = await post('{}', { ...JSON_TYPE, origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await send('OPTIONS', '/', {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'POST',
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-headers': 'content-type',
        'access-control-allow-origin': 'http://localhost:3000',
      },
    });
    expect((await send('OPTIONS', '/', { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('wants JSON, POST and the root', async () => {
    await start();
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
    expect((await send('GET', '/', {})).status).toBe(405);
    expect((await send('POST', '/other', JSON_TYPE)).status).toBe(404);
    expect((await send('POST', '/health', JSON_TYPE)).status).toBe(405);
  });

  it('tells its health, with 503 where the core does not answer', async () => {
    await start();
    const healthy = await send('GET', '/health', {});
    expect(healthy.status).toBe(200);
    expect(JSON.parse(healthy.body)).toEqual({ status: 'ok', head: { number: 3, hash: '0xabc' }, peers: 2 });
    expect((await send('GET', '/metrics', {})).body).toBe('lockstep_up 1\n');
    await server!.close();
    await start({ health: async () => null });
    expect((await send('GET', '/health', {})).status).toBe(503);
  });

  it('answers so many bodies at once and turns the next away', async () => {
    const release = Promise.withResolvers<void>();
    let waiting = 0;
    const full = Promise.withResolvers<void>();
    await start({
      async rpc(body) {
        if (++waiting === IN_FLIGHT_MAX) full.resolve();
        await release.promise;
        return body;
      },
    });
    const answers = Array.from({ length: IN_FLIGHT_MAX }, () => post('{}'));
    await full.promise;
    expect((await post('{}')).status).toBe(503);
    release.resolve();
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    expect((await post('{}')).status).toBe(200);
  });

  it('survives a client that breaks off, and tells of a backend that fails', async () => {
    const failures: string[] = [];
    await start({
      rpc: () => Promise.reject(new Error('core gone')),
      failed: (message) => failures.push(message),
    });
    await new Promise<void>((resolve) => {
      const socket = connect(server!.port, '127.0.0.1', () => {
        socket.write(
          'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    expect((await post('{}')).status).toBe(500);
    expect(failures).toEqual(['rpc: core gone']);
  });

  it('says which port is in use', async () => {
    const { port } = await start();
    await expect(startRpcServer({ ...LISTEN, port }, echo)).rejects.toMatchObject({
      code: 'address-in-use',
      message: `rpc: port ${port} on 127.0.0.1 is in use`,
    });
  });

  it('knows its hosts and origins', () => {
    for (const host of ['127.0.0.1:1', '[::1]:8545', '10.0.0.7', 'localhost:1'])
      expect(isAllowedHost(host, [])).toBe(true);
    for (const host of [undefined, '', 'localhost.evil.example', '127.0.0.1.evil.example', 'n1']) {
      expect(isAllowedHost(host, [])).toBe(false);
    }
    expect(isAllowedHost('anything', ['*'])).toBe(true);
    expect(isAllowedOrigin('http://[::1]:3000', [])).toBe(true);
    for (const origin of ['null', 'http://localhost.evil.example', 'file://', 'chrome-extension://x']) {
      expect(isAllowedOrigin(origin, [])).toBe(false);
    }
    expect(isAllowedOrigin('null', ['null'])).toBe(true);
  });
});
