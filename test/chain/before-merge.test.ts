import { describe, expect, it } from 'vitest';
import { createChain } from '../../node/chain/create-chain.ts';
import { DAO_ACCOUNTS } from '../../node/chain/dao-accounts.ts';
import { nextDifficulty } from '../../node/chain/difficulty.ts';
import { nextBaseFee } from '../../node/chain/fees.ts';
import { createGenesisBlock, type Genesis } from '../../node/chain/genesis.ts';
import { createNone } from '../../node/consensus/none.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { EMPTY_BYTES, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { createRandom } from '../../node/lib/random.ts';
import { encodeRlp } from '../../node/lib/rlp.ts';
import { createOverlay } from '../../node/lib/store.ts';
import type { ChainConfig, Fork } from '../../node/types/config.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  headerHash,
  headerToItem,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '../../node/types/header.ts';
import type { RejectionCode } from '../../node/types/rejection.ts';

const HEADER = createGenesisBlock(genesisOf({ forks: forksOf('Frontier') })).block.header;

describe('the difficulty before the merge', () => {
  const parent = (fields: Partial<Header>): Header => ({ ...HEADER, number: 1, timestamp: 1000, ...fields });
  const difficultyAfter = (fork: Fork, seconds: number, fields: Partial<Header> = {}) =>
    nextDifficulty(fork, parent({ difficulty: 2_048_000n, ...fields }), 1000 + seconds);

  it('rises and falls by one step at 13 seconds in Frontier', () => {
    expect([difficultyAfter('Frontier', 12), difficultyAfter('Frontier', 13)]).toEqual([2_049_000n, 2_047_000n]);
  });

  it('changes by steps of ten seconds, 99 at most, since Homestead (EIP-2)', () => {
    const times = [9, 10, 19, 20, 1009, 100_000];
    const steps = times.map((seconds) => (difficultyAfter('Homestead', seconds) - 2_048_000n) / 1000n);
    expect(steps).toEqual([1n, 0n, 0n, -1n, -99n, -99n]);
  });

  it('changes by steps of nine seconds, one higher behind a block with ommers, since Byzantium (EIP-100)', () => {
    const steps = [8, 9, 17, 18].map((seconds) => (difficultyAfter('Byzantium', seconds) - 2_048_000n) / 1000n);
    expect(steps).toEqual([1n, 0n, 0n, -1n]);
    expect(difficultyAfter('Byzantium', 8, { ommersHash: ZERO_HASH })).toBe(2_050_000n);
  });

  it('is at least 131,072', () => {
    expect(difficultyAfter('Homestead', 100_000, { difficulty: 131_072n })).toBe(131_072n);
  });

  it.each<[Fork, number]>([
    ['Homestead', 0],
    ['Byzantium', 3_000_000],
    ['Petersburg', 5_000_000],
    ['Berlin', 9_000_000],
    ['London', 9_700_000],
    ['ArrowGlacier', 10_700_000],
    ['GrayGlacier', 11_400_000],
  ])('has a bomb that is late in %s by %d blocks', (fork, delay) => {
    const at = (block: number) => difficultyAfter(fork, 5, { number: delay + block - 1 }) - 2_049_000n;
    expect([at(199_999), at(200_000), at(300_000), at(1_000_000)]).toEqual([0n, 1n, 2n, 256n]);
  });
});

