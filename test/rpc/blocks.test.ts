import {
  formatBlock as formatViemBlock,
  formatTransaction as formatViemTransaction,
  keccak256,
  parseTransaction,
  serializeTransaction,
  toRlp,
  type Hex as ViemHex,
} from 'viem';
import { describe, expect, it } from 'vitest';
import { bytesToHex } from '../../node/lib/bytes.ts';
import type { Json } from '../../node/rpc/json.ts';
import { blockHash, encodeBlock } from '../../node/types/block.ts';
import { encodeTransaction, transactionHash } from '../../node/types/transaction.ts';
import { errorOf, objectOf, resultOf } from './call.ts';
import { ALICE, CONTRACTS, createFixture, GWEI, TOPIC_A } from './view.ts';

const fixture = createFixture();
const { view, canonical, side, pooled } = fixture;
const [genesis, one, two, three] = [canonical[0]!, canonical[1]!, canonical[2]!, canonical[3]!];

/** The header's fields in the order in which they are hashed, from the JSON alone. */
function hashFromJson(block: Record<string, Json>): string {
  const number = (name: string): ViemHex => (block[name] === '0x0' ? '0x' : evenHex(block[name] as string));
  const data = (name: string): ViemHex => block[name] as ViemHex;
  const fields = [
    ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'].map(data),
    ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'].map(number),
    ...['extraData', 'mixHash', 'nonce'].map(data),
    number('baseFeePerGas'),
    data('withdrawalsRoot'),
    ...['blobGasUsed', 'excessBlobGas'].map(number),
    ...['parentBeaconBlockRoot', 'requestsHash'].map(data),
  ];
  return keccak256(toRlp(fields));
}

function evenHex(quantity: string): ViemHex {
  return quantity.length % 2 === 0 ? (quantity as ViemHex) : `0x0${quantity.slice(2)}`;
}

describe('a block as JSON', () => {
  it('holds everything that its hash is made of', () => {
    for (const block of canonical) {
      const json = objectOf(view, 'eth_getBlockByHash', blockHash(block), false);
      expect(hashFromJson(json)).toBe(blockHash(block));
      expect(json['hash']).toBe(blockHash(block));
    }
  });

  it('is read by viem with all its transactions', () => {
    const json = objectOf(view, 'eth_getBlockByNumber', '0x1', true);
    const block = formatViemBlock(json as never);
    expect(block.number).toBe(1n);
    expect(block.baseFeePerGas).toBe(one.header.baseFeePerGas);
    expect(block.transactions).toHaveLength(3);
  });

  it('has zero blob fields, no ommers, no withdrawals and its size', () => {
    expect(objectOf(view, 'eth_getBlockByNumber', 'latest', false)).toMatchObject({
      blobGasUsed: '0x0',
      excessBlobGas: '0x0',
      uncles: [],
      withdrawals: [],
      size: `0x${encodeBlock(three).length.toString(16)}`,
    });
  });

  it('lists hashes unless whole transactions are wanted', () => {
    const hashes = one.transactions.map(transactionHash);
    expect(objectOf(view, 'eth_getBlockByNumber', '0x1', false)['transactions']).toEqual(hashes);
    expect(objectOf(view, 'eth_getBlockByNumber', '0x1')['transactions']).toEqual(hashes);
    expect(objectOf(view, 'eth_getBlockByNumber', '0x1', true)['transactions']).toMatchObject(
      hashes.map((hash) => ({ hash })),
    );
  });
});

describe('choosing a block', () => {
  const numberOf = (tag: string) => objectOf(view, 'eth_getBlockByNumber', tag, false)['number'];

  it('follows tags and numbers', () => {
    expect([numberOf('earliest'), numberOf('latest'), numberOf('safe'), numberOf('0x2')]).toEqual([
      '0x0',
      '0x3',
      '0x1',
      '0x2',
    ]);
    expect(resultOf(view, 'eth_blockNumber')).toBe('0x3');
  });

  it('answers null for a number or hash that is not there', () => {
    expect(resultOf(view, 'eth_getBlockByNumber', '0x4', false)).toBeNull();
    expect(resultOf(view, 'eth_getBlockByHash', TOPIC_A, false)).toBeNull();
  });

  it('finds blocks beside the canonical chain by their hash', () => {
    expect(objectOf(view, 'eth_getBlockByHash', blockHash(side), false)['hash']).toBe(blockHash(side));
  });

  it('has no final block, and no safe one before there is one', () => {
    expect(errorOf(view, 'eth_getBlockByNumber', 'finalized', false)).toEqual({
      code: -32000,
      message: 'finalized block not found',
    });
    const young = { ...view, safe: null };
    expect(errorOf(young, 'eth_getBlockByNumber', 'safe', false).message).toBe('safe block not found');
  });

  it.each([
    [['1', false], 'invalid argument 0: hex string without 0x prefix'],
    [['0x', false], 'invalid argument 0: hex string "0x"'],
    [['0x01', false], 'invalid argument 0: hex number with leading zero digits'],
    [['0xg', false], 'invalid argument 0: invalid hex string'],
    [['', false], 'invalid argument 0: empty hex string'],
    [[1, false], 'invalid argument 0: expected a string, got number'],
    [['latest', 'yes'], 'invalid argument 1: expected a boolean, got string'],
    [['0xffffffffffffffff', false], 'invalid argument 0: block number larger than 2^53 - 1'],
    [['0x10000000000000000', false], 'invalid argument 0: hex number > 64 bits'],
    [[], 'missing value for required argument 0'],
    [[null], 'missing value for required argument 0'],
  ])('refuses %j', (params, message) => {
    expect(errorOf(view, 'eth_getBlockByNumber', ...params)).toEqual({ code: -32602, message });
  });
});

