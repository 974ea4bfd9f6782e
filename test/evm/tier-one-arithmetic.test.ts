import { describe, expect, it } from 'vitest';
import { ROOMS } from '../../node/evm/tier-one/layout.ts';
import { type Exports, instantiate } from '../../node/evm/tier-one/module.ts';
import { createRandom } from '../../node/lib/random.ts';

const { exports, linear } = instantiate(
  { host: () => 0, block: () => 0, reserve: () => 0, account: () => 0, undo: () => {} },
  8192,
  ROOMS,
);
const [A, B, C, RESULT] = [0x2000000, 0x2000020, 0x2000040, 0x2000060];
const ALL = 2n ** 256n - 1n;
const random = createRandom('long arithmetic');
const LIMBS = [
  0n,
  1n,
  2n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 63n + 1n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
];

/** Words of one to four limbs, many of them where carries and guesses go wrong. */
function word(): bigint {
  let result = 0n;
  for (let i = random.between(1, 4); i > 0; i--) {
    const wide = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
    result = (result << 64n) | (random.chance(1, 2) ? random.pick(LIMBS) : wide);
  }
  return result;
}

function put(address: number, value: bigint): void {
  for (let i = 0; i < 4; i++) linear.longs[(address >>> 3) + i] = value >> BigInt(64 * i);
}

function result(): bigint {
  return [3, 2, 1, 0].reduce((sum, i) => (sum << 64n) | (linear.longs[(RESULT >>> 3) + i] ?? 0n), 0n);
}

function power(base: bigint, exponent: bigint): bigint {
  let [value, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) value = (value * square) & ALL;
    square = (square * square) & ALL;
  }
  return value;
}

const signed = (value: bigint): bigint => BigInt.asIntN(256, value);
const BINARY = {
  mul: (a, b) => (a * b) & ALL,
  div: (a, b) => (b === 0n ? 0n : a / b),
  mod: (a, b) => (b === 0n ? 0n : a % b),
  sdiv: (a, b) => (b === 0n ? 0n : (signed(a) / signed(b)) & ALL),
  smod: (a, b) => (b === 0n ? 0n : (signed(a) % signed(b)) & ALL),
} satisfies Partial<Record<keyof Exports, (a: bigint, b: bigint) => bigint>>;

describe('long arithmetic in the module', () => {
  it.each(Object.entries(BINARY))('%s agrees with bigints', (name, expected) => {
    for (let i = 0; i < 30_000; i++) {
      const b = word();
      // every third dividend lies next to a multiple of the divisor
      const a = i % 3 === 0 ? (word() * b - BigInt(random.below(2))) & ALL : word();
      put(A, a);
      put(B, b);
      exports[name as keyof typeof BINARY](A, B, RESULT);
      expect(result(), `${a} ${b}`).toBe(expected(a, b));
    }
  });

  it('mulmod and addmod agree with bigints', () => {
    for (let i = 0; i < 30_000; i++) {
      const [a, b, modulus] = [word(), word(), word()];
      put(A, a);
      put(B, b);
      put(C, modulus);
      exports.mulmod(A, B, C, RESULT);
      expect(result(), `${a} ${b} ${modulus}`).toBe(modulus === 0n ? 0n : (a * b) % modulus);
      exports.addmod(A, B, C, RESULT);
      expect(result(), `${a} ${b} ${modulus}`).toBe(modulus === 0n ? 0n : (a + b) % modulus);
    }
  });

  it('exp agrees with bigints', () => {
    for (let i = 0; i < 3_000; i++) {
      const base = i % 4 === 0 ? 2n ** BigInt(random.below(256)) : word();
      const exponent = i % 2 === 0 ? BigInt(random.below(5_000)) : word();
      put(A, base);
      put(B, exponent);
      exports.exp(A, B, RESULT);
      expect(result(), `${base} ${exponent}`).toBe(power(base, exponent));
    }
  });
});
