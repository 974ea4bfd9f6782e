import { array, assert, bigInt, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedMap } from '../../node/chain/bounded-map.ts';
import type { Chain } from '../../node/chain/chain.ts';
import { nextBaseFee } from '../../node/chain/fees.ts';
import { createHeap } from '../../node/chain/heap.ts';
import {
  createMempool,
  type Mempool,
  NONCE_GAP_MAX,
  POOL_BYTES_MAX,
  POOL_MAX,
  POOL_PER_SENDER_MAX,
  POOL_TX_BYTES_MAX,
  type PoolHead,
} from '../../node/chain/mempool.ts';
import { EMPTY_BYTES, wordToAddress } from '../../node/lib/bytes.ts';
import type { StateView } from '../../node/state/view.ts';
import { forkAt } from '../../node/types/config.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import { isRejection, type RejectionCode } from '../../node/types/rejection.ts';
import {
  type Address,
  effectiveTip,
  encodeTransaction,
  primeSender,
  signTransaction,
  type Transaction,
  transactionHash,
} from '../../node/types/transaction.ts';
import { ACCOUNTS, createTestChain, ETHER, GWEI, sealNext, testGenesis, transfer } from './fixture.ts';

function headOf(chain: Chain): PoolHead {
  const { header } = chain.head();
  const fork = forkAt(chain.config, header.number + 1, Number(header.timestamp) + 1);
  return { header, state: chain.state(header.stateRoot), fork, baseFee: nextBaseFee(header) };
}

function createTestPool(chain: Chain = createTestChain()): Mempool {
  return createMempool(chain.config, headOf(chain));
}

function codeOf(outcome: ReturnType<Mempool['add']>): RejectionCode | null {
  return isRejection(outcome) ? outcome.code : null;
}

/** Adds what must be taken. */
function take(pool: Mempool, tx: Transaction) {
  const outcome = pool.add(tx);
  if (isRejection(outcome)) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome;
}

/** A state in which everybody has a million ether and nothing else. */
const RICH: StateView = {
  account: () => ({ nonce: 0n, balance: 1_000_000n * ETHER, codeHash: EMPTY_CODE_HASH, storageRoot: EMPTY_TRIE_ROOT }),
  code: () => EMPTY_BYTES,
  storage: () => 0n,
};

/** A transaction of anybody, whose sender is told instead of recovered: thousands of signatures would take seconds. */
function fromAnybody(sender: Address, nonce: bigint, tip: bigint, size = 0): Transaction {
  const { signature, ...plain } = PLAIN;
  const tx: Transaction = {
    ...plain,
    nonce,
    maxPriorityFeePerGas: tip,
    data: new Uint8Array(size),
    gasLimit: 21_000 + 10 * size,
    signature: { ...signature, r: BigInt(sender) },
  };
  primeSender(tx, sender);
  return tx;
}

const PLAIN = transfer(0, 0n);

