// Every reason for which a block is refused, each with the value beside it that is not. Headers are changed and sealed again by their
// signer, so that what is refused is the change and not the seal.

import { describe, expect, it } from 'vitest';
import type { Chain } from '../../node/chain/chain.ts';
import { FORK_DEPTH_MAX, judgeAge } from '../../node/chain/create-chain.ts';
import { GAS_PER_BLOB } from '../../node/chain/fees.ts';
import { BLOCK_BYTES_MAX } from '../../node/chain/validate-body.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import { createNone } from '../../node/consensus/none.ts';
import { EMPTY_BYTES } from '../../node/lib/bytes.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import { createOverlay } from '../../node/lib/store.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import { type Block, blockHash, encodeBlock } from '../../node/types/block.ts';
import { EMPTY_BLOOM, type Header, ZERO_ADDRESS, ZERO_HASH } from '../../node/types/header.ts';
import type { RejectionCode } from '../../node/types/rejection.ts';
import { encodeTransaction, signTransaction, type Transaction } from '../../node/types/transaction.ts';
import {
  ACCOUNTS,
  buildBy,
  createTestChain,
  GWEI,
  keyOf,
  LATE_MS,
  mustImport,
  SIGNERS,
  sealersOf,
  sealNext,
  testGenesis,
  transfer,
} from './fixture.ts';

const engine = createClique(testGenesis().config.clique!);

/** The header with other fields, sealed again by its miner. */
function resealed(block: Block, change: Partial<Header>): Block {
  const header = { ...block.header, ...change };
  return { ...block, header: engine.seal(header, (digest) => signDigest(digest, keyOf(block.header.miner))) };
}

/** A chain of three blocks and a good fourth one. */
function prepare(candidates: readonly Transaction[] = []): {
  readonly chain: Chain;
  readonly block: Block;
  readonly parent: Header;
} {
  const chain = createTestChain();
  for (let i = 0; i < 3; i++) sealNext(chain);
  return { chain, block: buildBy(chain, sealersOf(chain)[0]!, candidates), parent: chain.head().header };
}

function refusalOf(chain: Chain, block: Block, nowMs = LATE_MS): RejectionCode | null {
  const outcome = chain.importBlock(block, nowMs);
  return outcome.kind === 'refused' ? outcome.rejection.code : null;
}

function without(block: Block, field: keyof Header): Block {
  const { [field]: _, ...header } = block.header;
  return { ...block, header: engine.seal(header as Header, (digest) => signDigest(digest, keyOf(block.header.miner))) };
}

