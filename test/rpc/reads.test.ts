import { describe, expect, it } from 'vitest';
import type { Attestation } from '../../node/core/view.ts';
import { wordToHex } from '../../node/lib/bytes.ts';
import {
  FEE_HISTORY_PERCENTILES_MAX,
  LOG_BLOCKS_MAX,
  LOG_ENTRIES_MAX,
  STATE_ROOTS_MAX,
} from '../../node/rpc/limits.ts';
import { blockHash } from '../../node/types/block.ts';
import { bloomOf } from '../../node/types/receipt.ts';
import { errorOf, objectOf, resultOf } from './call.ts';
import { ALICE, BOB, CONTRACTS, createFixture, ETHER, GWEI, OTHER_SEALER, SEALER, TOPIC_A, TOPIC_B } from './view.ts';

const { view, canonical, side } = createFixture();
const [one, two, three] = [canonical[1]!, canonical[2]!, canonical[3]!];
const EMITTER = CONTRACTS.emitter.address;

describe('the state', () => {
  it('is read at the block that is named, by default the latest', () => {
    const balance = (...block: unknown[]) => BigInt(resultOf(view, 'eth_getBalance', BOB, ...block) as string);
    expect(balance('earliest')).toBe(10n * ETHER);
    expect(balance('0x1')).toBe(11n * ETHER);
    expect(balance()).toBe(balance('latest'));
    expect(balance({ blockNumber: '0x1' })).toBe(11n * ETHER);
    expect(balance({ blockHash: blockHash(one), requireCanonical: true })).toBe(11n * ETHER);
  });

  it('counts what the pool will use only at the pending block', () => {
    expect(resultOf(view, 'eth_getTransactionCount', ALICE)).toBe('0x6');
    expect(resultOf(view, 'eth_getTransactionCount', ALICE, 'pending')).toBe('0x7');
    expect(resultOf(view, 'eth_getTransactionCount', ALICE, '0x1')).toBe('0x3');
  });

  it('is zero and empty for accounts that do not exist', () => {
    const nobody = `0x${'77'.repeat(20)}`;
    expect(resultOf(view, 'eth_getBalance', nobody)).toBe('0x0');
    expect(resultOf(view, 'eth_getTransactionCount', nobody)).toBe('0x0');
    expect(resultOf(view, 'eth_getCode', nobody)).toBe('0x');
    expect(resultOf(view, 'eth_getStorageAt', nobody, '0x0')).toBe(wordToHex(0n));
  });

  it('has code and storage', () => {
    expect(resultOf(view, 'eth_getCode', CONTRACTS.invalid.address, 'latest')).toBe('0xfe');
    for (const key of ['0x0', '0x00', wordToHex(0n)])
      expect(resultOf(view, 'eth_getStorageAt', CONTRACTS.slot.address, key, 'latest')).toBe(wordToHex(42n));
  });

  it('refuses storage keys that are none', () => {
    const long = `0x${'0'.repeat(65)}`;
    const errors = ['0xasdf', long].map((key) => errorOf(view, 'eth_getStorageAt', ALICE, key, 'latest'));
    expect(errors).toEqual([
      { code: -32602, message: 'invalid hex in storage key: "0xasdf"' },
      { code: -32602, message: `storage key too long (want at most 32 bytes): "${long}"` },
    ]);
    expect(errorOf(view, 'eth_getStorageAt', ALICE).message).toBe('missing value for required argument 1');
  });
});

