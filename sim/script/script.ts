// A scenario as data: the network, the load, a timeline of faults and what is expected. One vocabulary for what a person writes in YAML
// and for what exploration draws from a seed. It has no loops and no expressions; what needs them is a scenario in TypeScript.

import type { NodeEvent } from '../../node/core/events.ts';
import type { Hex } from '../../node/lib/bytes.ts';
import type { Tier } from '../../node/types/tier.ts';
import type { ProcessOrder } from '../cluster/cluster.ts';
import type { LoadWish } from '../cluster/load.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

/** A scenario that is data alone. */
export type Script = {
  readonly name: string;
  readonly title: string;
  /** The seed that it is played with where nobody names another one; null for the ordinary one. */
  readonly seed: string | null;
  readonly network: ScriptNetwork;
  /** Transfers from development accounts while the timeline plays; null for none. */
  readonly load: LoadWish | null;
  readonly timeline: readonly Step[];
  /** Judged in their order behind the last step, before the network is healed for the final comparison. */
  readonly expect: readonly Expectation[];
};

export type ScriptNetwork = {
  readonly authorities: number;
  readonly followers: number;
  /** Seconds between blocks. */
  readonly period: number;
  readonly signerLimit: number | null;
  /** Blocks from checkpoint to checkpoint; null for the ordinary 30,000. */
  readonly epoch: number | null;
  readonly late: readonly NodeName[];
  /** Planted faults by node, by the names of sim/faults. */
  readonly faults: Readonly<Record<NodeName, string>>;
  readonly tier: Tier;
};

/** Waits for its condition, where it has one, and then does what it says, in its order. */
export type Step = { readonly when: Condition | null; readonly do: readonly Act[] };

/** What a step waits for. `nodes` null: all that run, and of an event any one. Every wait but those for a time has a deadline. */
export type Condition =
  | { readonly kind: 'height'; readonly number: number; readonly nodes: readonly NodeName[] | null }
  /** So many further blocks, counted from the highest head of these nodes. */
  | { readonly kind: 'blocks'; readonly count: number; readonly nodes: readonly NodeName[] | null }
  /** So long after the beginning of the timeline. */
  | { readonly kind: 'time'; readonly ms: number }
  /** So long after the step before. */
  | { readonly kind: 'after'; readonly ms: number }
  /** All these nodes have told of it since the step before began to act. */
  | { readonly kind: 'event'; readonly event: EventWord; readonly nodes: readonly NodeName[] | null }
  | { readonly kind: 'mined'; readonly transaction: string; readonly nodes: readonly NodeName[] | null }
  | { readonly kind: 'agreement'; readonly nodes: readonly NodeName[] | null };

/** What a node may tell, in the words of a scenario. */
export const EVENT_WORDS = ['reorganisation', 'halted', 'resumed', 'divergence', 'equivocation', 'sealed'] as const;
export type EventWord = (typeof EVENT_WORDS)[number];

/** Whether what a node said is what the word means. */
export function isEvent(word: EventWord, event: NodeEvent): boolean {
  if (word === 'reorganisation') return event.kind === 'head' && event.undone.length > 0;
  return event.kind === word;
}

/** One thing that is done to the network, or sent through it. */
export type Act =
  | { readonly kind: 'network'; readonly order: NetworkOrder }
  | { readonly kind: 'machine'; readonly order: MachineOrder }
  /** Passed over, and said, where the node is so already: kill it twice and it is dead. */
  | { readonly kind: 'process'; readonly node: NodeName; readonly order: ProcessOrder }
  | {
      readonly kind: 'transfer';
      /** By which expectations know it. */
      readonly name: string | null;
      readonly via: NodeName;
      /** Development accounts, 0 to 9. */
      readonly from: number;
      readonly to: number;
      readonly wei: bigint;
      /** An earlier transfer of the same sender whose nonce it takes. */
      readonly conflictsWith: string | null;
    }
  | {
      readonly kind: 'call';
      readonly name: string | null;
      readonly via: NodeName;
      readonly from: number;
      /** Null creates a contract. */
      readonly to: Hex | null;
      readonly input: Hex;
      readonly gas: number;
      readonly wei: bigint;
    }
  /** From now on an authority votes to add a signer, or to drop one. */
  | { readonly kind: 'propose'; readonly node: NodeName; readonly candidate: Hex; readonly authorize: boolean }
  | { readonly kind: 'say'; readonly text: string };

/** What must hold behind the last step. Each appears among the checks under its kind. */
export type Expectation =
  | { readonly kind: 'agreement'; readonly nodes: readonly NodeName[] | null }
  | { readonly kind: 'height'; readonly atLeast: number; readonly nodes: readonly NodeName[] | null }
  | { readonly kind: 'mined'; readonly transaction: string; readonly nodes: readonly NodeName[] | null }
  /** No node has it in its chain. */
  | { readonly kind: 'nowhere'; readonly transaction: string }
  /** Of these exactly one is in the chain, on every node the same. */
  | { readonly kind: 'one-survives'; readonly transactions: readonly string[] }
  /** The deepest reorganisation of each of these nodes, or of the network, is within these bounds. */
  | {
      readonly kind: 'reorganised';
      readonly depthMin: number;
      readonly depthMax: number;
      readonly nodes: readonly NodeName[] | null;
    }
  | { readonly kind: 'event'; readonly event: EventWord; readonly nodes: readonly NodeName[] | null }
  /** None of these nodes, or nobody, has told of it. */
  | { readonly kind: 'never'; readonly event: EventWord; readonly nodes: readonly NodeName[] | null };

/** The largest depth that a script may name: beyond what any chain here is long. */
export const DEPTH_MAX = 100_000;