describe('a header', () => {
  const { chain, block, parent } = prepare();
  const limit = Number(parent.gasLimit);
  const step = Math.floor(limit / 1024);

  it.each<[RejectionCode | null, string, Partial<Header>]>([
    ['header-number', 'one too low', { number: 3 }],
    ['header-number', 'one too high', { number: 5 }],
    ['header-timestamp', 'the time of its parent', { timestamp: parent.timestamp }],
    [null, 'a time a second later than it might be', { timestamp: Number(parent.timestamp) + 2 }],
    ['header-gas-limit', 'a limit 1/1024 higher', { gasLimit: limit + step }],
    [null, 'a limit just less than 1/1024 higher', { gasLimit: limit + step - 1 }],
    ['header-gas-limit', 'a limit 1/1024 lower', { gasLimit: limit - step }],
    [null, 'a limit just less than 1/1024 lower', { gasLimit: limit - step + 1 }],
    ['header-gas-used', 'more gas used than the limit', { gasUsed: Number(block.header.gasLimit) + 1 }],
    [
      'block-gas-used',
      'as much gas used as the limit, which is another matter',
      { gasUsed: Number(block.header.gasLimit) },
    ],
    ['header-base-fee', 'a base fee one wei too high', { baseFeePerGas: block.header.baseFeePerGas! + 1n }],
    ['header-base-fee', 'a base fee one wei too low', { baseFeePerGas: block.header.baseFeePerGas! - 1n }],
    ['header-ommers', 'ommers', { ommersHash: ZERO_HASH }],
    ['header-blob-gas', 'a blob', { blobGasUsed: GAS_PER_BLOB }],
    ['header-blob-gas', 'a piece of a blob', { blobGasUsed: 1 }],
    ['header-blob-gas', 'excess blob gas', { excessBlobGas: 1 }],
    ['header-beacon-root', 'a beacon root', { parentBeaconBlockRoot: `0x${'11'.repeat(32)}` }],
    ['header-withdrawals-root', 'withdrawals', { withdrawalsRoot: ZERO_HASH }],
    ['header-nonce', 'a nonce', { nonce: '0x0000000000000001' }],
    ['header-difficulty', 'a difficulty of 3', { difficulty: 3n }],
    ['seal-difficulty', 'the difficulty of somebody out of turn', { difficulty: 1n }],
    ['header-mix-hash', 'another mix', { mixHash: ZERO_HASH }],
    ['header-extra-data', 'no seal', { extraData: EMPTY_BYTES }],
    [
      'seal-miner',
      'another miner',
      { miner: SIGNERS[0]!.address === block.header.miner ? SIGNERS[1]!.address : SIGNERS[0]!.address },
    ],
  ])('answers %s to %s', (code, _, change) => {
    const key = keyOf(block.header.miner);
    const header = { ...block.header, ...change };
    const sealed = header.extraData.length === 0 ? header : engine.seal(header, (digest) => signDigest(digest, key));
    if (code === null) expect(chain.judgeHeader(sealed, LATE_MS)).toBeNull();
    else expect(refusalOf(chain, { ...block, header: sealed })).toBe(code);
  });

  it.each<keyof Header>([
    'baseFeePerGas',
    'withdrawalsRoot',
    'blobGasUsed',
    'excessBlobGas',
    'parentBeaconBlockRoot',
    'requestsHash',
  ])('is refused without %s, which its fork has', (field) => {
    expect(chain.judgeHeader(without(block, field).header, LATE_MS)?.code).toBe('header-field-missing');
  });

  it('is refused on a parent that nobody has seen, and not held against the block', () => {
    const orphan = resealed(block, { parentHash: `0x${'77'.repeat(32)}` });
    expect(refusalOf(chain, orphan)).toBe('header-unknown-parent');
    expect(chain.isBad(blockHash(orphan))).toBe(false);
  });

  it('may be one period ahead of the clock and not a second more', () => {
    const { chain: fresh, block: next } = prepare();
    const limitMs = (Number(next.header.timestamp) - 1) * 1000;
    expect(refusalOf(fresh, next, limitMs - 1)).toBe('header-future');
    expect(fresh.isBad(blockHash(next))).toBe(false);
    expect(refusalOf(fresh, next, limitMs)).toBeNull();
  });

  it('may stand as deep as the bound and not one deeper', () => {
    expect(judgeAge(100, 100 + FORK_DEPTH_MAX)).toBeNull();
    expect(judgeAge(99, 100 + FORK_DEPTH_MAX)?.code).toBe('header-too-old');
  });

  it('says what was expected and what was there', () => {
    expect(chain.judgeHeader(resealed(block, { number: 6 }).header, LATE_MS)).toMatchObject({
      expected: '4',
      actual: '6',
    });
  });
});