describe('the pending block', () => {
  const pending = objectOf(view, 'eth_getBlockByNumber', 'pending', true);

  it('stands on the head, and leaves open what only the sealer knows', () => {
    expect(pending).toMatchObject({
      number: '0x4',
      parentHash: blockHash(three),
      hash: null,
      nonce: null,
      miner: null,
    });
  });

  it('has the pool’s executable transactions and no others', () => {
    expect(pending['transactions']).toMatchObject([{ hash: pooled.hash, blockHash: null, blockNumber: null }]);
    expect(resultOf(view, 'eth_getBlockTransactionCountByNumber', 'pending')).toBe('0x1');
    expect(objectOf(view, 'eth_getTransactionByBlockNumberAndIndex', 'pending', '0x0')['hash']).toBe(pooled.hash);
    expect(resultOf(view, 'eth_getTransactionByBlockNumberAndIndex', 'pending', '0x1')).toBeNull();
  });

  it('begins one period after the head, or now where that is later', () => {
    expect(Number(pending['timestamp'])).toBe(Number(three.header.timestamp) + 5);
    const later = { ...view, nowMs: (Number(three.header.timestamp) + 60) * 1000 + 999 };
    expect(Number(objectOf(later, 'eth_getBlockByNumber', 'pending')['timestamp'])).toBe(
      Number(three.header.timestamp) + 60,
    );
  });

  it('leaves out what does not fit into its gas', () => {
    const full = { ...view, head: { ...view.head, header: { ...view.head.header, gasLimit: 199_999 } } };
    expect(objectOf(full, 'eth_getBlockByNumber', 'pending')['transactions']).toEqual([]);
  });
});

describe('a transaction as JSON', () => {
  it('holds everything that its hash is made of, for every type', () => {
    for (const block of [one, two]) {
      for (const tx of block.transactions) {
        const json = objectOf(view, 'eth_getTransactionByHash', transactionHash(tx));
        const viem = formatViemTransaction(json as never);
        expect(viem.hash).toBe(transactionHash(tx));
        const { r, s, v, yParity, accessList, authorizationList, ...rest } = viem as never as Record<string, unknown>;
        const lists = {
          ...(accessList !== undefined && { accessList }),
          ...(authorizationList !== undefined && { authorizationList }),
        };
        const request = { ...rest, ...lists, data: rest['input'], to: rest['to'] ?? undefined } as Record<
          string,
          unknown
        >;
        if (tx.type > 1) delete request['gasPrice'];
        const serialized = serializeTransaction(request as never, { r, s, v, yParity } as never);
        expect(serialized).toBe(bytesToHex(encodeTransaction(tx)));
        expect(parseTransaction(serialized)).toBeDefined();
      }
    }
  });

  it('shows what was paid once it is mined, and the most that would be paid before', () => {
    const tx = two.transactions[0]!;
    const mined = objectOf(view, 'eth_getTransactionByHash', transactionHash(tx));
    expect(BigInt(mined['gasPrice'] as string)).toBe(two.header.baseFeePerGas! + 2n * GWEI);
    expect(objectOf(view, 'eth_getTransactionByHash', pooled.hash)['gasPrice']).toBe(`0x${(3n * GWEI).toString(16)}`);
  });

  it('names no chain in the unprotected form', () => {
    const json = objectOf(view, 'eth_getTransactionByHash', transactionHash(two.transactions[3]!));
    expect(json).not.toHaveProperty('chainId');
    expect(['0x1b', '0x1c']).toContain(json['v']);
  });

  it('is found by block and index', () => {
    const hash = transactionHash(one.transactions[2]!);
    expect(objectOf(view, 'eth_getTransactionByBlockHashAndIndex', blockHash(one), '0x2')['hash']).toBe(hash);
    expect(objectOf(view, 'eth_getTransactionByBlockNumberAndIndex', '0x1', '0x2')['hash']).toBe(hash);
    expect(resultOf(view, 'eth_getTransactionByBlockNumberAndIndex', '0x1', '0x3')).toBeNull();
    expect(resultOf(view, 'eth_getTransactionByBlockHashAndIndex', TOPIC_A, '0x0')).toBeNull();
  });

  it('is null where nobody knows it', () => {
    expect(resultOf(view, 'eth_getTransactionByHash', TOPIC_A)).toBeNull();
    expect(resultOf(view, 'eth_getTransactionReceipt', TOPIC_A)).toBeNull();
    expect(resultOf(view, 'eth_getTransactionReceipt', pooled.hash)).toBeNull();
  });

  it('is asked for by a whole hash', () => {
    expect(errorOf(view, 'eth_getTransactionByHash', '0x12').message).toBe(
      'invalid argument 0: hex string has length 2, want 64 for hash',
    );
  });
});