describe('the fork after the attack on The DAO', () => {
  const MARK = utf8ToBytes('dao-hard-fork');
  const daoFork = { block: 2, isSupported: true };

  it('wants its mark in ten blocks from its own on, and nowhere else', () => {
    const chain = createPow({ daoFork });
    const verdicts: (RejectionCode | null)[] = [];
    for (let number = 1; number <= 12; number++) {
      verdicts.push(chain.judge({ extraData: EMPTY_BYTES }));
      chain.extend(number < 2 || number > 11 ? {} : { extraData: MARK });
    }
    expect(verdicts).toEqual([null, ...Array.from({ length: 10 }, () => 'header-extra-data'), null]);
  });

  it('refuses the mark on the other side', () => {
    const chain = createPow({ daoFork: { ...daoFork, isSupported: false } });
    chain.extend({});
    expect([chain.judge({ extraData: MARK }), chain.judge({})]).toEqual(['header-extra-data', null]);
  });

  it('moves the balances of 116 accounts to the contract that pays them back, in its first block', () => {
    expect(new Set(DAO_ACCOUNTS).size).toBe(116);
    const account = { nonce: 0n, balance: 5n, code: EMPTY_BYTES, storage: new Map<bigint, bigint>() };
    const chain = createPow({ daoFork }, new Map(DAO_ACCOUNTS.map((address) => [address, account])));
    const balance = () => chain.balance('0xbf4ed7b27f1d666546e30d74d50d173d20bca754');
    chain.extend({});
    expect([balance(), chain.balance(DAO_ACCOUNTS[0]!)]).toEqual([0n, 5n]);
    chain.extend({ extraData: MARK });
    expect([balance(), chain.balance(DAO_ACCOUNTS[0]!)]).toEqual([580n, 0n]);
  });
});

describe('an ommer', () => {
  /** A chain of so many blocks, and a sibling of each. */
  const prepare = (length: number) => {
    const chain = createPow({});
    const siblings: Header[] = [];
    for (let i = 0; i < length; i++) {
      siblings.push(chain.child({ miner: `0x${'aa'.repeat(20)}`, extraData: Uint8Array.of(i) }));
      chain.extend({});
    }
    return { chain, siblings };
  };

  it('is rewarded with its block, by its age', () => {
    const { chain, siblings } = prepare(2);
    chain.extend({}, [siblings[1]!, siblings[0]!]);
    const ether = 10n ** 18n;
    expect(chain.balance(`0x${'aa'.repeat(20)}`)).toBe((5n * ether * 7n) / 8n + (5n * ether * 6n) / 8n);
    expect(chain.balance(ZERO_ADDRESS)).toBe(3n * 5n * ether + (2n * 5n * ether) / 32n);
  });

  it('is six generations old at most', () => {
    const { chain, siblings } = prepare(8);
    expect(chain.judge({}, [siblings[1]!])).toBe('block-ommers'); // of height 2 in a block of height 9
    expect(chain.judge({}, [siblings[2]!])).toBeNull();
  });

  it('is refused where there are three, where it was named before, is an ancestor, or a sibling of the block', () => {
    const { chain, siblings } = prepare(4);
    expect(chain.judge({}, siblings.slice(0, 3))).toBe('block-ommers');
    expect(chain.judge({}, [siblings[3]!, siblings[3]!])).toBe('block-ommers');
    expect(chain.judge({}, [chain.head()])).toBe('block-ommers');
    expect(chain.judge({}, [chain.child({ extraData: Uint8Array.of(9) })])).toBe('block-ommers');
    chain.extend({}, [siblings[3]!]);
    expect(chain.judge({}, [siblings[3]!])).toBe('block-ommers');
    expect(chain.judge({}, [siblings[2]!])).toBeNull();
  });

  it('is refused for what is wrong with its header', () => {
    const { chain, siblings } = prepare(2);
    const wrong = (fields: Partial<Header>) => chain.judge({}, [{ ...siblings[1]!, ...fields }]);
    expect(wrong({ difficulty: 1n })).toBe('header-difficulty');
    expect(wrong({ number: 1 })).toBe('header-number');
    expect(wrong({ gasLimit: 1 })).toBe('header-gas-limit');
    expect(wrong({ timestamp: 0 })).toBe('header-timestamp');
    expect(wrong({ extraData: new Uint8Array(33) })).toBe('header-extra-data');
  });
});

