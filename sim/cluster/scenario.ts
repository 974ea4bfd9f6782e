// The scenario interface: the only thing that a file of scenarios/ imports. A scenario says which network it wants, plays a story on a
// stage, and states what it expects; the runner heals, drains and compares after it, and every property watches all the way.

import type { Proposal } from '../../node/consensus/engine.ts';
import type { Observation } from '../check/property.ts';
import type { NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import type { LoadWish } from './load.ts';
import type { NetworkWish } from './plan.ts';

/** A link's shape in the words of the command line. */
export type LinkWords = {
  readonly state?: 'open' | 'stalled' | 'cut';
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly bitsPerSecond?: number | null;
  /** Of a hundred messages; on real arms a lost packet is a stall of 200 ms, and the other two are refused. */
  readonly lossPercent?: number;
  readonly duplicatePercent?: number;
  readonly reorderPercent?: number;
};

/** A block that nodes are compared at. */
export type PinnedBlock = { readonly number: number; readonly hash: string; readonly stateRoot: string };

/** What a scenario plays on. Every wait has a deadline; a wait that fails throws ScenarioFailure with what was seen. */
export type Stage = {
  readonly nodes: readonly NodeName[];
  readonly authorities: readonly NodeName[];
  readonly periodMs: number;
  /** Waits until every named node (all running ones by default) has a head of at least that height. */
  readonly height: (number: number, nodes?: readonly NodeName[]) => Promise<void>;
  /** Waits for that many further blocks on the named nodes, counted from the highest head now. */
  readonly blocks: (count: number, nodes?: readonly NodeName[]) => Promise<void>;
  /** The nodes that run now. */
  readonly running: () => readonly NodeName[];
  /** The next nonce of a development account, as a node has it: with what waits in its pool. */
  readonly nonce: (via: NodeName, account: number) => Promise<bigint>;
  /** Lets so much of the arm's time pass: for a story that is told by the clock. A wait for something has its own word. */
  readonly pass: (ms: number) => Promise<void>;
  /** The arm's clock, milliseconds. */
  readonly nowMs: () => number;
  /** Any order to the network, in the kernel's own words; those below are its everyday forms. */
  readonly network: (order: NetworkOrder) => Promise<void>;
  readonly partition: (...groups: readonly (readonly NodeName[])[]) => Promise<void>;
  readonly heal: () => Promise<void>;
  readonly link: (from: NodeName, to: NodeName, words: LinkWords) => Promise<void>;
  /** One direction only. */
  readonly linkOneWay: (from: NodeName, to: NodeName, words: LinkWords) => Promise<void>;
  /** Clock, disk and speed of a node. */
  readonly machine: (order: MachineOrder) => Promise<void>;
  /** An authority votes from now on to add a signer, or to drop one. */
  readonly propose: (node: NodeName, proposal: Proposal) => Promise<void>;
  readonly kill: (node: NodeName) => Promise<void>;
  readonly stop: (node: NodeName) => Promise<void>;
  readonly start: (node: NodeName) => Promise<void>;
  /** Kills the node and empties its store. */
  readonly wipe: (node: NodeName) => Promise<void>;
  readonly pause: (node: NodeName) => Promise<void>;
  readonly resume: (node: NodeName) => Promise<void>;
  /** Sends a transfer between development accounts through a node; resolves with its hash when the node accepted it. */
  readonly transfer: (
    via: NodeName,
    options?: { readonly from?: number; readonly to?: number; readonly wei?: bigint; readonly nonce?: bigint },
  ) => Promise<string>;
  /** Sends a call with data, or a creation where `to` is null, signed by a development account. */
  readonly transact: (
    via: NodeName,
    options: {
      readonly from?: number;
      readonly to: string | null;
      readonly data: string;
      readonly gas: number;
      readonly wei?: bigint;
    },
  ) => Promise<string>;
  /** Waits until the named nodes have the transaction in their canonical chain; the block of the first of them. */
  readonly mined: (hash: string, nodes?: readonly NodeName[]) => Promise<PinnedBlock>;
  /** Waits for an event on a node that the test accepts; resolves with it. Looks at what was seen since the stage was set, too. */
  readonly event: (what: string, test: (observation: Observation, index: number) => boolean) => Promise<Observation>;
  /** Waits until the named nodes have one and the same block at the lowest of their heads, at least at `height` if it is given; compares roots there. */
  readonly agreement: (nodes?: readonly NodeName[], height?: number) => Promise<PinnedBlock>;
  readonly rpc: (node: NodeName, method: string, ...params: readonly unknown[]) => Promise<unknown>;
  /** Everything observed so far. */
  readonly seen: () => readonly Observation[];
  /** States something that must hold; it appears among the checks. */
  readonly expect: (id: string, holds: boolean, evidence: string) => void;
  /** One line of the story, for whoever watches. */
  readonly say: (text: string) => void;
};

export type Scenario = {
  readonly name: string;
  /** One line for lists. */
  readonly title: string;
  readonly network: NetworkWish;
  /** Transfers from development accounts while the story plays; null for none. */
  readonly load: LoadWish | null;
  readonly play: (stage: Stage) => Promise<void>;
  /**
   * Several endings, each played on a branch of the network as it is behind `play`: the same past, to the last byte. Virtual arm only. Load
   * begins anew in each.
   */
  readonly endings?: Readonly<Record<string, (stage: Stage) => Promise<void>>>;
};

/** A scenario's expectation that did not hold (exit status 100), or a wait whose deadline passed (124). */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
  readonly why: 'expectation' | 'deadline';
  constructor(message: string, why: 'expectation' | 'deadline' = 'expectation') {
    super(message);
    this.why = why;
  }
}

/** Types a scenario where it is defined. */
export function scenario(definition: Scenario): Scenario {
  return definition;
}
