import { toHex, toRlp, keccak256 as viemKeccak } from 'viem';
import { describe, expect, it } from 'vitest';
import type { Chain } from '../../node/chain/chain.ts';
import { findForeignStore } from '../../node/chain/create-chain.ts';
import { createAddress } from '../../node/evm/address.ts';
import { bytesToHex, quantity, wordToHex } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import { createOverlay } from '../../node/lib/store.ts';
import { type Block, blockHash } from '../../node/types/block.ts';
import { type Header, ZERO_HASH } from '../../node/types/header.ts';
import { type Transaction, transactionHash } from '../../node/types/transaction.ts';
import {
  ACCOUNTS,
  buildBy,
  createMemoryStore,
  createTestChain,
  ETHER,
  flush,
  GWEI,
  LATE_MS,
  mustImport,
  SIGNERS,
  sealersOf,
  sealNext,
  testGenesis,
  transfer,
} from './fixture.ts';

/** 50 blocks with transfers of all accounts, and rivals out of turn at every fifth height, children first known after their parents. */
function buildTree(): { readonly chain: Chain; readonly blocks: readonly Block[]; readonly rivals: readonly Block[] } {
  const chain = createTestChain();
  const blocks: Block[] = [];
  const rivals: Block[] = [];
  for (let number = 1; number <= 50; number++) {
    if (number % 5 === 0)
      rivals.push(buildBy(chain, sealersOf(chain)[1]!, [transfer(0, BigInt(number - 1), { value: 7n })]));
    const nonce = BigInt(number - 1);
    blocks.push(sealNext(chain, [transfer(0, nonce), transfer(1, nonce), transfer(2, nonce)]));
  }
  return { chain, blocks, rivals };
}

const tree = buildTree();

describe('a chain of 50 blocks by 5 signers', () => {
  it('executes every transfer', () => {
    expect(tree.chain.head().header.number).toBe(50);
    const state = tree.chain.state(tree.chain.head().header.stateRoot);
    expect(state.account(ACCOUNTS[0]!.address)?.nonce).toBe(50n);
    expect(state.account(ACCOUNTS[3]!.address)?.balance).toBe(10_000n * ETHER + 50n * GWEI);
    expect(tree.chain.receipts(tree.chain.head().hash)?.map(({ cumulativeGasUsed }) => cumulativeGasUsed)).toEqual([
      21_000, 42_000, 63_000,
    ]);
  });

  it.each([
    'rivals first',
    'rivals last',
    'shuffled',
  ] as const)('has the same head and roots when imported %s', (order) => {
    const other = createTestChain();
    const random = createRandom(order);
    const all = order === 'rivals first' ? [...tree.rivals, ...tree.blocks] : [...tree.blocks, ...tree.rivals];
    let waiting: readonly Block[] = order === 'shuffled' ? random.shuffle(all) : all;
    while (waiting.length > 0) {
      waiting = waiting.filter((block) => {
        const outcome = other.importBlock(block, LATE_MS);
        if (outcome.kind === 'refused') expect(outcome.rejection.code).toBe('header-unknown-parent');
        return outcome.kind === 'refused';
      });
    }
    expect(other.head().hash).toBe(tree.chain.head().hash);
    expect(other.tree()).toHaveLength(61);
    for (const { header } of tree.blocks)
      expect(other.canonicalHash(header.number)).toBe(tree.chain.canonicalHash(header.number));
    expect(other.state(other.head().header.stateRoot).account(ACCOUNTS[1]!.address)).toEqual(
      tree.chain.state(tree.chain.head().header.stateRoot).account(ACCOUNTS[1]!.address),
    );
  });

  it('lists the tree ascending by number, then by hash', () => {
    const other = createTestChain();
    for (const block of [...tree.blocks, ...tree.rivals]) mustImport(other, block);
    const listed = other.tree().map(({ hash, header }) => `${String(header.number).padStart(4, '0')} ${hash}`);
    expect(listed).toEqual([...listed].sort());
  });

  it('hashes its headers as viem does', () => {
    for (const block of tree.blocks.slice(0, 3)) expect(blockHash(block)).toBe(hashByViem(block.header));
  });

  it('knows where each transaction stands', () => {
    const block = tree.blocks[6]!;
    const index = 2;
    expect(tree.chain.location(transactionHash(block.transactions[index]!))).toEqual({
      blockHash: blockHash(block),
      index,
    });
    expect(tree.chain.location(ZERO_HASH)).toBeNull();
  });

  it('answers a block that it has with what it knows of it', () => {
    expect(tree.chain.importBlock(tree.blocks[0]!, LATE_MS)).toEqual({
      kind: 'known',
      entry: tree.chain.entry(blockHash(tree.blocks[0]!)),
    });
  });
});

