// A network as a function of its plan: names, keys, genesis, and each node's configuration. The same on every arm, so that a seed means
// the same network everywhere. Opens no port and writes no file.

import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { createGenesisBlock, type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { authorityKeys, DEVELOPMENT_ACCOUNTS, nodeKeyOf } from '../../node/config/keys.ts';
import type { NodeConfigFile } from '../../node/config/node-config.ts';
import { encodeExtraData } from '../../node/consensus/clique/extra-data.ts';
import type { KnownNode } from '../../node/core/options.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { bytesToHex, compareText, type Hex } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { narrow } from '../../node/lib/wide.ts';
import { blockHash } from '../../node/types/block.ts';
import { DEFAULT_TIER } from '../../node/types/tier.ts';
import type { NetworkFacts } from '../check/property.ts';
import { cloneOf } from '../faults/planted.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Endpoint } from '../wan/wan.ts';
import type { NetworkPlan } from './cluster.ts';

export type NodeKeys = { readonly name: NodeName; readonly nodeKey: Uint8Array; readonly sealerKey: Uint8Array | null };

export type NetworkDescription = {
  readonly plan: NetworkPlan;
  readonly facts: NetworkFacts;
  /** geth's genesis.json. */
  readonly genesisFile: unknown;
  readonly genesis: Genesis;
  readonly keys: readonly NodeKeys[];
  readonly known: readonly KnownNode[];
};

/** Limits of what one machine is asked to run. */
export const AUTHORITIES_MAX = 50;
export const FOLLOWERS_MAX = 50;
export const PERIOD_SECONDS_MAX = 3_600;
export const EPOCH_MAX = 1_000_000_000;

/** The plan of `lockstep up` without flags, and of a scenario that asks for nothing else. */
export const DEFAULT_PLAN: NetworkPlan = {
  authorities: 5,
  followers: 1,
  period: 1,
  signerLimit: null,
  epoch: null,
  faults: new Map(),
  late: [],
  seed: 'lockstep',
  genesis: null,
  tier: DEFAULT_TIER,
};

/** The network's name for its followers: f1, f2, … */
export function nodeNames(plan: Pick<NetworkPlan, 'authorities' | 'followers'>): readonly NodeName[] {
  const numbered = (letter: string, count: number): NodeName[] =>
    Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
  return [...numbered('n', plan.authorities), ...numbered('f', plan.followers)];
}

/** Works out everything that follows from a plan. The plan must be within the limits: commands check their flags first. */
export function describeNetwork(plan: NetworkPlan): NetworkDescription {
  assert(plan.authorities >= 1 && plan.authorities <= AUTHORITIES_MAX, `${plan.authorities} authorities`);
  assert(plan.followers >= 0 && plan.followers <= FOLLOWERS_MAX, `${plan.followers} followers`);
  const nodes = nodeNames(plan);
  const authorities = authorityKeys(plan.seed, plan.authorities);
  const keys = nodes.map((name) => ({
    name,
    nodeKey: nodeKeyOf(plan.seed, name),
    sealerKey: authorities.find((a) => a.name === (cloneOf(plan.faults.get(name) ?? '') ?? name))?.sealerKey ?? null,
  }));
  const signers = authorities.map(({ signer }) => signer);
  const genesisFile = plan.genesis === null ? defaultGenesis(plan, signers) : withSigners(plan.genesis, plan, signers);
  const genesis = parseGenesis(genesisFile);
  if (isGenesisProblem(genesis)) throw new GenesisError(genesis.message);

  const clones = [...plan.faults].flatMap(([node, fault]): [NodeName, NodeName][] => {
    const original = cloneOf(fault);
    return original === null ? [] : [[node, original]];
  });

  return {
    plan,
    genesisFile,
    genesis,
    keys,
    known: keys.map(({ name, nodeKey }) => ({
      name,
      nodeAddress: addressOfKey(nodeKey),
      signer: authorities.find((a) => a.name === name)?.signer ?? null,
    })),
    facts: {
      nodes,
      authorities: authorities.map(({ name }) => name),
      signerOf: new Map(authorities.map(({ name, signer }) => [name, signer])),
      faulty: [...new Set([...plan.faults.keys(), ...clones.map(([, original]) => original)])],
      ...(clones.length > 0 && { clones: Object.fromEntries(clones) }),
      periodMs: (genesis.config.clique?.period ?? plan.period) * 1_000,
      signerLimit: genesis.config.clique?.signerLimit ?? Math.floor(plan.authorities / 2) + 1,
      genesisHash: blockHash(createGenesisBlock(genesis).block),
      genesis: genesisFile,
    },
  };
}

/** A genesis.json that cannot be used: the message begins with the field's path. Whoever read the file adds its name. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError';
}

function defaultGenesis(plan: NetworkPlan, signers: readonly Hex[]): unknown {
  const accounts = DEVELOPMENT_ACCOUNTS.map(({ address }) => address);
  const { period, signerLimit, epoch } = plan;
  return createDefaultGenesis({
    signers,
    period,
    accounts,
    ...(signerLimit !== null && { signerLimit }),
    ...(epoch !== null && { epoch }),
  });
}

/** The given file with this network's signers, and with its period where the file says none. Everything else stays as it is. */
function withSigners(file: unknown, plan: NetworkPlan, signers: readonly Hex[]): unknown {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) throw new GenesisError('expected an object');
  const { config, ...rest } = file as Readonly<Record<string, unknown>>; // what its fields are, parseGenesis says
  if (typeof config !== 'object' || config === null) throw new GenesisError('config: expected an object');
  const clique = 'clique' in config ? config.clique : { period: plan.period, epoch: 30_000 };
  const extraData = bytesToHex(encodeExtraData(null, [...signers].sort(compareText)));
  return { ...rest, config: { ...config, clique }, extraData };
}

/** Where one node listens, and where it finds its peers. */
export type NodeAddresses = {
  readonly rpc: Endpoint;
  /** Host headers that its RPC answers beside loopback. */
  readonly rpcHosts: readonly string[];
  readonly admin: Endpoint;
  readonly adminToken: string;
  readonly p2p: Endpoint;
  readonly dial: readonly { readonly name: NodeName; readonly host: string; readonly port: number }[];
  readonly genesisPath: string;
  readonly dataDir: string;
  /** Where its lives are recorded; null for nowhere. */
  readonly recording: string | null;
};

/** One node's configuration file. Holds its keys: write it for the owner's eyes only. */
export function nodeConfigFile(network: NetworkDescription, name: NodeName, at: NodeAddresses): NodeConfigFile {
  const keys = present(
    network.keys.find((k) => k.name === name),
    `no node ${name}`,
  );
  return {
    name,
    genesis: at.genesisPath,
    nodeKey: bytesToHex(keys.nodeKey),
    sealerKey: keys.sealerKey === null ? null : bytesToHex(keys.sealerKey),
    seed: `${network.plan.seed}/${name}`,
    nodes: network.known.map((known) => ({ ...known })),
    p2p: { ...at.p2p },
    dial: at.dial.map((target) => ({ ...target })),
    rpc: { ...at.rpc, allowedHosts: [...at.rpcHosts], corsOrigins: [] },
    admin: { ...at.admin, token: at.adminToken },
    data: at.dataDir,
    gasLimitTarget: narrow(network.genesis.gasLimit),
    clockOffsetMs: 0,
    tier: network.plan.tier,
    recording: at.recording,
    fault: network.plan.faults.get(name) ?? null,
  };
}
