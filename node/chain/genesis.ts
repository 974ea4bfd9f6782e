// geth's genesis.json: read, checked field by field, and made into the genesis block with its state. `config.lockstep` holds what geth has no word for.

import { decodeSigners, sealOf } from '../consensus/clique/extra-data.ts';
import { bigintToBytes, bytesToHex, EMPTY_BYTES, padLeft } from '../lib/bytes.ts';
import type { Write } from '../lib/store.ts';
import { GAS_LIMIT_MAX, toWide, type Wide } from '../lib/wide.ts';
import { createStateFromAlloc } from '../state/alloc.ts';
import { type Block, blockHash } from '../types/block.ts';
import { type ChainConfig, type CliqueConfig, forkOf, includesFork } from '../types/config.ts';
import {
  EMPTY_BLOOM,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Header,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '../types/header.ts';
import { isRejection } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { blockWrites, canonicalWrite, genesisWrite, headWrite, siblingsWrite } from './chain-store.ts';
import { INITIAL_BASE_FEE } from './fees.ts';
import { GAS_LIMIT_MIN } from './gas-limit.ts';
import { readAlloc } from './genesis-alloc.ts';
import {
  bytesField,
  FieldError,
  hasField,
  numberField,
  openSection,
  quantityField,
  required,
  type Section,
  subsection,
} from './genesis-field.ts';
import { readDaoFork, readForks } from './genesis-forks.ts';
import { EMPTY_REQUESTS_HASH } from './requests.ts';
import { CONSOLIDATION_REQUEST_ADDRESS, WITHDRAWAL_REQUEST_ADDRESS } from './system-contracts.ts';

/** An account of the genesis allocation. */
export type GenesisAccount = {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  readonly storage: ReadonlyMap<bigint, bigint>;
};

export type Genesis = {
  readonly config: ChainConfig;
  readonly timestamp: number;
  readonly extraData: Uint8Array;
  readonly gasLimit: Wide;
  readonly difficulty: bigint;
  readonly mixHash: Hash;
  readonly nonce: bigint;
  readonly coinbase: Address;
  readonly baseFeePerGas: bigint | null;
  readonly excessBlobGas: number | null;
  readonly blobGasUsed: number | null;
  readonly alloc: ReadonlyMap<Address, GenesisAccount>;
};

/** What is wrong with a genesis file: the field's path (`config.clique.period`) and a sentence. */
export type GenesisProblem = { readonly kind: 'genesis-problem'; readonly path: string; readonly message: string };

/** Reads a parsed genesis.json. Unknown fields of its own section `config.lockstep` are problems, unknown fields elsewhere are geth's affair. */
export function parseGenesis(json: unknown): Genesis | GenesisProblem {
  try {
    return readGenesis(openSection(json, ''));
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    const { path, message } = error;
    return { kind: 'genesis-problem', path, message: `${path === '' ? 'genesis' : path}: ${message}` };
  }
}

/** Whether the reading of a genesis file failed. */
export function isGenesisProblem(value: Genesis | GenesisProblem): value is GenesisProblem {
  return 'kind' in value;
}

/** The genesis block and every write that a new store needs for it: state, block, canonical index, head. */
export function createGenesisBlock(genesis: Genesis): {
  readonly block: Block;
  readonly writes: readonly Write[];
} {
  const state = createStateFromAlloc(genesis.alloc);
  const header = createHeader(genesis, state.root);
  const block: Block = {
    header,
    transactions: [],
    ommers: [],
    ...(header.withdrawalsRoot !== undefined && { withdrawals: [] }),
  };
  const hash = blockHash(block);
  const writes = [
    ...state.writes,
    ...blockWrites({ block, receipts: [], totalDifficulty: genesis.difficulty }),
    siblingsWrite(0, [hash]),
    canonicalWrite(0, hash),
    headWrite(hash),
    genesisWrite(hash),
  ];
  return { block, writes };
}

function createHeader(genesis: Genesis, stateRoot: Hash): Header {
  const { config, timestamp, difficulty } = genesis;
  const { fork } = forkOf(config, { number: 0, timestamp, difficulty });
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    miner: genesis.coinbase,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: genesis.difficulty,
    number: 0,
    gasLimit: genesis.gasLimit,
    gasUsed: 0,
    timestamp: genesis.timestamp,
    extraData: genesis.extraData,
    mixHash: genesis.mixHash,
    nonce: bytesToHex(padLeft(bigintToBytes(genesis.nonce), 8)),
    ...(includesFork(fork, 'London') && { baseFeePerGas: genesis.baseFeePerGas ?? INITIAL_BASE_FEE }),
    ...(includesFork(fork, 'Shanghai') && { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(includesFork(fork, 'Cancun') && {
      blobGasUsed: genesis.blobGasUsed ?? 0,
      excessBlobGas: genesis.excessBlobGas ?? 0,
      parentBeaconBlockRoot: ZERO_HASH,
    }),
    ...(includesFork(fork, 'Prague') && { requestsHash: EMPTY_REQUESTS_HASH }),
  };
}

function readGenesis(file: Section): Genesis {
  const difficulty = required(quantityField(file, 'difficulty', 256), file, 'difficulty');
  const timestamp = numberField(file, 'timestamp') ?? 0;
  const extraData = bytesField(file, 'extraData') ?? EMPTY_BYTES;
  const config = readConfig(subsection(file, 'config'), { timestamp, difficulty, extraData });

  const gasLimit = toWide(required(quantityField(file, 'gasLimit', 64), file, 'gasLimit'));
  if (gasLimit < GAS_LIMIT_MIN) throw new FieldError('gasLimit', `must be at least ${GAS_LIMIT_MIN}, not ${gasLimit}`);
  if (gasLimit > GAS_LIMIT_MAX) throw new FieldError('gasLimit', `must be at most ${GAS_LIMIT_MAX}, not ${gasLimit}`);
  if (config.clique !== null && typeof gasLimit !== 'number')
    throw new FieldError('gasLimit', `must be below 2^53 with config.clique, not ${gasLimit}`);
  for (const name of ['number', 'gasUsed', 'parentHash'])
    if (hasField(file, name) && quantityField(file, name, 256) !== 0n)
      throw new FieldError(name, 'must be zero: this is the first block');

  const alloc = readAlloc(subsection(file, 'alloc'));
  if (config.clique !== null) checkSystemContracts(config, alloc);
  return {
    config,
    timestamp,
    extraData,
    gasLimit,
    difficulty,
    mixHash: hexField(file, 'mixHash', 32) ?? ZERO_HASH,
    nonce: quantityField(file, 'nonce', 64) ?? 0n,
    coinbase: hexField(file, 'coinbase', 20) ?? ZERO_ADDRESS,
    baseFeePerGas: quantityField(file, 'baseFeePerGas', 256),
    excessBlobGas: numberField(file, 'excessBlobGas'),
    blobGasUsed: numberField(file, 'blobGasUsed'),
    alloc,
  };
}

function readConfig(
  config: Section,
  genesis: { readonly timestamp: number; readonly difficulty: bigint; readonly extraData: Uint8Array },
): ChainConfig {
  const chainId = required(quantityField(config, 'chainId', 64), config, 'chainId');
  if (chainId === 0n) throw new FieldError('config.chainId', 'must be at least 1');
  const daoFork = readDaoFork(config);
  const depositContract = hexField(config, 'depositContractAddress', 20);
  return {
    chainId,
    forks: readForks(config, genesis),
    clique: readClique(config, genesis.extraData),
    ...(daoFork !== null && { daoFork }),
    ...(depositContract !== null && { depositContract }),
  };
}

function readClique(config: Section, extraData: Uint8Array): CliqueConfig | null {
  const limit = readSignerLimit(config);
  if (!hasField(config, 'clique')) {
    if (limit !== null) throw new FieldError('config.lockstep.signerLimit', 'needs config.clique');
    return null;
  }
  const clique = subsection(config, 'clique');
  const atLeastOne = (name: string): number => {
    const value = required(numberField(clique, name), clique, name);
    if (value < 1) throw new FieldError(`${clique.path}.${name}`, 'must be at least 1');
    return value;
  };
  const period = atLeastOne('period');
  const epoch = atLeastOne('epoch');

  const signers = decodeSigners(extraData);
  if (isRejection(signers)) throw new FieldError('extraData', signers.message);
  if (sealOf(extraData).some((byte) => byte !== 0)) throw new FieldError('extraData', 'the last 65 bytes must be zero');
  if (limit !== null && (limit < 1 || limit > signers.length))
    throw new FieldError('config.lockstep.signerLimit', `must be 1 to ${signers.length}, the signers, not ${limit}`);
  return { period, epoch, signerLimit: limit };
}

/** Since Prague a block is invalid without these two contracts (EIP-7002, EIP-7251): a chain of ours would stop at its first block. */
function checkSystemContracts(config: ChainConfig, alloc: Genesis['alloc']): void {
  if (!config.forks.some(({ fork }) => includesFork(fork, 'Prague'))) return;
  for (const address of [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS])
    if ((alloc.get(address)?.code.length ?? 0) === 0)
      throw new FieldError(`alloc.${address}`, 'is missing: since Prague blocks call this system contract');
}

function readSignerLimit(config: Section): number | null {
  if (!hasField(config, 'lockstep')) return null;
  const lockstep = subsection(config, 'lockstep');
  for (const name of lockstep.fields.keys())
    if (name !== 'signerLimit') throw new FieldError(`config.lockstep.${name}`, 'is not a field of this section');
  return numberField(lockstep, 'signerLimit');
}

function hexField(section: Section, name: string, size: number): Hash | null {
  const bytes = bytesField(section, name, size);
  return bytes === null ? null : bytesToHex(bytes);
}
