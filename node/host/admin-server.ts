// The operator's port: the stream of events, the node's status, and orders to the core. Every request carries the token.

import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Accepted, Ask } from '../core/contract.ts';
import { isHex, utf8ToBytes } from '../lib/bytes.ts';
import { keccak256 } from '../lib/hashing.ts';
import { isRejection, type Rejection } from '../types/rejection.ts';
import type { Address } from '../types/transaction.ts';
import type { EventLog } from './event-log.ts';
import { type HttpServer, listenHttp, readBody, sendBytes, sendJson, sendText } from './http-server.ts';
import { BODY_BYTES_MAX } from './rpc-server.ts';

export type AdminServerOptions = { readonly host: string; readonly port: number; readonly token: string };

/** What an operator may order. Transactions come by RPC. */
export type AdminAsk = Exclude<Ask, { readonly kind: 'submit-transaction' }>;

export type AdminBackend = {
  readonly events: EventLog;
  readonly ask: (ask: AdminAsk) => Promise<Accepted | Rejection>;
  /** Answers a JSON-RPC body by the operator's methods; null where nothing is to be sent back. */
  readonly rpc: (body: Uint8Array) => Promise<Uint8Array | null>;
  /** Null where the core does not answer. */
  readonly status: () => Promise<unknown>;
  readonly failed: (message: string) => void;
};

const ASK_BYTES_MAX = 16 * 1024;

const address = z.string().transform((text, context): Address => {
  const lower = text.toLowerCase();
  if (isHex(lower, 20)) return lower;
  context.addIssue({ code: 'custom', message: 'expected an address' });
  return z.NEVER;
});
const asks = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('propose'),
    proposal: z.strictObject({ candidate: address, authorize: z.boolean() }),
  }),
  z.strictObject({ kind: z.literal('discard'), candidate: address }),
  z.strictObject({
    kind: z.literal('set-sealing'),
    enabled: z.boolean(),
    upTo: z.int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
  }),
]);

/**
 * `GET /events?since=N`: NDJSON of every kept event after N, then live. `GET /status`. `POST /ask`: 200 with what the core accepted,
 * 422 with its rejection. `POST /rpc`: JSON-RPC with the operator's methods. 401 without the token.
 */
export function startAdminServer(options: AdminServerOptions, backend: AdminBackend): Promise<HttpServer> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!hasToken(request.headers.authorization, options.token)) {
      response.setHeader('www-authenticate', 'Bearer');
      return sendText(response, 401, 'a token is needed');
    }
    const url = new URL(request.url ?? '/', 'http://admin');
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /events':
        return streamEvents(backend.events, url.searchParams.get('since'), response);
      case 'GET /status': {
        const status = await backend.status();
        return status === null ? sendJson(response, 503, { status: 'unavailable' }) : sendJson(response, 200, status);
      }
      case 'POST /ask':
        return ask(request, response);
      case 'POST /rpc':
        return rpc(request, response);
      default:
        return sendText(response, 404, 'not found');
    }
  };

  const ask = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, ASK_BYTES_MAX);
    if (body === null) return sendText(response, 413, 'too large');
    const parsed = asks.safeParse(parseJson(body));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return sendText(response, 400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not an order'}`);
    }
    const outcome = await backend.ask(parsed.data);
    return sendJson(response, isRejection(outcome) ? 422 : 200, outcome);
  };

  const rpc = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, BODY_BYTES_MAX);
    if (body === null) return sendText(response, 413, 'too large');
    const answer = await backend.rpc(body);
    if (answer === null) response.writeHead(204).end();
    else sendBytes(response, 200, 'application/json', answer);
  };

  return listenHttp('admin', options, handle, backend.failed);
}

// The reader's own pace is the only queue: one that is too slow misses what the log no longer has, and sees it by the numbers.
function streamEvents(events: EventLog, since: string | null, response: ServerResponse): void {
  if (since !== null && !/^\d{1,15}$/.test(since)) return sendText(response, 400, 'since: expected a number');
  let seq = since === null ? 0 : Number(since);
  let isFull = false;
  const pump = (): void => {
    for (let next = isFull ? null : events.after(seq); next !== null; next = isFull ? null : events.after(seq)) {
      seq = next.seq;
      isFull = !response.write(`${next.line}\n`);
    }
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
  response.on('drain', () => {
    isFull = false;
    pump();
  });
  response.on('close', events.subscribe(pump));
  pump();
}

function hasToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
  // Digests have one length, whatever was sent, so that the comparison takes one time.
  return timingSafeEqual(keccak256(utf8ToBytes(given)), keccak256(utf8ToBytes(token)));
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