describe('a body', () => {
  it('is refused with other transactions than the header says, and the header may still come with the right ones', () => {
    const { chain, block } = prepare([transfer(0, 0n)]);
    expect(refusalOf(chain, { ...block, transactions: [] })).toBe('block-transactions-root');
    expect(refusalOf(chain, { ...block, transactions: [transfer(0, 0n, { value: 2n })] })).toBe(
      'block-transactions-root',
    );
    expect(chain.isBad(blockHash(block))).toBe(false);
    expect(refusalOf(chain, block)).toBeNull();
  });

  it('is refused with ommers', () => {
    const { chain, block, parent } = prepare();
    expect(refusalOf(chain, { ...block, ommers: [parent] })).toBe('block-ommers');
  });

  it('is refused with withdrawals, and without the list', () => {
    const { chain, block } = prepare();
    const withdrawal = { index: 0n, validatorIndex: 0n, address: ZERO_ADDRESS, amount: 1n };
    expect(refusalOf(chain, { ...block, withdrawals: [withdrawal] })).toBe('block-withdrawals');
    const { withdrawals: _, ...bare } = block;
    expect(refusalOf(chain, bare)).toBe('block-withdrawals');
    expect(refusalOf(chain, block)).toBeNull();
  });

  it('may have 8 MiB and not a byte more (EIP-7934)', () => {
    const { chain, block } = prepare();
    const fill = (size: number): Block => {
      const filler = { ...transfer(0, 0n), data: new Uint8Array(size) };
      return resealed(
        { ...block, transactions: [filler] },
        { transactionsRoot: orderedTrieRoot([encodeTransaction(filler)]) },
      );
    };
    const spare = BLOCK_BYTES_MAX - encodeBlock(fill(8_000_000)).length;
    const largest = fill(8_000_000 + spare);
    expect(encodeBlock(largest).length).toBe(BLOCK_BYTES_MAX);
    expect(refusalOf(chain, largest)).toBe('block-transaction');
    expect(refusalOf(chain, fill(8_000_001 + spare))).toBe('block-size');
  });

  it('has no blob transactions', () => {
    const { chain, block } = prepare();
    const { type: _, ...common } = transfer(0, 0n);
    const tx = signTransaction(
      { ...common, type: 3, maxFeePerBlobGas: GWEI, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] },
      ACCOUNTS[0]!.key,
    );
    const carrying = resealed(
      { ...block, transactions: [tx] },
      { transactionsRoot: orderedTrieRoot([encodeTransaction(tx)]) },
    );
    expect(refusalOf(chain, carrying)).toBe('header-blob-gas');
  });
});

describe('a result', () => {
  const WRONG: Hash32 = `0x${'22'.repeat(32)}`;

  it.each<[RejectionCode, string, Partial<Header>]>([
    ['block-gas-used', 'gas', { gasUsed: 20_999 }],
    ['block-receipts-root', 'receipts', { receiptsRoot: WRONG }],
    ['block-logs-bloom', 'bloom', { logsBloom: `0x01${EMPTY_BLOOM.slice(4)}` }],
    ['block-requests-hash', 'requests', { requestsHash: WRONG }],
    ['block-state-root', 'state', { stateRoot: WRONG }],
  ])('answers %s to another %s, keeps our own, and writes nothing', (code, _, change) => {
    const overlay = createOverlay({ get: () => undefined });
    const chain = createTestChain({ overlay });
    const block = buildBy(chain, sealersOf(chain)[0]!, [transfer(0, 0n)]);
    const wrong = resealed(block, change);
    overlay.take();

    const outcome = chain.importBlock(wrong, LATE_MS);
    expect(outcome).toMatchObject({
      kind: 'refused',
      rejection: { code },
      executed: { result: { stateRoot: block.header.stateRoot } },
    });
    expect(overlay.take()).toEqual([]);
    expect(chain.isBad(blockHash(wrong))).toBe(true);
    expect(chain.entry(blockHash(wrong))).toBeNull();
    expect(refusalOf(chain, block)).toBeNull();
  });

  it('is compared in the order of the fields that say most', () => {
    const { chain, block } = prepare([transfer(0, 0n)]);
    const wrong = resealed(block, { stateRoot: WRONG, receiptsRoot: WRONG, gasUsed: 0 });
    expect(refusalOf(chain, wrong)).toBe('block-gas-used');
  });

  it('is refused where a transaction does not apply, with that reason', () => {
    const { chain, block } = prepare();
    const tx = transfer(0, 1n);
    const wrong = resealed(
      { ...block, transactions: [tx] },
      { transactionsRoot: orderedTrieRoot([encodeTransaction(tx)]) },
    );
    const outcome = chain.importBlock(wrong, LATE_MS);
    expect(outcome).toMatchObject({
      kind: 'refused',
      rejection: { code: 'block-transaction', expected: '0', actual: '1' },
    });
    expect(outcome.kind === 'refused' && outcome.rejection.message).toContain('tx-nonce-too-high');
  });

  it('condemns what is built on a refused block', () => {
    const { chain, block } = prepare();
    const wrong = resealed(block, { stateRoot: WRONG });
    const child = resealed(block, { number: 5, parentHash: blockHash(wrong) });
    const grandchild = resealed(block, { number: 6, parentHash: blockHash(child) });
    expect(refusalOf(chain, wrong)).toBe('block-state-root');
    expect(chain.judgeHeader(child.header, LATE_MS)?.code).toBe('block-bad-ancestor');
    expect([child, grandchild, wrong].map((each) => refusalOf(chain, each))).toEqual([
      'block-bad-ancestor',
      'block-bad-ancestor',
      'block-bad-ancestor',
    ]);
    expect(refusalOf(chain, block)).toBeNull();
  });
});