describe('fees', () => {
  const next = BigInt(
    (resultOf(view, 'eth_feeHistory', '0x1', 'latest') as Record<string, string[]>)['baseFeePerGas']!.at(-1)!,
  );

  it('are suggested as the median tip on the next base fee', () => {
    expect(resultOf(view, 'eth_maxPriorityFeePerGas')).toBe(`0x${(2n * GWEI).toString(16)}`);
    expect(BigInt(resultOf(view, 'eth_gasPrice') as string)).toBe(next + 2n * GWEI);
  });

  it('are suggested with 1 gwei on a chain without transactions', () => {
    const young = { ...view, head: { ...view.head, header: canonical[0]!.header } };
    expect(resultOf(young, 'eth_maxPriorityFeePerGas')).toBe(`0x${GWEI.toString(16)}`);
  });

  it('fall by an eighth after an empty block', () => {
    expect(next).toBe(three.header.baseFeePerGas! - three.header.baseFeePerGas! / 8n);
  });

  it('have a history of every block and one fee more', () => {
    const history = objectOf(view, 'eth_feeHistory', '0x3', 'latest', []);
    expect(history['oldestBlock']).toBe('0x1');
    expect(history['baseFeePerGas']).toHaveLength(4);
    expect(history['baseFeePerBlobGas']).toEqual(['0x1', '0x1', '0x1', '0x1']);
    expect(history['blobGasUsedRatio']).toEqual([0, 0, 0]);
    expect(history).not.toHaveProperty('reward');
    const ratios = history['gasUsedRatio'] as number[];
    expect(ratios[0]).toBe(one.header.gasUsed / Number(one.header.gasLimit));
    expect(ratios[2]).toBe(0);
  });

  it('have rewards by percentile of gas, ascending, and zeros for empty blocks', () => {
    const history = objectOf(view, 'eth_feeHistory', 2, '0x1', [0, 50, 100]);
    const rewards = history['reward'] as string[][];
    expect(rewards[0]).toEqual(['0x0', '0x0', '0x0']);
    const tips = rewards[1]!.map(BigInt);
    const legacy = 3n * GWEI - one.header.baseFeePerGas!;
    expect(tips).toEqual([2n * GWEI, tips[1]!, legacy]);
    expect(tips[1]! >= 2n * GWEI && tips[1]! <= legacy).toBe(true);
  });

  it('go back to genesis at most', () => {
    expect(objectOf(view, 'eth_feeHistory', '0x400', 'pending')['baseFeePerGas']).toHaveLength(5);
    expect(resultOf(view, 'eth_feeHistory', '0x0', 'latest')).toEqual({ oldestBlock: '0x0', gasUsedRatio: null });
    expect(objectOf(view, 'eth_feeHistory', '2', 'latest')['oldestBlock']).toBe('0x2');
  });

  it.each([
    [['0x1', '0x9', []], 'request beyond head block: requested 9, head 3'],
    [['0x1', 'latest', [101]], 'invalid reward percentile: 101'],
    [['0x1', 'latest', [-1]], 'invalid reward percentile: -1'],
    [['0x1', 'latest', [50, 10]], 'invalid reward percentile: #0:50 >= #1:10'],
    [['0x1', 'finalized', []], 'finalized block not found'],
    [
      ['0x1', 'latest', new Array(FEE_HISTORY_PERCENTILES_MAX + 1).fill(1)],
      'invalid reward percentile: over the query limit 100',
    ],
  ])('refuse %j', (params, message) => {
    expect(errorOf(view, 'eth_feeHistory', ...params)).toEqual({ code: -32000, message });
  });
});

