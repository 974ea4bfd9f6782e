// What a header must satisfy on its parent, by Ethereum's rules and the engine's, before anything is executed. Which parents are known,
// what the clock says and how deep forks may go are create-chain.ts's affair.

import type { Engine, Snapshot } from '../consensus/engine.ts';
import { addWide } from '../lib/wide.ts';
import { type ChainConfig, type ForkActivation, forkOf, includesFork } from '../types/config.ts';
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header, ZERO_HASH, ZERO_NONCE } from '../types/header.ts';
import { mismatch, type Rejection } from '../types/rejection.ts';
import { checkDaoMark } from './dao-fork.ts';
import { nextDifficulty } from './difficulty.ts';
import { blobGasLimit, GAS_PER_BLOB, nextBaseFee, nextExcessBlobGas } from './fees.ts';
import { gasLimitBounds } from './gas-limit.ts';

/** The block that a header stands on. */
export type Parent = {
  readonly header: Header;
  readonly snapshot: Snapshot;
  readonly totalDifficulty: bigint;
};

/**
 * Judges a header on its parent; null where nothing is wrong. In this order:
 * 1. `header-number`: one above the parent;
 * 2. `header-field-missing`: the fields of the active fork, and no others;
 * 3. `header-timestamp`: above the parent's (the engine asks for more);
 * 4. `header-extra-data`: at most 32 bytes where no engine uses it, and EIP-779's mark;
 * 5. `header-gas-limit`: within 1/1024 of the parent's, at least 5000, at most 2^63 − 1;
 * 6. `header-gas-used`: at most the limit;
 * 7. `header-difficulty`: zero since the merge and only then, before it by its formula; `header-ommers`, `header-nonce`: none and zero
 *    since the merge; with Clique no ommers either;
 * 8. `header-base-fee`: EIP-1559;
 * 9. `header-blob-gas`: whole blobs within the limit, excess by the parent; with Clique no blobs;
 * 10. `header-withdrawals-root`, `header-beacon-root`: with Clique those of nothing;
 * 11. the engine's fields, and last its seal.
 */
export function validateHeader(
  rules: { readonly config: ChainConfig; readonly engine: Engine },
  header: Header,
  parent: Parent,
): Rejection | null {
  const { config, engine } = rules;
  if (header.number !== parent.header.number + 1)
    return mismatch('header-number', 'number', parent.header.number + 1, header.number);
  const activation = forkOf(config, header);
  return (
    checkFields(activation, header) ??
    checkTimestamp(header, parent.header) ??
    checkExtraData(config, header) ??
    (config.daoFork === undefined ? null : checkDaoMark(config.daoFork, header)) ??
    checkGas(header, parent.header) ??
    checkDifficulty(config, activation, header, parent) ??
    checkMerge(config, activation, header) ??
    checkBaseFee(activation, header, parent.header) ??
    checkBlobGas(config, activation, header, parent.header) ??
    checkNothingFromBeacon(config, header) ??
    engine.verifyHeader(header, parent.header, parent.snapshot)
  );
}

const FIELDS_SINCE = [
  ['baseFeePerGas', 'London'],
  ['withdrawalsRoot', 'Shanghai'],
  ['blobGasUsed', 'Cancun'],
  ['excessBlobGas', 'Cancun'],
  ['parentBeaconBlockRoot', 'Cancun'],
  ['requestsHash', 'Prague'],
] as const;

function checkFields({ fork }: ForkActivation, header: Header): Rejection | null {
  for (const [field, since] of FIELDS_SINCE) {
    const wanted = includesFork(fork, since);
    if (wanted === (header[field] !== undefined)) continue;
    return mismatch(
      'header-field-missing',
      field,
      wanted ? `a value in ${fork}` : `none in ${fork}`,
      String(header[field]),
    );
  }
  return null;
}

function checkTimestamp(header: Header, parent: Header): Rejection | null {
  if (header.timestamp > parent.timestamp) return null;
  return mismatch('header-timestamp', 'timestamp', `above ${parent.timestamp}`, header.timestamp);
}

/** Yellow Paper, equation 50. */
const EXTRA_DATA_BYTES_MAX = 32;