describe('a chain without proof of authority', () => {
  it('has headers of proof of stake', () => {
    const genesis = { ...testGenesis(), config: { ...testGenesis().config, clique: null } };
    const chain = createTestChain({ genesis, engine: createNone() });
    const { block } = prepare();
    const header = { ...block.header, parentHash: chain.genesisHash, number: 1, extraData: EMPTY_BYTES };
    const judge = (change: Partial<Header>) => chain.judgeHeader({ ...header, ...change }, LATE_MS)?.code;
    const fits = { difficulty: 0n, gasLimit: genesis.gasLimit, baseFeePerGas: 875_000_000n };
    expect(judge(fits)).toBeUndefined();
    expect(judge({ ...fits, difficulty: 1n })).toBe('header-difficulty');
    expect(judge({ ...fits, nonce: '0x0000000000000001' })).toBe('header-nonce');
    expect(judge({ ...fits, ommersHash: ZERO_HASH })).toBe('header-ommers');
    expect(judge({ ...fits, extraData: new Uint8Array(32) })).toBeUndefined();
    expect(judge({ ...fits, extraData: new Uint8Array(33) })).toBe('header-extra-data');
    expect(judge({ ...fits, blobGasUsed: 9 * GAS_PER_BLOB })).toBeUndefined();
    expect(judge({ ...fits, blobGasUsed: 10 * GAS_PER_BLOB })).toBe('header-blob-gas');
  });
});

describe('a block of our own', () => {
  it('leaves out what does not fit or apply, with the reason, and takes the rest in order', () => {
    const chain = createTestChain();
    const signer = sealersOf(chain)[0]!;
    const sign = (digest: Uint8Array) => signDigest(digest, keyOf(signer));
    const candidates: Transaction[] = [
      transfer(0, 1n),
      transfer(0, 0n),
      transfer(1, 0n, { gasLimit: 16_777_216 }),
      transfer(2, 0n, { gasLimit: 16_777_216 }),
      transfer(3, 0n, { gasLimit: 16_777_216 }),
      transfer(0, 1n),
      transfer(0, 0n),
      transfer(0, 2n, { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }),
      transfer(0, 2n, { value: 10n ** 30n }),
    ];
    const { block, leftOut } = chain.build({ signer, sign, timestamp: 1, proposals: [], candidates });
    expect(block.transactions).toEqual([1, 2, 3, 4, 5].map((i) => candidates[i]));
    expect(leftOut.map(({ tx, rejection }) => [candidates.indexOf(tx), rejection.code])).toEqual([
      [0, 'tx-nonce-too-high'],
      [6, 'tx-nonce-too-low'],
      [7, 'tx-fee-below-base-fee'],
      [8, 'tx-insufficient-funds'],
    ]);
    mustImport(chain, block);
  });

  it('is full when a gas limit no longer fits, whatever the gas used', () => {
    const genesis = testGenesis({ gasLimit: 50_000 });
    const chain = createTestChain({ genesis });
    const signer = sealersOf(chain)[0]!;
    const sign = (digest: Uint8Array) => signDigest(digest, keyOf(signer));
    const candidates = [transfer(0, 0n), transfer(1, 0n), transfer(2, 0n)];
    const { block, leftOut } = chain.build({ signer, sign, timestamp: 1, proposals: [], candidates });
    expect(block.transactions).toHaveLength(2);
    expect(leftOut[0]?.rejection.code).toBe('tx-gas-allowance');
  });

  it('moves the gas limit towards the target by less than 1/1024', () => {
    const chain = createTestChain();
    const before = Number(chain.head().header.gasLimit);
    expect(sealNext(chain).header.gasLimit).toBe(before - Math.floor(before / 1024) + 1);
  });
});

type Hash32 = `0x${string}`;
