// Asks the RPC one question and expects one kind of answer.

import type { NodeView } from '../../node/core/view.ts';
import { answer } from '../../node/rpc/answer.ts';
import type { Json } from '../../node/rpc/json.ts';
import type { JsonRpcError } from '../../node/rpc/message.ts';

/** The result, through JSON as a client sees it; throws where there is none. */
export function resultOf(view: NodeView, method: string, ...params: readonly unknown[]): Json {
  const answered = answer(view, { jsonrpc: '2.0', id: 1, method, params });
  if (answered.kind === 'ask') throw new Error(`${method} asks`);
  if ('error' in answered.response) throw new Error(`${method}: ${JSON.stringify(answered.response.error)}`);
  return JSON.parse(JSON.stringify(answered.response.result)) as Json;
}

/** An object result. */
export function objectOf(view: NodeView, method: string, ...params: readonly unknown[]): Record<string, Json> {
  return resultOf(view, method, ...params) as Record<string, Json>;
}

/** The error; throws where there is none. */
export function errorOf(view: NodeView, method: string, ...params: readonly unknown[]): JsonRpcError {
  const answered = answer(view, { jsonrpc: '2.0', id: 1, method, params });
  if (answered.kind === 'ask' || !('error' in answered.response)) throw new Error(`${method} is no error`);
  return answered.response.error;
}
