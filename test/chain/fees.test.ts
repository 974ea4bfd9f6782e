import { describe, expect, it } from 'vitest';
import {
  blobBaseFee,
  fakeExponential,
  GAS_PER_BLOB,
  INITIAL_BASE_FEE,
  nextBaseFee,
  nextExcessBlobGas,
} from '../../node/chain/fees.ts';

describe('base fee', () => {
  const parent = (gasUsed: number, baseFeePerGas = 1_000_000_000n) => ({
    gasLimit: 20_000_000,
    gasUsed,
    baseFeePerGas,
  });

  it('stays at the target, falls below it and rises above it by an eighth at most', () => {
    expect(nextBaseFee(parent(10_000_000))).toBe(1_000_000_000n);
    expect(nextBaseFee(parent(9_000_000))).toBe(987_500_000n);
    expect(nextBaseFee(parent(11_000_000))).toBe(1_012_500_000n);
    expect(nextBaseFee(parent(0))).toBe(875_000_000n);
    expect(nextBaseFee(parent(20_000_000))).toBe(1_125_000_000n);
  });

  it('rises by one wei at least, and falls by none where an eighth is less than one', () => {
    expect(nextBaseFee(parent(10_000_001, 7n))).toBe(8n);
    expect(nextBaseFee(parent(9_999_999, 7n))).toBe(7n);
    expect(nextBaseFee(parent(0, 7n))).toBe(7n);
    expect(nextBaseFee(parent(0, 8n))).toBe(7n);
  });

  it('begins at one gwei behind a parent that has none', () => {
    expect(nextBaseFee({ gasLimit: 8_000_000, gasUsed: 8_000_000 })).toBe(INITIAL_BASE_FEE);
  });
});

describe('blob base fee', () => {
  const cancun = { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 };
  const osaka = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 };

  it('is the Taylor series of EIP-4844, term by term', () => {
    const results = [
      [1n, 0n, 1n],
      [38_493n, 0n, 1000n],
      [0n, 1234n, 2345n],
      [1n, 2n, 1n],
      [1n, 6n, 2n],
      [1n, 8n, 2n],
      [11n, 8n, 2n],
      [2n, 5n, 2n],
      [1n, 50_000_000n, 2_225_652n],
    ].map(([factor, numerator, denominator]) => fakeExponential(factor!, numerator!, denominator!));
    expect(results).toEqual([1n, 38_493n, 0n, 6n, 18n, 50n, 596n, 23n, 5_709_098_764n]);
  });

  it('leaves one wei only where the excess is large enough', () => {
    expect(blobBaseFee(0, cancun)).toBe(1n);
    expect(blobBaseFee(2_314_057, cancun)).toBe(1n);
    expect(blobBaseFee(2_314_058, cancun)).toBe(2n);
  });

  it('gathers what is used above the target and forgets what is not', () => {
    const rules = { fork: 'Cancun', blobs: cancun } as const;
    const excessAfter = (excessBlobs: number, usedBlobs: number) =>
      nextExcessBlobGas(rules, {
        excessBlobGas: excessBlobs * GAS_PER_BLOB,
        blobGasUsed: usedBlobs * GAS_PER_BLOB,
        baseFeePerGas: 1_000_000_000n,
      });
    expect(excessAfter(0, 2)).toBe(0);
    expect(excessAfter(0, 3)).toBe(0);
    expect(excessAfter(0, 4)).toBe(GAS_PER_BLOB);
    expect(excessAfter(3, 0)).toBe(0);
    expect(excessAfter(4, 0)).toBe(GAS_PER_BLOB);
    expect(nextExcessBlobGas(rules, {})).toBe(0);
  });

  it('does not fall below the reserve price since Osaka (EIP-7918)', () => {
    const parent = { excessBlobGas: 6 * GAS_PER_BLOB, blobGasUsed: 6 * GAS_PER_BLOB };
    const excessAfter = (fork: 'Prague' | 'Osaka', baseFeePerGas: bigint) =>
      nextExcessBlobGas({ fork, blobs: osaka }, { ...parent, baseFeePerGas });
    expect(excessAfter('Prague', 17n)).toBe(6 * GAS_PER_BLOB);
    expect(excessAfter('Osaka', 16n)).toBe(6 * GAS_PER_BLOB); // 16 × 2^13 is the price of a blob at one wei, not more
    expect(excessAfter('Osaka', 17n)).toBe(8 * GAS_PER_BLOB);
  });
});
