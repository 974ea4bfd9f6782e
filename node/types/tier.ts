// The tiers of the virtual machine, by number: a setting of a node, never a fact of a chain.

/**
 * 0: the reference, in TypeScript. 1: one fixed WebAssembly module that interprets. 2: the same, with hot code compiled to modules of its own.
 * The same message gives the same result on each.
 */
export type Tier = 0 | 1 | 2;

/** All tiers, the reference first. */
export const TIERS: readonly Tier[] = [0, 1, 2];

/** What a node runs where nobody says otherwise. */
export const DEFAULT_TIER: Tier = 1;

/** Reads a tier from what a user wrote; null where there is none of that number. */
export function readTier(text: string): Tier | null {
  return TIERS.find((tier) => text === `${tier}`) ?? null;
}
