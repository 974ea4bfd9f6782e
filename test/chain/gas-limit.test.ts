import { describe, expect, it } from 'vitest';
import { gasLimitBounds, nextGasLimit } from '../../node/chain/gas-limit.ts';

const MAX = 2n ** 63n - 1n;

describe("a child's gas limit", () => {
  it('moves by less than 1/1024 of its parent’s, and not below 5000', () => {
    expect(gasLimitBounds(1_024_000)).toEqual({ lowest: 1_023_001, highest: 1_024_999 });
    expect(gasLimitBounds(5_000)).toEqual({ lowest: 5_000, highest: 5_003 });
    expect(gasLimitBounds(5_001)).toEqual({ lowest: 5_000, highest: 5_004 });
  });

  it('is exact around 2^53', () => {
    expect(gasLimitBounds(2n ** 53n)).toEqual({ lowest: 2 ** 53 - 2 ** 43 + 1, highest: 2n ** 53n + 2n ** 43n - 1n });
  });

  it('is at most 2^63 - 1', () => {
    expect(gasLimitBounds(MAX).highest).toBe(MAX);
    expect(gasLimitBounds(MAX - 1n).highest).toBe(MAX);
  });

  it('moves towards a target as far as it may', () => {
    expect(nextGasLimit(1_024_000, 2_000_000)).toBe(1_024_999);
    expect(nextGasLimit(1_024_000, 1_024_500)).toBe(1_024_500);
    expect(nextGasLimit(1_024_000, 5_000)).toBe(1_023_001);
  });
});
