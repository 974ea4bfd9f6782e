// One case of the suite `blockchain`: a chain from a genesis that a test describes, its blocks imported one by one, some of which must be
// refused. The engine is `none` with the order of import as fork choice, since these chains have no consensus of their own.

import type { Chain } from '../../node/chain/chain.ts';
import { createChain } from '../../node/chain/create-chain.ts';
import { createGenesisBlock, type Genesis } from '../../node/chain/genesis.ts';
import { checkRoom, checkSender } from '../../node/chain/transaction-checks.ts';
import type { Engine, Tip } from '../../node/consensus/engine.ts';
import { createNone } from '../../node/consensus/none.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { createRandom } from '../../node/lib/random.ts';
import { createOverlay } from '../../node/lib/store.ts';
import { toWide } from '../../node/lib/wide.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import { type Block, blockHash, decodeBlock } from '../../node/types/block.ts';
import type { ChainConfig, ForkActivation } from '../../node/types/config.ts';
import { EMPTY_CODE_HASH } from '../../node/types/header.ts';
import { isRejection, type Rejection } from '../../node/types/rejection.ts';
import { encodeTransaction, transactionSender } from '../../node/types/transaction.ts';
import { difference } from './case.ts';
import { judgeReason } from './exceptions.ts';
import { blobsNamed, findFork, type ScheduleText } from './forks.ts';

type Quantities = Readonly<Record<string, string>>;
type TestAccount = {
  readonly nonce: string;
  readonly balance: string;
  readonly code: string;
  readonly storage: Quantities;
};

/** A line of a pack. */
export type BlockchainLine = {
  readonly id: string;
  readonly network: string;
  readonly test: {
    readonly pre: Readonly<Record<string, TestAccount>>;
    readonly genesisBlockHeader: Quantities & { readonly hash: Hex };
    readonly blocks: readonly ({ readonly rlp: Hex } & Readonly<Record<string, unknown>>)[];
    readonly lastblockhash: Hex;
    readonly config?: {
      readonly chainid?: string;
      readonly blobSchedule?: ScheduleText;
    };
  };
};

/** What became of a case; `unruled` says why there are no rules for its network. */
export type BlockchainVerdict = {
  readonly unruled: string | null;
  readonly wrong: string | null;
  readonly unnamedReason: string | null;
};

/** Runs a case. */
export function runBlockchainCase(machine: Machine, { network, test }: BlockchainLine): BlockchainVerdict {
  const rules = rulesOfNetwork(network, test.config?.blobSchedule ?? {});
  if (typeof rules === 'string') return { unruled: rules, wrong: null, unnamedReason: null };
  const genesis = genesisOf(test, {
    chainId: BigInt(test.config?.chainid ?? 1),
    ...rules,
    clique: null,
    depositContract: DEPOSIT_CONTRACT,
  });
  const genesisHash = blockHash(createGenesisBlock(genesis).block);
  let unnamedReason: string | null = null;
  const end = (wrong: string | null): BlockchainVerdict => ({ unruled: null, wrong, unnamedReason });
  const wrongGenesis = difference('genesis hash', test.genesisBlockHeader.hash, genesisHash);
  if (wrongGenesis !== null) return end(wrongGenesis);

  const offer = createOffer(createTestChain(genesis, machine));
  for (const [index, { rlp, ...wanted }] of test.blocks.entries()) {
    const exception = exceptionOf(wanted);
    const rejections = offer.block(rlp);
    const [rejection] = rejections;
    if (exception === null && rejection !== undefined)
      return end(`block ${index}: refused, ${rejection.code}: ${rejection.message}`);
    if (exception === null) continue;
    if (rejection === undefined) return end(`block ${index}: imported, though ${exception}`);
    const reason = judgeReason(exception, ...rejections);
    if (reason === 'wrong') {
      const got = rejections.map(({ code, message }) => `${code} (${message})`).join(', behind it ');
      return end(`block ${index}: expected ${exception}, got ${got}`);
    }
    if (reason === 'unnamed') unnamedReason = `${exception} (${rejection.code})`;
  }
  return end(difference('last block', test.lastblockhash, offer.head()));
}

/** The name of the refusal; older files have one for each network, or for all. */
function exceptionOf(wanted: Readonly<Record<string, unknown>>): string | null {
  const [name] = Object.entries(wanted).flatMap(([key, value]) =>
    key.startsWith('expectException') && typeof value === 'string' && value !== '' ? [value] : [],
  );
  return name ?? null;
}

/**
 * Offers blocks to a chain. A refusal is listed with what stands behind it: published blocks with an invalid transaction often have the
 * root of other transactions, so that one is offered again with its own root; and what was refused before is refused as it was then.
 */
function createOffer(chain: Chain) {
  const refused = new Map<Hex, Rejection>(); // by their hash; a right block may yet have the header of a wrong one
  const once = (block: Block): Rejection | null => {
    const outcome = chain.importBlock(block, Number.MAX_SAFE_INTEGER);
    if (outcome.kind !== 'refused') return null;
    const hash = blockHash(block);
    const known = outcome.rejection.code === 'block-bad-ancestor' ? refused.get(hash) : undefined;
    refused.set(hash, known ?? outcome.rejection);
    return known ?? outcome.rejection;
  };
  const judge = (block: Block): readonly Rejection[] => {
    const rejection = once(block);
    if (rejection?.code !== 'block-transactions-root') return rejection === null ? [] : [rejection];
    const transactionsRoot = orderedTrieRoot(block.transactions.map(encodeTransaction));
    const inner = once({ ...block, header: { ...block.header, transactionsRoot } });
    const isFirst = inner?.message.startsWith('transaction 0 ') === true;
    return [rejection, inner, ...(isFirst ? othersOf(chain, block) : [])].filter(isRejection);
  };
  return {
    head: () => chain.head().hash,
    block(rlp: Hex): readonly Rejection[] {
      const block = decodeBlock(hexToBytes(rlp));
      return isRejection(block) ? [block] : judge(block);
    },
  };
}

