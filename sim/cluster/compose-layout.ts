// A network of containers as a function of its environment: what every one of its processes works out for itself, so that nothing has to
// be handed round. Service names are node names; every container has the same ports inside. Opens no port and writes no file.

import { z } from 'zod';
import type { NodeConfigFile } from '../../node/config/node-config.ts';
import { TIERS } from '../../node/types/tier.ts';
import type { NodeName } from '../kernel/links.ts';
import type { WanLink } from '../wan/wan.ts';
import type { NetworkPlan } from './cluster.ts';
import {
  AUTHORITIES_MAX,
  DEFAULT_PLAN,
  describeNetwork,
  FOLLOWERS_MAX,
  type NetworkDescription,
  nodeConfigFile,
} from './description.ts';
import { NetworkError } from './errors.ts';
import { planProblems, readFaults } from './plan.ts';

/** The ports of a container. Only RPC and the control service are published, on the host's loopback. */
export const PORT = {
  rpc: 8545,
  admin: 8551,
  control: 8560,
  supervisor: 8570,
  p2p: 30_303,
  firstLink: 21_000,
} as const;
/** The service that holds the wan. */
const CONTROL_HOST = 'control';
const EVERYWHERE = '0.0.0.0';
const LOOPBACK = '127.0.0.1';

const environment = z.object({
  LOCKSTEP_SEED: z.string().min(1).default(DEFAULT_PLAN.seed),
  LOCKSTEP_AUTHORITIES: z.coerce.number().int().min(1).max(AUTHORITIES_MAX).default(DEFAULT_PLAN.authorities),
  LOCKSTEP_FOLLOWERS: z.coerce.number().int().min(0).max(FOLLOWERS_MAX).default(DEFAULT_PLAN.followers),
  LOCKSTEP_PERIOD: z.coerce.number().int().min(1).max(3_600).default(DEFAULT_PLAN.period),
  LOCKSTEP_TIER: z.coerce.number().pipe(z.literal(TIERS)).default(DEFAULT_PLAN.tier),
  LOCKSTEP_FAULTS: z.string().default(''),
  LOCKSTEP_TOKEN: z.string().min(16, 'expected a token of 16 or more characters'),
});

export type ComposeNetwork = {
  readonly network: NetworkDescription;
  /** What supervisors and the nodes' admin ports ask for. */
  readonly token: string;
};

/** Reads the network from the environment of a container. Throws NetworkError where a variable is wrong. */
export function readComposeNetwork(env: Readonly<Record<string, string | undefined>>): ComposeNetwork {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new NetworkError('usage', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
  }
  const { LOCKSTEP_SEED, LOCKSTEP_AUTHORITIES, LOCKSTEP_FOLLOWERS, LOCKSTEP_PERIOD, LOCKSTEP_TIER, LOCKSTEP_TOKEN } =
    parsed.data;
  const faults = readFaults(parsed.data.LOCKSTEP_FAULTS.split(','), 'LOCKSTEP_FAULTS');
  const plan: NetworkPlan = {
    ...DEFAULT_PLAN,
    seed: LOCKSTEP_SEED,
    authorities: LOCKSTEP_AUTHORITIES,
    followers: LOCKSTEP_FOLLOWERS,
    period: LOCKSTEP_PERIOD,
    tier: LOCKSTEP_TIER,
    faults,
  };
  const [problem] = planProblems({ ...plan, faults: Object.fromEntries(faults) });
  if (problem !== undefined) throw new NetworkError('usage', `LOCKSTEP_FAULTS: ${problem.why}`);
  return { network: describeNetwork(plan), token: LOCKSTEP_TOKEN };
}

/** The wan's links: of each pair the node with the lower name dials, through a port that follows from the two names. */
export function composeLinks(names: readonly NodeName[]): readonly WanLink[] {
  const pairs = names.flatMap((from) => names.filter((to) => from < to).map((to) => ({ from, to })));
  return pairs.map(({ from, to }, index) => ({
    from,
    to,
    listen: { host: EVERYWHERE, port: PORT.firstLink + index },
    target: { host: to, port: PORT.p2p },
  }));
}

/** A node's configuration in its container; paths are in its own volume. */
export function composeNodeConfig({ network, token }: ComposeNetwork, name: NodeName): NodeConfigFile {
  const links = composeLinks(network.facts.nodes).filter(({ from }) => from === name);
  return nodeConfigFile(network, name, {
    rpc: { host: EVERYWHERE, port: PORT.rpc },
    rpcHosts: [name],
    admin: { host: EVERYWHERE, port: PORT.admin },
    adminToken: token,
    p2p: { host: EVERYWHERE, port: PORT.p2p },
    dial: links.map(({ to, listen }) => ({ name: to, host: CONTROL_HOST, port: listen.port })),
    genesisPath: 'genesis.json',
    dataDir: 'db',
    recording: null,
  });
}

/** Where a node's RPC is published on the host. */
export function publishedRpc(names: readonly NodeName[], name: NodeName): string {
  return `http://${LOOPBACK}:${PORT.rpc + names.indexOf(name)}`;
}
