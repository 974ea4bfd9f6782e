import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divide, divideBigint, divideUp, scale, toSafeNumber } from '../../node/lib/integer.ts';

const SEED = { seed: 20_240_319, numRuns: 1_000 };
const dividend = fc.nat({ max: Number.MAX_SAFE_INTEGER - 2 ** 32 });
const divisor = fc.integer({ min: 1, max: 2 ** 32 });

test('quotients are exact, rounded down and up', () => {
  fc.assert(
    fc.property(dividend, divisor, (a, b) => {
      const exact = BigInt(a) / BigInt(b);
      expect(BigInt(divide(a, b))).toBe(exact);
      expect(BigInt(divideUp(a, b))).toBe(BigInt(a) % BigInt(b) === 0n ? exact : exact + 1n);
    }),
    SEED,
  );
});

test('the largest safe integers are divided exactly', () => {
  expect(divide(Number.MAX_SAFE_INTEGER, 1)).toBe(Number.MAX_SAFE_INTEGER);
  expect(divide(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(1);
  expect(divide(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER)).toBe(0);
  expect(divide(Number.MAX_SAFE_INTEGER, 2)).toBe(2 ** 52 - 1);
});

test.each([
  [1, 0],
  [-1, 1],
  [1, -1],
  [0.5, 1],
  [2 ** 53, 1],
])('%d is not divided by %d', (a, b) => {
  expect(() => divide(a, b)).toThrow();
});

test('scaling is exact where the product does not fit into a number', () => {
  expect(scale(Number.MAX_SAFE_INTEGER, 7, 7)).toBe(Number.MAX_SAFE_INTEGER);
  expect(scale(10, 2, 3)).toBe(6);
});

test('a bigint is a safe number from 0 to 2^53 - 1', () => {
  expect(toSafeNumber(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
  expect([toSafeNumber(2n ** 53n), toSafeNumber(-1n)]).toEqual([null, null]);
  expect([divideBigint(7n, 2n), divideBigint(-7n, 2n)]).toEqual([3n, -3n]);
});
