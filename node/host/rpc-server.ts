// JSON-RPC over HTTP on one port, with GET /health and GET /metrics. Checks in this order: Host header (against DNS rebinding), Origin,
// path and method, content type, size. What a request means is the backend's affair.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { CODE_INVALID_REQUEST, CODE_LIMIT_EXCEEDED, RpcFault } from '../rpc/errors.ts';
import { faultResponse } from '../rpc/message.ts';
import { type HttpServer, listenHttp, readBody, sendBytes, sendJson, sendText } from './http-server.ts';

export type RpcServerOptions = {
  readonly host: string;
  readonly port: number;
  /** Host names beside localhost and numeric addresses; `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Origins beside those of loopback; `*` for any. */
  readonly corsOrigins: readonly string[];
};

export type RpcBackend = {
  /** Answers a body; null where nothing is to be sent back. */
  readonly rpc: (body: Uint8Array) => Promise<Uint8Array | null>;
  /** What /health says beside its status; null where the core does not answer. */
  readonly health: () => Promise<{ readonly head: unknown; readonly peers: number } | null>;
  /** Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly failed: (message: string) => void;
};

/** Bytes of one body. A batch of 100 of the largest transactions is longer, and nobody sends one. */
export const BODY_BYTES_MAX = 1024 * 1024;
/** Bodies that are answered at once. The core answers one after the other. */
export const IN_FLIGHT_MAX = 256;

const CONTENT_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest'];

export function startRpcServer(options: RpcServerOptions, backend: RpcBackend): Promise<HttpServer> {
  let inFlight = 0;

  const post = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!CONTENT_TYPES.includes(type))
      return sendText(response, 415, 'invalid content type, only application/json is supported');
    const body = await readBody(request, BODY_BYTES_MAX);
    if (body === null) {
      response.setHeader('connection', 'close'); // the rest of the body is not read
      return sendFault(response, 413, CODE_INVALID_REQUEST, `request too large: the limit is ${BODY_BYTES_MAX} bytes`);
    }
    if (inFlight >= IN_FLIGHT_MAX) {
      return sendFault(response, 503, CODE_LIMIT_EXCEEDED, `too many requests: ${IN_FLIGHT_MAX} are being answered`);
    }
    inFlight++;
    try {
      const answer = await backend.rpc(body);
      if (answer === null) response.writeHead(204).end();
      else sendBytes(response, 200, 'application/json', answer);
    } finally {
      inFlight--;
    }
  };

  const get = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/metrics') return sendBytes(response, 200, 'text/plain; version=0.0.4', await backend.metrics());
    const health = await backend.health();
    if (health === null) return sendJson(response, 503, { status: 'unavailable' });
    return sendJson(response, 200, { status: 'ok', ...health });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isAllowedHost(request.headers.host, options.allowedHosts))
      return sendText(response, 403, 'invalid host specified');
    const { origin } = request.headers;
    if (origin !== undefined) {
      if (!isAllowedOrigin(origin, options.corsOrigins)) return sendText(response, 403, 'origin not allowed');
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'Origin');
    }
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const isRead = path === '/health' || path === '/metrics';
    if (!isRead && path !== '/') return sendText(response, 404, 'not found');
    if (request.method === 'OPTIONS') return sendPreflight(response);
    if (isRead && (request.method === 'GET' || request.method === 'HEAD')) return get(path, response);
    if (!isRead && request.method === 'POST') return post(request, response);
    response.setHeader('allow', isRead ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS');
    return sendText(response, 405, isRead ? 'GET it' : 'JSON-RPC is asked with POST');
  };

  return listenHttp('rpc', options, handle, backend.failed);
}

/** Whether a Host header names this machine: an address, localhost, or a listed name. A rebound name of somebody else's does not. */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.includes('*')) return true;
  const name = (header ?? '').replace(/:\d*$/, '').toLowerCase();
  if (name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return allowed.some((entry) => entry.toLowerCase() === name);
}

/** Whether a page of this origin may ask: loopback on any port, or listed. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

function sendPreflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST, GET, OPTIONS');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
}

function sendFault(response: ServerResponse, status: number, code: number, message: string): void {
  sendJson(response, status, faultResponse(null, new RpcFault(code, message)));
}
