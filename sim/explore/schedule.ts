// A run as data: the network, the load, and a list of timed acts. What is drawn from a seed, what shrinks, what is written to a file and
// what is played again are one and the same value.

import type { ProcessOrder } from '../cluster/cluster.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

/** What is done to a network, in the words of scenarios. One that means nothing at its moment, as a second kill, is passed over. */
export type Act =
  | { readonly kind: 'network'; readonly order: NetworkOrder }
  | { readonly kind: 'machine'; readonly order: MachineOrder }
  | { readonly kind: 'process'; readonly node: NodeName; readonly order: ProcessOrder };

/** An act at its moment: milliseconds since the schedule began to be played. */
export type TimedAct = Act & { readonly atMs: number };

/** A whole run: everything that `playSchedule` needs to know. */
export type Schedule = {
  /** Of the keys, the latencies and everything that nodes draw. */
  readonly seed: string;
  readonly network: {
    readonly authorities: number;
    readonly followers: number;
    /** Seconds between blocks. */
    readonly period: number;
    /** L of the recents rule; null for floor(N/2)+1. */
    readonly signerLimit: number | null;
    /** Planted faults by node, by the names of sim/faults. */
    readonly faults: Readonly<Record<NodeName, string>>;
    /** Nodes that are not started with the others. */
    readonly late: readonly NodeName[];
  };
  /** Transfers until the faults end; null for none. */
  readonly load: { readonly everyMs: number } | null;
  /** Ascending by time. */
  readonly timeline: readonly TimedAct[];
  /** When the faults end and the network is left to heal, milliseconds. */
  readonly endMs: number;
};
