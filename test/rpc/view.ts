// A small chain that really executes, seen as a NodeView: contracts that revert, log, loop and store; transactions of every type that is
// accepted; a side branch; a pool. No consensus: headers are filled in by hand.

import { blobGasLimit, nextBaseFee } from '../../node/chain/fees.ts';
import { applyTransaction } from '../../node/chain/transition.ts';
import type { NodeView, PooledTransaction, TreeEntry } from '../../node/core/view.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { EMPTY_BYTES, hexToBytes } from '../../node/lib/bytes.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import { narrow } from '../../node/lib/wide.ts';
import { commitState } from '../../node/state/commit.ts';
import { createJournal } from '../../node/state/journal.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import { type Block, blockHash } from '../../node/types/block.ts';
import type { ChainConfig } from '../../node/types/config.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '../../node/types/header.ts';
import { bloomOf, encodeReceipt, joinBlooms, type Receipt } from '../../node/types/receipt.ts';
import { isRejection, reject } from '../../node/types/rejection.ts';
import {
  type Address,
  encodeTransaction,
  type Hash,
  signTransaction,
  type Transaction,
  transactionHash,
  transactionSender,
  type UnsignedTransaction,
} from '../../node/types/transaction.ts';
import { plainAccount, stateOf } from '../state/accounts.ts';

export const CHAIN_ID = 1337n;
export const GWEI = 1_000_000_000n;
export const ETHER = 10n ** 18n;

export const ALICE_KEY = hexToBytes(`0x${'11'.repeat(32)}`);
export const BOB_KEY = hexToBytes(`0x${'22'.repeat(32)}`);
export const ALICE: Address = addressOfKey(ALICE_KEY);
export const BOB: Address = addressOfKey(BOB_KEY);
export const SEALER: Address = `0x${'5e'.repeat(20)}`;
export const OTHER_SEALER: Address = `0x${'5f'.repeat(20)}`;

const CLEARER: Address = `0x${'c5'.repeat(20)}`;

/** Contracts of the genesis state, by what they do. */
export const CONTRACTS = {
  /** Reverts with its call data. */
  reverter: contract('c1', '36600060003736' + '6000fd'),
  /** LOG1 with the call data's first word as its topic. */
  emitter: contract('c2', '600035' + '60006000a100'),
  /** Jumps for ever. */
  looper: contract('c3', '5b600056'),
  /** Returns slot 0, which holds 42. */
  slot: contract('c4', '60005460005260206000f3'),
  /** Clears slot 0, which holds 1: the refund makes the gas used less than the gas needed. */
  clearer: { address: CLEARER, code: hexToBytes('0x600060005500') },
  /** Returns NUMBER, BASEFEE, GASPRICE, ORIGIN, COINBASE, CHAINID, BLOCKHASH(NUMBER - 1), CALLVALUE. */
  context: contract(
    'c6',
    '43600052' +
      '48602052' +
      '3a604052' +
      '32606052' +
      '41608052' +
      '4660a052' +
      '600143034060c052' +
      '3460e052' +
      '6101006000f3',
  ),
  /** An invalid opcode. */
  invalid: contract('c7', 'fe'),
  /** Calls the clearer with what the 63/64 rule leaves, and reverts where that fails. */
  caller: contract('c8', `${'6000'.repeat(5)}73${CLEARER.slice(2)}5af115602657005b60006000fd`),
} as const;

function contract(byte: string, code: string): { readonly address: Address; readonly code: Uint8Array } {
  return { address: `0x${byte.repeat(20)}`, code: hexToBytes(`0x${code}`) };
}

const CONFIG: ChainConfig = {
  chainId: CHAIN_ID,
  forks: [{ fork: 'Osaka', block: 0, blobs: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 } }],
  clique: { period: 5, epoch: 30_000, signerLimit: null },
};
const RULES = { fork: 'Osaka', blobs: CONFIG.forks[0]!.blobs, chainId: CHAIN_ID } as const;

/** The vanity and the seal of a block that nobody sealed. */
const EXTRA_DATA = new Uint8Array(97);
export const GAS_LIMIT = 30_000_000;

/** A transaction of Alice's or Bob's with everything filled in that a test does not care about. */
export function signed(
  key: Uint8Array,
  fields: Partial<UnsignedTransaction> & { readonly type: number; readonly nonce: bigint },
): Transaction {
  const common = { gasLimit: 200_000, to: BOB, value: 0n, data: EMPTY_BYTES, chainId: CHAIN_ID };
  const fees = fields.type < 2 ? { gasPrice: 3n * GWEI } : { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 2n * GWEI };
  const lists = fields.type === 0 ? {} : { accessList: [] };
  // The caller's fields make one member of the union whole: what is missing shows as soon as the transaction is encoded.
  return signTransaction({ ...common, ...fees, ...lists, ...fields } as UnsignedTransaction, key);
}

