// Networks of the virtual arm with a faulty machine or more in them, and their explanation.

import { installBackends } from '../../../node/host/backends.ts';
import { present } from '../../../node/lib/assert.ts';
import type { NetworkPlan } from '../../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import type { Stage } from '../../../sim/cluster/scenario.ts';
import { openStage } from '../../../sim/cluster/stage.ts';
import { createVirtualCluster, type VirtualCluster } from '../../../sim/cluster/virtual.ts';
import { type NodeAccess, viewAccess } from '../../../sim/explain/access.ts';
import { explainInto } from '../../../sim/explain/bundle.ts';
import type { Agreement, Explanation } from '../../../sim/explain/explanation.ts';
import { CONTRACTS, PROBE } from './probe.ts';

await installBackends();

export type Played = { readonly cluster: VirtualCluster; readonly net: Stage };

/** Opens a network; `faults` by node. */
export function open(faults: Readonly<Record<string, string>>, plan: Partial<NetworkPlan> = {}): Played {
  const cluster = createVirtualCluster({
    ...DEFAULT_PLAN,
    authorities: 5,
    followers: 0,
    seed: 'explained',
    ...plan,
    faults: new Map(Object.entries(faults)),
  });
  return { cluster, net: openStage(cluster, () => {}) };
}

/** Deploys the contract and waits for it on some nodes. */
export async function deploy({ net }: Played, nodes: readonly string[]): Promise<string> {
  await net.height(2, nodes);
  const hash = await net.transact('n1', { to: null, data: PROBE.creation, gas: 1_000_000 });
  await net.mined(hash, nodes);
  const receipt = (await net.rpc('n1', 'eth_getTransactionReceipt', hash)) as { contractAddress: string };
  return receipt.contractAddress;
}

/** Nodes of the network as they can be asked now. */
export function accesses({ cluster }: Played, names: readonly string[] = cluster.facts.nodes): readonly NodeAccess[] {
  return names.map((name) => viewAccess(name, () => present(cluster.world.view(name), name)));
}

/** What `lockstep explain` would do. */
export function explainPlayed(played: Played, names?: readonly string[]) {
  const { genesis, signerOf } = played.cluster.facts;
  const sealers = new Map([...signerOf].map(([name, signer]): [string, string] => [signer, name]));
  return explainInto(accesses(played, names), { genesis, sealers, contracts: CONTRACTS });
}

/** The explanation, which there must be. */
export async function explanationOf(played: Played, names?: readonly string[]): Promise<Explanation> {
  const { found } = await explainPlayed(played, names);
  if (!('explanation' in found)) throw new Error('no divergence was found');
  return found.explanation;
}

/** The agreement, which there must be. */
export async function agreementOf(played: Played, names?: readonly string[]): Promise<Agreement> {
  const { found } = await explainPlayed(played, names);
  if ('explanation' in found) throw new Error('a divergence was found');
  return found;
}