describe('a pool', () => {
  it('takes a transaction, finds it by its hash, and calls it executable', () => {
    const pool = createTestPool();
    const { pooled, replaced, evicted } = take(pool, transfer(0, 0n));
    expect([replaced, evicted]).toEqual([null, []]);
    expect(pool.get(pooled.hash)).toEqual(pooled);
    expect([pool.size(), pool.has(pooled.hash), pool.nextNonce(ACCOUNTS[0]!.address)]).toEqual([1, true, 1n]);
    expect(pool.pending(GWEI)).toEqual([pooled]);
    expect(pool.queued(GWEI)).toEqual([]);
  });

  it.each<[RejectionCode | null, string, Parameters<typeof transfer>[2]]>([
    ['tx-wrong-chain', 'for another chain', { chainId: 1n }],
    ['tx-intrinsic-gas', 'of too little gas', { gasLimit: 20_999 }],
    ['tx-tip-above-fee', 'whose tip is above its fee', { maxFeePerGas: 1n, maxPriorityFeePerGas: 2n }],
    [null, 'whose tip is its fee', { maxFeePerGas: 2n, maxPriorityFeePerGas: 2n }],
    ['tx-gas-limit-cap', 'above the gas limit cap', { gasLimit: 16_777_217 }],
    [null, 'at the gas limit cap', { gasLimit: 16_777_216 }],
    ['tx-nonce-max', 'with the last nonce of all', { nonce: 2n ** 64n - 1n }],
    ['tx-nonce-too-high', 'too far ahead', { nonce: NONCE_GAP_MAX + 1n }],
    [null, 'as far ahead as may be', { nonce: NONCE_GAP_MAX }],
    ['tx-insufficient-funds', 'for more than the sender has', { value: 10_000n * ETHER - 210_000n * GWEI + 1n }],
    [null, 'for all that the sender has', { value: 10_000n * ETHER - 210_000n * GWEI }],
    ['tx-initcode-size', 'with too much initcode', { to: null, data: new Uint8Array(49_153), gasLimit: 2_000_000 }],
    ['pool-oversized', 'of more than 128 KiB', { data: new Uint8Array(POOL_TX_BYTES_MAX), gasLimit: 2_000_000 }],
  ])('answers %s to a transaction %s', (code, _, change) => {
    expect(codeOf(createTestPool().add(transfer(0, 0n, change)))).toBe(code);
  });

  it('takes a transaction of 128 KiB and none of a byte more', () => {
    const pool = createTestPool();
    const of = (size: number) => transfer(0, 0n, { data: new Uint8Array(size), gasLimit: 2_000_000 });
    const spare = POOL_TX_BYTES_MAX - encodeTransaction(of(131_000)).length;
    expect(encodeTransaction(of(131_000 + spare)).length).toBe(POOL_TX_BYTES_MAX);
    expect(codeOf(pool.add(of(131_001 + spare)))).toBe('pool-oversized');
    expect(codeOf(pool.add(of(131_000 + spare)))).toBeNull();
  });

  it('refuses a gas limit above that of a block', () => {
    const pool = createTestPool(createTestChain({ genesis: testGenesis({ gasLimit: 50_000 }) }));
    expect(codeOf(pool.add(transfer(0, 0n, { gasLimit: 50_001 })))).toBe('tx-gas-allowance');
    expect(codeOf(pool.add(transfer(0, 0n, { gasLimit: 50_000 })))).toBeNull();
  });

  it('finds a wrong signature whatever the gas limit of its head, so that all nodes blame the same peer', () => {
    const wide = transfer(0, 0n, { gasLimit: 50_001 });
    const unsigned = { ...wide, signature: { ...wide.signature, r: 0n } };
    for (const gasLimit of [50_000, 60_000])
      expect(codeOf(createTestPool(createTestChain({ genesis: testGenesis({ gasLimit }) })).add(unsigned))).toBe(
        'tx-signature',
      );
  });

  it('refuses blobs with the text that clients know', () => {
    const { type: _, signature: __, ...common } = PLAIN;
    const blob = { ...common, type: 3 as const, maxFeePerBlobGas: GWEI, blobVersionedHashes: [] };
    expect(createTestPool().add(signTransaction(blob, ACCOUNTS[0]!.key))).toEqual({
      kind: 'rejection',
      code: 'tx-type-not-supported',
      message: 'transaction type not supported',
    });
  });

  it('takes legacy transactions with and without a chain id', () => {
    const pool = createTestPool();
    const legacy = (chainId: bigint | null, nonce: bigint) =>
      signTransaction(
        {
          type: 0,
          chainId,
          nonce,
          gasPrice: GWEI,
          gasLimit: 21_000,
          to: ACCOUNTS[1]!.address,
          value: 1n,
          data: EMPTY_BYTES,
        },
        ACCOUNTS[0]!.key,
      );
    expect([legacy(1337n, 0n), legacy(null, 1n), legacy(2n, 2n)].map((tx) => codeOf(pool.add(tx)))).toEqual([
      null,
      null,
      'tx-wrong-chain',
    ]);
  });

  it('refuses what it has, and a signature that is none', () => {
    const pool = createTestPool();
    take(pool, transfer(0, 0n));
    expect(pool.add(transfer(0, 0n))).toMatchObject({ code: 'pool-known', message: 'already known' });
    expect(codeOf(pool.add({ ...PLAIN, signature: { r: 1n, s: 0n, yParity: 0 } }))).toBe('tx-signature');
  });

  it('refuses a nonce that the state has used', () => {
    const chain = createTestChain();
    sealNext(chain, [transfer(0, 0n)]);
    const pool = createTestPool(chain);
    expect(pool.add(transfer(0, 0n))).toMatchObject({
      code: 'tx-nonce-too-low',
      message: 'nonce too low: next nonce 1, tx nonce 0',
    });
    expect(codeOf(pool.add(transfer(0, 1n)))).toBeNull();
  });

  it('counts what the transactions before will have spent', () => {
    const pool = createTestPool();
    take(pool, transfer(0, 0n, { value: 6_000n * ETHER }));
    expect(codeOf(pool.add(transfer(0, 1n, { value: 6_000n * ETHER })))).toBe('tx-insufficient-funds');
    expect(codeOf(pool.add(transfer(0, 1n, { value: 3_999n * ETHER })))).toBeNull();
  });

  it('refuses a sender that is a contract', () => {
    const chain = createTestChain();
    const contract: StateView = { ...RICH, code: () => Uint8Array.of(0x5f) };
    const delegated: StateView = { ...RICH, code: () => Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(20)) };
    const judge = (state: StateView) => codeOf(createMempool(chain.config, { ...headOf(chain), state }).add(PLAIN));
    expect([judge(contract), judge(delegated)]).toEqual(['tx-sender-has-code', null]);
  });
});

