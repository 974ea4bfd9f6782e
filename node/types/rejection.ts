// What is wrong with something that a peer or a user sent: a value with a code and its evidence. It is returned, never thrown.

/**
 * Every reason for which a node refuses something. The prefix names the room that decides: `encoding` and `wire` for bytes,
 * `tx` for transactions, `header` and `seal` for what can be judged without executing, `block` for results, `pool` for the mempool.
 */
export type RejectionCode =
  | 'encoding'
  | 'wire-oversized'
  | 'wire-unknown-message'
  | 'wire-wrong-network'
  | 'wire-too-many-requests'
  | 'wire-unrequested'
  | 'wire-no-answer'
  | 'wire-too-many-peers'
  | 'tx-type-not-supported'
  | 'tx-wrong-chain'
  | 'tx-signature'
  | 'tx-nonce-too-low'
  | 'tx-nonce-too-high'
  | 'tx-nonce-max'
  | 'tx-insufficient-funds'
  | 'tx-intrinsic-gas'
  | 'tx-floor-gas'
  | 'tx-gas-limit-cap'
  | 'tx-gas-allowance'
  | 'tx-fee-below-base-fee'
  | 'tx-tip-above-fee'
  | 'tx-fee-too-large'
  | 'tx-initcode-size'
  | 'tx-sender-has-code'
  | 'tx-create-type'
  | 'tx-blob-count'
  | 'tx-blob-version'
  | 'tx-blob-fee'
  | 'tx-authorization-list-empty'
  | 'pool-known'
  | 'pool-underpriced'
  | 'pool-full'
  | 'pool-sender-full'
  | 'pool-oversized'
  | 'header-unknown-parent'
  | 'header-future'
  | 'header-too-old'
  | 'header-number'
  | 'header-timestamp'
  | 'header-gas-limit'
  | 'header-gas-used'
  | 'header-base-fee'
  | 'header-ommers'
  | 'header-difficulty'
  | 'header-extra-data'
  | 'header-nonce'
  | 'header-mix-hash'
  | 'header-blob-gas'
  | 'header-beacon-root'
  | 'header-withdrawals-root'
  | 'header-requests-hash'
  | 'header-field-missing'
  | 'seal-signature'
  | 'seal-unauthorized'
  | 'seal-recently-signed'
  | 'seal-miner'
  | 'seal-difficulty'
  | 'seal-signers'
  | 'seal-vote'
  | 'block-size'
  | 'block-transactions-root'
  | 'block-ommers'
  | 'block-withdrawals'
  | 'block-transaction'
  | 'block-gas-used'
  | 'block-receipts-root'
  | 'block-logs-bloom'
  | 'block-requests-hash'
  | 'block-state-root'
  | 'block-system-call'
  | 'block-bad-ancestor'
  | 'attestation-signature'
  | 'attestation-unknown-node'
  | 'evidence-invalid'
  | 'ask-not-a-signer'
  | 'ask-invalid';

/** A refusal. `expected` and `actual` are the evidence, as text a person reads; `cause` is a transaction's own reason inside a block's. */
export type Rejection = {
  readonly kind: 'rejection';
  readonly code: RejectionCode;
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly cause?: RejectionCode;
};

/** Creates a rejection whose message is complete in itself. */
export function reject(code: RejectionCode, message: string): Rejection {
  return { kind: 'rejection', code, message };
}

/** Creates a rejection of one value where another was expected. */
export function mismatch(
  code: RejectionCode,
  what: string,
  expected: string | number | bigint,
  actual: string | number | bigint,
): Rejection {
  return {
    kind: 'rejection',
    code,
    message: `${what}: expected ${expected}, got ${actual}`,
    expected: String(expected),
    actual: String(actual),
  };
}

/** Whether a result is a refusal. */
export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'rejection';
}
