// The last events of a node, numbered, as lines of JSON: a bounded ring that any number of readers follow at their own pace.

import type { EventText } from './thread-messages.ts';

/** `{"seq":…,"atMs":…,"event":{…}}`, without a line break. `seq` counts without gaps; what a reader missed shows as one. */
export type EventLine = string;

export type EventLog = {
  readonly append: (event: EventText) => EventLine;
  /** The number of the last event. */
  readonly last: () => number;
  /** The first event after that number which is still kept, or null. A number of the future is one of another life: from the first on. */
  readonly after: (seq: number) => { readonly seq: number; readonly line: EventLine } | null;
  /** Calls the listener after each append. Returns how to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** How many events of each kind there were. */
  readonly counts: () => ReadonlyMap<string, number>;
};

/** Some minutes of a busy node. */
const ENTRIES_MAX = 8_192;
/** Events of executed blocks carry the whole block. */
const LENGTH_MAX = 16 * 1024 * 1024;

export type EventLogLimits = { readonly entriesMax: number; readonly lengthMax: number };

/**
 * Where the numbers of a life that begins now begin: above those of every earlier life with fewer than 16 events a millisecond, so that a
 * reader takes up a restarted node with the number that it had.
 */
export function firstSeqAt(nowMs: number): number {
  return nowMs * 16 + 1;
}

/** Creates an empty log whose first event gets that number. */
export function createEventLog(
  firstSeq: number,
  { entriesMax, lengthMax }: EventLogLimits = { entriesMax: ENTRIES_MAX, lengthMax: LENGTH_MAX },
): EventLog {
  const lines = new Map<number, EventLine>(); // ascending by number, since entries leave at the front only
  const listeners = new Set<() => void>();
  const counts = new Map<string, number>();
  let last = firstSeq - 1;
  let first = firstSeq;
  let length = 0;

  const dropFirst = (): void => {
    length -= lines.get(first)?.length ?? 0;
    lines.delete(first);
    first++;
  };

  return {
    append({ kind, atMs, text }) {
      const line = `{"seq":${++last},"atMs":${atMs},"event":${text}}`;
      lines.set(last, line);
      length += line.length;
      while (lines.size > 1 && (lines.size > entriesMax || length > lengthMax)) dropFirst();
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      for (const listener of listeners) listener();
      return line;
    },
    last: () => last,
    after(seq) {
      const next = seq > last ? first : Math.max(seq + 1, first);
      const line = lines.get(next);
      return line === undefined ? null : { seq: next, line };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    counts: () => counts,
  };
}