describe('eth_getLogs', () => {
  const ALL = { fromBlock: 'earliest', toBlock: 'latest' };
  const find = (filter: object) =>
    (resultOf(view, 'eth_getLogs', filter) as Record<string, string>[]).map(
      (log) => `${log['blockNumber']}/${log['logIndex']}`,
    );

  it('finds logs in the order of the chain', () => {
    expect(find(ALL)).toEqual(['0x1/0x0', '0x1/0x1', '0x2/0x0']);
    expect(find({})).toEqual([]);
    expect(find({ fromBlock: '0x2' })).toEqual(['0x2/0x0']);
    expect(find({ fromBlock: '0x1', toBlock: '0x1' })).toHaveLength(2);
  });

  it('matches an address, or one of several', () => {
    expect(find({ ...ALL, address: EMITTER })).toHaveLength(3);
    expect(find({ ...ALL, address: [ALICE, EMITTER] })).toHaveLength(3);
    expect(find({ ...ALL, address: ALICE })).toEqual([]);
    expect(find({ ...ALL, address: [] })).toHaveLength(3);
  });

  it('matches topics by position, with alternatives and wildcards', () => {
    expect(find({ ...ALL, topics: [TOPIC_A] })).toEqual(['0x1/0x0', '0x2/0x0']);
    expect(find({ ...ALL, topics: [[TOPIC_A, TOPIC_B]] })).toHaveLength(3);
    expect(find({ ...ALL, topics: [null] })).toHaveLength(3);
    expect(find({ ...ALL, topics: [[]] })).toHaveLength(3);
    expect(find({ ...ALL, topics: [[null, TOPIC_A]] })).toHaveLength(3);
    expect(find({ ...ALL, topics: [TOPIC_A, null] })).toEqual([]);
    expect(find({ ...ALL, topics: [] })).toHaveLength(3);
  });

  it('searches one block by its hash', () => {
    expect(find({ blockHash: blockHash(one), topics: [TOPIC_B] })).toEqual(['0x1/0x1']);
    expect(find({ blockHash: blockHash(side) })).toEqual([]);
    expect(errorOf(view, 'eth_getLogs', { blockHash: TOPIC_A })).toEqual({ code: -32000, message: 'unknown block' });
  });

  it('reads receipts only where the bloom allows a match', () => {
    const read: string[] = [];
    const watching = {
      ...view,
      receipts: (hash: `0x${string}`) => {
        read.push(hash);
        return view.receipts(hash);
      },
    };
    resultOf(watching, 'eth_getLogs', { ...ALL, topics: [TOPIC_B] });
    expect(read).toEqual([blockHash(one)]);
    expect(two.header.logsBloom).not.toBe(one.header.logsBloom);
  });

  it.each([
    [{ fromBlock: '0x2', toBlock: '0x1' }, -32602, 'invalid block range params'],
    [{ fromBlock: '0x1', toBlock: '0x4' }, -32602, 'block range extends beyond current head block'],
    [{ fromBlock: 'pending' }, -32000, 'pending logs are not supported'],
    [{ toBlock: 'finalized' }, -32000, 'finalized block not found'],
    [
      { blockHash: TOPIC_A, fromBlock: '0x1' },
      -32602,
      'invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
    ],
    [{ topics: [null, null, null, null, null] }, -32602, 'exceed max topics'],
    [{ topics: [new Array(1001).fill(TOPIC_A)] }, -32602, 'exceed max addresses or topics per search position'],
    [{ address: '0x12' }, -32602, 'invalid argument 0: hex string has length 2, want 40 for address'],
    [{ topics: TOPIC_A }, -32602, 'invalid argument 0: expected an array, got string'],
  ])('refuses %o', (filter, code, message) => {
    expect(errorOf(view, 'eth_getLogs', filter)).toEqual({ code, message });
  });

  it('searches as many blocks as the bound, and not one more', () => {
    const long = {
      ...view,
      head: { ...view.head, header: { ...view.head.header, number: 5000 } },
      canonicalHash: () => blockHash(three),
    };
    const range = (blocks: number) => ({ fromBlock: '0x1', toBlock: `0x${blocks.toString(16)}` });
    expect(resultOf(long, 'eth_getLogs', range(LOG_BLOCKS_MAX))).toEqual([]);
    expect(errorOf(long, 'eth_getLogs', range(LOG_BLOCKS_MAX + 1))).toEqual({
      code: -32005,
      message: 'block range of 2001 blocks exceeds the limit of 2000',
    });
  });

  it('returns as many logs as the bound, and not one more', () => {
    const log = { address: EMITTER, topics: [], data: new Uint8Array(0) };
    const withLogs = (count: number) => {
      const receipt = { ...view.receipts(blockHash(one))![0]!, logs: new Array(count).fill(log) };
      const header = { ...one.header, logsBloom: bloomOf([log]) };
      return { ...view, headerByHash: () => header, receipts: () => [receipt] };
    };
    const filter = { blockHash: blockHash(one) };
    expect(resultOf(withLogs(LOG_ENTRIES_MAX), 'eth_getLogs', filter)).toHaveLength(LOG_ENTRIES_MAX);
    expect(errorOf(withLogs(LOG_ENTRIES_MAX + 1), 'eth_getLogs', filter).code).toBe(-32005);
  });
});

describe('the clique namespace', () => {
  it('shows the signers at a block', () => {
    expect(resultOf(view, 'clique_getSigners')).toEqual([SEALER, OTHER_SEALER]);
    expect(resultOf(view, 'clique_getSignersAtHash', blockHash(one))).toEqual([SEALER, OTHER_SEALER]);
    expect(errorOf(view, 'clique_getSigners', '0x9')).toEqual({ code: -32000, message: 'unknown block' });
    expect(errorOf(view, 'clique_getSignersAtHash', TOPIC_A).message).toBe('unknown block');
  });

  it('shows a snapshot as go-ethereum does', () => {
    expect(resultOf(view, 'clique_getSnapshot', '0x2')).toEqual({
      number: 2,
      hash: blockHash(two),
      signers: { [SEALER]: {}, [OTHER_SEALER]: {} },
      recents: { '2': OTHER_SEALER },
      votes: [{ signer: SEALER, block: 1, address: ALICE, authorize: true }],
      tally: { [ALICE]: { authorize: true, votes: 1 } },
    });
    expect(objectOf(view, 'clique_getSnapshotAtHash', blockHash(side))['hash']).toBe(blockHash(side));
  });

  it('counts who sealed the last blocks', () => {
    expect(resultOf(view, 'clique_status')).toEqual({
      inturnPercent: 66,
      sealingActivity: { [SEALER]: 2, [OTHER_SEALER]: 1 },
      numBlocks: 3,
    });
    expect(resultOf(view, 'clique_proposals')).toEqual({ [BOB]: true });
  });
});