describe('the merge by total difficulty', () => {
  // genesis has 131,072, and every block as much and a little more
  const forks = [...forksOf('London'), { ...forksOf('Paris')[0]!, terminalTotalDifficulty: 300_000n }];

  it('comes behind the block that reaches it, neither earlier nor later', () => {
    const chain = createPow({ forks });
    const pos = { difficulty: 0n, nonce: ZERO_NONCE };
    expect([chain.judge(pos), chain.judge({})]).toEqual(['header-difficulty', null]);
    chain.extend({});
    expect([chain.judge(pos), chain.judge({})]).toEqual(['header-difficulty', null]);
    chain.extend({});
    expect([chain.judge(pos), chain.judge({})]).toEqual([null, 'header-difficulty']);
    chain.extend(pos);
    expect([chain.judge(pos), chain.judge({ difficulty: 131_072n })]).toEqual([null, 'header-difficulty']);
  });
});

function forksOf(fork: Fork): ChainConfig['forks'] {
  return [{ fork, blobs: { target: 0, max: 0, baseFeeUpdateFraction: 1 } }];
}

function genesisOf(config: Partial<ChainConfig>, alloc: Genesis['alloc'] = new Map()): Genesis {
  return {
    config: { chainId: 1n, forks: forksOf('Frontier'), clique: null, ...config },
    timestamp: 0,
    extraData: EMPTY_BYTES,
    gasLimit: 5000,
    difficulty: 131_072n,
    mixHash: ZERO_HASH,
    nonce: 0n,
    coinbase: ZERO_ADDRESS,
    baseFeePerGas: null,
    excessBlobGas: null,
    blobGasUsed: null,
    alloc,
  };
}

/** A chain of empty blocks without work, whose roots are whatever comes out. */
function createPow(config: Partial<ChainConfig>, alloc?: Genesis['alloc']) {
  const genesis = genesisOf(config, alloc);
  const chain = createChain({
    genesis,
    engine: createNone(),
    machine: createInterpreter(),
    overlay: createOverlay({ get: () => undefined }),
    gasLimitTarget: 5000,
    random: createRandom('before the merge'),
  });
  const child = (fields: Partial<Header>): Header => {
    const { header: parent, hash } = chain.head();
    const timestamp = Number(parent.timestamp) + 12;
    const fork = genesis.config.forks[0]!.fork;
    return {
      ...parent,
      parentHash: hash,
      ommersHash: EMPTY_OMMERS_HASH,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: EMPTY_BLOOM,
      number: parent.number + 1,
      timestamp,
      difficulty: nextDifficulty(fork, parent, timestamp),
      ...(parent.baseFeePerGas !== undefined && { baseFeePerGas: nextBaseFee(parent) }),
      ...fields,
    };
  };
  const offer = (fields: Partial<Header>, ommers: readonly Header[]) => {
    const ommersHash = keccakHex(encodeRlp(ommers.map(headerToItem)));
    const blockOf = (more: Partial<Header>) => ({
      header: child({ ...fields, ommersHash, ...more }),
      transactions: [],
      ommers,
    });
    const first = chain.importBlock(blockOf({ stateRoot: ZERO_HASH }), 0);
    if (first.kind !== 'refused') throw new Error('a block with a wrong root');
    const { executed, rejection } = first;
    const take = () => executed && chain.importBlock(blockOf({ stateRoot: executed.result.stateRoot }), 0);
    return { rejection, take };
  };
  return {
    child,
    head: () => chain.head().header,
    /** Why a child is refused, but for its root. */
    judge(fields: Partial<Header>, ommers: readonly Header[] = []): RejectionCode | null {
      const { code } = offer(fields, ommers).rejection;
      if (code === 'block-bad-ancestor') throw new Error(`offered twice: ${headerHash(chain.head().header)}`);
      return code === 'block-state-root' ? null : code;
    },
    extend(fields: Partial<Header>, ommers: readonly Header[] = []): void {
      const salt = headerHash(chain.head().header); // another block than the one that was judged
      const nonce = salt.slice(0, 18) as Header['nonce'];
      const isMerged = fields.difficulty === 0n;
      const marked = isMerged ? { ...fields, mixHash: salt } : { ...fields, nonce };
      const offered = offer(marked, ommers);
      const outcome = offered.take();
      if (outcome?.kind !== 'imported') throw new Error(`refused: ${offered.rejection.message}`);
    },
    balance: (address: `0x${string}`) => chain.state(chain.head().header.stateRoot).account(address)?.balance ?? 0n,
  };
}