describe('a replacement', () => {
  const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => ({ maxFeePerGas, maxPriorityFeePerGas });

  it.each<[RejectionCode | null, string, bigint, bigint]>([
    [null, '10 % more of both', 1100n, 110n],
    ['pool-underpriced', 'a little less than 10 % more of the fee', 1099n, 110n],
    ['pool-underpriced', 'a little less than 10 % more of the tip', 1100n, 109n],
    ['pool-underpriced', 'the same', 1000n, 100n],
  ])('is answered %s with %s', (code, _, fee, tip) => {
    const pool = createTestPool();
    const first = take(pool, transfer(0, 0n, fees(1000n, 100n)));
    const outcome = pool.add(transfer(0, 0n, { ...fees(fee, tip), value: 2n }));
    expect(codeOf(outcome)).toBe(code);
    expect(pool.size()).toBe(1);
    expect(pool.has(first.pooled.hash)).toBe(code !== null);
    if (!isRejection(outcome)) expect(outcome.replaced).toEqual(first.pooled);
  });

  it('of a tip of nothing needs a tip', () => {
    const pool = createTestPool();
    take(pool, transfer(0, 0n, fees(1000n, 0n)));
    expect(codeOf(pool.add(transfer(0, 0n, { ...fees(1100n, 0n), value: 2n })))).toBe('pool-underpriced');
    expect(codeOf(pool.add(transfer(0, 0n, { ...fees(1100n, 1n), value: 2n })))).toBeNull();
  });
});

