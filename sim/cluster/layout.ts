// A network of processes on this machine: its folder, ports and files. The folder keeps the plan, so that a second start continues the
// same chain with the same keys.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { present } from '../../node/lib/assert.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Endpoint, WanLink } from '../wan/wan.ts';
import type { NetworkPlan } from './cluster.ts';
import { DEFAULT_PLAN, describeNetwork, GenesisError, type NetworkDescription, nodeConfigFile } from './description.ts';
import { messageOf, NetworkError, systemCodeOf } from './errors.ts';
import { claimPorts } from './ports.ts';
import { recordingOf } from './recording-folder.ts';

export type NodeLayout = {
  readonly name: NodeName;
  readonly configFile: string;
  readonly logFile: string;
  readonly dataDir: string;
  readonly rpc: Endpoint;
  readonly admin: Endpoint;
  readonly adminToken: string;
};

export type Layout = {
  readonly network: NetworkDescription;
  readonly dir: string;
  readonly nodes: readonly NodeLayout[];
  readonly links: readonly WanLink[];
  /** Gives the ports back, when nobody listens on them any more. */
  readonly release: () => Promise<void>;
};

const LOOPBACK = '127.0.0.1';

const savedPlan = z.strictObject({
  format: z.literal(1),
  authorities: z.int().min(1),
  followers: z.int().min(0),
  period: z.int().min(1),
  signerLimit: z.int().min(1).nullable(),
  epoch: z.int().min(1).nullable().default(null),
  seed: z.string().min(1),
});

/** What a user said about the network; what is absent comes from the folder, or from the defaults. */
export type PlanWish = Partial<
  Pick<NetworkPlan, 'authorities' | 'followers' | 'period' | 'signerLimit' | 'seed' | 'tier' | 'faults'>
> & {
  /** The path of a geth genesis.json. */
  readonly genesisPath?: string;
};

const FLAG_OF = {
  authorities: '--nodes',
  followers: '--followers',
  period: '--period',
  signerLimit: '--signer-limit',
  seed: '--seed',
} as const;

/**
 * The plan that a folder holds, joined with a user's wishes, or a fresh one from the defaults. A wish that contradicts the folder is a
 * usage error: the chain there was made by another plan.
 */
export async function settlePlan(dir: string, wish: PlanWish, defaults: NetworkPlan): Promise<NetworkPlan> {
  const file = join(dir, 'network.json');
  const saved = await readPlan(file);
  const { genesisPath, ...wishes } = wish;
  if (saved === null) {
    await expectOwnFolder(dir, genesisPath);
    return {
      ...defaults,
      ...wishes,
      genesis: genesisPath === undefined ? null : await readGenesis(genesisPath, 'usage'),
    };
  }
  if (genesisPath !== undefined) {
    throw new NetworkError(
      'usage',
      `--genesis ${genesisPath}: ${dir} holds a chain with a genesis already; name another folder with --data`,
    );
  }
  for (const key of ['authorities', 'followers', 'period', 'signerLimit', 'seed'] as const) {
    const wanted = wishes[key];
    if (wanted !== undefined && wanted !== saved[key]) {
      throw new NetworkError(
        'usage',
        `${FLAG_OF[key]} ${wanted}: ${dir} holds a network with ${saved[key]}; leave the flag away, or name another folder with --data`,
      );
    }
  }
  const { tier = defaults.tier, faults = defaults.faults } = wishes; // no facts of the chain: others may go on with it
  return { ...defaults, ...saved, tier, faults, genesis: await readGenesis(join(dir, 'genesis.json'), 'data-folder') };
}

/** A new network takes an empty folder or makes one: what somebody else keeps there is neither overwritten nor mixed with a chain. */
async function expectOwnFolder(dir: string, genesisPath: string | undefined): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(dir);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    const why = systemCodeOf(error) === 'ENOTDIR' ? 'not a folder' : messageOf(error);
    throw new NetworkError('data-folder', `--data ${dir}: ${why}`);
  }
  const mayBe = ['control.json', ...(genesisPath === undefined ? [] : [relative(dir, genesisPath)])];
  const foreign = entries.find((name) => !mayBe.includes(name));
  if (foreign === undefined) return;
  throw new NetworkError(
    'data-folder',
    `--data ${dir}: no network's folder, and not empty ('${foreign}'); name a new or an empty one`,
  );
}

