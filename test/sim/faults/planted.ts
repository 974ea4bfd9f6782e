// Short runs on the virtual arm with a fault planted in one node, watched by every property.

import { installBackends } from '../../../node/host/backends.ts';
import { PROPERTIES } from '../../../sim/check/properties.ts';
import type { Observation } from '../../../sim/check/property.ts';
import type { NetworkPlan } from '../../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { play, type RunResult } from '../../../sim/cluster/runner.ts';
import type { Scenario } from '../../../sim/cluster/scenario.ts';
import { createVirtualCluster } from '../../../sim/cluster/virtual.ts';

await installBackends();

export type PlantedRun = { readonly result: RunResult; readonly observations: readonly Observation[] };

/** Plays a story with faults by node, under a transfer every 300 ms. */
export async function playWith(
  faults: Readonly<Record<string, string>>,
  story: Scenario['play'],
  plan: Partial<NetworkPlan> = {},
): Promise<PlantedRun> {
  const cluster = createVirtualCluster({
    ...DEFAULT_PLAN,
    seed: 'planted',
    ...plan,
    faults: new Map(Object.entries(faults)),
  });
  const observations: Observation[] = [];
  cluster.observe((observation) => observations.push(observation));
  const scenario = { name: 'planted', title: '', network: {}, load: { everyMs: 300 }, play: story };
  return { result: await play(scenario, cluster, PROPERTIES, () => {}), observations };
}

export const failed = ({ result: { checks } }: PlantedRun): readonly string[] =>
  checks.flatMap(({ id, passed, evidence }) => (passed ? [] : [`${id}: ${evidence}`]));

export const evidenceOf = ({ result: { checks } }: PlantedRun, id: string): string =>
  checks.find((check) => check.id === id)?.evidence ?? '';

/** Codes of refusals that a node told of. */
export const refusals = ({ observations }: PlantedRun, node: string): ReadonlySet<string> =>
  new Set(
    observations.flatMap((o) =>
      o.kind === 'event' && o.node === node && o.event.kind === 'rejected' ? [o.event.code] : [],
    ),
  );