describe('a receipt', () => {
  const receiptOf = (block: typeof one, index: number) =>
    objectOf(view, 'eth_getTransactionReceipt', transactionHash(block.transactions[index]!));

  it('tells the gas of its own transaction beside the block’s sum', () => {
    const receipts = resultOf(view, 'eth_getBlockReceipts', '0x1') as Record<string, string>[];
    const sums = receipts.map((receipt) => Number(receipt['cumulativeGasUsed']));
    const own = receipts.map((receipt) => Number(receipt['gasUsed']));
    expect(own[0]).toBe(21_000);
    expect(sums).toEqual([own[0], own[0]! + own[1]!, own[0]! + own[1]! + own[2]!]);
    expect(sums.at(-1)).toBe(one.header.gasUsed);
  });

  it('names the contract that was created, and no other', () => {
    const created = receiptOf(two, 0);
    expect(created).toMatchObject({ from: ALICE, to: null, status: '0x1', type: '0x2' });
    expect(resultOf(view, 'eth_getCode', created['contractAddress'], 'latest')).toBe('0x00');
    expect(receiptOf(one, 0)['contractAddress']).toBeNull();
  });

  it('has status 0 for a revert', () => {
    expect(receiptOf(two, 1)).toMatchObject({ status: '0x0', to: CONTRACTS.reverter.address, logs: [] });
  });

  it('counts logs through the block', () => {
    expect(receiptOf(one, 2)['logs']).toMatchObject([
      {
        address: CONTRACTS.emitter.address,
        logIndex: '0x1',
        transactionIndex: '0x2',
        blockNumber: '0x1',
        blockTimestamp: `0x${one.header.timestamp.toString(16)}`,
        removed: false,
      },
    ]);
  });

  it('has the effective price of the block’s base fee', () => {
    const price = BigInt(receiptOf(one, 2)['effectiveGasPrice'] as string);
    expect(price).toBe(one.header.baseFeePerGas! + 2n * GWEI);
    expect(BigInt(receiptOf(one, 0)['effectiveGasPrice'] as string)).toBe(3n * GWEI);
  });
});

describe('a block’s receipts', () => {
  it('are empty for genesis and pending blocks and null for unknown ones', () => {
    expect(resultOf(view, 'eth_getBlockReceipts', 'earliest')).toEqual([]);
    expect(resultOf(view, 'eth_getBlockReceipts', 'pending')).toEqual([]);
    expect(resultOf(view, 'eth_getBlockReceipts', '0x9')).toBeNull();
    expect(resultOf(view, 'eth_getBlockReceipts', { blockHash: TOPIC_A })).toBeNull();
  });

  it('are found by hash, bare or in an object', () => {
    const hash = blockHash(two);
    expect(resultOf(view, 'eth_getBlockReceipts', hash)).toHaveLength(4);
    expect(resultOf(view, 'eth_getBlockReceipts', { blockHash: hash })).toHaveLength(4);
  });
});

it('counts the transactions of a block', () => {
  expect(resultOf(view, 'eth_getBlockTransactionCountByNumber', '0x1')).toBe('0x3');
  expect(resultOf(view, 'eth_getBlockTransactionCountByHash', blockHash(genesis))).toBe('0x0');
  expect(resultOf(view, 'eth_getBlockTransactionCountByHash', TOPIC_A)).toBeNull();
});

it('tells how many transactions wait', () => {
  expect(resultOf(view, 'txpool_status')).toEqual({ pending: '0x1', queued: '0x1' });
});
