// Configurations of a small network on loopback, each node dialling the others directly.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { authorityKeys, DEVELOPMENT_ACCOUNTS, nodeKeyOf } from '../../node/config/keys.ts';
import type { NodeConfigFile } from '../../node/config/node-config.ts';
import { peerIdOfKey } from '../../node/host/identity.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { claimPorts } from '../../sim/cluster/ports.ts';

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
  // Claimed, not only found free: between the look and the listening another network takes the same ones.
  const { ports, release } = await claimPorts('127.0.0.1', authorities, new Set());
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
  const remove = (): void => {
    void release();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, files, remove };
}