function checkExtraData(config: ChainConfig, header: Header): Rejection | null {
  if (config.clique !== null || header.extraData.length <= EXTRA_DATA_BYTES_MAX) return null;
  return mismatch('header-extra-data', 'size of extraData', `at most ${EXTRA_DATA_BYTES_MAX}`, header.extraData.length);
}

/** The limit doubles at London's first block, so that the target there is the old limit (EIP-1559, ELASTICITY_MULTIPLIER). */
function checkGas(header: Header, parent: Header): Rejection | null {
  const isFirstLondon = header.baseFeePerGas !== undefined && parent.baseFeePerGas === undefined;
  const { lowest, highest } = gasLimitBounds(
    isFirstLondon ? addWide(parent.gasLimit, parent.gasLimit) : parent.gasLimit,
  );
  if (header.gasLimit < lowest || header.gasLimit > highest)
    return mismatch('header-gas-limit', 'gas limit', `${lowest} to ${highest}`, header.gasLimit);
  if (header.gasUsed <= header.gasLimit) return null;
  return mismatch('header-gas-used', 'gas used', `at most ${header.gasLimit}`, header.gasUsed);
}

function checkMerge(config: ChainConfig, { fork }: ForkActivation, header: Header): Rejection | null {
  const isMerged = includesFork(fork, 'Paris');
  if ((isMerged || config.clique !== null) && header.ommersHash !== EMPTY_OMMERS_HASH)
    return mismatch('header-ommers', 'ommersHash', EMPTY_OMMERS_HASH, header.ommersHash);
  if (!isMerged || config.clique !== null) return null;
  return header.nonce === ZERO_NONCE ? null : mismatch('header-nonce', 'nonce', ZERO_NONCE, header.nonce);
}

/** With Clique the engine's affair. Where the merge came by total difficulty, the parent's says whether it has come (EIP-3675). */
function checkDifficulty(
  config: ChainConfig,
  { fork }: ForkActivation,
  header: Header,
  parent: Parent,
): Rejection | null {
  if (config.clique !== null) return null;
  const terminal = config.forks.find(({ fork: name }) => name === 'Paris')?.terminalTotalDifficulty;
  const isMerged = terminal === undefined ? includesFork(fork, 'Paris') : parent.totalDifficulty >= terminal;
  const difficulty = isMerged ? 0n : nextDifficulty(fork, parent.header, header.timestamp);
  return header.difficulty === difficulty
    ? null
    : mismatch('header-difficulty', 'difficulty', difficulty, header.difficulty);
}

function checkBaseFee({ fork }: ForkActivation, header: Header, parent: Header): Rejection | null {
  if (!includesFork(fork, 'London')) return null;
  const baseFee = nextBaseFee(parent);
  if (header.baseFeePerGas === baseFee) return null;
  return mismatch('header-base-fee', 'base fee', baseFee, header.baseFeePerGas ?? 'none');
}

function checkBlobGas(
  config: ChainConfig,
  activation: ForkActivation,
  header: Header,
  parent: Header,
): Rejection | null {
  const { blobGasUsed, excessBlobGas } = header;
  if (blobGasUsed === undefined || excessBlobGas === undefined) return null;
  const limit = config.clique === null ? blobGasLimit(activation.blobs) : 0;
  if (blobGasUsed % GAS_PER_BLOB !== 0 || blobGasUsed > limit)
    return mismatch('header-blob-gas', 'blob gas used', `whole blobs, at most ${limit}`, blobGasUsed);
  const excess = nextExcessBlobGas(activation, parent);
  return excessBlobGas === excess ? null : mismatch('header-blob-gas', 'excess blob gas', excess, excessBlobGas);
}

function checkNothingFromBeacon(config: ChainConfig, header: Header): Rejection | null {
  if (config.clique === null) return null;
  const { withdrawalsRoot, parentBeaconBlockRoot } = header;
  if (withdrawalsRoot !== undefined && withdrawalsRoot !== EMPTY_TRIE_ROOT)
    return mismatch('header-withdrawals-root', 'withdrawalsRoot', EMPTY_TRIE_ROOT, withdrawalsRoot);
  if (parentBeaconBlockRoot !== undefined && parentBeaconBlockRoot !== ZERO_HASH)
    return mismatch('header-beacon-root', 'parentBeaconBlockRoot', ZERO_HASH, parentBeaconBlockRoot);
  return null;
}
