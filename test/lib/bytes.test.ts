import { bytesToHex as nobleBytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  bytesToUtf8,
  compareText,
  concatBytes,
  equalBytes,
  hexToBytes,
  isHex,
  numberToBytes,
  padLeft,
  quantity,
  utf8ToBytes,
  wordToAddress,
  wordToBytes,
  wordToHex,
  writeBigint,
  writeUtf8,
} from '../../node/lib/bytes.ts';

const SEED = { seed: 20_240_318, numRuns: 300 };
const bytes = fc.uint8Array({ maxLength: 80 });
const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

describe('bytes', () => {
  test('become hex and come back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const hex = bytesToHex(value);
        expect(isHex(hex, value.length)).toBe(true);
        expect(hexToBytes(hex)).toEqual(value);
        expect(hexToBytes(hex.toUpperCase().replace('X', 'x'))).toEqual(value);
      }),
      SEED,
    );
  });

  test('of any length become the same hex as noble says', () => {
    for (const length of [0, 1, 19, 20, 21, 31, 32, 33, 256, 16_383, 16_384, 16_385, 40_000]) {
      const value = Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 256);
      expect(bytesToHex(value)).toBe(`0x${nobleBytesToHex(value)}`);
    }
  });

  test('are equal only if each one is', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(bytesToHex(a) === bytesToHex(b));
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
      SEED,
    );
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  });

  test('are joined in their order', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(concatBytes()).toEqual(new Uint8Array(0));
  });

  test('are padded on the left and never cut', () => {
    expect(padLeft(Uint8Array.of(1), 3)).toEqual(Uint8Array.of(0, 0, 1));
    expect(padLeft(Uint8Array.of(1, 2), 2)).toEqual(Uint8Array.of(1, 2));
    expect(() => padLeft(Uint8Array.of(1, 2, 3), 2)).toThrow('do not fit');
  });

  test('of text come back, what is not UTF-8 as U+FFFD', () => {
    expect(bytesToUtf8(utf8ToBytes('Grüße ∎'))).toBe('Grüße ∎');
    expect(bytesToUtf8(Uint8Array.of(0xff))).toBe('\ufffd');
    const room = new Uint8Array(40);
    expect(writeUtf8('Grüße ∎', room, 3)).toBe(11);
    expect(room).toEqual(concatBytes(new Uint8Array(3), utf8ToBytes('Grüße ∎'), new Uint8Array(26)));
    expect(() => writeUtf8('∎', new Uint8Array(4), 2)).toThrow('2 bytes for a text of 1');
  });
});

describe('hex', () => {
  test.each(['', '0x0', '0xg0', 'ab', 12, null, '0x12\n'])('is not %j', (value) => {
    expect(isHex(value)).toBe(false);
  });

  test('of a size has that many bytes', () => {
    expect([isHex('0x', 0), isHex('0x1234', 2), isHex('0x1234', 1), isHex('0x1234', 3)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('without 0x is an error of the caller', () => {
    expect(() => hexToBytes('1234')).toThrow('without 0x');
  });
});

describe('an integer', () => {
  test('has the shortest big-endian bytes and comes back', () => {
    fc.assert(
      fc.property(word, (value) => {
        const short = bigintToBytes(value);
        expect(short[0]).not.toBe(0);
        expect(bytesToBigint(short)).toBe(value);
        expect(bytesToBigint(wordToBytes(value))).toBe(value);
        expect(bytesToHex(short)).toBe(`0x${value === 0n ? '' : wordToHex(value).slice(-2 * short.length)}`);
        const target = new Uint8Array(40).fill(7);
        expect(writeBigint(target, 3, value)).toBe(3 + short.length);
        expect(target).toEqual(Uint8Array.of(7, 7, 7, ...short, ...new Uint8Array(37 - short.length).fill(7)));
        expect(wordToHex(value)).toBe(bytesToHex(wordToBytes(value)));
        expect(wordToAddress(value)).toBe(bytesToHex(wordToBytes(value).subarray(12)));
      }),
      SEED,
    );
  });

  test('of more than 256 bits has the shortest bytes too, but is no word', () => {
    const value = 2n ** 256n;
    expect(bigintToBytes(value)).toEqual(Uint8Array.of(1, ...new Uint8Array(32)));
    expect(() => wordToBytes(value)).toThrow('256 bits');
    expect(() => writeBigint(new Uint8Array(40), 0, value)).toThrow('256 bits');
  });

  test('of zero has no bytes', () => {
    expect([bigintToBytes(0n), numberToBytes(0)]).toEqual([new Uint8Array(0), new Uint8Array(0)]);
    expect(bytesToBigint(new Uint8Array(0))).toBe(0n);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('is not %d', (value) => {
    expect(() => numberToBytes(value)).toThrow();
  });

  test('below zero is an error of the caller', () => {
    expect(() => bigintToBytes(-1n)).toThrow('negative');
  });

  test('as a quantity has no leading zeros', () => {
    expect([quantity(0), quantity(0n), quantity(255)]).toEqual(['0x0', '0x0', '0xff']);
  });
});

test('texts are ordered by code unit, not by a language', () => {
  expect(['b', 'Z', 'ä', 'a', ''].sort(compareText)).toEqual(['', 'Z', 'a', 'b', 'ä']);
});