/** A chain that grows by blocks of given transactions, each executed on its parent's state. */
function createBlocks() {
  const machine = createInterpreter();
  const { store, root } = stateOf(
    new Map([
      [ALICE, plainAccount({ balance: 10_000n * ETHER })],
      [BOB, plainAccount({ balance: 10n * ETHER })],
      ...Object.values(CONTRACTS).map(
        ({ address, code }) => [address, plainAccount({ code, nonce: 1n, storage: storageOf(address) })] as const,
      ),
    ]),
  );
  const blocks = new Map<Hash, Block>();
  const receipts = new Map<Hash, readonly Receipt[]>();

  const keep = (block: Block, results: readonly Receipt[]): Block => {
    blocks.set(blockHash(block), block);
    receipts.set(blockHash(block), results);
    return block;
  };

  const genesis = keep({ header: genesisHeader(root), transactions: [], ommers: [], withdrawals: [] }, []);

  const extend = (parent: Block, transactions: readonly Transaction[], miner: Address): Block => {
    const base = childHeader(parent.header, blockHash(parent), miner);
    const journal = createJournal(createStateView(store, parent.header.stateRoot));
    const results: Receipt[] = [];
    let gasUsed = 0;
    for (const tx of transactions) {
      const sender = transactionSender(tx);
      if (isRejection(sender)) throw new Error(sender.message);
      const outcome = applyTransaction(
        {
          ...RULES,
          machine,
          journal,
          block: {
            ...base,
            coinbase: miner,
            prevRandao: base.mixHash,
            baseFee: base.baseFeePerGas!,
            blobBaseFee: 1n,
            chainId: CHAIN_ID,
            blockHash: () => ZERO_HASH,
          },
          gasAvailable: GAS_LIMIT - gasUsed,
          blobGasAvailable: blobGasLimit(RULES.blobs),
          stepBudget: null,
        },
        tx,
        sender,
      );
      if (isRejection(outcome)) throw new Error(outcome.message);
      gasUsed += narrow(outcome.gasUsed);
      const { status, logs } = outcome;
      results.push({ type: tx.type, status, cumulativeGasUsed: gasUsed, logsBloom: bloomOf(logs), logs });
    }
    const committed = commitState(store, parent.header.stateRoot, journal.diff());
    store.apply(committed.writes);
    const header: Header = {
      ...base,
      stateRoot: committed.root,
      transactionsRoot: orderedTrieRoot(transactions.map(encodeTransaction)),
      receiptsRoot: orderedTrieRoot(results.map(encodeReceipt)),
      logsBloom: joinBlooms(results.map(({ logsBloom }) => logsBloom)),
      gasUsed,
    };
    return keep({ header, transactions, ommers: [], withdrawals: [] }, results);
  };

  return { machine, store, blocks, receipts, genesis, extend };
}

function storageOf(address: Address): ReadonlyMap<bigint, bigint> {
  if (address === CONTRACTS.slot.address) return new Map([[0n, 42n]]);
  return address === CLEARER ? new Map([[0n, 1n]]) : new Map();
}

function genesisHeader(stateRoot: Hash): Header {
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    miner: ZERO_ADDRESS,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: 1n,
    number: 0,
    gasLimit: GAS_LIMIT,
    gasUsed: 0,
    timestamp: 1_700_000_000,
    extraData: EXTRA_DATA,
    mixHash: ZERO_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: GWEI,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0,
    excessBlobGas: 0,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  };
}

function childHeader(parent: Header, parentHash: Hash, miner: Address): Header {
  return {
    ...parent,
    parentHash,
    miner,
    number: parent.number + 1,
    timestamp: Number(parent.timestamp) + 5,
    difficulty: miner === SEALER ? 2n : 1n,
    mixHash: `0x${'ab'.repeat(32)}`,
    baseFeePerGas: nextBaseFee(parent),
  };
}

export type Fixture = {
  readonly view: NodeView;
  /** Canonical blocks by height. */
  readonly canonical: readonly Block[];
  /** A block beside the head. */
  readonly side: Block;
  readonly pooled: PooledTransaction;
  readonly queued: PooledTransaction;
};

export const TOPIC_A: Hash = `0x${'0a'.repeat(32)}`;
export const TOPIC_B: Hash = `0x${'0b'.repeat(32)}`;
/** What the creating transaction in block 2 deploys: one STOP. */
const INIT_CODE = hexToBytes('0x60016000f3');