describe('the order of pending transactions', () => {
  it('is by tip, and by nonce for each sender', () => {
    const pool = createTestPool();
    const tip = (from: number, nonce: bigint, gwei: bigint) =>
      take(pool, transfer(from, nonce, { maxPriorityFeePerGas: gwei * GWEI })).pooled;
    const [a0, a1, b0, b1, c0] = [tip(0, 0n, 1n), tip(0, 1n, 9n), tip(1, 0n, 5n), tip(1, 1n, 2n), tip(2, 0n, 3n)];
    expect(pool.pending(GWEI)).toEqual([b0, c0, b1, a0, a1]);
  });

  it('counts what is left of the fee above the base fee', () => {
    const pool = createTestPool();
    const cheap = take(pool, transfer(0, 0n, { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 3n * GWEI })).pooled;
    const dear = take(pool, transfer(1, 0n, { maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: 2n * GWEI })).pooled;
    expect(pool.pending(0n)).toEqual([cheap, dear]);
    expect(pool.pending(2n * GWEI)).toEqual([dear, cheap]);
    expect(pool.pending(3n * GWEI)).toEqual([dear, cheap]);
    expect([pool.pending(3n * GWEI + 1n), pool.queued(3n * GWEI + 1n)]).toEqual([[dear], [cheap]]);
  });

  it('ends before a gap, which a late transaction closes', () => {
    const pool = createTestPool();
    const [third, first] = [take(pool, transfer(0, 2n)).pooled, take(pool, transfer(0, 0n)).pooled];
    expect([pool.pending(0n), pool.queued(0n), pool.nextNonce(first.sender)]).toEqual([[first], [third], 1n]);
    const second = take(pool, transfer(0, 1n)).pooled;
    expect([pool.pending(0n), pool.queued(0n), pool.nextNonce(first.sender)]).toEqual([[first, second, third], [], 3n]);
  });

  it('does not depend on the order of arrival', () => {
    const transactions = [0, 1, 2, 3].flatMap((from) => [0n, 1n, 2n].map((nonce) => transfer(from, nonce)));
    const pendingAfter = (arriving: readonly Transaction[]) => {
      const pool = createTestPool();
      for (const tx of arriving) take(pool, tx);
      return pool.pending(GWEI).map(({ hash }) => hash);
    };
    expect(pendingAfter(transactions.toReversed())).toEqual(pendingAfter(transactions));
  });

  it('fills blocks that import', () => {
    const chain = createTestChain();
    const pool = createTestPool(chain);
    for (const from of [0, 1, 2]) for (const nonce of [0n, 1n, 2n]) take(pool, transfer(from, nonce));
    const block = sealNext(
      chain,
      pool.pending(headOf(chain).baseFee).map(({ tx }) => tx),
    );
    expect(block.transactions).toHaveLength(9);
    expect(pool.reset(headOf(chain)).map(({ reason }) => reason)).toEqual(Array(9).fill('mined'));
    expect(pool.size()).toBe(0);
  });
});

describe('a new head', () => {
  it('drops what was mined and what the balance no longer covers, and keeps the rest', () => {
    const chain = createTestChain();
    const pool = createTestPool(chain);
    const [mined, kept, poor] = [
      take(pool, transfer(0, 0n)),
      take(pool, transfer(0, 1n)),
      take(pool, transfer(0, 2n, { value: 9_999n * ETHER })),
    ];
    sealNext(chain, [transfer(0, 0n, { value: 5n * ETHER })]);
    expect(pool.reset(headOf(chain))).toEqual([
      { pooled: mined.pooled, reason: 'mined' },
      { pooled: poor.pooled, reason: expect.objectContaining({ code: 'tx-insufficient-funds' }) },
    ]);
    expect(pool.hashes()).toEqual([kept.pooled.hash]);
  });

  it('takes back what a reorganisation undid', () => {
    const chain = createTestChain();
    const before = headOf(chain);
    sealNext(chain, [transfer(0, 0n)]);
    const pool = createTestPool(chain);
    take(pool, transfer(0, 1n));
    pool.reset(before);
    expect(pool.pending(0n)).toEqual([]);
    take(pool, transfer(0, 0n));
    expect(pool.pending(0n)).toHaveLength(2);
  });
});

