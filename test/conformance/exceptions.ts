// Which of our codes each of the official names of an invalid transaction stands for: a refusal must be right for the right reason.

import type { RejectionCode } from '../../node/types/rejection.ts';

const CODES: Readonly<Record<string, RejectionCode>> = {
  GAS_ALLOWANCE_EXCEEDED: 'tx-gas-allowance',
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: 'tx-fee-too-large',
  GAS_LIMIT_EXCEEDS_MAXIMUM: 'tx-gas-limit-cap',
  INITCODE_SIZE_EXCEEDED: 'tx-initcode-size',
  INSUFFICIENT_ACCOUNT_FUNDS: 'tx-insufficient-funds',
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: 'tx-blob-fee',
  INSUFFICIENT_MAX_FEE_PER_GAS: 'tx-fee-below-base-fee',
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: 'tx-floor-gas',
  INTRINSIC_GAS_TOO_LOW: 'tx-intrinsic-gas',
  NONCE_IS_MAX: 'tx-nonce-max',
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: 'tx-tip-above-fee',
  RLP_INVALID_VALUE: 'encoding',
  SENDER_NOT_EOA: 'tx-sender-has-code',
  TYPE_1_TX_PRE_FORK: 'tx-type-not-supported',
  TYPE_2_TX_PRE_FORK: 'tx-type-not-supported',
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: 'tx-blob-count',
  TYPE_3_TX_CONTRACT_CREATION: 'tx-create-type',
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: 'tx-blob-version',
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: 'tx-blob-count',
  TYPE_3_TX_PRE_FORK: 'tx-type-not-supported',
  TYPE_3_TX_ZERO_BLOBS: 'tx-blob-count',
  TYPE_4_EMPTY_AUTHORIZATION_LIST: 'tx-authorization-list-empty',
  TYPE_4_TX_CONTRACT_CREATION: 'tx-create-type',
};

/** Whether a refusal is one of those that the test admits, as `TransactionException.A|TransactionException.B`. */
export function isExpectedRefusal(exception: string, code: RejectionCode): boolean {
  return exception.split('|').some((name) => CODES[name.replace('TransactionException.', '')] === code);
}
