// Which of our codes an official name of a refusal stands for: a refusal must be right for the right reason. One map for all suites.

import type { Rejection, RejectionCode } from '../../node/types/rejection.ts';

/** Names that stand for bytes which do not decode. Where a type byte is no list, the type is what is wrong with them. */
const MALFORMED: readonly RejectionCode[] = ['encoding', 'tx-type-not-supported'];

const TRANSACTION: Readonly<Record<string, readonly RejectionCode[]>> = {
  ADDRESS_TOO_LONG: MALFORMED,
  ADDRESS_TOO_SHORT: MALFORMED,
  EC_RECOVERY_FAIL: ['tx-signature', 'encoding'],
  GAS_ALLOWANCE_EXCEEDED: ['tx-gas-allowance'],
  GAS_LIMIT_EXCEEDS_MAXIMUM: ['tx-gas-limit-cap'],
  GASLIMIT_OVERFLOW: MALFORMED,
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: ['tx-fee-too-large'],
  GASPRICE_OVERFLOW: MALFORMED,
  INITCODE_SIZE_EXCEEDED: ['tx-initcode-size'],
  INSUFFICIENT_ACCOUNT_FUNDS: ['tx-insufficient-funds'],
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: ['tx-blob-fee'],
  INSUFFICIENT_MAX_FEE_PER_GAS: ['tx-fee-below-base-fee'],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: ['tx-floor-gas'],
  INTRINSIC_GAS_TOO_LOW: ['tx-intrinsic-gas'],
  INVALID_CHAINID: ['tx-wrong-chain', 'encoding'],
  // before EIP-155 a v that names a chain is no v at all
  INVALID_SIGNATURE_VRS: ['tx-signature', 'tx-wrong-chain', 'encoding'],
  NONCE_IS_MAX: ['tx-nonce-max'],
  NONCE_MISMATCH_TOO_HIGH: ['tx-nonce-too-high'],
  NONCE_MISMATCH_TOO_LOW: ['tx-nonce-too-low'],
  NONCE_OVERFLOW: MALFORMED,
  NONCE_TOO_BIG: ['tx-nonce-max'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ['tx-tip-above-fee'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2: ['tx-tip-above-fee'],
  PRIORITY_OVERFLOW: MALFORMED,
  SENDER_NOT_EOA: ['tx-sender-has-code'],
  TYPE_1_TX_PRE_FORK: ['tx-type-not-supported'],
  TYPE_2_TX_PRE_FORK: ['tx-type-not-supported'],
  // the header of a block that holds them names more blob gas than there may be
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: ['tx-blob-count', 'header-blob-gas'],
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: ['tx-blob-count', 'header-blob-gas'],
  TYPE_3_TX_CONTRACT_CREATION: ['tx-create-type', 'encoding'],
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: ['tx-blob-version'],
  TYPE_3_TX_PRE_FORK: ['tx-type-not-supported'],
  TYPE_3_TX_WITH_FULL_BLOBS: MALFORMED,
  TYPE_3_TX_ZERO_BLOBS: ['tx-blob-count'],
  TYPE_3_TX_ZERO_BLOBS_PRE_FORK: ['tx-type-not-supported', 'tx-blob-count'],
  TYPE_4_EMPTY_AUTHORIZATION_LIST: ['tx-authorization-list-empty'],
  TYPE_4_INVALID_AUTHORIZATION_FORMAT: MALFORMED,
  TYPE_4_TX_CONTRACT_CREATION: ['tx-create-type', 'encoding'],
  TYPE_4_TX_PRE_FORK: ['tx-type-not-supported'],
  // a type that is not known yet is not decoded by those who do not know it: its fields may be wrong too
  TYPE_NOT_SUPPORTED: MALFORMED,
  VALUE_OVERFLOW: MALFORMED,
};

const BLOCK: Readonly<Record<string, readonly RejectionCode[]>> = {
  BLOB_GAS_USED_ABOVE_LIMIT: ['header-blob-gas'],
  EXTRA_DATA_INVALID_DAO: ['header-extra-data'],
  EXTRA_DATA_TOO_BIG: ['header-extra-data'],
  GAS_USED_OVERFLOW: ['header-gas-used', 'tx-gas-allowance'],
  GASLIMIT_TOO_BIG: ['header-gas-limit'],
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: ['header-difficulty'],
  IMPORT_IMPOSSIBLE_LEGACY: ['header-field-missing'],
  IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT: ['header-field-missing'],
  IMPORT_IMPOSSIBLE_LONDON_OVER_PARIS: ['header-difficulty', 'header-field-missing'],
  IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT: ['header-field-missing'],
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: ['header-field-missing'],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POS: ['header-difficulty'],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POW: ['header-difficulty'],
  IMPORT_IMPOSSIBLE_SHANGHAI: ['header-field-missing'],
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: ['header-ommers', 'block-ommers'],
  INCORRECT_BLOB_GAS_USED: ['header-blob-gas'],
  INCORRECT_BLOCK_FORMAT: ['encoding', 'header-field-missing'],
  INCORRECT_EXCESS_BLOB_GAS: ['header-blob-gas'],
  INVALID_BASEFEE_PER_GAS: ['header-base-fee'],
  INVALID_BLOCK_NUMBER: ['header-number'],
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: ['header-timestamp'],
  INVALID_DEPOSIT_EVENT_LAYOUT: ['block-system-call'],
  INVALID_DIFFICULTY: ['header-difficulty'],
  INVALID_GAS_USED: ['block-gas-used'],
  INVALID_GAS_USED_ABOVE_LIMIT: ['header-gas-used'],
  // one block before London has London's doubled limit and its base fee: it is wrong twice
  INVALID_GASLIMIT: ['header-gas-limit', 'header-field-missing'],
  INVALID_LOG_BLOOM: ['block-logs-bloom'],
  INVALID_RECEIPTS_ROOT: ['block-receipts-root'],
  INVALID_REQUESTS: ['block-requests-hash'],
  INVALID_STATE_ROOT: ['block-state-root'],
  INVALID_TRANSACTIONS_ROOT: ['block-transactions-root'],
  INVALID_UNCLES_HASH: ['block-ommers', 'header-ommers'],
  INVALID_VERSIONED_HASHES: ['tx-blob-version', 'header-blob-gas'],
  INVALID_WITHDRAWALS_ROOT: ['block-withdrawals'],
  RLP_BLOCK_LIMIT_EXCEEDED: ['block-size'],
  RLP_STRUCTURES_ENCODING: ['encoding'],
  RLP_INVALID_ADDRESS: ['encoding'],
  RLP_INVALID_FIELD_OVERFLOW_64: ['encoding'],
  RLP_WITHDRAWALS_NOT_READ: ['encoding', 'block-withdrawals'],
  SYSTEM_CONTRACT_CALL_FAILED: ['block-system-call'],
  SYSTEM_CONTRACT_EMPTY: ['block-system-call'],
  TOO_MANY_UNCLES: ['block-ommers', 'header-ommers'],
  UNCLE_IN_CHAIN: ['block-ommers'],
  UNCLE_IS_ANCESTOR: ['block-ommers'],
  UNCLE_IS_BROTHER: ['block-ommers'],
  UNCLE_PARENT_INCORRECT: ['block-ommers'],
  UNCLE_UNKNOWN_PARENT: ['block-ommers'],
  UNKNOWN_PARENT: ['header-unknown-parent', 'block-bad-ancestor'],
  UNKNOWN_PARENT_ZERO: ['header-unknown-parent'],
};

/** `unnamed` where the map knows none of the names, as with those of older tools: then only the refusal itself is proven. */
export type ReasonVerdict = 'right' | 'wrong' | 'unnamed';

/** Judges the reason of a refusal by the names that the test admits, as `TransactionException.A|BlockException.B`. */
export function judgeReason(exception: string, ...rejections: readonly Rejection[]): ReasonVerdict {
  const admitted = exception.split('|').map(codesOf);
  const codes = rejections.flatMap(({ code, cause }) => [code, ...(cause === undefined ? [] : [cause])]);
  if (admitted.some((names) => names?.some((code) => codes.includes(code)) === true)) return 'right';
  return admitted.includes(null) ? 'unnamed' : 'wrong';
}

function codesOf(name: string): readonly RejectionCode[] | null {
  const own = name.trim().replace(/^(Transaction|Block)Exception\./, '');
  const codes = name.trim().startsWith('BlockException.') ? BLOCK[own] : TRANSACTION[own];
  return codes ?? (own.startsWith('RLP_') ? MALFORMED : null);
}
