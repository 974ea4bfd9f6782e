// What is answered instead of a result: codes and texts as go-ethereum has them, since client libraries classify errors by both.

import { bytesToBigint, bytesToHex, bytesToUtf8, type Hex } from '../lib/bytes.ts';
import { toSafeNumber } from '../lib/integer.ts';
import type { Rejection, RejectionCode } from '../types/rejection.ts';
import type { Json } from './json.ts';

/** JSON-RPC 2.0's codes, go-ethereum's general one, and EIP-1474's limit. */
export const CODE_PARSE = -32700;
export const CODE_INVALID_REQUEST = -32600;
export const CODE_METHOD_NOT_FOUND = -32601;
export const CODE_INVALID_PARAMS = -32602;
export const CODE_SERVER = -32000;
export const CODE_RESPONSE_TOO_LARGE = -32003;
export const CODE_LIMIT_EXCEEDED = -32005;
/** A revert. Its `data` is what the contract returned. */
export const CODE_REVERT = 3;

/** Why a call has no result. Thrown by methods, caught in answer.ts and turned into an error object there. */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export function serverFault(message: string): RpcFault {
  return new RpcFault(CODE_SERVER, message);
}

/** A parameter that is there but wrong; `index` counts from 0. */
export function invalidArgument(index: number, reason: string): RpcFault {
  return new RpcFault(CODE_INVALID_PARAMS, `invalid argument ${index}: ${reason}`);
}

export function missingArgument(index: number): RpcFault {
  return new RpcFault(CODE_INVALID_PARAMS, `missing value for required argument ${index}`);
}

export function limitExceeded(message: string): RpcFault {
  return new RpcFault(CODE_LIMIT_EXCEEDED, message);
}

/** Clients fall back to other methods on this very code (viem and ethers on eth_fillTransaction, eth_newFilter). */
export function methodNotFound(method: string): RpcFault {
  return new RpcFault(CODE_METHOD_NOT_FOUND, `the method ${method} does not exist/is not available`);
}

/** A revert in eth_call or eth_estimateGas, with the reason where the data is Error(string) or Panic(uint256). */
export function revertFault(output: Uint8Array): RpcFault {
  const reason = decodeRevertReason(output);
  const message = reason === null ? 'execution reverted' : `execution reverted: ${reason}`;
  return new RpcFault(CODE_REVERT, message, bytesToHex(output));
}

/** The core's refusal of a transaction or of an operator's order. */
export function rejectionFault(rejection: Rejection): RpcFault {
  return serverFault(rejectionMessage(rejection));
}

const ERROR_SELECTOR: Hex = '0x08c379a0';
const PANIC_SELECTOR: Hex = '0x4e487b71';

/** Solidity's panic codes in go-ethereum's words (accounts/abi). */
const PANIC_REASONS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
]);

/** The reason in a revert's data, or null where it is neither Error(string) nor Panic(uint256) (Solidity's ABI). */
export function decodeRevertReason(output: Uint8Array): string | null {
  const selector = bytesToHex(output.subarray(0, 4));
  const body = output.subarray(4);
  if (selector === PANIC_SELECTOR) {
    if (body.length < 32) return null;
    const code = bytesToBigint(body.subarray(0, 32));
    return PANIC_REASONS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
  }
  return selector === ERROR_SELECTOR ? decodeAbiString(body) : null;
}

function decodeAbiString(body: Uint8Array): string | null {
  const offset = numberAt(body, 0);
  const length = offset === null ? null : numberAt(body, offset);
  if (offset === null || length === null) return null;
  const start = offset + 32;
  return start + length > body.length ? null : bytesToUtf8(body.subarray(start, start + length));
}

function numberAt(body: Uint8Array, at: number): number | null {
  return at + 32 > body.length ? null : toSafeNumber(bytesToBigint(body.subarray(at, at + 32)));
}

/** go-ethereum's texts (core/error.go, core/txpool/errors.go). Codes without one keep their own message. */
const REJECTION_TEXTS: { readonly [code in RejectionCode]?: string } = {
  'tx-type-not-supported': 'transaction type not supported',
  'tx-wrong-chain': 'invalid chain id for signer',
  'tx-signature': 'invalid sender',
  'tx-nonce-too-low': 'nonce too low',
  'tx-nonce-too-high': 'nonce too high',
  'tx-nonce-max': 'nonce has max value',
  'tx-insufficient-funds': 'insufficient funds for gas * price + value',
  'tx-intrinsic-gas': 'intrinsic gas too low',
  'tx-floor-gas': 'insufficient gas for floor data gas cost',
  'tx-gas-limit-cap': 'transaction gas limit too high',
  'tx-gas-allowance': 'exceeds block gas limit',
  'tx-fee-below-base-fee': 'max fee per gas less than block base fee',
  'tx-tip-above-fee': 'max priority fee per gas higher than max fee per gas',
  'tx-fee-too-large': 'max fee per gas higher than 2^256-1',
  'tx-initcode-size': 'max initcode size exceeded',
  'tx-sender-has-code': 'sender not an eoa',
  'tx-create-type': 'transaction of this type cannot create a contract',
  'tx-blob-count': 'invalid number of blobs',
  'tx-blob-version': 'blob has invalid hash version',
  'tx-blob-fee': 'max fee per blob gas less than block blob gas fee',
  'tx-authorization-list-empty': 'EIP-7702 transaction with empty auth list',
  'pool-known': 'already known',
  'pool-underpriced': 'replacement transaction underpriced',
  'pool-full': 'txpool is full',
  'pool-sender-full': 'account limit exceeded',
};

/** The text that clients look for first, then the evidence. */
export function rejectionMessage(rejection: Rejection): string {
  const text = REJECTION_TEXTS[rejection.code];
  const { message, expected, actual } = rejection;
  if (text === undefined || message.startsWith(text)) return message;
  if (expected !== undefined && actual !== undefined) return `${text}: expected ${expected}, got ${actual}`;
  return `${text}: ${message}`;
}
