import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { decodeRlp, encodeRlp, ITEMS_MAX, type RlpItem } from '../../node/lib/rlp.ts';
import { addressOfKey, SECP256K1_N } from '../../node/lib/signatures.ts';
import { decodeBlock, encodeBlock } from '../../node/types/block.ts';
import {
  decodeHeader,
  EMPTY_CODE_HASH,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  headerHash,
  headerToItem,
} from '../../node/types/header.ts';
import { bloomMayHold, bloomOf, decodeReceipt, encodeReceipt, joinBlooms } from '../../node/types/receipt.ts';
import { isRejection } from '../../node/types/rejection.ts';
import {
  decodeTransaction,
  effectiveTip,
  encodeTransaction,
  type FeeMarketTransaction,
  primeSender,
  signTransaction,
  transactionFromItem,
  transactionHash,
  transactionSender,
  transactionToItem,
} from '../../node/types/transaction.ts';
import { header, hexOf, log, receipt, transaction } from './arbitraries.ts';

const SEED = { seed: 20_240_320, numRuns: 300 };
const withdrawal = fc.record({
  index: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  validatorIndex: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  address: hexOf(20),
  amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

describe('a transaction', () => {
  test('of any type is decoded from its encoding, alone and inside a block', () => {
    fc.assert(
      fc.property(transaction, (tx) => {
        expect(decodeTransaction(encodeTransaction(tx))).toEqual(tx);
        expect(transactionFromItem(transactionToItem(tx))).toEqual(tx);
        expect(transactionHash(tx)).toBe(keccakHex(encodeTransaction(tx)));
      }),
      SEED,
    );
  });

  test('is encoded once per object, and anew where anything was changed', () => {
    fc.assert(
      fc.property(transaction, (tx) => {
        const bytes = encodeTransaction(tx);
        if (bytes.length <= 512) expect(encodeTransaction(tx)).toBe(bytes);
        else expect(encodeTransaction(tx)).not.toBe(bytes);
        expect(encodeTransaction({ ...tx })).toEqual(bytes);
        expect(encodeTransaction({ ...tx, nonce: tx.nonce === 0n ? 1n : tx.nonce - 1n })).not.toEqual(bytes);
      }),
      SEED,
    );
  });

  test('cut short or with bytes behind it is refused as encoding', () => {
    fc.assert(
      fc.property(transaction, fc.nat(), (tx, at) => {
        const bytes = encodeTransaction(tx);
        expect(decodeTransaction(bytes.subarray(0, at % bytes.length))).toMatchObject({ code: 'encoding' });
        expect(decodeTransaction(concatBytes(bytes, Uint8Array.of(0)))).toMatchObject({ code: 'encoding' });
      }),
      SEED,
    );
  });

  test('that was damaged is refused or is another transaction, and never throws', () => {
    fc.assert(
      fc.property(transaction, fc.nat(), fc.integer({ min: 1, max: 255 }), (tx, at, flip) => {
        const bytes = encodeTransaction(tx);
        bytes[at % bytes.length]! ^= flip;
        const other = decodeTransaction(bytes);
        if (!isRejection(other)) expect(encodeTransaction(other)).toEqual(bytes);
      }),
      { ...SEED, numRuns: 2_000 },
    );
  });

  test.each([0, 5, 0x7f, 0x80, 0xbf])('of type %d is not supported', (type) => {
    expect(decodeTransaction(Uint8Array.of(type, 0xc0))).toMatchObject({ code: 'tx-type-not-supported' });
  });

  test('tells who signed it, and refuses a high s', () => {
    fc.assert(
      fc.property(transaction, hexOf(32), (tx, key) => {
        const signed = signTransaction(tx, hexToBytes(key));
        expect(transactionSender(signed)).toBe(addressOfKey(hexToBytes(key)));
        const { r, s, yParity } = signed.signature;
        const mirrored = { ...signed, signature: { r, s: SECP256K1_N - s, yParity: 1 - yParity } };
        expect(transactionSender(mirrored)).toMatchObject({ code: 'tx-signature' });
      }),
      { ...SEED, numRuns: 20 },
    );
  });

  test('believes a sender that it was told', () => {
    const [tx] = fc.sample(transaction, { numRuns: 1, seed: SEED.seed });
    primeSender(tx!, `0x${'11'.repeat(20)}`);
    expect(transactionSender(tx!)).toBe(`0x${'11'.repeat(20)}`);
  });

  test('inside a block is a list if it is a legacy one, and bytes if it is typed', () => {
    const [legacy] = fc.sample(
      transaction.filter(({ type }) => type === 0),
      { numRuns: 1, seed: SEED.seed },
    );
    expect(() => transactionFromItem(encodeTransaction(legacy!))).toThrow('inside a byte string');
  });

  test('tips what its fee leaves above the base fee, up to its priority fee', () => {
    const fees = { type: 2, maxFeePerGas: 10n, maxPriorityFeePerGas: 3n } as FeeMarketTransaction;
    expect([6n, 7n, 8n, 10n, 11n].map((base) => effectiveTip(fees, base))).toEqual([3n, 3n, 2n, 0n, -1n]);
  });
});

describe('what was decoded', () => {
  test('does not keep the message that it came in', () => {
    fc.assert(
      fc.property(transaction, header, (tx, head) => {
        const message = new Uint8Array(encodeTransaction(tx));
        const decodedTx = decodeTransaction(message);
        const headerMessage = new Uint8Array(encodeHeader(head));
        const decodedHeader = decodeHeader(headerMessage);
        if (isRejection(decodedTx) || isRejection(decodedHeader)) throw new Error('it was encoded');
        expect(decodedTx.data.buffer).not.toBe(message.buffer);
        expect(decodedHeader.extraData.buffer).not.toBe(headerMessage.buffer);
      }),
      { ...SEED, numRuns: 50 },
    );
  });

  test('had no more items than are counted without building them, inside of a typed transaction too', () => {
    const typed = (lists: number): Uint8Array => {
      const bytes = new Uint8Array(lists + 5).fill(0xc0);
      bytes.set([2, 0xfa, lists >> 16, (lists >> 8) & 0xff, lists & 0xff]);
      return bytes;
    };
    expect(decodeTransaction(typed(ITEMS_MAX))).toMatchObject({
      code: 'encoding',
      message: `transaction: more than ${ITEMS_MAX} items`,
    });
    expect(decodeTransaction(typed(ITEMS_MAX - 1))).toMatchObject({
      message: expect.stringContaining(`expected 12 items, got ${ITEMS_MAX - 1}`),
    });
  });
});

describe('a header', () => {
  test('of any fork is decoded from its encoding and hashed over it', () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeHeader(encodeHeader(value))).toEqual(value);
        expect(headerHash(value)).toBe(keccakHex(encodeHeader(value)));
      }),
      SEED,
    );
  });

  test('of a number of fields that no fork has is refused', () => {
    const [longest] = fc.sample(
      header.filter((each) => each.requestsHash !== undefined),
      { numRuns: 1, seed: SEED.seed },
    );
    const items: RlpItem[] = [...headerToItem(longest!), new Uint8Array(32)];
    const accepted = items.map((_, count) => !isRejection(decodeHeader(encodeRlp(items.slice(0, count + 1)))));
    expect(accepted.flatMap((isAccepted, index) => (isAccepted ? [index + 1] : []))).toEqual([15, 16, 17, 20, 21]);
  });
});

