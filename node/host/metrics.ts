// A node's figures in Prometheus' text format (version 0.0.4).

import type { NetworkCounts } from './network.ts';
import type { CoreStatus } from './thread-messages.ts';

export type Figures = {
  readonly status: CoreStatus | null;
  readonly network: NetworkCounts;
  readonly events: ReadonlyMap<string, number>;
  readonly rpcRequests: number;
  readonly residentBytes: number;
  /** Null where the system does not say. */
  readonly openFiles: number | null;
};

export function formatMetrics(figures: Figures): string {
  const { status, network } = figures;
  const families = [
    gauge('lockstep_up', 'Whether the core answers.', status === null ? 0 : 1),
    gauge('lockstep_peers', 'Connected peers.', network.peers),
    counter('lockstep_gossip_received_total', 'Gossip messages received.', network.gossipReceived),
    counter('lockstep_gossip_dropped_total', 'Gossip messages dropped because too many waited.', network.gossipDropped),
    counter('lockstep_gossip_published_total', 'Gossip messages published.', network.gossipPublished),
    counter('lockstep_gossip_received_bytes_total', 'Bytes of gossip received.', network.bytesReceived),
    counter('lockstep_gossip_published_bytes_total', 'Bytes of gossip published.', network.bytesPublished),
    counter('lockstep_rpc_bodies_total', 'JSON-RPC bodies received.', figures.rpcRequests),
    gauge('process_resident_memory_bytes', 'Resident memory.', figures.residentBytes),
    ...(figures.openFiles === null ? [] : [gauge('process_open_fds', 'Open file descriptors.', figures.openFiles)]),
    family('lockstep_events_total', 'Events, by kind.', 'counter', labelled('kind', figures.events)),
  ];
  if (status !== null) {
    families.push(
      gauge('lockstep_head_number', 'Height of the head.', status.head.number),
      gauge('lockstep_pool_transactions', 'Transactions in the pool.', status.pooled),
      gauge('lockstep_sealing', 'Whether the node seals.', status.sealing ? 1 : 0),
      family(
        'lockstep_evm_steps_total',
        'Steps of the virtual machine, by tier.',
        'counter',
        tierSamples(status.steps),
      ),
      family('lockstep_rejections_total', 'Refusals, by code.', 'counter', labelled('code', status.rejections)),
    );
  }
  return families.join('');
}

type Sample = readonly [labels: string, value: number];

function family(name: string, help: string, type: 'counter' | 'gauge', samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function gauge(name: string, help: string, value: number): string {
  return family(name, help, 'gauge', [['', value]]);
}

function counter(name: string, help: string, value: number): string {
  return family(name, help, 'counter', [['', value]]);
}

function tierSamples(steps: CoreStatus['steps']): readonly Sample[] {
  return labelled(
    'tier',
    Object.entries(steps).map(([name, count]) => [name.replace('tier', ''), count]),
  );
}

// Kinds and codes are words of ours, without anything to escape.
function labelled(label: string, values: Iterable<readonly [string, number]>): readonly Sample[] {
  return [...values].map(([key, value]) => [`{${label}="${key}"}`, value]);
}
