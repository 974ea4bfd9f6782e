// JSON-RPC 2.0's messages: what a request must look like, and how results and faults become responses. It knows no method.

import { CODE_INVALID_REQUEST, CODE_PARSE, CODE_RESPONSE_TOO_LARGE, RpcFault } from './errors.ts';
import { isRecord, type Json } from './json.ts';

/** A request's id; null where the request did not have a usable one. */
export type JsonRpcId = string | number | null;

export type JsonRpcError = { readonly code: number; readonly message: string; readonly data?: Json };

export type JsonRpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: JsonRpcId; readonly result: Json }
  | { readonly jsonrpc: '2.0'; readonly id: JsonRpcId; readonly error: JsonRpcError };

/** A request that was checked. A notification has no id and gets no response, whatever becomes of it. */
export type JsonRpcRequest = {
  readonly id: JsonRpcId;
  readonly isNotification: boolean;
  readonly method: string;
  /** Undecoded: anything but an array is the method table's to refuse. */
  readonly params: unknown;
};

/** Reads one request; null where it is none, and the answer is `invalidRequest`. */
export function parseRequest(value: unknown): JsonRpcRequest | null {
  if (!isRecord(value) || value['jsonrpc'] !== '2.0') return null;
  const { id, method, params } = value;
  if (typeof method !== 'string' || method === '') return null;
  if (id !== undefined && !isId(id)) return null;
  return { id: id ?? null, isNotification: id === undefined, method, params };
}

export function resultResponse(id: JsonRpcId, result: Json): JsonRpcResponse {
  return { jsonrpc: '2.0', id, result };
}

export function faultResponse(id: JsonRpcId, fault: RpcFault): JsonRpcResponse {
  const { code, message, data } = fault;
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } };
}

/** The body was not JSON. Whoever parses it answers this. */
export function parseError(): JsonRpcResponse {
  return faultResponse(null, new RpcFault(CODE_PARSE, 'parse error'));
}

/** The value was no request; its id is given back where it has a usable one. */
export function invalidRequest(value: unknown): JsonRpcResponse {
  return faultResponse(idOf(value), new RpcFault(CODE_INVALID_REQUEST, 'invalid request'));
}

export function emptyBatch(): JsonRpcResponse {
  return faultResponse(null, new RpcFault(CODE_INVALID_REQUEST, 'empty batch'));
}

export function batchTooLarge(): JsonRpcResponse {
  return faultResponse(null, new RpcFault(CODE_INVALID_REQUEST, 'batch too large'));
}

/** For whoever measures the encoded response. */
export function responseTooLarge(id: JsonRpcId): JsonRpcResponse {
  return faultResponse(id, new RpcFault(CODE_RESPONSE_TOO_LARGE, 'response too large'));
}

function idOf(value: unknown): JsonRpcId {
  return isRecord(value) && isId(value['id']) ? value['id'] : null;
}

function isId(value: unknown): value is JsonRpcId {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
