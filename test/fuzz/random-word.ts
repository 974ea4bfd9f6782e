// Words that find mistakes: around zero, around powers of two, full, empty, or mixed.

import type { Random } from '../../node/lib/random.ts';

/** One word: few bits, all bits, edges, or a mixture. */
export function randomWord(random: Random): bigint {
  switch (random.below(8)) {
    case 0:
    case 1:
      return BigInt(random.below(4));
    case 2:
      return BigInt(random.below(300));
    case 3:
      return random.pick(EDGES);
    case 4:
      return (1n << BigInt(random.below(256))) - BigInt(random.below(2));
    case 5:
      return BigInt.asUintN(256, -BigInt(random.below(300)));
    default: {
      let word = 0n;
      for (let i = random.between(1, 8); i > 0; i--)
        word = (word << 32n) | BigInt(random.pick([0, 1, 2 ** 31, 2 ** 32 - 1, random.below(2 ** 32)]));
      return word;
    }
  }
}

/** Words at which arithmetic changes. */
export const EDGES: readonly bigint[] = [
  ...[0n, 1n, 31n, 32n, 33n, 255n, 256n, 257n, 0xffffn, 0x10000n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n],
  ...[2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 127n, 2n ** 128n - 1n, 2n ** 128n, 2n ** 160n - 1n, 2n ** 160n],
  ...[2n ** 192n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 255n + 1n, 2n ** 256n - 2n, 2n ** 256n - 1n],
];
/** Where memory ends in a word, a page of the machine, or a price step. */
export const MEMORY_EDGES: readonly number[] = [
  31, 32, 33, 63, 64, 511, 512, 1023, 1024, 1025, 4095, 4096, 8192, 32_767, 65_535,
];
/** Far beyond what gas can pay. */
export const FAR: readonly bigint[] = [
  2n ** 24n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n,
  2n ** 64n,
  2n ** 256n - 1n,
];
