// The genesis of a local network, as a geth genesis.json: every fork from the first block on, Clique, funded accounts, the contracts that
// block processing calls and those that tools expect.

import { encodeExtraData } from '../consensus/clique/extra-data.ts';
import { bytesToHex, compareText, type Hex, quantity } from '../lib/bytes.ts';
import { divide } from '../lib/integer.ts';
import type { Address } from '../types/transaction.ts';
import {
  BEACON_ROOTS_CODE,
  CONSOLIDATION_REQUEST_CODE,
  DEPLOYMENT_PROXY_CODE,
  HISTORY_STORAGE_CODE,
  MULTICALL3_CODE,
  WITHDRAWAL_REQUEST_CODE,
} from './predeploy-codes.ts';
import {
  BEACON_ROOTS_ADDRESS,
  CONSOLIDATION_REQUEST_ADDRESS,
  HISTORY_STORAGE_ADDRESS,
  WITHDRAWAL_REQUEST_ADDRESS,
} from './system-contracts.ts';

/** The deterministic deployment proxy, where Foundry, Hardhat and Safe look for it. */
export const DEPLOYMENT_PROXY_ADDRESS: Address = '0x4e59b44847b379578588920ca78fbf26c0b4956c';
/** Multicall3, where viem and wagmi look for it. */
export const MULTICALL3_ADDRESS: Address = '0xca11bde05977b3631167028862be2a173976ca11';

export type DefaultGenesis = {
  readonly signers: readonly Address[];
  /** Seconds. */
  readonly period: number;
  /** Accounts that get 10,000 ether each. */
  readonly accounts: readonly Address[];
  readonly chainId?: number;
  readonly gasLimit?: number;
  /** Seconds; 0 where absent, which keeps the genesis hash a function of the rest. */
  readonly timestamp?: number;
  /** L of the recents rule, where it is not floor(N/2)+1. */
  readonly signerLimit?: number;
  /** Blocks from checkpoint to checkpoint, where they are not 30,000. */
  readonly epoch?: number;
};

/** The chain id that development chains share. */
export const DEFAULT_CHAIN_ID = 1337;
/** Milliseconds of the default period. */
export const DEFAULT_PERIOD_MS = 1000;
/**
 * Milliseconds of processor time per million gas of the slowest that a block can be filled with, on two busy cores (`npm run bench -- dos`,
 * docs/benchmarks.md): verifying and recovering signatures, and of KZG's point evaluation by itself, which the limit below leaves out.
 */
export const WORST_MS_PER_MGAS = 59;
export const KZG_MS_PER_MGAS = 99;

/**
 * What half of the default period executes at worst, in whole millions. A block of point evaluations alone takes longer than half a period, and
 * less than one.
 */
export const DEFAULT_GAS_LIMIT = 1_000_000 * divide(divide(DEFAULT_PERIOD_MS, 2), WORST_MS_PER_MGAS);

const EPOCH = 30_000;
const ACCOUNT_BALANCE = 10_000n * 10n ** 18n;
const BASE_FEE = 1_000_000_000n;

/** Makes the genesis.json that parseGenesis reads. Signers in any order; the file has them ascending. */
export function createDefaultGenesis(options: DefaultGenesis): object {
  const { period, signerLimit } = options;
  const signers = [...options.signers].sort(compareText);
  return {
    config: {
      chainId: options.chainId ?? DEFAULT_CHAIN_ID,
      ...FORKS_AT_GENESIS,
      blobSchedule: BLOB_SCHEDULE,
      clique: { period, epoch: options.epoch ?? EPOCH },
      ...(signerLimit !== undefined && { lockstep: { signerLimit } }),
    },
    nonce: '0x0',
    timestamp: quantity(options.timestamp ?? 0),
    extraData: bytesToHex(encodeExtraData(null, signers)),
    gasLimit: quantity(options.gasLimit ?? DEFAULT_GAS_LIMIT),
    difficulty: '0x1',
    mixHash: `0x${'00'.repeat(32)}`,
    coinbase: `0x${'00'.repeat(20)}`,
    baseFeePerGas: quantity(BASE_FEE),
    alloc: {
      ...PREDEPLOYS,
      ...Object.fromEntries(options.accounts.map((address) => [address, { balance: quantity(ACCOUNT_BALANCE) }])),
    },
  };
}

const FORKS_AT_GENESIS = {
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  muirGlacierBlock: 0,
  berlinBlock: 0,
  londonBlock: 0,
  arrowGlacierBlock: 0,
  grayGlacierBlock: 0,
  mergeNetsplitBlock: 0,
  shanghaiTime: 0,
  cancunTime: 0,
  pragueTime: 0,
  osakaTime: 0,
};

const BLOB_SCHEDULE = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
};

const PREDEPLOYS: Readonly<Record<Address, object>> = {
  [BEACON_ROOTS_ADDRESS]: contract(BEACON_ROOTS_CODE),
  [HISTORY_STORAGE_ADDRESS]: contract(HISTORY_STORAGE_CODE),
  [WITHDRAWAL_REQUEST_ADDRESS]: contract(WITHDRAWAL_REQUEST_CODE),
  [CONSOLIDATION_REQUEST_ADDRESS]: contract(CONSOLIDATION_REQUEST_CODE),
  [DEPLOYMENT_PROXY_ADDRESS]: contract(DEPLOYMENT_PROXY_CODE),
  [MULTICALL3_ADDRESS]: contract(MULTICALL3_CODE),
};

/** A deployed contract has nonce 1 (EIP-161). */
function contract(code: Hex): object {
  return { nonce: '0x1', balance: '0x0', code };
}
