// One direction of one connection through the wan: bytes go in, and come out later, in order, as the link's shape says.

import type { Socket } from 'node:net';
import type { LinkShape } from '../kernel/links.ts';

export type Pipe = {
  /** The link's shape has changed: what is held may go now, or no longer. */
  readonly reshape: () => void;
  readonly close: () => void;
};

/** Beyond this the source is not read any more: the sender feels the back-pressure, as on a real line. */
const HELD_BYTES_MAX = 1_048_576;

/** What a lost packet costs a TCP stream: its sender waits that long before it sends again (RFC 6298 has a second, Linux 200 ms at least). */
const RETRANSMISSION_MS = 200;

type Chunk = { readonly bytes: Buffer; readonly readyAtMs: number };

/** Carries what the source sends to the sink. `shape` is asked at every chunk. */
export function createPipe(source: Socket, sink: Socket, shape: () => LinkShape): Pipe {
  const held: Chunk[] = [];
  let heldBytes = 0;
  let lineFreeAtMs = 0;
  let hasEnded = false;
  let timer: NodeJS.Timeout | null = null;

  const onData = (bytes: Buffer): void => {
    const now = performance.now();
    const { delayMs, jitterMs, bitsPerSecond, lossPercent } = shape();
    const lineMs = bitsPerSecond === null ? 0 : (bytes.length * 8_000) / bitsPerSecond;
    const lostMs = Math.random() * 100 < lossPercent ? RETRANSMISSION_MS : 0;
    lineFreeAtMs = Math.max(lineFreeAtMs, now) + lineMs;
    const late = Math.max(lineFreeAtMs, now) + delayMs + Math.random() * jitterMs + lostMs;
    const readyAtMs = Math.max(late, held.at(-1)?.readyAtMs ?? 0);
    held.push({ bytes, readyAtMs });
    heldBytes += bytes.length;
    if (heldBytes > HELD_BYTES_MAX) source.pause();
    flush();
  };

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (shape().state !== 'open') {
      if (heldBytes > 0) source.pause();
      return;
    }
    const now = performance.now();
    for (let next = held[0]; next !== undefined && next.readyAtMs <= now; next = held[0]) {
      held.shift();
      heldBytes -= next.bytes.length;
      sink.write(next.bytes);
    }
    const next = held[0];
    if (next !== undefined) timer = setTimeout(flush, Math.max(1, next.readyAtMs - now));
    else if (hasEnded) sink.end();
    if (heldBytes <= HELD_BYTES_MAX && !sink.writableNeedDrain) source.resume();
    else source.pause();
  };

  source.on('data', onData);
  source.on('end', () => {
    hasEnded = true;
    flush();
  });
  sink.on('drain', flush);

  return {
    reshape: flush,
    close() {
      if (timer !== null) clearTimeout(timer);
      held.length = 0;
      heldBytes = 0;
    },
  };
}
