import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigintToBytes, bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import {
  asBigint,
  asBytes,
  asList,
  asNumber,
  DecodeError,
  decodeRlp,
  decodeRlpSequence,
  encodeRlp,
  type RlpItem,
} from '../../node/lib/rlp.ts';
import { hasVectors, readPackedJson } from '../conformance/vectors.ts';

const SEED = { seed: 20_240_316, numRuns: 500 };
const PACK = 'trie-rlp-tx/rlp.jsonl.gz';

const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.uint8Array({ maxLength: 70 }),
    fc.uint8Array({ maxLength: 2 }),
    fc.array(tie('item'), { maxLength: 5 }),
  ),
}));

describe.skipIf(!hasVectors(PACK))('the official RLP vectors', () => {
  type RlpCase = { in: unknown; out: string };
  const cases = readPackedJson(PACK).flatMap(({ path, json }) =>
    Object.entries(json as Record<string, RlpCase>).map(([name, content]) => ({
      path,
      name,
      input: content.in,
      out: content.out.startsWith('0x') ? content.out : `0x${content.out}`,
    })),
  );

  test('there are 55', () => {
    expect(cases.length).toBe(55);
  });

  test.each(cases)('$path $name', ({ input, out }) => {
    if (input === 'INVALID') {
      expect(() => decodeRlp(hexToBytes(out))).toThrow(DecodeError);
      return;
    }
    const decoded = decodeRlp(hexToBytes(out));
    expect(bytesToHex(encodeRlp(decoded))).toBe(out);
    if (input !== 'VALID') expect(decoded).toEqual(itemOf(input));
  });
});

function itemOf(input: unknown): RlpItem {
  if (Array.isArray(input)) return input.map(itemOf);
  if (typeof input === 'number') return bigintToBytes(BigInt(input));
  const text = String(input);
  return text.startsWith('#') ? bigintToBytes(BigInt(text.slice(1))) : utf8ToBytes(text);
}

describe('RLP', () => {
  test('gives back what was encoded', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(decodeRlp(encodeRlp(value))).toEqual(value);
      }),
      SEED,
    );
  });

  test.each([
    [55, '0xb7', '0xf7'],
    [56, '0xb838', '0xf838'],
    [255, '0xb8ff', '0xf8ff'],
    [256, '0xb90100', '0xf90100'],
    [65_535, '0xb9ffff', '0xf9ffff'],
    [65_536, '0xba010000', '0xfa010000'],
    [16_777_216, '0xbb01000000', '0xfb01000000'],
  ])('puts the prefix of a payload of %i bytes before it', (length, stringPrefix, listPrefix) => {
    const text = encodeRlp(new Uint8Array(length));
    expect(bytesToHex(text.subarray(0, text.length - length))).toBe(stringPrefix);
    const headerLength = encodeRlp(new Uint8Array(length - 4)).length - (length - 4);
    const list = encodeRlp([new Uint8Array(length - headerLength)]);
    expect(bytesToHex(list.subarray(0, list.length - length))).toBe(listPrefix);
  });

  test('decodes no encoding that is cut short and none with something behind it', () => {
    fc.assert(
      fc.property(item, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), (value, at, more) => {
        const encoded = encodeRlp(value);
        expect(() => decodeRlp(encoded.subarray(0, at % encoded.length))).toThrow(DecodeError);
        expect(() => decodeRlp(concatBytes(encoded, more))).toThrow(DecodeError);
      }),
      SEED,
    );
  });

  test('decodes any bytes to what encodes to these bytes, or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(encodeRlp(decodeRlp(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { ...SEED, numRuns: 5_000 },
    );
  });

  test('refuses lists that nest deeper than 64, however deep', () => {
    const nested = (depth: number): Uint8Array => {
      let list: RlpItem = [];
      for (let i = 1; i < depth; i++) list = [list];
      return encodeRlp(list);
    };
    expect(decodeRlp(nested(64))).toBeDefined();
    expect(() => decodeRlp(nested(65))).toThrow('nested deeper');

    // A megabyte of list prefixes, each of which claims the rest of the input.
    const hostile = new Uint8Array(1_000_000);
    for (let at = 0; at + 4 < hostile.length; at += 4) {
      const rest = hostile.length - at - 4;
      hostile.set([0xfa, rest >> 16, (rest >> 8) & 255, rest & 255], at);
    }
    expect(() => decodeRlp(hostile)).toThrow(DecodeError);
  });

  test('refuses a length of eight bytes beyond the input', () => {
    expect(() => decodeRlp(hexToBytes('0xbfffffffffffffffff00'))).toThrow('beyond the input');
    expect(() => decodeRlp(hexToBytes('0xffffffffffffffffff00'))).toThrow('beyond the input');
  });

  test('refuses an inner item that reaches beyond its list', () => {
    expect(() => decodeRlp(hexToBytes('0xc2830102'))).toThrow(DecodeError);
    expect(() => decodeRlp(hexToBytes('0xc183010203'))).toThrow('beyond the input');
  });

  test('reads a sequence of items, the empty one too', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 4 }), (items) => {
        expect(decodeRlpSequence(concatBytes(...items.map(encodeRlp)))).toEqual(items);
      }),
      SEED,
    );
  });
});

describe('an item', () => {
  test('is an integer only without leading zeros and within its bits', () => {
    expect(asBigint(Uint8Array.of(0xff), 'n', 8)).toBe(255n);
    expect(asBigint(new Uint8Array(0), 'n', 8)).toBe(0n);
    expect(() => asBigint(Uint8Array.of(1, 0), 'n', 8)).toThrow('more than 8 bits');
    expect(() => asBigint(Uint8Array.of(0), 'n', 8)).toThrow('leading zeros');
    expect(() => asBigint(Uint8Array.of(0, 1), 'n', 8)).toThrow('leading zeros');
    expect(() => asBigint([], 'n', 8)).toThrow('expected bytes');
  });

  test('is a number up to 2^53 - 1', () => {
    expect(asNumber(bigintToBytes(2n ** 53n - 1n), 'n')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => asNumber(bigintToBytes(2n ** 53n), 'n')).toThrow('2^53');
  });

  test('is bytes of a size or a list of a length, or refused', () => {
    expect(() => asBytes(Uint8Array.of(1), 'b', 2)).toThrow('expected 2 bytes, got 1');
    expect(() => asList(Uint8Array.of(1), 'l')).toThrow('expected a list');
    expect(() => asList([[]], 'l', 2)).toThrow('expected 2 items, got 1');
    expect(() => asList(undefined, 'l')).toThrow('expected a list');
  });
});
