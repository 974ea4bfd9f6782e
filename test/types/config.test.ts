import { describe, expect, test } from 'vitest';
import { type ChainConfig, FORKS, forkAt, includesFork } from '../../node/types/config.ts';

const blobs = { target: 0, max: 0, baseFeeUpdateFraction: 1 };
const config: ChainConfig = {
  chainId: 1337n,
  forks: [
    { fork: 'Frontier', block: 0, blobs },
    { fork: 'London', block: 10, blobs },
    { fork: 'Shanghai', time: 1_000, blobs },
  ],
  clique: null,
};

describe('the rules', () => {
  test.each([
    [0, 0, 'Frontier'],
    [9, 999, 'Frontier'],
    [10, 999, 'London'],
    [10, 1_000, 'Shanghai'],
    [11, 5_000, 'Shanghai'],
  ])('of block %d at time %d are those of %s', (number, timestamp, fork) => {
    expect(forkAt(config, number, timestamp).fork).toBe(fork);
  });

  test('need at least one fork', () => {
    expect(() => forkAt({ ...config, forks: [] }, 0, 0)).toThrow(RangeError);
  });

  test('of a fork include its own and all earlier ones, and no later one', () => {
    for (const [at, fork] of FORKS.entries())
      expect(FORKS.filter((other) => includesFork(fork, other))).toEqual(FORKS.slice(0, at + 1));
  });
});