describe('a fork', () => {
  /** One side of two blocks with a transfer each, the other of three, on the same genesis. */
  function buildFork() {
    const [left, right] = [createTestChain(), createTestChain()];
    const [s0, s1, s2, s3, s4] = SIGNERS.map(({ address }) => address);
    const short = [transfer(0, 0n), transfer(0, 1n)].map((tx, i) => {
      const block = buildBy(left, [s0!, s2!][i]!, [tx, ...(i === 0 ? [transfer(1, 0n)] : [])]);
      mustImport(left, block);
      return block;
    });
    const long = [s1!, s3!, s4!].map((signer, i) => {
      const block = buildBy(right, signer, i === 0 ? [transfer(1, 0n)] : [], 1);
      mustImport(right, block);
      return block;
    });
    return { short, long };
  }

  it('ends with the heavier side, and returns what only the lighter one had', () => {
    const { short, long } = buildFork();
    const chain = createTestChain();
    for (const block of short) mustImport(chain, block);
    expect(mustImport(chain, long[0]!).headChange).toBeNull();
    const changes = long.slice(1).map((block) => mustImport(chain, block).headChange);
    const change = changes.find((each) => each !== null && each.undone.length > 0)!;

    expect(change.undone.map(({ hash }) => hash)).toEqual([...short].reverse().map(blockHash));
    expect(change.redone.at(0)?.hash).toBe(blockHash(long[0]!));
    expect(change.returned.map(transactionHash)).toEqual(
      [short[0]!.transactions[0]!, short[1]!.transactions[0]!].map(transactionHash),
    );
    expect(chain.head().hash).toBe(blockHash(long[2]!));
    for (const { header } of long) expect(chain.canonicalHash(header.number)).toBe(blockHash(long[header.number - 1]!));
    expect(chain.location(transactionHash(short[0]!.transactions[0]!))).toBeNull();
    expect(chain.location(transactionHash(transfer(1, 0n)))?.blockHash).toBe(blockHash(long[0]!));
    expect(chain.receipts(blockHash(short[1]!))).toHaveLength(1);
    expect(chain.entry(blockHash(short[1]!))?.totalDifficulty).toBeGreaterThan(1n);
  });

  it('forgets the heights that a shorter, heavier chain does not have', () => {
    const slow = createTestChain({ genesis: testGenesis({ signerLimit: 1 }) });
    const fast = createTestChain({ genesis: testGenesis({ signerLimit: 1 }) });
    for (let i = 0; i < 3; i++) mustImport(slow, buildBy(slow, sealersOf(slow)[1]!));
    expect(slow.head().header.number).toBe(3);
    const heavier = [sealNext(fast), sealNext(fast)];
    expect(heavier.map((block) => mustImport(slow, block).headChange?.undone.length ?? 0)).toEqual([0, 3]);
    expect(slow.head().header.number).toBe(2);
    expect(slow.canonicalHash(3)).toBeNull();
    expect(slow.tree().at(-1)?.header.number).toBe(3);
  });

  it('executes BLOCKHASH on the branch of the block, not on the canonical one', () => {
    // Init code that stores the hash of the parent's parent: PUSH1 2 NUMBER SUB BLOCKHASH PUSH0 SSTORE.
    const data = Uint8Array.of(0x60, 2, 0x43, 0x03, 0x40, 0x5f, 0x55);
    const probe = transfer(3, 0n, { to: null, value: 0n, data, gasLimit: 200_000 });
    const [heavy, light] = [createTestChain(), createTestChain()];
    for (let i = 0; i < 3; i++) sealNext(heavy);
    const lightBlocks = [0, 1].map(() => buildAndImport(light, 1));
    const probing = buildAndImport(light, 1, [probe]);

    for (const block of lightBlocks) mustImport(heavy, block);
    const { entry, headChange } = mustImport(heavy, probing);
    expect(headChange).toBeNull();
    const contract = createAddress(ACCOUNTS[3]!.address, 0n);
    const stored = heavy.state(entry.header.stateRoot).storage(contract, 0n);
    expect(wordToHex(stored)).toBe(blockHash(lightBlocks[0]!));
    expect(heavy.canonicalHash(1)).not.toBe(blockHash(lightBlocks[0]!));
  });
});