test('a block is decoded from its encoding, with and without withdrawals', () => {
  const block = fc.record(
    {
      header,
      transactions: fc.array(transaction, { maxLength: 3 }),
      ommers: fc.array(header, { maxLength: 1 }),
      withdrawals: fc.array(withdrawal, { maxLength: 2 }),
    },
    { requiredKeys: ['header', 'transactions', 'ommers'] },
  );
  fc.assert(
    fc.property(block, (value) => {
      expect(decodeBlock(encodeBlock(value))).toEqual(value);
    }),
    SEED,
  );
  expect(decodeBlock(encodeRlp([[], []]))).toMatchObject({ code: 'encoding' });
});

describe('a receipt', () => {
  test('is decoded from its encoding', () => {
    fc.assert(
      fc.property(receipt, (value) => {
        expect(decodeReceipt(encodeReceipt(value))).toEqual(value);
      }),
      SEED,
    );
  });

  test("filters for every address and topic of its logs, and a block's filter for all of them", () => {
    fc.assert(
      fc.property(fc.array(log, { maxLength: 3 }), fc.array(log, { maxLength: 3 }), (some, others) => {
        const joined = joinBlooms([bloomOf(some), bloomOf(others)]);
        expect(joined).toBe(bloomOf([...some, ...others]));
        for (const { address, topics } of [...some, ...others])
          for (const value of [address, ...topics]) expect(bloomMayHold(joined, value)).toBe(true);
        expect(bloomMayHold(bloomOf([]), `0x${'00'.repeat(20)}`)).toBe(false);
      }),
      { ...SEED, numRuns: 50 },
    );
  });
});

test('the constants are the hashes that they say', () => {
  expect(keccakHex(encodeRlp([]))).toBe(EMPTY_OMMERS_HASH);
  expect(keccakHex(encodeRlp(new Uint8Array(0)))).toBe(EMPTY_TRIE_ROOT);
  expect(keccakHex(new Uint8Array(0))).toBe(EMPTY_CODE_HASH);
  expect(decodeRlp(encodeRlp([]))).toEqual([]);
});