/** Reads a genesis.json and works the network out once, so that what is wrong with it is said with the file's name. */
async function readGenesis(file: string, code: 'usage' | 'data-folder'): Promise<unknown> {
  let genesis: unknown;
  try {
    genesis = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new NetworkError(code, `${file}: ${error instanceof SyntaxError ? 'not JSON: ' : ''}${messageOf(error)}`);
  }
  try {
    describeNetwork({ ...DEFAULT_PLAN, genesis });
  } catch (error) {
    if (error instanceof GenesisError) throw new NetworkError(code, `${file}: ${error.message}`);
    throw error;
  }
  return genesis;
}

async function readPlan(file: string): Promise<Omit<NetworkPlan, 'faults' | 'late' | 'genesis' | 'tier'> | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return null;
    throw new NetworkError('data-folder', `${file}: ${messageOf(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new NetworkError('data-folder', `${file}: not JSON (${messageOf(error)})`);
  }
  const parsed = savedPlan.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new NetworkError('data-folder', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
  }
  const { format: _, ...plan } = parsed.data;
  return plan;
}

/**
 * Writes the folder of a network and claims ports for it. `rpcPort` 0 takes any free ones; otherwise n1 has it, and the others those
 * behind it. `recording` is the folder, made ready by somebody else, to which the nodes' lives go.
 */
export async function layOut(
  plan: NetworkPlan,
  folder: string,
  { rpcPort, recording }: { readonly rpcPort: number; readonly recording: string | null },
): Promise<Layout> {
  const dir = resolve(folder);
  const network = describeNetwork(plan);
  const names = network.facts.nodes;
  const genesisPath = join(dir, 'genesis.json');
  // Of each pair the node with the lower name dials, through a port of the wan.
  const dialled = names.flatMap((from) => names.filter((to) => from < to).map((to) => ({ from, to })));
  const rpcPorts = new Set(rpcPort === 0 ? [] : names.map((_, index) => rpcPort + index));
  const wanted = 3 * names.length - rpcPorts.size + dialled.length;
  const { ports, release } = await claimPorts(LOOPBACK, wanted, rpcPorts);
  const free = ports.values();
  const next = (): Endpoint => ({ host: LOOPBACK, port: present(free.next().value, `${wanted} ports are enough`) });

  const listeners = new Map(names.map((name) => [name, next()]));
  const p2p = (name: NodeName): Endpoint => present(listeners.get(name), `no node ${name}`);
  const links = dialled.map(({ from, to }): WanLink => ({ from, to, listen: next(), target: p2p(to) }));
  const nodes = names.map((name, index): NodeLayout => {
    const home = join(dir, name);
    return {
      name,
      configFile: join(home, 'config.json'),
      logFile: join(home, 'log'),
      dataDir: join(home, 'db'),
      rpc: rpcPort === 0 ? next() : { host: LOOPBACK, port: rpcPort + index },
      admin: next(),
      adminToken: randomBytes(16).toString('hex'),
    };
  });

  const { authorities, followers, period, signerLimit, epoch, seed } = plan;
  const saved = { format: 1, authorities, followers, period, signerLimit, epoch, seed };
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(genesisPath, json(network.genesisFile));
    await writeFile(join(dir, 'network.json'), json(saved));
    await writeFile(join(dir, '.gitignore'), '*\n');
    for (const { name, configFile, rpc, admin, adminToken, dataDir } of nodes) {
      const dial = links.filter((link) => link.from === name).map((link) => ({ name: link.to, ...link.listen }));
      const at = {
        rpc,
        rpcHosts: [],
        admin,
        adminToken,
        p2p: p2p(name),
        dial,
        genesisPath,
        dataDir,
        recording: recording === null ? null : recordingOf(recording, name),
      };
      await mkdir(dirname(configFile), { recursive: true });
      await writeFile(configFile, json(nodeConfigFile(network, name, at)), { mode: 0o600 });
    }
  } catch (error) {
    await release();
    throw new NetworkError('data-folder', `${dir}: ${messageOf(error)}`);
  }
  return { network, dir, nodes, links, release };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
