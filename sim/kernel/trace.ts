// The trace of a run: every effect of every node in the order in which it was performed, folded into one hash. Equal hashes mean equal runs.

import type { Effect } from '../../node/core/contract.ts';
import { bytesToHex, concatBytes, type Hex, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import type { NodeName } from './links.ts';

export type Trace = {
  readonly record: (atMs: number, node: NodeName, effect: Effect) => void;
  /** The hash over everything recorded so far. */
  readonly hash: () => Hex;
  readonly length: () => number;
};

/** Bytes that are folded at once: hashing many small effects together is several times cheaper than one by one. */
const FOLDED_BYTES = 65_536;

/** Creates an empty trace. */
export function createTrace(): Trace {
  let digest: Uint8Array = keccak256(utf8ToBytes('lockstep trace'));
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let length = 0;

  const add = (bytes: Uint8Array): void => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
  };
  const folded = (): Uint8Array => (waitingBytes === 0 ? digest : keccak256(concatBytes(digest, ...waiting)));

  return {
    record(atMs, node, effect) {
      length += 1;
      // Every part of unknown length stands behind its length, so that no two traces have the same bytes.
      const { words, blobs } = describe(effect);
      const text = utf8ToBytes(`${atMs} ${node} ${words}`);
      add(utf8ToBytes(`\n${text.length} `));
      add(text);
      for (const blob of blobs) add(blob);
      if (waitingBytes < FOLDED_BYTES) return;
      digest = folded();
      waiting = [];
      waitingBytes = 0;
    },
    hash: () => bytesToHex(folded()),
    length: () => length,
  };
}

/** An effect as text, with its byte strings apart; the text holds their lengths. */
function describe(effect: Effect): { readonly words: string; readonly blobs: readonly Uint8Array[] } {
  switch (effect.kind) {
    case 'persist': {
      const parts = effect.writes.map(({ key, value }) => `${key} ${value?.length ?? 'gone'}`);
      return { words: `persist ${parts.join(' ')}`, blobs: effect.writes.flatMap(({ value }) => value ?? []) };
    }
    case 'publish':
    case 'request':
    case 'respond': {
      const { bytes, ...rest } = effect;
      return { words: `${JSON.stringify(rest)} ${bytes.length}`, blobs: [bytes] };
    }
    default:
      return { words: JSON.stringify(effect, jsonValue), blobs: [] };
  }
}

/** JSON with bytes as hex and bigints as decimal text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  return typeof value === 'bigint' ? value.toString() : value;
}
