import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCATOR_MAX, STATUS_HASHES_MAX, TRANSACTION_BYTES_MAX } from '../../node/core/limits.ts';
import {
  attestationDigest,
  attester,
  decodeAttestationsRequest,
  decodeDisagreement,
  encodeAttestationsRequest,
  encodeDisagreement,
} from '../../node/core/wire/attestation.ts';
import { decodeBlocksRequest, encodeBlocksRequest } from '../../node/core/wire/blocks.ts';
import { decodeMessage } from '../../node/core/wire/message.ts';
import { decodeStatusRequest, decodeStatusResponse, encodeStatusRequest } from '../../node/core/wire/status.ts';
import { decodeTransactions, encodeTransactions } from '../../node/core/wire/transactions.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { ITEMS_MAX } from '../../node/lib/rlp.ts';
import { addressOfKey, SECP256K1_N, signDigest } from '../../node/lib/signatures.ts';
import { encodeTransaction } from '../../node/types/transaction.ts';
import { hexOf, transaction } from '../types/arbitraries.ts';
import { transfer } from './transfers.ts';

const hash = hexOf(32);
const HASH = `0x${'11'.repeat(32)}` as const;
const KEY = keccak256(Uint8Array.of(1));

describe('messages', () => {
  it('come back as they were sent', () => {
    const status = fc.record({
      genesisHash: hash,
      headHash: hash,
      number: fc.maxSafeNat(),
      totalDifficulty: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      pooled: fc.array(hash, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(status, (value) => {
        expect(decodeStatusRequest(encodeStatusRequest(value))).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(hash, fc.array(hash, { maxLength: LOCATOR_MAX }), (want, have) => {
        expect(decodeBlocksRequest(encodeBlocksRequest({ want, have }))).toEqual({ want, have });
      }),
    );
    fc.assert(
      fc.property(fc.array(transaction, { minLength: 1, maxLength: 3 }), (transactions) => {
        expect(decodeTransactions(encodeTransactions(transactions))).toEqual(transactions);
      }),
    );
  });

  it('are told apart by their type', () => {
    const status = { genesisHash: HASH, headHash: HASH, number: 1, totalDifficulty: 1n, pooled: [] };
    expect(decodeStatusResponse(encodeStatusRequest(status))).toMatchObject({ code: 'wire-unknown-message' });
  });

  it('hold as many hashes as the limits say, and no more', () => {
    const status = (count: number) =>
      encodeStatusRequest({
        genesisHash: HASH,
        headHash: HASH,
        number: 1,
        totalDifficulty: 1n,
        pooled: Array(count).fill(HASH),
      });
    expect(decodeStatusRequest(status(STATUS_HASHES_MAX))).toMatchObject({ number: 1 });
    expect(decodeStatusRequest(status(STATUS_HASHES_MAX + 1))).toMatchObject({ code: 'encoding' });
    const request = (count: number) => encodeBlocksRequest({ want: HASH, have: Array(count).fill(HASH) });
    expect(decodeBlocksRequest(request(LOCATOR_MAX))).toMatchObject({ want: HASH });
    expect(decodeBlocksRequest(request(LOCATOR_MAX + 1))).toMatchObject({ code: 'encoding' });
  });

  it('hold a transaction of the largest size, and none above', () => {
    const sized = (bytes: number) => encodeTransactions([{ ...transfer(0), data: new Uint8Array(bytes) }]);
    const data = TRANSACTION_BYTES_MAX - 1_000;
    const fitting =
      data + TRANSACTION_BYTES_MAX - encodeTransaction({ ...transfer(0), data: new Uint8Array(data) }).length;
    expect(decodeTransactions(sized(fitting))).toHaveLength(1);
    expect(decodeTransactions(sized(fitting + 1))).toMatchObject({ code: 'encoding' });
  });

  it('are refused by the number of their items before anything is built of them', () => {
    const format = { type: 1, bytesMax: 10_000_000, what: 'test', read: () => 'read' };
    const lists = (count: number): Uint8Array => {
      const bytes = new Uint8Array(count + 5).fill(0xc0);
      bytes.set([1, 0xfa, count >> 16, (count >> 8) & 0xff, count & 0xff]);
      return bytes;
    };
    expect(decodeMessage(lists(ITEMS_MAX - 1), format)).toBe('read');
    expect(decodeMessage(lists(ITEMS_MAX), format)).toMatchObject({ code: 'encoding' });
  });
});

describe('attestations', () => {
  const result = { number: 7, blockHash: HASH, stateRoot: HASH, receiptsRoot: HASH, gasUsed: 21_000 };
  const signed = { ...result, signature: signDigest(attestationDigest(HASH, result), KEY) };

  it('name the key that signed them, on their own network only', () => {
    const decoded = decodeAttestationsRequest(encodeAttestationsRequest([signed]));
    expect(decoded).toEqual([signed]);
    expect(attester(HASH, signed)).toBe(addressOfKey(KEY));
    expect(attester(`0x${'22'.repeat(32)}`, signed)).not.toBe(addressOfKey(KEY));
    expect(attester(HASH, { ...signed, gasUsed: 21_001 })).not.toBe(addressOfKey(KEY));
  });

  it('are refused in the second form that anybody could make of a signature', () => {
    const { r, s, yParity } = signed.signature;
    expect(attester(HASH, { ...signed, signature: { r, s: SECP256K1_N - s, yParity: 1 - yParity } })).toBeNull();
  });

  it('make a disagreement only in pairs that speak of one block and differ', () => {
    const other = { ...signed, gasUsed: 1 };
    expect(decodeDisagreement(encodeDisagreement([signed, other]))).toEqual([signed, other]);
    expect(decodeDisagreement(encodeDisagreement([signed, signed]))).toMatchObject({ code: 'encoding' });
    expect(decodeDisagreement(encodeDisagreement([signed, { ...other, number: 8 }]))).toMatchObject({
      code: 'encoding',
    });
  });
});
