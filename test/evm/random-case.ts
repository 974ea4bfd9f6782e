// A random program and what surrounds it: two other contracts, storage, gas and input.

import { hexToBytes } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import { randomCode } from './random-program.ts';
import { type Account, CONTRACT, NOBODY, OTHER, SENDER } from './run.ts';

export const THIRD: Address = `0x${'0d'.repeat(20)}`;
const IDENTITY: Address = `0x${'04'.padStart(40, '0')}`;
const SHA256: Address = `0x${'02'.padStart(40, '0')}`;
const ADDRESSES = [CONTRACT, OTHER, OTHER, THIRD, THIRD, NOBODY, SENDER, IDENTITY, SHA256];
const FORKS = ['Cancun', 'Prague', 'Osaka'] as const;

/** A program and its surroundings from a seed. */
export function randomCase(seed: string) {
  const random = createRandom(seed);
  const account = (): Account => ({
    code: random.chance(1, 12)
      ? hexToBytes(`0xef0100${random.pick(ADDRESSES).slice(2)}`)
      : randomCode(random, ADDRESSES),
    balance: BigInt(random.below(3)),
    storage: { 0: 1n, 1: BigInt(random.below(3)) },
  });
  const data = new Uint8Array(random.below(80)).map(() => random.below(256));
  const setting = {
    fork: random.pick(FORKS),
    gas: random.pick([2_000, 60_000, 300_000, 1_000_000, 1_000_000, 2_000_000]),
    value: BigInt(random.below(3)),
    data,
    storage: { 0: 5n, 2: 1n, 3: 7n },
    accounts: { [OTHER]: account(), [THIRD]: account() },
    ...(random.chance(1, 8) && { stepBudget: random.below(300) }),
  };
  return { code: randomCode(random, ADDRESSES), setting };
}
