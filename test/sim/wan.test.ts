import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { startWan, type Wan } from '../../sim/wan/wan.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An echo server behind a wan with one link n1 → n2, and a client's connection through it. */
async function setUp(): Promise<{ wan: Wan; open: () => Promise<Socket> }> {
  const echo: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const target = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port };
  const listen = { host: '127.0.0.1', port: await freePort() };
  const wan = await startWan(['n1', 'n2'], [{ from: 'n1', to: 'n2', listen, target }]);
  closers.push(() => echo.close(), wan.close);
  const open = async (): Promise<Socket> => {
    const socket = connect(listen);
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { wan, open };
}

async function read(socket: Socket): Promise<string> {
  const [bytes] = await once(socket, 'data');
  return String(bytes);
}

test('carries bytes both ways on an open link', async () => {
  const { open } = await setUp();
  const socket = await open();
  socket.write('hello');
  expect(await read(socket)).toBe('hello');
});

test('holds bytes back on a stalled link and keeps the connection', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  socket.write('1');
  expect(await read(socket)).toBe('1');
  wan.order({ kind: 'partition', groups: [['n1'], ['n2']] });
  socket.write('2');
  let early = '';
  socket.on('data', (bytes) => {
    early += String(bytes);
  });
  const other = await open(); // a further round trip of the wan's own loop: what would have come has had its chance
  expect(other.destroyed).toBe(false);
  expect(early).toBe('');
  expect(socket.destroyed).toBe(false);
  const arrival = once(socket, 'data');
  wan.order({ kind: 'heal' });
  await arrival;
  expect(early).toBe('2');
});

test('breaks the connection on a cut and refuses a new one', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  socket.write('1');
  await read(socket);
  const closed = once(socket, 'close');
  wan.order({ kind: 'link', from: 'n1', to: 'n2', direction: 'both', shape: { state: 'cut' } });
  await closed;
  const refused = await open();
  await once(refused, 'close');
  expect(wan.connections()).toEqual([{ from: 'n1', to: 'n2', count: 0 }]);
});

test('stalls one direction only where the order is one-way', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  socket.write('1');
  await read(socket);
  wan.order({ kind: 'link', from: 'n2', to: 'n1', direction: 'one-way', shape: { state: 'stalled' } });
  expect(wan.table().get('n2>n1')?.state).toBe('stalled');
  expect(wan.table().has('n1>n2')).toBe(false);
});

test('delays by at least the delay', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  wan.order({ kind: 'link', from: 'n1', to: 'n2', direction: 'both', shape: { delayMs: 60 } });
  const began = performance.now();
  socket.write('late');
  expect(await read(socket)).toBe('late');
  expect(performance.now() - began).toBeGreaterThanOrEqual(118);
});

test('carries the last bytes before an end over a slow link, and then the end', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  socket.write('first');
  expect(await read(socket)).toBe('first');
  wan.order({ kind: 'link', from: 'n1', to: 'n2', direction: 'both', shape: { delayMs: 60 } });
  let received = '';
  socket.on('data', (bytes) => {
    received += String(bytes);
  });
  const ended = once(socket, 'close');
  socket.end('last words');
  await ended;
  expect(received).toBe('last words');
  await vi.waitFor(() => expect(wan.connections()).toEqual([{ from: 'n1', to: 'n2', count: 0 }]));
});

test('holds back the end of a connection too while the link is stalled', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  socket.write('1');
  await read(socket);
  wan.order({ kind: 'partition', groups: [['n1'], ['n2']] });
  socket.end();
  for (let trips = 0; trips < 4; trips++) await open(); // through the wan's own loop
  expect(wan.connections()).toEqual([{ from: 'n1', to: 'n2', count: 5 }]);
  wan.order({ kind: 'heal' });
  await once(socket, 'close');
});

test('throttles to the rate', async () => {
  const { wan, open } = await setUp();
  const socket = await open();
  wan.order({ kind: 'link', from: 'n1', to: 'n2', direction: 'one-way', shape: { bitsPerSecond: 800_000 } });
  const began = performance.now();
  const size = 20_000; // 160,000 bits: 200 ms on the way there
  socket.write(Buffer.alloc(size, 1));
  let received = 0;
  while (received < size) received += (await once(socket, 'data'))[0].length;
  expect(performance.now() - began).toBeGreaterThanOrEqual(195);
});

test('says which port is in use', async () => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  closers.push(() => taken.close());
  const listen = { host: '127.0.0.1', port: (taken.address() as AddressInfo).port };
  await expect(startWan(['n1', 'n2'], [{ from: 'n1', to: 'n2', listen, target: listen }])).rejects.toThrow(
    'EADDRINUSE',
  );
});
