// A TCP proxy of a few lines, so that tests can cut and stall a link between two hosts.

import { createConnection, createServer, type Socket } from 'node:net';

export type LinkProxy = {
  readonly port: number;
  /** Resets every connection and refuses new ones until `heal`. */
  readonly cut: () => void;
  /** Keeps connections and lets bytes wait until `heal`. */
  readonly stall: () => void;
  readonly heal: () => void;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

/** Starts a proxy; the target's port may be told later. */
export async function startProxy(target: () => number): Promise<LinkProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const server = createServer((inbound) => {
    if (state === 'cut') {
      inbound.resetAndDestroy();
      return;
    }
    const outbound = createConnection({ host: '127.0.0.1', port: target(), noDelay: true });
    const pair = [inbound, outbound] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [outbound, inbound] as const]) {
      from.on('data', (bytes) => {
        to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (state === 'stalled') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut() {
      state = 'cut';
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
    },
    stall() {
      state = 'stalled';
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    heal() {
      state = 'open';
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    connections: () => pairs.size,
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
