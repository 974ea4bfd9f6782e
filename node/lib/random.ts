// The one seeded generator. Everything that looks random in a pure room comes from here, by named forks, so that a new user of
// randomness never shifts the numbers of an old one.

import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { assert } from './assert.ts';
import { utf8ToBytes } from './bytes.ts';
import { keccak256 } from './hashing.ts';

export type Random = {
  /** A whole number from 0 to limit - 1, without bias. The limit is at most 2^32. */
  readonly below: (limit: number) => number;
  /** A whole number between both bounds, which are included. */
  readonly between: (low: number, high: number) => number;
  /** True numerator times in denominator. */
  readonly chance: (numerator: number, denominator: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** A new order of the items; the given list stays as it is. */
  readonly shuffle: <T>(items: readonly T[]) => T[];
  /** An independent generator: a function of this generator's seed and the name, not of how much was drawn. */
  readonly fork: (name: string) => Random;
};

const UINT32 = 4_294_967_296;

/** Creates a generator from any text. */
export function createRandom(seed: string): Random {
  const digest = keccak256(utf8ToBytes(seed));
  const state = [0, 4, 8, 12].map((at) => wordAt(digest, at));
  const generator = xoroshiro128plusFromState(state);
  const next = (): number => generator.next() >>> 0;

  const below = (limit: number): number => {
    assert(Number.isSafeInteger(limit) && limit > 0 && limit <= UINT32, `random limit ${limit}`);
    const fair = UINT32 - (UINT32 % limit); // values from here on would favour the small results
    let drawn = next();
    while (drawn >= fair) drawn = next();
    return drawn % limit;
  };

  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (numerator, denominator) => below(denominator) < numerator,
    pick: <T>(items: readonly T[]): T => {
      assert(items.length > 0, 'pick from nothing');
      return items[below(items.length)] as T; // below() keeps the index inside
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const order = [...items];
      for (let i = order.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j] as T, order[i] as T]; // both indexes are inside
      }
      return order;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (bytes[at + i] ?? 0);
  return word;
}