/** What else is wrong with the first transaction of a block: clients look in different orders. */
function othersOf(chain: Chain, { header, transactions }: Block): readonly Rejection[] {
  const [tx] = transactions;
  const parent = chain.entry(header.parentHash);
  if (tx === undefined || parent === null) return [];
  const view = chain.state(parent.header.stateRoot);
  const state = {
    nonce: (address: Hex) => view.account(address)?.nonce ?? 0n,
    balance: (address: Hex) => view.account(address)?.balance ?? 0n,
    code: (address: Hex) => view.code(view.account(address)?.codeHash ?? EMPTY_CODE_HASH),
  };
  const sender = transactionSender(tx);
  const room = { blobBaseFee: 0n, gasAvailable: header.gasLimit, blobGasAvailable: Number.MAX_SAFE_INTEGER };
  return [
    checkRoom({ ...room, baseFee: header.baseFeePerGas ?? 0n }, tx),
    isRejection(sender) ? sender : checkSender(state, tx, sender),
  ].filter(isRejection);
}

/** EIP-6110 on the main network, which the tests use. */
const DEPOSIT_CONTRACT: Hex = '0x00000000219ab540356cbb839cbe05303d7705fa';

/** A chain in memory that believes in every seal. */
export function createTestChain(genesis: Genesis, machine: Machine): Chain {
  return createChain({
    genesis,
    engine: createForTests(),
    machine,
    overlay: createOverlay({ get: () => undefined }),
    gasLimitTarget: genesis.gasLimit,
    random: createRandom('conformance'),
  });
}

/** Ties go to the block that came first, as the tests expect; a longer chain wins where nobody mines. */
function createForTests(): Engine {
  const compareTips = (a: Tip, b: Tip): number =>
    a.totalDifficulty === b.totalDifficulty
      ? b.header.number - a.header.number
      : a.totalDifficulty > b.totalDifficulty
        ? -1
        : 1;
  return { ...createNone(), compareTips };
}

function genesisOf({ pre, genesisBlockHeader: header }: BlockchainLine['test'], config: ChainConfig): Genesis {
  const text = (field: string): Hex => (header[field] ?? '0x') as Hex;
  const optional = (field: string): number | null => (header[field] === undefined ? null : Number(header[field]));
  const alloc: [Hex, Genesis['alloc'] extends ReadonlyMap<Hex, infer A> ? A : never][] = Object.entries(pre).map(
    ([address, { nonce, balance, code, storage }]) => [
      address.toLowerCase() as Hex,
      {
        nonce: BigInt(nonce),
        balance: BigInt(balance),
        code: hexToBytes(code),
        storage: new Map(Object.entries(storage).map(([slot, value]) => [BigInt(slot), BigInt(value)])),
      },
    ],
  );
  return {
    config,
    timestamp: Number(text('timestamp')),
    extraData: hexToBytes(text('extraData')),
    gasLimit: toWide(BigInt(text('gasLimit'))),
    difficulty: BigInt(text('difficulty')),
    mixHash: text('mixHash'),
    nonce: BigInt(text('nonce')),
    coinbase: text('coinbase').toLowerCase() as Hex,
    baseFeePerGas: header['baseFeePerGas'] === undefined ? null : BigInt(header['baseFeePerGas']),
    excessBlobGas: optional('excessBlobGas'),
    blobGasUsed: optional('blobGasUsed'),
    alloc: new Map(alloc),
  };
}

type NetworkRules = Pick<ChainConfig, 'forks' | 'daoFork'>;

/** The rules of a network's name (`Osaka`, `BerlinToLondonAt5`, `OsakaToBPO1AtTime15k`, `ArrowGlacierToParisAtDiffC0000`), or why there are none. */
function rulesOfNetwork(network: string, schedule: ScheduleText): NetworkRules | string {
  const parts = /^(\w+?)(?:To(\w+)At(Time15k|Diff[0-9A-Fa-f]+|\d+))?$/.exec(network);
  const [, first = '', second, at = ''] = parts ?? [];
  const before = activationOf(first, schedule);
  if (before === null) return `no rules for ${network}`;
  if (second === undefined) return { forks: [before] };
  if (second === 'Dao') return { forks: [before], daoFork: { block: Number(at), isSupported: true } };
  const after = activationOf(second, schedule);
  if (after === null) return `no rules for ${network}`;
  return { forks: [before, { ...after, ...pointOf(at) }] };
}

function pointOf(at: string): Partial<ForkActivation> {
  if (at === 'Time15k') return { time: 15_000 };
  if (at.startsWith('Diff')) return { terminalTotalDifficulty: BigInt(`0x${at.slice('Diff'.length)}`) };
  return { block: Number(at) };
}

function activationOf(name: string, schedule: ScheduleText): ForkActivation | null {
  const fork = findFork(name);
  return fork === null ? null : { fork, blobs: blobsNamed(name, schedule) };
}
