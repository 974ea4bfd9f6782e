import { describe, expect, it } from 'vitest';
import { wordToHex } from '../../node/lib/bytes.ts';
import { evaluate, run } from './run.ts';

const M = 2n ** 256n;
const ONES = M - 1n;
const TOP = M / 2n;

function of(opcode: string, ...operands: readonly bigint[]): bigint {
  return evaluate(`${[...operands].reverse().map(wordToHex).join(' ')} ${opcode}`);
}

describe('comparisons', () => {
  it('compares words without sign, and with it in SLT and SGT', () => {
    expect(of('LT', 1n, 2n)).toBe(1n);
    expect(of('LT', 2n, 2n)).toBe(0n);
    expect(of('GT', ONES, 0n)).toBe(1n);
    expect(of('SGT', ONES, 0n)).toBe(0n);
    expect(of('SLT', ONES, 0n)).toBe(1n);
    expect(of('SLT', TOP, TOP - 1n)).toBe(1n);
    expect(of('EQ', 7n, 7n)).toBe(1n);
    expect(of('ISZERO', 0n)).toBe(1n);
    expect(of('ISZERO', TOP)).toBe(0n);
  });

  it('takes bytes from the most significant end', () => {
    expect(of('BYTE', 31n, 0xabn)).toBe(0xabn);
    expect(of('BYTE', 0n, 0xabn << 248n)).toBe(0xabn);
    expect(of('BYTE', 32n, ONES)).toBe(0n);
    expect(of('BYTE', ONES, ONES)).toBe(0n);
  });

  it('complements in NOT', () => {
    expect(of('NOT', 0n)).toBe(ONES);
    expect(of('NOT', ONES)).toBe(0n);
  });
});

// EIP-145's test cases: value, distance, result
const SHL: readonly (readonly [bigint, bigint, bigint])[] = [
  [1n, 0n, 1n],
  [1n, 1n, 2n],
  [1n, 0xffn, TOP],
  [1n, 0x100n, 0n],
  [1n, 0x101n, 0n],
  [ONES, 0n, ONES],
  [ONES, 1n, ONES - 1n],
  [ONES, 0xffn, TOP],
  [ONES, 0x100n, 0n],
  [0n, 1n, 0n],
  [TOP - 1n, 1n, ONES - 1n],
];
const SHR: typeof SHL = [
  [1n, 0n, 1n],
  [1n, 1n, 0n],
  [TOP, 1n, TOP / 2n],
  [TOP, 0xffn, 1n],
  [TOP, 0x100n, 0n],
  [TOP, 0x101n, 0n],
  [ONES, 0n, ONES],
  [ONES, 1n, TOP - 1n],
  [ONES, 0xffn, 1n],
  [ONES, 0x100n, 0n],
  [0n, 1n, 0n],
];
const SAR: typeof SHL = [
  [1n, 0n, 1n],
  [1n, 1n, 0n],
  [TOP, 1n, TOP + TOP / 2n],
  [TOP, 0xffn, ONES],
  [TOP, 0x100n, ONES],
  [TOP, 0x101n, ONES],
  [ONES, 0n, ONES],
  [ONES, 1n, ONES],
  [ONES, 0xffn, ONES],
  [ONES, 0x100n, ONES],
  [0n, 1n, 0n],
  [TOP / 2n, 0xfen, 1n],
  [TOP - 1n, 0xf8n, 0x7fn],
  [TOP - 1n, 0xfen, 1n],
  [TOP - 1n, 0xffn, 0n],
  [TOP - 1n, 0x100n, 0n],
];

describe('EIP-145', () => {
  it.each(SHL)('shifts 0x%x left by 0x%x', (value, distance, result) => {
    expect(of('SHL', distance, value)).toBe(result);
  });
  it.each(SHR)('shifts 0x%x right by 0x%x', (value, distance, result) => {
    expect(of('SHR', distance, value)).toBe(result);
  });
  it.each(SAR)('shifts 0x%x right by 0x%x and keeps the sign', (value, distance, result) => {
    expect(of('SAR', distance, value)).toBe(result);
  });

  it('is not there before Constantinople', () => {
    for (const opcode of ['SHL', 'SHR', 'SAR'])
      expect(run(`1 1 ${opcode}`, { fork: 'Byzantium' }).halt, opcode).toBe('invalid-opcode');
  });
});

describe('EIP-7939', () => {
  it.each([
    [0n, 256n],
    [TOP, 0n],
    [ONES, 0n],
    [TOP / 2n, 1n],
    [TOP - 1n, 1n],
    [1n, 255n],
    [0xffn, 248n],
  ])('finds the leading zeros of 0x%x', (value, zeros) => {
    expect(of('CLZ', value)).toBe(zeros);
  });

  it('costs 5 gas, and is not there before Osaka', () => {
    expect(run('1 CLZ').gasUsed).toBe(3 + 5);
    expect(run('1 CLZ', { fork: 'Prague' }).halt).toBe('invalid-opcode');
  });
});