describe('the bounds of the pool', () => {
  const chain = createTestChain();
  const rich = (): Mempool => createMempool(chain.config, { ...headOf(chain), state: RICH });
  const sender = (i: number): Address => wordToAddress(BigInt(i + 1));

  it('let a sender have 64 transactions, of which the last goes for an earlier one', () => {
    const pool = rich();
    for (let nonce = 1n; nonce <= BigInt(POOL_PER_SENDER_MAX); nonce++) take(pool, fromAnybody(sender(0), nonce, GWEI));
    expect(codeOf(pool.add(fromAnybody(sender(0), BigInt(POOL_PER_SENDER_MAX) + 0n, GWEI, 1)))).toBe(
      'pool-underpriced',
    );
    const { evicted } = take(pool, fromAnybody(sender(0), 0n, GWEI));
    expect(evicted.map(({ tx }) => tx.nonce)).toEqual([BigInt(POOL_PER_SENDER_MAX)]);
    expect(codeOf(pool.add(fromAnybody(sender(0), BigInt(POOL_PER_SENDER_MAX), GWEI)))).toBe('pool-sender-full');
    expect(pool.pending(0n)).toHaveLength(POOL_PER_SENDER_MAX);
  });

  it('evict the cheapest last transaction, and refuse what is cheaper still', () => {
    const pool = rich();
    for (let i = 0; i < POOL_MAX; i++) take(pool, fromAnybody(sender(i), 0n, GWEI + BigInt(i)));
    expect(codeOf(pool.add(fromAnybody(sender(POOL_MAX), 0n, GWEI - 1n)))).toBe('pool-full');
    expect(pool.size()).toBe(POOL_MAX);
    const { evicted } = take(pool, fromAnybody(sender(POOL_MAX), 0n, GWEI + 1n));
    expect(evicted.map((each) => each.sender)).toEqual([sender(0)]);
    expect(pool.size()).toBe(POOL_MAX);
    expect(pool.nextNonce(sender(0))).toBe(0n);
  });

  it('evict what is behind a gap before anything that is executable', () => {
    const pool = rich();
    take(pool, fromAnybody(sender(0), 1n, 9n * GWEI));
    for (let i = 1; i < POOL_MAX; i++) take(pool, fromAnybody(sender(i), 0n, GWEI));
    const { evicted } = take(pool, fromAnybody(sender(POOL_MAX), 0n, 1n));
    expect(evicted.map((each) => each.sender)).toEqual([sender(0)]);
  });

  it('hold for bytes as for the count', () => {
    const pool = rich();
    const size = 130_000;
    let added = 0;
    while (pool.size() === added) {
      const { evicted } = take(pool, fromAnybody(sender(added), 0n, GWEI + BigInt(added), size));
      expect(evicted.length).toBe(pool.size() === added + 1 ? 0 : 1);
      added++;
    }
    expect(pool.size()).toBe(
      Math.floor(POOL_BYTES_MAX / encodeTransaction(fromAnybody(sender(0), 0n, GWEI, size)).length),
    );
  });
});

describe('whatever happens to a pool', () => {
  const chain = createTestChain();
  const operation = record({
    sender: integer({ min: 1, max: 5 }),
    nonce: bigInt({ min: 0n, max: 6n }),
    tip: bigInt({ min: 0n, max: 3n }),
    kind: constantFrom('add', 'add', 'add', 'reset'),
  });

  it('pending and queued are all of it, in nonce order without gaps, by tip', () => {
    assert(
      property(array(operation, { maxLength: 60 }), (operations) => {
        let mined = 0n;
        const state = (): StateView => {
          const nonce = mined;
          return { ...RICH, account: () => ({ ...RICH.account('0x')!, nonce }) };
        };
        const pool = createMempool(chain.config, { ...headOf(chain), state: state() });
        for (const { sender, nonce, tip, kind } of operations) {
          if (kind === 'add') pool.add(fromAnybody(wordToAddress(BigInt(sender)), nonce, tip * GWEI));
          else {
            mined++;
            pool.reset({ ...headOf(chain), state: state() });
          }
        }
        const [pending, queued] = [pool.pending(GWEI), pool.queued(GWEI)];
        expect([...pending, ...queued].map(({ hash }) => hash).sort()).toEqual([...pool.hashes()].sort());
        const next = new Map<Address, bigint>();
        for (const [i, { sender, tx }] of pending.entries()) {
          expect(tx.nonce).toBe(next.get(sender) ?? mined);
          next.set(sender, tx.nonce + 1n);
          const firstOfOthers = pending
            .slice(i)
            .filter((other) => other.tx.nonce === (next.get(other.sender) ?? mined));
          for (const other of firstOfOthers.filter((each) => each.sender !== sender))
            expect(effectiveTip(tx, GWEI) >= effectiveTip(other.tx, GWEI)).toBe(true);
        }
        for (const { tx } of queued) expect(tx.nonce >= mined).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('helpers of the room', () => {
  it('a heap gives back what it was given, the least first', () => {
    assert(
      property(array(integer()), (numbers) => {
        const heap = createHeap<number>((a, b) => a - b);
        for (const number of numbers) heap.push(number);
        const sorted = numbers.map(() => heap.pop());
        expect(sorted).toEqual([...numbers].sort((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('a bounded map forgets what was used longest ago', () => {
    const map = createBoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size()]).toEqual([1, undefined, 3, 2]);
  });

  it('tells transactions of one sender apart by their hash', () => {
    expect(transactionHash(fromAnybody(wordToAddress(1n), 0n, 1n))).not.toBe(
      transactionHash(fromAnybody(wordToAddress(2n), 0n, 1n)),
    );
  });
});
