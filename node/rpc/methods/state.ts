// What stands in the state at a block: balances, nonces, code, storage.

import type { NodeView } from '../../core/view.ts';
import { bytesToHex, quantity, wordToHex } from '../../lib/bytes.ts';
import type { StateView } from '../../state/view.ts';
import { EMPTY_CODE_HASH } from '../../types/header.ts';
import { isPending, LATEST, selectHeader, toBlockSelector } from '../blocks.ts';
import { CODE_INVALID_PARAMS, RpcFault } from '../errors.ts';
import type { Json } from '../json.ts';
import { type Argument, argument, optional, toAddress, toText } from '../params.ts';

/** eth_getBalance: wei. */
export function getBalance(view: NodeView, params: readonly unknown[]): Json {
  const address = toAddress(argument(params, 0));
  return quantity(stateAt(view, argument(params, 1)).account(address)?.balance ?? 0n);
}

/** eth_getTransactionCount; at `pending`, the first nonce that the pool has not used either. */
export function getTransactionCount(view: NodeView, params: readonly unknown[]): Json {
  const address = toAddress(argument(params, 0));
  const selector = optional(argument(params, 1), toBlockSelector) ?? LATEST;
  if (isPending(selector)) return quantity(view.pool.nextNonce(address));
  return quantity(stateAt(view, argument(params, 1)).account(address)?.nonce ?? 0n);
}

/** eth_getCode. */
export function getCode(view: NodeView, params: readonly unknown[]): Json {
  const address = toAddress(argument(params, 0));
  const state = stateAt(view, argument(params, 1));
  const codeHash = state.account(address)?.codeHash ?? EMPTY_CODE_HASH;
  return codeHash === EMPTY_CODE_HASH ? '0x' : bytesToHex(state.code(codeHash));
}

/** eth_getStorageAt: a word of 32 bytes. */
export function getStorageAt(view: NodeView, params: readonly unknown[]): Json {
  const address = toAddress(argument(params, 0));
  const slot = toStorageKey(argument(params, 1));
  return wordToHex(stateAt(view, argument(params, 2)).storage(address, slot));
}

function stateAt(view: NodeView, arg: Argument): StateView {
  const header = selectHeader(view, optional(arg, toBlockSelector) ?? LATEST);
  return view.state(header.stateRoot);
}

/** A slot's key may be shorter than 32 bytes and may have an odd number of digits, as go-ethereum allows. */
function toStorageKey(arg: Argument): bigint {
  const text = toText(arg);
  const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text;
  if (!/^[0-9a-fA-F]*$/.test(digits))
    throw new RpcFault(CODE_INVALID_PARAMS, `invalid hex in storage key: ${JSON.stringify(text)}`);
  if (digits.length > 64)
    throw new RpcFault(CODE_INVALID_PARAMS, `storage key too long (want at most 32 bytes): ${JSON.stringify(text)}`);
  return digits === '' ? 0n : BigInt(`0x${digits}`);
}
