// What an explanation says: the documented shape of `lockstep explain --json`. Values are hex where they are words, hashes and addresses;
// wei and nonces are decimal text; gas, heights and indices are numbers.

import type { Hex } from '../../node/lib/bytes.ts';
import type { Result } from './answers.ts';
import type { StepSearch } from './find-step.ts';
import type { StateDifference } from './state-diff.ts';

/** Nodes that gave a block the same result. */
export type ResultGroup = {
  readonly nodes: readonly string[];
  /** Null where their machines refuse the block before they come to its end. */
  readonly result: Result | null;
  /** Why the first of them does. */
  readonly refusal: string | null;
  /** The result is the one that the block's header claims. */
  readonly isClaimed: boolean;
};

/** The first part of the block that the two machines disagree on. */
export type PartedPart = {
  /** -1 before the transactions, their number behind the last one. */
  readonly part: number;
  readonly transaction: {
    readonly hash: Hex;
    readonly from: Hex | null;
    /** Null: it creates a contract. */
    readonly to: Hex | null;
  } | null;
  /** What differs, in the order of the two nodes. */
  readonly roots: readonly [Hex, Hex];
  readonly receipts: readonly [Receipt | null, Receipt | null];
  /** Why a machine did not come to its end with the block; null where it did. */
  readonly refusals: readonly [string | null, string | null];
};

export type Receipt = {
  readonly status: number;
  readonly gasUsed: number;
  readonly logs: number;
  readonly logsHash: Hex;
};

export type Explanation = {
  readonly kind: 'explanation';
  readonly block: {
    readonly number: number;
    readonly hash: Hex;
    readonly sealer: Hex;
    /** The node that seals with that address, where it is known. */
    readonly sealedBy: string | null;
    readonly transactions: number;
  };
  /** The two nodes' chains: the last height at which they are one, and how many heights were compared to find it. */
  readonly common: { readonly height: number; readonly heads: readonly [number, number]; readonly compared: number };
  /** Largest group first. */
  readonly groups: readonly ResultGroup[];
  /** Nodes that could not say anything about the block. */
  readonly silent: readonly string[];
  /** Who is in the minority; nobody where no result has more than half of the nodes behind it. */
  readonly culprits: readonly string[];
  /** The two nodes whose machines were compared: of the largest group, and of the next one. */
  readonly compared: readonly [string, string];
  /** Whether each of them gives the block the same result when it executes it again. */
  readonly repeats: readonly [boolean, boolean];
  /** Null where both agree when they execute the block again. */
  readonly part: PartedPart | null;
  /** Where the states differ: behind that part, or behind the whole block where a machine does not repeat itself. Null where the nodes no longer have them. */
  readonly state: (StateDifference & { readonly behind: 'part' | 'block' }) | null;
  readonly step: StepSearch | null;
  /** A machine of tier 0 that executed the block from what the first node read of the parent's state: what it computed, and with whom that agrees. */
  readonly referee: { readonly result: Result; readonly agrees: readonly string[] } | { readonly why: string };
  /** Questions that the nodes were asked for all this. */
  readonly questions: number;
};

/** That nothing differs, and what is near to it. */
export type Agreement = {
  readonly kind: 'agreement';
  readonly nodes: readonly string[];
  readonly height: number;
  readonly forks: readonly { readonly nodes: readonly [string, string]; readonly common: number }[];
  readonly claims: readonly { readonly hash: string; readonly number: number; readonly sealer: string }[];
  readonly questions: number;
};
