// Everything a control service has seen, numbered, kept within a bound, and streamed to whoever asks from a number on.

import type { ServerResponse } from 'node:http';
import type { Observation } from '../check/property.ts';

export type NumberedObservation = { readonly seq: number; readonly observation: Observation };

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
/** A reader this far behind is cut off rather than kept in memory; it may come back with its number. */
const BACKLOG_BYTES_MAX = 64 * 1_048_576;

export function createObservationLog(): ObservationLog {
  let kept: NumberedObservation[] = [];
  let next = 1;
  const readers = new Set<ServerResponse>();
  const listeners = new Set<(observation: Observation) => void>();

  const write = (response: ServerResponse, numbered: NumberedObservation): void => {
    response.write(`${JSON.stringify(numbered)}\n`);
    if (response.writableLength > BACKLOG_BYTES_MAX) response.destroy();
  };

  return {
    append(observation) {
      const numbered = { seq: next, observation };
      next += 1;
      kept.push(numbered);
      if (kept.length > KEPT_MAX) kept = kept.slice(KEPT_MAX / 10);
      for (const reader of readers) write(reader, numbered);
      for (const listener of listeners) listener(observation);
    },
    last: () => next - 1,
    stream(since, response) {
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      response.flushHeaders();
      for (const numbered of kept) if (numbered.seq > since) write(response, numbered);
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