/** The chain: 1 has transactions of types 0, 1 and 2, 2 a creation, a revert and a delegation, 3 nothing, and 3 has a rival. */
export function createFixture(changes: Partial<NodeView> = {}): Fixture {
  const { machine, store, blocks, receipts, genesis, extend } = createBlocks();
  const emitter = CONTRACTS.emitter.address;
  const one = extend(
    genesis,
    [
      signed(ALICE_KEY, { type: 0, nonce: 0n, to: BOB, value: ETHER, gasLimit: 21_000 }),
      signed(ALICE_KEY, {
        type: 1,
        nonce: 1n,
        to: emitter,
        data: hexToBytes(TOPIC_A),
        accessList: [{ address: emitter, storageKeys: [ZERO_HASH] }],
      }),
      signed(ALICE_KEY, { type: 2, nonce: 2n, to: emitter, data: hexToBytes(TOPIC_B) }),
    ],
    SEALER,
  );
  const authorization = { chainId: CHAIN_ID, address: CONTRACTS.slot.address, nonce: 0n, yParity: 0n, r: 1n, s: 1n };
  const two = extend(
    one,
    [
      signed(ALICE_KEY, { type: 2, nonce: 3n, to: null, data: INIT_CODE }),
      signed(ALICE_KEY, { type: 2, nonce: 4n, to: CONTRACTS.reverter.address }),
      signed(ALICE_KEY, { type: 4, nonce: 5n, to: BOB, authorizationList: [authorization] }),
      signed(BOB_KEY, { type: 0, nonce: 0n, to: emitter, data: hexToBytes(TOPIC_A), chainId: null }),
    ],
    OTHER_SEALER,
  );
  const three = extend(two, [], SEALER);
  const side = extend(two, [], OTHER_SEALER);
  const canonical = [genesis, one, two, three];
  const pooled = pool(signed(ALICE_KEY, { type: 2, nonce: 6n }));
  const queued = pool(signed(ALICE_KEY, { type: 2, nonce: 9n }));
  const entries = [...canonical, side].map((block) => entryOf(block, block !== side));

  const view: NodeView = {
    name: 'n1',
    nowMs: 1_700_000_017_000,
    config: CONFIG,
    genesisHash: blockHash(genesis),
    machine,
    signer: SEALER,
    sealing: true,
    head: entryOf(three, true),
    halted: null,
    snapshot: snapshotOf(three),
    snapshotAt: (hash) => (blocks.has(hash) ? snapshotOf(blocks.get(hash)!) : null),
    proposals: [{ signer: SEALER, candidate: BOB, authorize: true, number: 0 }],
    peers: [
      { peer: 'p2', name: 'n2' },
      { peer: 'p3', name: null },
    ],
    safe: one.header,
    blockByHash: (hash) => blocks.get(hash) ?? null,
    headerByHash: (hash) => blocks.get(hash)?.header ?? null,
    totalDifficulty: (hash) => entries.find((entry) => entry.hash === hash)?.totalDifficulty ?? null,
    canonicalHash: (number) => (canonical[number] === undefined ? null : blockHash(canonical[number])),
    receipts: (hash) => receipts.get(hash) ?? null,
    location: (hash) => locate(canonical, hash),
    state: (root) => createStateView(store, root),
    pool: {
      size: 2,
      pendingCount: 1,
      get: (hash) => [pooled, queued].find((one) => one.hash === hash) ?? null,
      nextNonce: (sender) => (sender === ALICE ? 7n : 0n),
      pending: () => [pooled],
      queued: () => [queued],
    },
    tree: () => entries,
    attestations: () => [],
    ownResult: () => null,
    retraces: NO_RETRACES,
    usage: () => ({ peers: 2, held: 0, heldBytes: 0, pooled: 2, badBlocks: 0, syncs: 0, requests: 0 }),
    rejections: new Map([
      ['tx-nonce-too-low', 2],
      ['encoding', 1],
    ]),
    ...changes,
  };
  return { view, canonical, side, pooled, queued };
}

/** Nothing differed, and nothing is executed again. */
const NO_RETRACES: NodeView['retraces'] = {
  keepUnfinished: () => {},
  mismatches: () => [],
  block: () => null,
  of: () => reject('block-bad-ancestor', 'no chain'),
  steps: () => reject('block-bad-ancestor', 'no chain'),
  stateItem: () => null,
};

function pool(tx: Transaction): PooledTransaction {
  const sender = transactionSender(tx);
  if (isRejection(sender)) throw new Error(sender.message);
  return { tx, hash: transactionHash(tx), sender };
}

function entryOf(block: Block, canonical: boolean): TreeEntry {
  const { header } = block;
  return {
    hash: blockHash(block),
    header,
    totalDifficulty: BigInt(header.number) * 2n + 1n,
    sealer: header.miner,
    inTurn: header.difficulty === 2n,
    canonical,
  };
}

function snapshotOf(block: Block): NodeView['snapshot'] {
  return {
    number: block.header.number,
    hash: blockHash(block),
    signers: [SEALER, OTHER_SEALER],
    recents: [[block.header.number, block.header.miner]],
    votes: [{ signer: SEALER, candidate: ALICE, authorize: true, number: 1 }],
  };
}

function locate(blocks: readonly Block[], hash: Hash): { blockHash: Hash; index: number } | null {
  for (const block of blocks) {
    const index = block.transactions.findIndex((tx) => transactionHash(tx) === hash);
    if (index >= 0) return { blockHash: blockHash(block), index };
  }
  return null;
}
