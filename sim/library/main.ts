// The package's entry: networks for other people's tests, and scenarios for `lockstep run`.

import { installBackends } from '../../node/host/backends.ts';
import type { Arm, Cluster } from '../cluster/cluster.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { type NetworkWish, planOfWish, planProblems } from '../cluster/plan.ts';
import { createProcessCluster } from '../cluster/process-network.ts';
import { createVirtualCluster } from '../cluster/virtual.ts';
import { type Network, openNetwork } from './network.ts';

export { RpcError } from '../cluster/cluster.ts';
export { NetworkError } from '../cluster/errors.ts';
export type { RecoveryFigures } from '../cluster/recovery.ts';
export {
  type LinkWords,
  type PinnedBlock,
  type Scenario,
  ScenarioFailure,
  type Stage,
  scenario,
} from '../cluster/scenario.ts';
export type { Account, Network, Provider, SeenReorganisation } from './network.ts';
export type { Branches, Reorganisation, ReorgOptions } from './reorg.ts';
export type { TransactionWish } from './sign.ts';

/** The network that a test wants. Whatever is absent is the default. */
export type NetworkOptions = Partial<Omit<NetworkWish, 'authorities'>> & {
  /** Authorities n1, n2, …: 5 by default. */
  readonly nodes?: number;
  /** Where it runs: real processes on this machine, or in this thread in virtual time. */
  readonly arm?: Exclude<Arm, 'compose'>;
  /** Of all keys and of everything that looks random. */
  readonly seed?: string;
};

/** Starts a network and resolves when all its nodes answer. Throws NetworkError with one line on what is wrong. */
export async function createNetwork(options: NetworkOptions = {}): Promise<Network> {
  const { nodes = 5, followers = 0, arm = 'processes', seed = 'lockstep', ...rest } = options;
  const wish = { ...rest, authorities: nodes, followers };
  const [problem] = planProblems(wish);
  if (problem !== undefined) {
    const path = problem.path.join('.').replace(/^authorities/, 'nodes');
    throw new NetworkError('usage', `createNetwork: ${path}: ${problem.why}`);
  }
  if (seed === '') throw new NetworkError('usage', "createNetwork: seed '': expected a text");
  if (arm !== 'processes' && arm !== 'virtual') {
    throw new NetworkError('usage', `createNetwork: arm '${String(arm)}': expected processes or virtual`);
  }
  await installBackends();
  const plan = planOfWish(wish, seed);
  const cluster: Cluster = arm === 'virtual' ? createVirtualCluster(plan) : await createProcessCluster(plan);
  try {
    return await openNetwork(cluster, () => {});
  } catch (error) {
    await cluster.close();
    throw error instanceof NetworkError ? error : new NetworkError('node-failed', messageOf(error));
  }
}
