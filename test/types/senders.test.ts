import { afterEach, expect, test } from 'vitest';
import { hexToBytes } from '../../node/lib/bytes.ts';
import { addressOfKey, signatureReference, useSignatures } from '../../node/lib/signatures.ts';
import { isRejection } from '../../node/types/rejection.ts';
import {
  decodeTransaction,
  encodeTransaction,
  signTransaction,
  transactionSender,
} from '../../node/types/transaction.ts';

const key = hexToBytes(`0x${'42'.repeat(32)}`);

afterEach(() => useSignatures(signatureReference));

/** The bytes of a transfer, and how often a sender was recovered since. */
function counted(nonce: bigint): { bytes: Uint8Array; recoveries: () => number } {
  const to = `0x${'22'.repeat(20)}` as const;
  const body = { nonce, gasLimit: 21_000, to, value: 1n, data: new Uint8Array(0) };
  const bytes = encodeTransaction(signTransaction({ type: 0, chainId: 1337n, gasPrice: 1n, ...body }, key));
  let recoveries = 0;
  useSignatures({
    ...signatureReference,
    recover(digest, compact, yParity) {
      recoveries += 1;
      return signatureReference.recover(digest, compact, yParity);
    },
  });
  return { bytes, recoveries: () => recoveries };
}

function senderOf(bytes: Uint8Array): unknown {
  const tx = decodeTransaction(bytes);
  return isRejection(tx) ? tx : transactionSender(tx);
}

test('recovers the sender once for all decodings of the same bytes', () => {
  const { bytes, recoveries } = counted(1n);
  expect(senderOf(bytes)).toBe(addressOfKey(key));
  expect(senderOf(bytes.slice())).toBe(addressOfKey(key));
  expect(recoveries()).toBe(1);
});

test('forgets the oldest sender and recovers it anew', () => {
  const { bytes, recoveries } = counted(2n);
  expect(senderOf(bytes)).toBe(addressOfKey(key));
  // Other transactions, whose senders nobody need recover to fill the memory.
  useSignatures({ ...signatureReference, recover: () => new Uint8Array(65).fill(4) });
  const tx = decodeTransaction(bytes);
  if (isRejection(tx)) throw new Error(tx.message);
  for (let nonce = 0n; nonce < 32_768n; nonce++) transactionSender({ ...tx, nonce: nonce + 10n });
  const again = counted(2n);
  expect(senderOf(again.bytes)).toBe(addressOfKey(key));
  expect([recoveries(), again.recoveries()]).toEqual([1, 1]);
});
