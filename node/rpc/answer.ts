// From a request to its answer. Pure: what only the core can decide is handed back as an ask, with the function that ends the answer.

import type { Accepted, Ask } from '../core/contract.ts';
import type { NodeView } from '../core/view.ts';
import { isRejection, type Rejection } from '../types/rejection.ts';
import { CODE_INVALID_PARAMS, methodNotFound, RpcFault, rejectionFault } from './errors.ts';
import {
  faultResponse,
  invalidRequest,
  type JsonRpcRequest,
  type JsonRpcResponse,
  parseRequest,
  resultResponse,
} from './message.ts';
import type { Method, MethodTable } from './method.ts';
import { publicMethods } from './method-table.ts';

/**
 * What becomes of one request. `ask`: step the core with it, and give `reply` what it answered. A notification is answered like any
 * request, with the id null; who sends the answers drops it.
 */
export type Answer =
  | { readonly kind: 'reply'; readonly response: JsonRpcResponse }
  | { readonly kind: 'ask'; readonly ask: Ask; readonly reply: (outcome: Accepted | Rejection) => JsonRpcResponse };

/** Answers one parsed request by the public methods. Throws only on a bug. */
export function answer(view: NodeView, request: unknown): Answer {
  return answerFrom(publicMethods, view, request);
}

/** Answers one parsed request by a table of methods. Throws only on a bug. */
export function answerFrom(methods: MethodTable, view: NodeView, request: unknown): Answer {
  const parsed = parseRequest(request);
  if (parsed === null) return { kind: 'reply', response: invalidRequest(request) };
  try {
    const ran = run(methods, view, parsed);
    if (ran.kind === 'read') return { kind: 'reply', response: resultResponse(parsed.id, ran.value) };
    const { ask, toResult } = ran.value;
    return {
      kind: 'ask',
      ask,
      reply: (outcome) =>
        isRejection(outcome)
          ? faultResponse(parsed.id, rejectionFault(outcome))
          : resultResponse(parsed.id, toResult(outcome)),
    };
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    return { kind: 'reply', response: faultResponse(parsed.id, error) };
  }
}

type Ran = {
  readonly [K in Method['kind']]: {
    readonly kind: K;
    readonly value: ReturnType<Extract<Method, { readonly kind: K }>['run']>;
  };
}[Method['kind']];

function run(methods: MethodTable, view: NodeView, request: JsonRpcRequest): Ran {
  const method = methods.get(request.method);
  if (method === undefined) throw methodNotFound(request.method);
  const params = positional(request.params, method.parametersMax);
  return method.kind === 'read'
    ? { kind: 'read', value: method.run(view, params) }
    : { kind: 'ask', value: method.run(view, params) };
}

/** Parameters are a list; none at all is an empty one. */
function positional(params: unknown, parametersMax: number): readonly unknown[] {
  if (params === undefined || params === null) return [];
  if (!Array.isArray(params)) throw new RpcFault(CODE_INVALID_PARAMS, 'non-array args');
  if (params.length > parametersMax)
    throw new RpcFault(CODE_INVALID_PARAMS, `too many arguments, want at most ${parametersMax}`);
  return params;
}
