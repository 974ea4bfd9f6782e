import { describe, expect, it } from 'vitest';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { asWide, DecodeError } from '../../node/lib/rlp.ts';
import { addWide, narrow, subtractWide, toWide, wideToBytes } from '../../node/lib/wide.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('a wide integer', () => {
  it('is a number up to 2^53 - 1 and a bigint above', () => {
    expect([toWide(0n), toWide(2n ** 53n - 1n), toWide(2n ** 53n)]).toEqual([0, MAX, 2n ** 53n]);
  });

  it('changes its form where a sum or a difference crosses 2^53', () => {
    expect(addWide(MAX - 1, 1)).toBe(MAX);
    expect(addWide(MAX, 1)).toBe(2n ** 53n);
    expect(subtractWide(2n ** 53n, 1)).toBe(MAX);
    expect(subtractWide(2n ** 64n - 1n, 2n ** 63n)).toBe(2n ** 63n - 1n);
  });

  it('is never negative', () => {
    expect(() => subtractWide(1, 2)).toThrow('negative');
    expect(() => toWide(-1n)).toThrow('negative');
  });

  it('is compared across the two forms', () => {
    expect(MAX < toWide(2n ** 53n)).toBe(true);
    expect(toWide(2n ** 63n) > toWide(2n ** 63n - 1n)).toBe(true);
    expect(addWide(2n ** 63n, 0)).toBe(2n ** 63n);
  });

  it.each([
    '0x',
    '0x01',
    '0x1fffffffffffff',
    '0x20000000000000',
    '0xffffffffffffffff',
  ])('is encoded to the bytes that it was decoded from: %s', (hex) => {
    expect(bytesToHex(wideToBytes(asWide(hexToBytes(hex), 'value')))).toBe(hex);
  });

  it('has 64 bits and no more', () => {
    expect(() => asWide(hexToBytes('0x010000000000000000'), 'value')).toThrow(DecodeError);
  });

  it('is not narrowed where a number would not hold it', () => {
    expect(narrow(MAX)).toBe(MAX);
    expect(() => narrow(2n ** 53n)).toThrow('beyond');
  });
});
