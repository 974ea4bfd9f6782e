import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordToHex } from '../../node/lib/bytes.ts';
import { evaluate, run } from './run.ts';

const M = 2n ** 256n;
const MIN = M / 2n; // -2^255
const minus = (value: bigint): bigint => M - value;
const word = fc.oneof(
  fc.bigInt({ min: 0n, max: M - 1n }),
  fc.nat({ max: 300 }).map(BigInt),
  fc.nat({ max: 300 }).map((n) => M - 1n - BigInt(n)),
  fc.nat({ max: 255 }).map((n) => 1n << BigInt(n)),
);
const signed = (value: bigint): bigint => BigInt.asIntN(256, value);
const unsigned = (value: bigint): bigint => BigInt.asUintN(256, value);

/** The opcode on operands, the first one on top of the stack. */
function of(opcode: string, ...operands: readonly bigint[]): bigint {
  return evaluate(`${[...operands].reverse().map(wordToHex).join(' ')} ${opcode}`);
}

describe('arithmetic', () => {
  it('wraps at 2^256 in ADD, SUB and MUL', () => {
    expect(of('ADD', M - 1n, 1n)).toBe(0n);
    expect(of('ADD', M - 2n, 1n)).toBe(M - 1n);
    expect(of('SUB', 0n, 1n)).toBe(M - 1n);
    expect(of('SUB', 5n, 3n)).toBe(2n);
    expect(of('MUL', 2n ** 128n, 2n ** 128n)).toBe(0n);
    expect(of('MUL', M - 1n, M - 1n)).toBe(1n);
  });

  it('gives zero where the divisor is zero', () => {
    for (const opcode of ['DIV', 'SDIV', 'MOD', 'SMOD']) expect(of(opcode, 7n, 0n), opcode).toBe(0n);
    for (const opcode of ['ADDMOD', 'MULMOD']) expect(of(opcode, 7n, 8n, 0n), opcode).toBe(0n);
  });

  it('rounds SDIV towards zero and gives SMOD the sign of the dividend', () => {
    expect(of('SDIV', minus(7n), 2n)).toBe(minus(3n));
    expect(of('SDIV', 7n, minus(2n))).toBe(minus(3n));
    expect(of('SMOD', minus(7n), 2n)).toBe(minus(1n));
    expect(of('SMOD', 7n, minus(2n))).toBe(1n);
  });

  it('lets SDIV overflow where -2^255 is divided by -1', () => {
    expect(of('SDIV', MIN, minus(1n))).toBe(MIN);
  });

  it('keeps the 257th bit in ADDMOD and the high half in MULMOD', () => {
    expect(of('ADDMOD', M - 1n, M - 1n, M - 2n)).toBe(2n);
    expect(of('MULMOD', M - 1n, M - 1n, M - 2n)).toBe(1n);
  });

  it('agrees with bigint arithmetic on random words', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(of('ADD', a, b)).toBe(unsigned(a + b));
        expect(of('SUB', a, b)).toBe(unsigned(a - b));
        expect(of('MUL', a, b)).toBe(unsigned(a * b));
        if (b !== 0n) {
          expect(of('DIV', a, b)).toBe(a / b);
          expect(of('MOD', a, b)).toBe(a % b);
          expect(of('SDIV', a, b)).toBe(unsigned(signed(a) / signed(b)));
          expect(of('SMOD', a, b)).toBe(unsigned(signed(a) % signed(b)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('raises to powers modulo 2^256', () => {
    expect(of('EXP', 0n, 0n)).toBe(1n);
    expect(of('EXP', 2n, 255n)).toBe(MIN);
    expect(of('EXP', 2n, 256n)).toBe(0n);
    expect(of('EXP', 3n, M - 1n)).toBe(inverse(3n)); // 3^(2^256 - 1) is the inverse of 3: the group's exponent divides 2^256
  });

  it('charges EXP 50 gas for a byte of the exponent, and 10 before Spurious Dragon', () => {
    const used = (exponent: string, fork: 'Osaka' | 'TangerineWhistle') =>
      run(`${exponent} 2 EXP`, { fork }).gasUsed - 6;
    expect(used('0', 'Osaka')).toBe(10);
    expect(used('255', 'Osaka')).toBe(60);
    expect(used('256', 'Osaka')).toBe(110);
    expect(used('0x0100', 'TangerineWhistle')).toBe(30);
  });

  it('extends the sign of the byte that SIGNEXTEND names', () => {
    expect(of('SIGNEXTEND', 0n, 0x7fn)).toBe(0x7fn);
    expect(of('SIGNEXTEND', 0n, 0x80n)).toBe(minus(0x80n));
    expect(of('SIGNEXTEND', 0n, 0x1_7fn)).toBe(0x7fn);
    expect(of('SIGNEXTEND', 1n, 0x80n)).toBe(0x80n);
    expect(of('SIGNEXTEND', 30n, 0x80n << 240n)).toBe(M - (0x80n << 240n));
    expect(of('SIGNEXTEND', 31n, MIN)).toBe(MIN);
    expect(of('SIGNEXTEND', M - 1n, 0x80n)).toBe(0x80n);
  });
});

/** Newton's iteration: each round doubles the bits that are right. */
function inverse(odd: bigint): bigint {
  let x = odd;
  for (let i = 0; i < 8; i++) x = unsigned(x * (2n - odd * x));
  return x;
}
