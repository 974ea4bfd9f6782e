// Everything a control service has seen, numbered, kept within a bound, and streamed to whoever asks from a number on.

import type { ServerResponse } from 'node:http';
import { assert } from '../../node/lib/assert.ts';
import type { Observation } from '../check/property.ts';

export type ObservationLog = {
  readonly append: (observation: Observation) => void;
  /** The number of the last observation; 0 before the first. */
  readonly last: () => number;
  /** Streams NDJSON: what is kept from that number on, then what comes. */
  readonly stream: (since: number, response: ServerResponse) => void;
  readonly listen: (listener: (observation: Observation) => void) => () => void;
  readonly close: () => void;
};

/** About an hour of a network of six at a period of one second; the oldest go first. */
const KEPT_MAX = 200_000;
/** Characters: an executed block is told whole, and by every node. */
const KEPT_LENGTH_MAX = 64 * 1_048_576;
/** A reader this far behind is cut off rather than kept in memory; it may come back with its number. */
const BACKLOG_BYTES_MAX = 128 * 1_048_576;
assert(BACKLOG_BYTES_MAX > KEPT_LENGTH_MAX, 'a new reader gets all that is kept at once');

export type ObservationLogLimits = { readonly keptMax: number; readonly lengthMax: number };

export function createObservationLog(
  { keptMax, lengthMax }: ObservationLogLimits = { keptMax: KEPT_MAX, lengthMax: KEPT_LENGTH_MAX },
): ObservationLog {
  const kept = new Map<number, string>(); // lines by number, ascending, since they leave at the front only
  let last = 0;
  let length = 0;
  const readers = new Set<ServerResponse>();
  const listeners = new Set<(observation: Observation) => void>();

  const write = (response: ServerResponse, line: string): void => {
    response.write(line);
    if (response.writableLength > BACKLOG_BYTES_MAX) response.destroy();
  };

  return {
    append(observation) {
      last += 1;
      const line = `${JSON.stringify({ seq: last, observation })}\n`;
      kept.set(last, line);
      length += line.length;
      for (const [seq, oldest] of kept) {
        if (seq === last || (kept.size <= keptMax && length <= lengthMax)) break;
        kept.delete(seq);
        length -= oldest.length;
      }
      for (const reader of readers) write(reader, line);
      for (const listener of listeners) listener(observation);
    },
    last: () => last,
    stream(since, response) {
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      response.flushHeaders();
      for (const [seq, line] of kept) if (seq > since) write(response, line);
      readers.add(response);
      response.on('close', () => readers.delete(response));
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
}
