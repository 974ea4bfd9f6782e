// Ports for the nodes of a local network. Asking the system for any free port is no claim on it: between the answer and the node that
// listens, or while a node is down, another network gets the same one. So a network takes whole slots, below the range that systems give
// away by themselves, and holds the first port of each for as long as it lives: whoever cannot listen there takes the next slot.

import { createServer, type Server } from 'node:net';
import { NetworkError } from './errors.ts';

/** What a network may listen on until it gives it back. */
export type PortClaim = { readonly ports: readonly number[]; readonly release: () => Promise<void> };

const FIRST = 20_000;
/** Linux gives away ports from 32,768 on, other systems from 49,152. */
const END = 32_768;
/** A network of six needs 33. */
const SLOT = 128;
const MOST = Math.floor((END - FIRST) / SLOT) * (SLOT - 1);

/** Claims that many ports on an address, none of the spared ones. Throws NetworkError where there are not enough. */
export async function claimPorts(host: string, count: number, spared: ReadonlySet<number>): Promise<PortClaim> {
  const tooFew = (found: number): NetworkError =>
    new NetworkError('port-in-use', `${count} free ports wanted between ${FIRST} and ${END}, there are ${found}`);
  if (count > MOST) throw tooFew(MOST);
  const holders: Server[] = [];
  const ports: number[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(holders.splice(0).map(closed));
  };
  for (let slot = FIRST; slot + SLOT <= END && ports.length < count; slot += SLOT) {
    const holder = spared.has(slot) ? null : await listening(host, slot);
    if (holder === null) continue;
    holders.push(holder);
    const others = Array.from({ length: SLOT - 1 }, (_, i) => slot + 1 + i).filter((port) => !spared.has(port));
    ports.push(...(await freeAmong(host, others)));
  }
  if (ports.length >= count) return { ports: ports.slice(0, count), release };
  await release();
  throw new NetworkError(
    'port-in-use',
    `${count} free ports wanted between ${FIRST} and ${END}, ${ports.length} found`,
  );
}

/** Those that nobody listens on, whatever slot they belong to: other programs know nothing of slots. */
async function freeAmong(host: string, ports: readonly number[]): Promise<readonly number[]> {
  const servers = await Promise.all(ports.map((port) => listening(host, port)));
  await Promise.all(servers.map((server) => server && closed(server)));
  return ports.filter((_, i) => servers[i] !== null);
}

function listening(host: string, port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, host, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
