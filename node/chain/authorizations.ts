// The authorization list of EIP-7702: whose signature each entry bears, and what a valid entry does to that account.

import { delegationOf, designatorOf } from '../evm/delegation.ts';
import { bigintToBytes, concatBytes, EMPTY_BYTES, hexToBytes } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import { encodeRlp } from '../lib/rlp.ts';
import { recoverAddress, SECP256K1_HALF_N } from '../lib/signatures.ts';
import type { Journal } from '../state/journal.ts';
import { ZERO_ADDRESS } from '../types/header.ts';
import type { Address, Authorization } from '../types/transaction.ts';
import { PER_AUTH_BASE_COST, PER_EMPTY_ACCOUNT_COST } from './intrinsic-gas.ts';

const MAGIC = Uint8Array.of(0x05);
const NONCE_MAX = 0xffff_ffff_ffff_ffffn;

/** What the authority of an authorization signs. */
export function authorizationHash(fields: Pick<Authorization, 'chainId' | 'address' | 'nonce'>): Uint8Array {
  const { chainId, address, nonce } = fields;
  return keccak256(concatBytes(MAGIC, encodeRlp([bigintToBytes(chainId), hexToBytes(address), bigintToBytes(nonce)])));
}

/** The account that signed, or null where the signature is not valid; high s is not (EIP-2). */
export function authorityOf(authorization: Authorization): Address | null {
  const { r, s, yParity } = authorization;
  if (s > SECP256K1_HALF_N) return null;
  return recoverAddress(authorizationHash(authorization), { r, s, yParity: Number(yParity) });
}

/** Applies each entry that is valid, in order, and skips the others. Their effects outlive a revert of the transaction's message. */
export function applyAuthorizations(journal: Journal, chainId: bigint, list: readonly Authorization[]): void {
  for (const authorization of list) {
    if (authorization.chainId !== 0n && authorization.chainId !== chainId) continue;
    if (authorization.nonce >= NONCE_MAX) continue;
    const authority = authorityOf(authorization);
    if (authority === null) continue;
    journal.warmAddress(authority);
    const code = journal.code(authority);
    if (code.length > 0 && delegationOf(code) === null) continue;
    if (journal.nonce(authority) !== authorization.nonce) continue;
    if (journal.exists(authority)) journal.addRefund(PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST);
    const { address } = authorization;
    journal.setCode(authority, address === ZERO_ADDRESS ? EMPTY_BYTES : designatorOf(address));
    journal.setNonce(authority, authorization.nonce + 1n);
  }
}
