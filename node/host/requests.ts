// Requests between two peers: one stream each, one length-prefixed message there and one back. Timeouts of our own requests belong to
// the core, which cancels them; what bounds a peer's are the limits here.

import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { decode, encode } from 'it-length-prefixed';
import { pipe } from 'it-pipe';
import type { InboundId, OutboundId } from '../core/contract.ts';
import type { Hash } from '../types/transaction.ts';
import { MESSAGE_BYTES_MAX, networkTag } from './gossip.ts';

/** Requests of one peer that may wait for our response; further ones are reset. */
const INBOUND_PER_PEER_MAX = 32;
/** Requests of ours to one peer that may be under way; the core's own limit is lower. */
const OUTBOUND_PER_PEER_MAX = 128;
/** How long a peer may take to send the one message that is its request. */
const INBOUND_READ_MS = 10_000;

export type RequestsParts = {
  readonly libp2p: Libp2p;
  readonly genesis: Hash;
  /** The connection to use for a peer, or null. */
  readonly connectionOf: (peer: string) => Connection | null;
  readonly onRequest: (connection: Connection, id: InboundId, bytes: Uint8Array) => void;
  /** Null where there is no response and will be none. Not called after `cancel`. */
  readonly onResponse: (id: OutboundId, bytes: Uint8Array | null) => void;
};

export type Requests = {
  /** Registers the protocol. Before libp2p listens. */
  readonly start: () => Promise<void>;
  readonly send: (to: string, id: OutboundId, bytes: Uint8Array) => void;
  readonly cancel: (id: OutboundId) => void;
  readonly respond: (id: InboundId, bytes: Uint8Array) => void;
  readonly stop: () => void;
};

/** The protocol's name on the network of one chain. */
export function requestProtocol(genesis: Hash): string {
  return `/lockstep/req/1/${networkTag(genesis)}`;
}

export function createRequests(parts: RequestsParts): Requests {
  const protocol = requestProtocol(parts.genesis);
  const outbound = new Map<OutboundId, AbortController>();
  const inbound = new Map<InboundId, Stream>();
  let inboundCount = 0;

  const onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const signal = AbortSignal.timeout(INBOUND_READ_MS);
    try {
      const bytes = await readMessage(stream, signal);
      const id = ++inboundCount;
      inbound.set(id, stream);
      stream.addEventListener('close', () => inbound.delete(id), { once: true });
      parts.onRequest(connection, id, bytes);
    } catch (error) {
      abort(stream, error);
    }
  };

  const exchange = async (to: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null> => {
    const connection = parts.connectionOf(to);
    if (connection === null) return null;
    let stream: Stream | null = null;
    try {
      // The first message travels with the protocol's name: one round trip less.
      stream = await connection.newStream(protocol, {
        signal,
        negotiateFully: false,
        maxOutboundStreams: OUTBOUND_PER_PEER_MAX,
      });
      stream.send(encode.single(bytes, { maxDataLength: MESSAGE_BYTES_MAX }));
      const response = await readMessage(stream, signal);
      void stream.close().catch(() => undefined);
      return response;
    } catch (error) {
      if (stream !== null) abort(stream, error);
      return null;
    }
  };

  return {
    async start() {
      await parts.libp2p.handle(protocol, onStream, {
        maxInboundStreams: INBOUND_PER_PEER_MAX,
        maxOutboundStreams: OUTBOUND_PER_PEER_MAX,
      });
    },
    send(to, id, bytes) {
      const controller = new AbortController();
      outbound.set(id, controller);
      void exchange(to, bytes, controller.signal).then((response) => {
        if (outbound.delete(id)) parts.onResponse(id, response);
      });
    },
    cancel(id) {
      const controller = outbound.get(id);
      outbound.delete(id);
      controller?.abort();
    },
    respond(id, bytes) {
      const stream = inbound.get(id);
      if (stream === undefined) return; // the peer is gone, or gave up waiting
      inbound.delete(id);
      try {
        stream.send(encode.single(bytes, { maxDataLength: MESSAGE_BYTES_MAX }));
        void stream.close().catch((error) => abort(stream, error));
      } catch (error) {
        abort(stream, error);
      }
    },
    stop() {
      for (const controller of outbound.values()) controller.abort();
      outbound.clear();
      for (const stream of inbound.values()) abort(stream, new Error('the node stops'));
      inbound.clear();
    },
  };
}

/** The one message that a stream brings. Rejects where it is too long, the stream ends before it, or the signal aborts. */
async function readMessage(stream: Stream, signal: AbortSignal): Promise<Uint8Array> {
  const abortStream = (): void => abort(stream, new Error('the request was given up'));
  signal.throwIfAborted();
  signal.addEventListener('abort', abortStream, { once: true });
  try {
    return await pipe(
      stream,
      (source) => decode(source, { maxDataLength: MESSAGE_BYTES_MAX }),
      async (source) => {
        // A copy, so that the receiver owns the whole buffer and may transfer it to another thread.
        for await (const message of source) return new Uint8Array(message.subarray());
        throw new Error('the stream ended before its message');
      },
    );
  } finally {
    signal.removeEventListener('abort', abortStream);
  }
}

function abort(stream: Stream, error: unknown): void {
  stream.abort(error instanceof Error ? error : new Error(String(error)));
}
