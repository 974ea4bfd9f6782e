// Blocks of 4,000 transfers: distinct senders, distinct recipients, on a state of 100,000 accounts. Of ether, or of a token that solc compiled.

import { encodeFunctionData } from 'viem';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { assert, present } from '../../node/lib/assert.ts';
import {
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  hexToBytes,
  utf8ToBytes,
  wordToAddress,
  wordToBytes,
} from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { addressOfKey } from '../../node/lib/signatures.ts';
import type { Write } from '../../node/lib/store.ts';
import { type AllocAccount, createStateFromAlloc } from '../../node/state/alloc.ts';
import type { ChainConfig } from '../../node/types/config.ts';
import { EMPTY_BLOOM, EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header, ZERO_HASH } from '../../node/types/header.ts';
import { type Address, type Hash, signTransaction, type Transaction } from '../../node/types/transaction.ts';
import { deployToken } from './token.ts';

export const TRANSFERS = 4_000;
export const ACCOUNTS = 100_000;

/** A block to execute and the state before it. */
export type TransferCase = {
  readonly name: string;
  readonly config: ChainConfig;
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  /** The state's root, nodes and code, as a store has them. */
  readonly root: Hash;
  readonly writes: readonly Write[];
};

const ETHER = 10n ** 18n;
const GWEI = 10n ** 9n;
const BASE_FEE = 7n;
const TOKEN: Address = `0x70${'cc'.repeat(19)}`;

/** Makes both blocks. The senders are known, as they are behind a pool. */
export function transferCases(): readonly TransferCase[] {
  const genesis = parseGenesis(
    createDefaultGenesis({
      signers: [present(DEVELOPMENT_ACCOUNTS[1], 'a second account').address],
      period: 1,
      accounts: [],
      gasLimit: 30_000_000,
    }),
  );
  assert(!isGenesisProblem(genesis), 'the default genesis is read');
  const keys = Array.from({ length: TRANSFERS }, (_, i) => keccak256(utf8ToBytes(`transfer ${i}`)));
  const senders = keys.map(addressOfKey);
  // half of the recipients are new to the state
  const recipients = Array.from({ length: TRANSFERS }, (_, i) => (i % 2 === 0 ? bystander(i) : fresh(i)));

  const plain = keys.map((key, i) =>
    sign(genesis, key, { to: at(recipients, i), value: BigInt(i + 1), data: EMPTY_BYTES, gasLimit: 21_000 }),
  );
  const token = deployToken();
  const tokenCalls = keys.map((key, i) => {
    const args = [at(recipients, i), BigInt(i + 1)] as const;
    const data = hexToBytes(encodeFunctionData({ abi: token.abi, functionName: 'transfer', args }));
    return sign(genesis, key, { to: TOKEN, value: 0n, data, gasLimit: 100_000 });
  });

  const alloc = new Map<Address, AllocAccount>(genesis.alloc);
  for (const sender of senders) alloc.set(sender, rich());
  for (let i = 0; alloc.size < ACCOUNTS - 1; i++) alloc.set(bystander(i), rich());
  const storage = new Map(token.storage);
  for (const holder of senders) storage.set(balanceSlot(holder), ETHER);
  for (let i = 0; i < TRANSFERS; i += 2) storage.set(balanceSlot(bystander(i)), ETHER);
  alloc.set(TOKEN, { nonce: 1n, balance: 0n, code: token.code, storage });

  const { root, writes } = createStateFromAlloc(alloc);
  const common = { config: { ...genesis.config, clique: null }, header: headerOf(), root, writes };
  return [
    { ...common, name: 'transfers', transactions: plain },
    { ...common, name: 'ERC-20 transfers', transactions: tokenCalls },
  ];
}

function rich(): AllocAccount {
  return { nonce: 0n, balance: 100n * ETHER, code: EMPTY_BYTES, storage: new Map() };
}

function bystander(i: number): Address {
  return wordToAddress((0xb157n << 128n) + BigInt(i));
}

function fresh(i: number): Address {
  return wordToAddress((0xf6e5n << 128n) + BigInt(i));
}

/** Of `mapping(address => uint256)` in the token's first slot. */
function balanceSlot(holder: Address): bigint {
  return BigInt(bytesToHex(keccak256(concatBytes(wordToBytes(BigInt(holder)), wordToBytes(0n)))));
}

type Wanted = { readonly to: Address; readonly value: bigint; readonly data: Uint8Array; readonly gasLimit: number };

function sign({ config }: Genesis, key: Uint8Array, wanted: Wanted): Transaction {
  const fees = { maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI };
  return signTransaction({ type: 2, chainId: config.chainId, nonce: 0n, ...wanted, ...fees, accessList: [] }, key);
}

function headerOf(): Header {
  return {
    parentHash: `0x${'11'.repeat(32)}`,
    ommersHash: EMPTY_OMMERS_HASH,
    miner: `0x${'c0'.repeat(20)}`,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: 0n,
    number: 1,
    gasLimit: TRANSFERS * 100_000,
    gasUsed: 0,
    timestamp: 1_800_000_000,
    extraData: EMPTY_BYTES,
    mixHash: ZERO_HASH,
    nonce: '0x0000000000000000',
    baseFeePerGas: BASE_FEE,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0,
    excessBlobGas: 0,
    parentBeaconBlockRoot: `0x${'22'.repeat(32)}`,
  };
}

function at<T>(list: readonly T[], i: number): T {
  return present(list[i], `item ${i}`);
}
