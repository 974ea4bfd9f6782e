// What a scenario may do to a network, the same on every arm: virtual (one thread, virtual time), processes (children of this one),
// compose (containers). Conditions with deadlines, never sleeps.

import type { Proposal } from '../../node/consensus/engine.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import type { Tier } from '../../node/types/tier.ts';
import type { NetworkFacts, Observation, ProcessResources } from '../check/property.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

export type Arm = 'virtual' | 'processes' | 'compose';

/** The network that a scenario wants. */
export type NetworkPlan = {
  readonly authorities: number;
  readonly followers: number;
  /** Seconds between blocks. */
  readonly period: number;
  /** Another L of the recents rule; null for floor(N/2)+1. */
  readonly signerLimit: number | null;
  /** Blocks from checkpoint to checkpoint, where votes are forgotten; null for 30,000. */
  readonly epoch: number | null;
  /** Planted faults by node, by the name of sim/faults. */
  readonly faults: ReadonlyMap<NodeName, string>;
  /** Nodes that are not started with the others. */
  readonly late: readonly NodeName[];
  readonly seed: string;
  /** A parsed geth genesis.json to start from; its signers become this network's. Null for the default one. */
  readonly genesis: unknown;
  /** Of the virtual machine, on every node without a planted fault. */
  readonly tier: Tier;
};

/** How a node is stopped or treated. `stop` ends it in good order, `kill` at once, `wipe` kills it and empties its store. */
export type ProcessOrder = 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'wipe';

/** Whether a node seals; with `upTo` no block above that height. */
export type SealingOrder = { readonly enabled: boolean; readonly upTo?: number };

export type Cluster = {
  readonly arm: Arm;
  readonly facts: NetworkFacts;
  /** The arm's clock, milliseconds. */
  readonly nowMs: () => number;
  /** Performs an order and returns when it holds. */
  readonly network: (order: NetworkOrder) => Promise<void>;
  /** Changes a node's clock, disk or speed. What an arm cannot do is a NetworkError. */
  readonly machine: (order: MachineOrder) => Promise<void>;
  readonly process: (node: NodeName, order: ProcessOrder) => Promise<void>;
  /** Whether its process is there, paused or not. */
  readonly isRunning: (node: NodeName) => boolean;
  readonly isPaused: (node: NodeName) => boolean;
  /** Lets an authority seal, up to a height where one is named, or stops it: by the operator's own order. */
  readonly sealing: (node: NodeName, order: SealingOrder) => Promise<void>;
  /** Lets an authority vote from now on, as its operator would (clique_propose). */
  readonly propose: (node: NodeName, proposal: Proposal) => Promise<void>;
  /** Where a client library reaches a node; null on the virtual arm, which has no ports. */
  readonly rpcUrl: (node: NodeName) => string | null;
  /** One JSON-RPC call of a node; throws RpcError with the node's code and message. */
  readonly rpc: (node: NodeName, method: string, params: readonly unknown[]) => Promise<unknown>;
  /** What a node's process holds; null on the virtual arm, where no node has one, and where it does not answer. */
  readonly resources: (node: NodeName) => Promise<ProcessResources | null>;
  /** Calls the listener with every observation from now on, in one order for all. Returns how to stop. */
  readonly observe: (listener: (observation: Observation) => void) => () => void;
  /** Runs until the condition holds or the deadline passes; true if it holds. It is asked again and again on the way. */
  readonly until: (condition: () => boolean | Promise<boolean>, deadlineMs: number) => Promise<boolean>;
  /** Does something again and again, in the arm's own time, while the network is waited on. Returns how to stop. */
  readonly every: (ms: number, action: () => Promise<void>) => () => void;
  /** Marks a moment for the checkers (calm, drained, end, submitted). */
  readonly note: (observation: Observation) => void;
  /** Virtual arm: the trace's hash so far. Elsewhere null: real time does not repeat. */
  readonly traceHash: () => Hex | null;
  /** Virtual arm only: another cluster with the same past, which may have another future. */
  readonly branch?: () => Cluster;
  /** Stops everything and leaves nothing behind. */
  readonly close: () => Promise<void>;
};

/** A node's answer with an error object. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
