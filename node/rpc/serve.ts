// A whole body: one request, or a batch of them. The driver of the core is asked for each ask in turn, so that every request of a batch
// reads what those before it did.

import type { Accepted, Ask } from '../core/contract.ts';
import type { NodeView } from '../core/view.ts';
import { present } from '../lib/assert.ts';
import type { Rejection } from '../types/rejection.ts';
import { answerFrom } from './answer.ts';
import { BATCH_MAX } from './limits.ts';
import { batchTooLarge, emptyBatch, type JsonRpcResponse, parseRequest } from './message.ts';
import type { MethodTable } from './method.ts';

/** What is sent back: null where there is nothing to say, since all requests were notifications. */
export type Reply = JsonRpcResponse | readonly JsonRpcResponse[] | null;

/**
 * Serves a parsed body. A generator: each yielded ask is to be performed, and its outcome given to `next`. A yielded null is a rest between
 * two requests of a batch, at which the driver lets others have their turn: a hundred long calls must not stand before a block. `view` is
 * called anew for each request, since a view is valid only until the core's next step.
 *
 *     const serving = serve(publicMethods, () => core.view(), body);
 *     let turn = serving.next();
 *     while (!turn.done) turn = serving.next(turn.value === null ? null : perform(turn.value));
 *     send(turn.value);
 */
export function* serve(
  methods: MethodTable,
  view: () => NodeView,
  body: unknown,
): Generator<Ask | null, Reply, Accepted | Rejection | null> {
  if (!Array.isArray(body)) return yield* serveOne(methods, view, body);
  if (body.length === 0) return emptyBatch();
  if (body.length > BATCH_MAX) return batchTooLarge();
  const responses: JsonRpcResponse[] = [];
  for (const [index, request] of body.entries()) {
    if (index > 0) yield null;
    const response = yield* serveOne(methods, view, request);
    if (response !== null) responses.push(response);
  }
  return responses.length === 0 ? null : responses;
}

function* serveOne(
  methods: MethodTable,
  view: () => NodeView,
  request: unknown,
): Generator<Ask, JsonRpcResponse | null, Accepted | Rejection | null> {
  const answered = answerFrom(methods, view(), request);
  const response =
    answered.kind === 'reply'
      ? answered.response
      : answered.reply(present(yield answered.ask, 'an ask without outcome'));
  return parseRequest(request)?.isNotification === true ? null : response;
}
