// What a property is: it reads the nodes' events and the orders of the scenario, and says where its statement was broken.

import type { NodeEvent } from '../../node/core/events.ts';
import type { Usage } from '../../node/core/view.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

/** Who is in the network, for the checkers. */
export type NetworkFacts = {
  readonly nodes: readonly NodeName[];
  /** The signers' names by ascending address: n1 first. */
  readonly authorities: readonly NodeName[];
  readonly signerOf: ReadonlyMap<NodeName, Hex>;
  /** Nodes with a planted fault: properties speak of the others. */
  readonly faulty: readonly NodeName[];
  /** Nodes that seal with an authority's key beside it, and whose it is; both are among the faulty. */
  readonly clones?: Readonly<Record<NodeName, NodeName>>;
  readonly periodMs: number;
  /** L of the recents rule. */
  readonly signerLimit: number;
  readonly genesisHash: Hex;
  /** geth's genesis.json as it was given to the nodes. */
  readonly genesis: unknown;
  /** Where the watching begins on a network that runs already: blocks up to this height may be older than it. */
  readonly horizon?: number;
};

/** Something that was seen: what a node said, or what was done to the network. Times are the arm's own, milliseconds. */
export type Observation =
  | { readonly kind: 'event'; readonly atMs: number; readonly node: NodeName; readonly event: NodeEvent }
  | { readonly kind: 'network'; readonly atMs: number; readonly order: NetworkOrder }
  | { readonly kind: 'machine'; readonly atMs: number; readonly order: MachineOrder }
  | {
      readonly kind: 'process';
      readonly atMs: number;
      readonly node: NodeName;
      readonly change: 'started' | 'stopped' | 'killed' | 'paused' | 'resumed' | 'wiped';
    }
  /** A transaction that the scenario gave to a node, and the node accepted. */
  | {
      readonly kind: 'submitted';
      readonly atMs: number;
      readonly node: NodeName;
      readonly hash: Hex;
      readonly sender: Hex;
      /** In decimals, as in the nodes' events. */
      readonly nonce: string;
    }
  /** What a node keeps, as it says itself, and what its process holds, where it has one. */
  | {
      readonly kind: 'usage';
      readonly atMs: number;
      readonly node: NodeName;
      readonly usage: Usage;
      readonly resources: ProcessResources | null;
    }
  /** From here on nothing is broken any more: liveness is judged from this moment. */
  | { readonly kind: 'calm'; readonly atMs: number }
  /** The load has ended. */
  | { readonly kind: 'drained'; readonly atMs: number }
  | { readonly kind: 'end'; readonly atMs: number };

/** What the operating system says that a node's process holds. */
export type ProcessResources = {
  readonly residentBytes: number;
  /** Sockets and the like count; null where the system does not say. */
  readonly openFiles: number | null;
};

export type Violation = { readonly id: string; readonly evidence: string; readonly atMs: number };

export type CheckResult = { readonly id: string; readonly passed: boolean; readonly evidence: string };

/** A checker while it watches one run. Returns the violations that an observation shows. */
export type Watcher = {
  readonly observe: (observation: Observation) => readonly Violation[];
  /** Once, behind the last observation: what can only be said at the end, and one line on what was checked. */
  readonly finish: () => { readonly violations: readonly Violation[]; readonly evidence: string };
};

/** A property of consensus.md with its number. Nothing of it shares code with what it checks. */
export type Property = {
  readonly id: `P${number}`;
  readonly statement: string;
  readonly watch: (facts: NetworkFacts) => Watcher;
};
