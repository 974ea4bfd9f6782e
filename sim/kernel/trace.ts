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

/** Creates an empty trace. */
export function createTrace(): Trace {
  let digest: Uint8Array = keccak256(utf8ToBytes('lockstep trace'));
  let length = 0;
  return {
    record(atMs, node, effect) {
      length += 1;
      digest = keccak256(concatBytes(digest, utf8ToBytes(`${atMs} ${node} `), ...effectBytes(effect)));
    },
    hash: () => bytesToHex(digest),
    length: () => length,
  };
}

function effectBytes(effect: Effect): readonly Uint8Array[] {
  if (effect.kind !== 'persist') return [utf8ToBytes(JSON.stringify(effect, jsonValue))];
  return effect.writes.flatMap(({ key, value }) => [
    utf8ToBytes(`${key} ${value?.length ?? 'gone'} `),
    value ?? NOTHING,
  ]);
}

const NOTHING = new Uint8Array(0);

/** JSON with bytes as hex and bigints as decimal text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  return typeof value === 'bigint' ? value.toString() : value;
}
