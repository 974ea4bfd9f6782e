import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { claimPorts } from '../../../sim/cluster/ports.ts';

const HOST = '127.0.0.1';

test('two networks that start at once never have a port in common, nor with one that was there before', async () => {
  const claims = await Promise.all([1, 2, 3].map(() => claimPorts(HOST, 40, new Set())));
  const later = await claimPorts(HOST, 200, new Set());
  const ports = [...claims, later].flatMap((claim) => claim.ports);
  expect(ports).toHaveLength(320);
  expect(new Set(ports).size).toBe(320);
  await Promise.all([...claims, later].map((claim) => claim.release()));
});

test('a port that somebody listens on, or that is spared, is not given', async () => {
  const first = await claimPorts(HOST, 3, new Set());
  const [taken, spared, left] = first.ports;
  const server = createServer().listen(taken, HOST);
  await once(server, 'listening');
  await first.release();

  const second = await claimPorts(HOST, 200, new Set([spared!]));
  expect(second.ports).not.toContain(taken);
  expect(second.ports).not.toContain(spared);
  expect(second.ports.every((port) => port >= 20_000 && port < 32_768)).toBe(true);
  expect(left).toBeDefined();
  await second.release();
  server.close();
});

test('more ports than there are is one clear error', async () => {
  await expect(claimPorts(HOST, 13_000, new Set())).rejects.toThrow(/13000 free ports wanted between 20000 and 32768/);
});
