// From the bytes of a JSON-RPC body to the bytes of its answer, in the core's thread, where reading the view costs nothing.
// What methods there are and what they say is rpc's; the limit on the answer's size is here, where there are bytes.

import type { Accepted, Ask } from '../core/contract.ts';
import type { NodeView } from '../core/view.ts';
import { utf8ToBytes } from '../lib/bytes.ts';
import { CODE_PARSE, CODE_RESPONSE_TOO_LARGE, RpcFault } from '../rpc/errors.ts';
import { faultResponse, type JsonRpcResponse } from '../rpc/message.ts';
import type { MethodTable } from '../rpc/method.ts';
import { type Reply, serve } from '../rpc/serve.ts';
import type { Rejection } from '../types/rejection.ts';

export type RpcGatewayParts = {
  readonly methods: MethodTable;
  readonly view: () => NodeView;
  readonly ask: (ask: Ask) => Promise<Accepted | Rejection>;
  /** Does beforehand what other threads can do of a parsed body's work. Changes no answer. */
  readonly prepare?: (request: unknown) => Promise<void> | undefined;
};

/** Characters of one answer, a batch's together. */
export const ANSWER_LENGTH_MAX = 10_000_000;

/** Creates the function from body to answer; null where all requests were notifications. Rejects only on a bug. */
export function createRpcGateway(parts: RpcGatewayParts): (body: Uint8Array) => Promise<Uint8Array | null> {
  return async (body) => {
    let request: unknown;
    try {
      request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch {
      return utf8ToBytes(JSON.stringify(faultResponse(null, new RpcFault(CODE_PARSE, 'parse error'))));
    }
    const preparing = parts.prepare?.(request);
    if (preparing !== undefined) await preparing;
    const serving = serve(parts.methods, parts.view, request);
    let turn = serving.next();
    while (turn.done !== true) turn = serving.next(turn.value === null ? await rest() : await parts.ask(turn.value));
    return turn.value === null ? null : utf8ToBytes(stringifyBounded(turn.value));
  };
}

/** Lets messages and timers of this thread have their turn. */
function rest(): Promise<null> {
  return new Promise((resolve) => setImmediate(resolve, null));
}

/** The answer's text; responses from the one on that would make it too long become errors. */
export function stringifyBounded(reply: Exclude<Reply, null>, lengthMax: number = ANSWER_LENGTH_MAX): string {
  if (!isBatch(reply)) return stringifyOne(reply, lengthMax);
  const texts: string[] = [];
  let left = lengthMax;
  for (const response of reply) {
    const text = stringifyOne(response, left);
    left = Math.max(0, left - text.length);
    texts.push(text);
  }
  return `[${texts.join(',')}]`;
}

function stringifyOne(response: JsonRpcResponse, lengthMax: number): string {
  const text = JSON.stringify(response);
  if (text.length <= lengthMax || 'error' in response) return text;
  return JSON.stringify(faultResponse(response.id, new RpcFault(CODE_RESPONSE_TOO_LARGE, 'response too large')));
}

function isBatch(reply: Exclude<Reply, null>): reply is readonly JsonRpcResponse[] {
  return Array.isArray(reply);
}
