// Configurations of a small network on loopback, each node dialling the others directly.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { authorityKeys, DEVELOPMENT_ACCOUNTS, nodeKeyOf } from '../../node/config/keys.ts';
import type { NodeConfigFile } from '../../node/config/node-config.ts';
import { peerIdOfKey } from '../../node/host/identity.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';

export const TOKEN = 'the-token-of-the-tests';

export type LocalNetwork = {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly path: string; readonly config: NodeConfigFile }[];
  readonly remove: () => void;
};

/** Writes genesis and configuration files of n1 … for a network with that many authorities. */
export async function writeNetwork(authorities: number, seed: string): Promise<LocalNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-network-'));
  const keys = authorityKeys(seed, authorities);
  const genesis = createDefaultGenesis({
    signers: keys.map((key) => key.signer),
    period: 1,
    accounts: DEVELOPMENT_ACCOUNTS.map((account) => account.address),
  });
  writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesis));
  const ports = await freePorts(authorities);
  const nodes = keys.map(({ name, signer }) => {
    const nodeKey = nodeKeyOf(seed, name);
    return { name, signer, nodeAddress: addressOfKey(nodeKey), peerId: peerIdOfKey(nodeKey) };
  });
  const files = keys.map(({ name, sealerKey }, index) => {
    const config: NodeConfigFile = {
      name,
      genesis: 'genesis.json',
      nodeKey: bytesToHex(nodeKeyOf(seed, name)),
      sealerKey: bytesToHex(sealerKey),
      seed,
      nodes,
      p2p: { host: '127.0.0.1', port: ports[index]! },
      dial: nodes
        .map((node, at) => ({ name: node.name, host: '127.0.0.1', port: ports[at]! }))
        .filter((target) => target.name !== name),
      rpc: { host: '127.0.0.1', port: 0, allowedHosts: [], corsOrigins: [] },
      admin: { host: '127.0.0.1', port: 0, token: TOKEN },
      data: join('data', name),
      gasLimitTarget: 30_000_000,
    };
    mkdirSync(join(folder, 'data'), { recursive: true });
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return { name, path, config };
  });
  return { folder, files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Ports that are free now: all are held at once, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
