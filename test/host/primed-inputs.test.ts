import { describe, expect, test } from 'vitest';
import type { Input } from '../../node/core/contract.ts';
import { encodeBlockMessage, encodeBlocksResponse } from '../../node/core/wire/blocks.ts';
import { rawTransactionsOf } from '../../node/core/wire/raw-transactions.ts';
import { encodeTransactions, encodeTransactionsResponse } from '../../node/core/wire/transactions.ts';
import { createPrimedInputs, submittedTransactions } from '../../node/host/primed-inputs.ts';
import { bytesToHex, EMPTY_BYTES, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '../../node/types/header.ts';
import { encodeTransaction, signTransaction, type Transaction, transactionHash } from '../../node/types/transaction.ts';

const key = keccak256(utf8ToBytes('primed'));
const common = { chainId: 1n, nonce: 0n, gasLimit: 21_000, to: null, value: 1n, data: EMPTY_BYTES } as const;
const fees = { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, accessList: [] } as const;
const transactions: readonly Transaction[] = [
  signTransaction({ type: 0, gasPrice: 1n, ...common }, key),
  signTransaction({ type: 2, ...fees, ...common }, key),
];

const HEADER: Header = {
  parentHash: ZERO_HASH,
  ommersHash: EMPTY_OMMERS_HASH,
  miner: ZERO_ADDRESS,
  stateRoot: ZERO_HASH,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: EMPTY_BLOOM,
  difficulty: 1n,
  number: 1,
  gasLimit: 1,
  gasUsed: 0,
  timestamp: 1,
  extraData: EMPTY_BYTES,
  mixHash: ZERO_HASH,
  nonce: ZERO_NONCE,
};

const gossip = (bytes: Uint8Array): Input =>
  ({ kind: 'gossip', from: 'peer', id: 'id', topic: 'transactions', bytes }) as Input;

describe('the transactions of a message', () => {
  const hashes = transactions.map(transactionHash);

  test.each([
    ['a batch', () => encodeTransactions(transactions), 1],
    ['a response', () => encodeTransactionsResponse(transactions), 1],
    ['a block', () => encodeBlockMessage(blockOf()), 1],
    ['blocks', () => encodeBlocksResponse([blockOf(), blockOf()]), 2],
  ])('of %s have their hashes', (_what, encode, times) => {
    const found = rawTransactionsOf(encode()).map(keccakHex);
    expect(found).toEqual(Array.from({ length: times }, () => hashes).flat());
  });

  test.each([
    ['nothing', EMPTY_BYTES],
    ['another type', Uint8Array.of(0x10, 0xc0)],
    ['no RLP', Uint8Array.of(0x01, 0xf8)],
    ['bytes instead of a list', Uint8Array.of(0x02, 0x80)],
    ['a block without a body', Uint8Array.of(0x02, 0xc0)],
    ['bytes instead of transactions', Uint8Array.of(0x02, 0xc2, 0xc0, 0x80)],
  ])('are none in %s', (_what, bytes) => {
    expect(rawTransactionsOf(bytes)).toEqual([]);
  });

  function blockOf() {
    return { header: HEADER, transactions, ommers: [] };
  }
});

describe('inputs', () => {
  test('reach the driver in their order, those behind one that is primed behind it', async () => {
    const seen: number[] = [];
    let release: () => void = () => {};
    const slow = encodeTransactions(transactions);
    const inputs = createPrimedInputs({
      pool: { prime: (list) => (list.length < 2 ? undefined : new Promise<void>((resolve) => (release = resolve))) },
      input: (input) => void seen.push('bytes' in input && input.bytes === slow ? 2 : input.kind === 'wake' ? 1 : 3),
    });
    inputs.feed({ kind: 'wake' });
    inputs.feed(gossip(slow));
    inputs.feed(gossip(Uint8Array.of(1)));
    inputs.feed({ kind: 'wake' });
    expect(seen).toEqual([1]);
    release();
    await expect.poll(() => seen).toEqual([1, 2, 3, 1]);
  });

  test('are forgotten when it stops', async () => {
    const seen: Input[] = [];
    let release: () => void = () => {};
    const inputs = createPrimedInputs({
      pool: { prime: (list) => (list.length < 2 ? undefined : new Promise<void>((resolve) => (release = resolve))) },
      input: (input) => void seen.push(input),
    });
    inputs.feed(gossip(encodeTransactions(transactions)));
    inputs.feed({ kind: 'wake' });
    inputs.stop();
    release();
    await Promise.resolve();
    expect(seen).toEqual([]);
  });
});

describe('the transactions that a JSON-RPC batch submits', () => {
  test('are those of its well-formed requests', () => {
    const raw = transactions.map((tx) => bytesToHex(encodeTransaction(tx)));
    const submit = (params: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params });
    const batch = [
      submit([raw[0]]),
      null,
      7,
      submit('0x'),
      submit(['0x1']),
      submit([]),
      { method: 'eth_chainId' },
      submit([raw[1]]),
    ];
    expect(submittedTransactions(batch).map(bytesToHex)).toEqual(raw);
    expect(submittedTransactions(submit([raw[0]]))).toEqual([]);
    expect(submittedTransactions(null)).toEqual([]);
  });
});
