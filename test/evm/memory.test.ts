import { describe, expect, it } from 'vitest';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { evaluate, OTHER, run } from './run.ts';

const COUNTING = '0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

describe('memory', () => {
  it('grows by whole words, on reading too', () => {
    expect(evaluate('MSIZE')).toBe(0n);
    expect(evaluate('0 MLOAD POP MSIZE')).toBe(32n);
    expect(evaluate('1 MLOAD POP MSIZE')).toBe(64n);
    expect(evaluate('7 31 MSTORE8 MSIZE')).toBe(32n);
    expect(evaluate('7 32 MSTORE8 MSIZE')).toBe(64n);
  });

  it('does not grow for ranges of no bytes, however far', () => {
    expect(evaluate(`0 0x${'ff'.repeat(32)} KECCAK256 POP MSIZE`)).toBe(0n);
    expect(run(`0 0x${'ff'.repeat(32)} RETURN`)).toMatchObject({ status: 'success', gasUsed: 6 });
  });

  it('charges three gas a word and a 512th of the square', () => {
    const used = (offset: number) => run(`${offset} MLOAD`).gasUsed - 3 - 3;
    expect(used(0)).toBe(3);
    expect(used(22 * 32)).toBe(23 * 3 + 1); // 23² = 529
    expect(used(21 * 32)).toBe(22 * 3); // 22² = 484
    expect(used(1023 * 32)).toBe(1024 * 3 + 2048);
  });

  it('halts for memory that no gas could pay', () => {
    for (const offset of [`0x${'ff'.repeat(32)}`, '0xffffffffffffffff', '0x20000000000000', '0x40000000'])
      expect(run(`${offset} MLOAD`, { gas: Number.MAX_SAFE_INTEGER }).halt, offset).toBe('out-of-gas');
  });

  it('reads what was written across words', () => {
    expect(evaluate(`${COUNTING} 0 MSTORE 1 MLOAD`)).toBe((BigInt(COUNTING) << 8n) % 2n ** 256n);
    expect(evaluate('0x1234 5 MSTORE8 0 MLOAD')).toBe(0x34n << (26n * 8n));
  });

  it('is empty again in each frame of the same depth', () => {
    const write = `${COUNTING} 0 MSTORE STOP`;
    const read = '0 MLOAD 0 MSTORE 32 0 RETURN';
    const reader = `0x${'0c'.repeat(20)}` as const;
    const call = (address: string) => `32 0 0 0 0 ${address} GAS CALL POP`;
    expect(
      evaluate(`${call(OTHER)} ${call(reader)} 0 MLOAD`, {
        accounts: { [OTHER]: { code: write }, [reader]: { code: read } },
      }),
    ).toBe(0n);
  });

  it('pads copies with zeros behind the end of their source', () => {
    const data = Uint8Array.of(1, 2, 3);
    expect(evaluate('32 1 0 CALLDATACOPY 0 MLOAD', { data })).toBe(0x0203n << 240n);
    expect(evaluate(`32 0x${'ff'.repeat(32)} 0 CALLDATACOPY 0 MLOAD`, { data })).toBe(0n);
    expect(evaluate('1 CALLDATALOAD', { data })).toBe(0x0203n << 240n);
    expect(evaluate('3 CALLDATALOAD', { data })).toBe(0n);
    expect(evaluate('32 0 0 CODECOPY 0 MLOAD') >> 192n).toBe(0x6020600060003960n);
  });

  it('overwrites what is there with the zeros of a copy', () => {
    expect(evaluate(`${COUNTING} 0 MSTORE 2 0 30 CALLDATACOPY 0 MLOAD`)).toBe((BigInt(COUNTING) >> 16n) << 16n);
  });
});

describe('EIP-5656', () => {
  // the vectors of the EIP: what stands in memory, MCOPY's operands, what stands there then
  it.each([
    [`${COUNTING} 32 MSTORE`, '32 32 0', COUNTING.slice(2) + COUNTING.slice(2)],
    [`0x${'01'.repeat(32)} 0 MSTORE`, '32 0 0', '01'.repeat(32)],
    [`0x000102030405060708${'00'.repeat(23)} 0 MSTORE`, '8 1 0', `010203040506070808${'00'.repeat(23)}`],
    [`0x000102030405060708${'00'.repeat(23)} 0 MSTORE`, '8 0 1', `000001020304050607${'00'.repeat(23)}`],
  ])('%s, %s MCOPY', (before, operands, after) => {
    const prelude = run(before).gasUsed;
    const { output, gasUsed } = run(`${before} ${operands} MCOPY MSIZE 0 RETURN`);
    expect(bytesToHex(output)).toBe(`0x${after}`);
    expect(gasUsed - prelude - 3 * 3 - 2 - 3).toBe(6);
  });

  it('pays for the range that ends later', () => {
    expect(run('32 64 0 MCOPY').gasUsed).toBe(9 + 6 + 9);
    expect(run('32 0 64 MCOPY').gasUsed).toBe(9 + 6 + 9);
  });

  it('touches nothing for a size of zero', () => {
    expect(run(`0 0x${'ff'.repeat(32)} 0x${'ff'.repeat(32)} MCOPY`)).toMatchObject({ status: 'success', gasUsed: 12 });
  });
});