describe('the lockstep namespace', () => {
  it('tells where the node stands', () => {
    expect(objectOf(view, 'lockstep_status')).toMatchObject({
      name: 'n1',
      head: { hash: blockHash(three), number: 3, stateRoot: three.header.stateRoot, sealer: SEALER, inTurn: true },
      signer: SEALER,
      sealing: true,
      halted: null,
      peers: [
        { peer: 'p2', name: 'n2' },
        { peer: 'p3', name: null },
      ],
      pending: 1,
      queued: 1,
      rejections: { encoding: 1, 'tx-nonce-too-low': 2 },
      usage: { peers: 2, held: 0, heldBytes: 0, pooled: 2, badBlocks: 0, syncs: 0, requests: 0 },
    });
  });

  it('tells that it has halted', () => {
    const halted = { ...view, halted: { signers: 2, needed: 3 } };
    expect(objectOf(halted, 'lockstep_status')['halted']).toEqual({ signers: 2, needed: 3 });
  });

  it('shows every branch', () => {
    const tree = resultOf(view, 'lockstep_blockTree') as Record<string, unknown>[];
    expect(tree.map(({ number, canonical }) => [number, canonical])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
      [3, false],
    ]);
  });

  const { stateRoot, receiptsRoot, gasUsed } = one.header;
  const right: Attestation = {
    number: 1,
    blockHash: blockHash(one),
    stateRoot,
    receiptsRoot,
    gasUsed,
    nodeAddress: ALICE,
    node: 'n1',
  };
  const attested = (...attestations: readonly Attestation[]) => {
    const seeing = { ...view, attestations: () => attestations };
    return (resultOf(seeing, 'lockstep_stateRoots', 1, '0x1') as Record<string, unknown>[])[0]!;
  };

  it('compares what the nodes computed for a height, in the order of their names', () => {
    const seen = attested({ ...right, node: 'n3' }, { ...right, node: 'n2' }, right);
    expect(seen).toMatchObject({ number: 1, hash: blockHash(one), stateRoot, own: null, agree: true });
    expect((seen['attestations'] as { node: string }[]).map(({ node }) => node)).toEqual(['n1', 'n2', 'n3']);
  });

  it('tells a disagreement in any one field, of another node or of our own', () => {
    expect(attested(right, { ...right, node: 'n2', stateRoot: TOPIC_A })['agree']).toBe(false);
    expect(attested(right, { ...right, node: 'n2', gasUsed: gasUsed + 1 })['agree']).toBe(false);
    const result = { requestsHash: TOPIC_B, receipts: [] };
    const own = { stateRoot: TOPIC_A, receiptsRoot, gasUsed, logsBloom: one.header.logsBloom, ...result };
    const wrong = { ...view, ownResult: () => own };
    expect(resultOf(wrong, 'lockstep_stateRoots', 1, 1)).toMatchObject([{ own: { stateRoot: TOPIC_A }, agree: false }]);
  });

  it('compares as many heights as the bound, which exist', () => {
    expect(resultOf(view, 'lockstep_stateRoots', 0, 'latest')).toHaveLength(4);
    expect(errorOf(view, 'lockstep_stateRoots', 3, 4).message).toBe('header not found');
    expect(errorOf(view, 'lockstep_stateRoots', 2, 1).code).toBe(-32602);
    expect(errorOf(view, 'lockstep_stateRoots', 0, STATE_ROOTS_MAX).code).toBe(-32005);
    expect(errorOf(view, 'lockstep_stateRoots', 1).message).toBe('missing value for required argument 1');
  });

  it('shows blocks whose result differs, with both results', () => {
    const result = { requestsHash: TOPIC_B, receipts: [] };
    const own = { stateRoot: TOPIC_A, receiptsRoot, gasUsed, logsBloom: one.header.logsBloom, ...result };
    const mismatch = { block: one, hash: blockHash(one), own, retraced: null, steps: new Map() };
    const retraces = { ...view.retraces, mismatches: () => [mismatch] };
    const seeing = { ...view, retraces };
    expect(resultOf(seeing, 'lockstep_badBlocks')).toMatchObject([
      { hash: blockHash(one), claimed: { stateRoot }, own: { stateRoot: TOPIC_A } },
    ]);
  });
});
