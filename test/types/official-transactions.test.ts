import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { addressOfKey, recoverAddress } from '../../node/lib/signatures.ts';
import { isRejection } from '../../node/types/rejection.ts';
import {
  decodeTransaction,
  encodeTransaction,
  signingHash,
  type Transaction,
  transactionHash,
  transactionSender,
} from '../../node/types/transaction.ts';
import { hasVectors, readPackedJson } from '../conformance/vectors.ts';

type Verdict = { sender?: string; hash?: string; exception?: string };
type Pair = { readonly name: string; readonly fork: string; readonly bytes: Uint8Array; readonly verdict: Verdict };

const PACK = 'trie-rlp-tx/transactions.jsonl.gz';
const BASIC = 'trie-rlp-tx/basic.jsonl.gz';

/** What the rules of a fork decide, with gas, fees and sizes: the chain room's affair. Such a transaction must only be decoded. */
const RULES: readonly string[] = [
  'GASLIMIT_PRICE_PRODUCT_OVERFLOW',
  'INITCODE_SIZE_EXCEEDED',
  'INTRINSIC_GAS_TOO_LOW',
  'NONCE_TOO_BIG',
  'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2',
];
const BEFORE_EIP_155: readonly string[] = ['Frontier', 'Homestead', 'EIP150'];

describe.skipIf(!hasVectors(PACK))('the official transactions', () => {
  const pairs: Pair[] = readPackedJson(PACK).flatMap(({ json }) =>
    Object.entries(json as Record<string, { txbytes: string; result: Record<string, Verdict> }>).flatMap(
      ([name, { txbytes, result }]) =>
        Object.entries(result).map(([fork, verdict]) => ({ name, fork, bytes: hexToBytes(txbytes), verdict })),
    ),
  );
  const reasonOf = (pair: Pair): string | null => pair.verdict.exception?.replace('TransactionException.', '') ?? null;

  test('are 2,665 pairs of a transaction and a fork', () => {
    expect(pairs.length).toBe(2_665);
  });

  test('that are valid are decoded, encoded to the same bytes, and have their hash and sender', () => {
    const valid = pairs.filter((pair) => reasonOf(pair) === null);
    for (const { name, fork, bytes, verdict } of valid) {
      const tx = decoded(bytes);
      expect(bytesToHex(encodeTransaction(tx)), name).toBe(bytesToHex(bytes));
      expect(transactionHash(tx), name).toBe(verdict.hash);
      // Frontier has no EIP-2: a high s was valid. The node's own rule is the later one.
      const sender = fork === 'Frontier' ? recoverAddress(signingHash(tx), tx.signature) : transactionSender(tx);
      expect(sender, `${name} ${fork}`).toBe(verdict.sender);
    }
    expect(valid.length).toBe(606);
  });

  test('that are malformed or have no valid signature are refused', () => {
    const setAside: Record<string, number> = {};
    let refused = 0;
    for (const pair of pairs) {
      const reason = reasonOf(pair);
      if (reason === null) continue;
      const { name, fork, bytes } = pair;
      if (isRefused(bytes)) {
        refused++;
        continue;
      }
      const tx = decoded(bytes);
      const isRulesAffair =
        RULES.includes(reason) ||
        (reason === 'TYPE_NOT_SUPPORTED' && tx.type > 0) ||
        (reason === 'INVALID_CHAINID' && tx.chainId !== 1n && tx.chainId !== null) ||
        (reason === 'INVALID_SIGNATURE_VRS' && BEFORE_EIP_155.includes(fork) && tx.chainId !== null);
      expect(isRulesAffair, `${name} ${fork}: ${reason} was accepted`).toBe(true);
      setAside[reason] = (setAside[reason] ?? 0) + 1;
    }
    console.info(`${refused} pairs refused; decoded and left to the rules of forks: ${JSON.stringify(setAside)}`);
    expect(refused + Object.values(setAside).reduce((sum, count) => sum + count, 0)).toBe(2_665 - 606);
  });
});

describe.skipIf(!hasVectors(BASIC))('the official signed transactions', () => {
  type SignedCase = { key: string; unsigned: string; signed: string };
  const file = readPackedJson(BASIC).find(({ path }) => path.endsWith('txtest.json'));

  test.each(file?.json as SignedCase[])('are recovered to the address of their key', ({ key, signed }) => {
    const tx = decoded(hexToBytes(`0x${signed}`));
    expect(recoverAddress(signingHash(tx), tx.signature)).toBe(addressOfKey(hexToBytes(`0x${key}`)));
    expect(transactionHash(tx)).toBe(keccakHex(hexToBytes(`0x${signed}`)));
  });
});

function decoded(bytes: Uint8Array): Transaction {
  const tx = decodeTransaction(bytes);
  if (isRejection(tx)) throw new Error(`${tx.message}: ${bytesToHex(bytes)}`);
  return tx;
}

function isRefused(bytes: Uint8Array): boolean {
  const tx = decodeTransaction(bytes);
  return isRejection(tx) || isRejection(transactionSender(tx));
}
