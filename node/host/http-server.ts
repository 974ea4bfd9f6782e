// What both HTTP servers of a node share: listening, reading a bounded body, answering, and closing for good.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listenError, messageOf } from './host-error.ts';

export type HttpServer = { readonly port: number; readonly close: () => Promise<void> };

/** Connections at once; a client opens a handful. */
const CONNECTIONS_MAX = 512;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

/** Starts a server. An error in the handler is answered with status 500 and told to `failed`. Throws HostError where it cannot listen. */
export async function listenHttp(
  what: string,
  address: { readonly host: string; readonly port: number },
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  failed: (message: string) => void,
): Promise<HttpServer> {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.destroyed) return; // whoever asked is gone
      failed(`${what}: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'internal error');
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(what, address.host, address.port, error)));
    server.listen(address.port, address.host, resolve);
  });
  server.on('error', (error) => failed(`${what}: ${messageOf(error)}`)); // no file handles left, say: it goes on listening
  return { port: boundPort(server, address.port), close: () => close(server) };
}

/** Reads a body; null where it is longer than allowed. Rejects where the client breaks off. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early must not destroy the connection: the refusal is still to be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Uint8Array = chunk;
    size += bytes.length;
    if (size > bytesMax) return null;
    chunks.push(bytes);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendBytes(response, status, 'application/json', JSON.stringify(value));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  sendBytes(response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

export function sendBytes(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function boundPort(server: Server, wanted: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : wanted;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