/** Seals by the signer of that place among those who may, and imports. */
function buildAndImport(chain: Chain, place: number, candidates: readonly Transaction[] = []): Block {
  const block = buildBy(chain, sealersOf(chain)[place]!, candidates);
  mustImport(chain, block);
  return block;
}

describe('a restart', () => {
  it('goes on with the head, the branches and the snapshot that the store holds', () => {
    const store = createMemoryStore();
    const before = createOverlay(store);
    const first = createTestChain({ overlay: before });
    for (const block of tree.blocks.slice(0, 20)) mustImport(first, block);
    mustImport(first, tree.rivals[0]!);
    flush(before, store);

    const second = createTestChain({ overlay: createOverlay(store) });
    expect(second.head()).toEqual(first.head());
    expect(second.headSnapshot()).toEqual(first.headSnapshot());
    expect(second.tree()).toEqual(first.tree());
    for (const block of tree.blocks.slice(20)) mustImport(second, block);
    expect(second.head().hash).toBe(tree.chain.head().hash);
  });

  it('reads a stored snapshot instead of walking the whole chain', () => {
    const store = createMemoryStore();
    const overlay = createOverlay(store);
    const genesis = testGenesis({ signers: 1 });
    const chain = createTestChain({ overlay, genesis });
    while (chain.head().header.number < 70) sealNext(chain);
    flush(overlay, store);
    const snapshot = chain.headSnapshot();

    store.entries.delete(`h/${chain.canonicalHash(40)!.slice(2)}`);
    const second = createTestChain({ overlay: createOverlay(store), genesis });
    expect(second.headSnapshot()).toEqual(snapshot);
  });

  it('writes nothing where there is a store', () => {
    const store = createMemoryStore();
    const first = createOverlay(store);
    createTestChain({ overlay: first });
    flush(first, store);
    const second = createOverlay(store);
    createTestChain({ overlay: second });
    expect(second.take()).toEqual([]);
  });

  it('refuses a store of another genesis, naming both', () => {
    const store = createMemoryStore();
    const overlay = createOverlay(store);
    const chain = createTestChain({ overlay });
    flush(overlay, store);
    const other = testGenesis({ gasLimit: 20_000_000 });
    expect(findForeignStore(store, testGenesis())).toBeNull();
    expect(findForeignStore(createMemoryStore(), other)).toBeNull();
    expect(findForeignStore(store, other)).toEqual({
      kind: 'foreign-store',
      stored: chain.genesisHash,
      configured: createTestChain({ genesis: other }).genesisHash,
    });
    expect(() => createTestChain({ overlay: createOverlay(store), genesis: other })).toThrow('not of');
  });
});

/** The hash recomputed from the header's fields by somebody else's RLP and keccak. */
function hashByViem(header: Header): string {
  const number = (value: bigint | number) => (BigInt(value) === 0n ? '0x' : toHex(BigInt(quantity(value))));
  return viemKeccak(
    toRlp([
      header.parentHash,
      header.ommersHash,
      header.miner,
      header.stateRoot,
      header.transactionsRoot,
      header.receiptsRoot,
      header.logsBloom,
      even(number(header.difficulty)),
      even(number(header.number)),
      even(number(header.gasLimit)),
      even(number(header.gasUsed)),
      even(number(header.timestamp)),
      bytesToHex(header.extraData),
      header.mixHash,
      header.nonce,
      even(number(header.baseFeePerGas!)),
      header.withdrawalsRoot!,
      even(number(header.blobGasUsed!)),
      even(number(header.excessBlobGas!)),
      header.parentBeaconBlockRoot!,
      header.requestsHash!,
    ]),
  );
}

function even(hex: `0x${string}`): `0x${string}` {
  return hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`;
}
