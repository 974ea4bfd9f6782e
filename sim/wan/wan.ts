// The wan: a user-space emulator of the network between real nodes. Every directed pair (dialler, peer) has a listening port of its own;
// what arrives there is carried to the peer as the link table says. No privileges, no packet filters: it sees ciphertext and moves bytes.

import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import {
  applyOrder,
  EMPTY_TABLE,
  type LinkTable,
  linkShape,
  type NetworkOrder,
  type NodeName,
} from '../kernel/links.ts';
import { createPipe, type Pipe } from './pipe.ts';

export type Endpoint = { readonly host: string; readonly port: number };

/** Where the wan listens for one dialler's connections to one peer, and where that peer really is. */
export type WanLink = {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly listen: Endpoint;
  readonly target: Endpoint;
};

export type Wan = {
  readonly order: (order: NetworkOrder) => void;
  readonly table: () => LinkTable;
  /** Open connections by link, for whoever looks. */
  readonly connections: () => readonly { readonly from: NodeName; readonly to: NodeName; readonly count: number }[];
  readonly close: () => Promise<void>;
};

type Connection = {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly sockets: readonly Socket[];
  readonly pipes: readonly Pipe[];
};

/** Listens on every link, from the start in the given state. Rejects with the system's error where a port is in use. */
export async function startWan(
  nodes: readonly NodeName[],
  links: readonly WanLink[],
  initial: LinkTable = EMPTY_TABLE,
): Promise<Wan> {
  const connections = new Set<Connection>();
  let table = initial;

  const isCut = (a: NodeName, b: NodeName): boolean =>
    linkShape(table, a, b).state === 'cut' || linkShape(table, b, a).state === 'cut';

  const carry = (link: WanLink, inbound: Socket): void => {
    const { from, to } = link;
    if (isCut(from, to)) {
      inbound.destroy();
      return;
    }
    const outbound = dial({ ...link.target, noDelay: true, allowHalfOpen: true });
    inbound.setNoDelay(true);
    const pipes = [
      createPipe(inbound, outbound, () => linkShape(table, from, to)),
      createPipe(outbound, inbound, () => linkShape(table, to, from)),
    ];
    const connection: Connection = { from, to, sockets: [inbound, outbound], pipes };
    connections.add(connection);
    for (const socket of connection.sockets) {
      socket.on('error', () => drop(connection)); // the peer went away: the other side must see it too
      // Who has said its last word may be gone before that word has arrived: what is on the way still goes its way, and its end with it.
      socket.on('close', () => {
        if (connection.sockets.every((each) => each.closed)) drop(connection);
      });
    }
  };

  const drop = (connection: Connection): void => {
    if (!connections.delete(connection)) return;
    for (const pipe of connection.pipes) pipe.close();
    for (const socket of connection.sockets) socket.destroy();
  };

  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    for (const connection of [...connections]) drop(connection);
    await Promise.all(servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
  };

  try {
    await Promise.all(
      links.map(async (link) => servers.push(await listen(link.listen, (socket) => carry(link, socket)))),
    );
  } catch (error) {
    await close();
    throw error;
  }

  return {
    order(order) {
      table = applyOrder(table, order, nodes);
      for (const connection of [...connections]) {
        if (isCut(connection.from, connection.to)) drop(connection);
        else for (const pipe of connection.pipes) pipe.reshape();
      }
    },
    table: () => table,
    connections: () =>
      links.map(({ from, to }) => ({
        from,
        to,
        count: [...connections].filter((c) => c.from === from && c.to === to).length,
      })),
    close,
  };
}

function listen(endpoint: Endpoint, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, onConnection);
    server.on('error', reject); // a later one, as with no file handles left, must not end the process
    server.listen(endpoint.port, endpoint.host, () => resolve(server));
  });
}
